"""The PostgreSQL behind `DATABASE_URL=embedded`, shared by every process of the project.

Each process that uses the server holds a lease, a shared lock that the kernel takes back
however the process ends. Whoever gives up the last one stops the server.
"""

import asyncio
import atexit
import contextlib
import fcntl
import hashlib
import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from ottavino.dev.database import mark, supabase
from ottavino.dev.database.supabase import AUTHENTICATOR, LOGIN, MIGRATOR, SUPERUSER
from ottavino.errors import SettingsError
from ottavino.identity import Role
from ottavino.postgres.login_sql import login_sql
from ottavino.settings import ROOT

if TYPE_CHECKING:
    from ottavino.dev.database.server import Server

FOLDER = ROOT / ".postgres"

MADE_LOGIN = f"""
set role {MIGRATOR};
{login_sql(LOGIN, (Role.ANON, Role.AUTHENTICATED), None)}
reset role;
"""
"""By who migrates, who may then change it. Without a key: where that is kept, the first
migration run makes."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the running server listens, once for each kind of login."""

    database_url: str
    """As `ottavino`, who becomes any caller but `service_role`."""
    service_url: str
    """As `authenticator`, who becomes that one too: what a Supabase project serves with."""
    direct_url: str
    """As `postgres`, who migrates and is no superuser."""
    superuser_url: str
    """As `supabase_admin`, for what the others may not."""


_leases: dict[Path, int] = {}
"""The folders whose server this process uses, each with the descriptor that holds its lease."""


def start(folder: Path = FOLDER) -> Addresses:
    """See that the server runs, laid like a Supabase, until this process releases it.

    The first start ever takes about a second, a later one a fifth. Starting what already
    runs is harmless, and may be done inside an event loop.
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
    """Give up what this process started; a server that no other process uses is stopped."""
    for folder in list(_leases):
        # A folder that was deleted has taken its server with it.
        with contextlib.suppress(FileNotFoundError), _alone(folder):
            _end_lease(folder)


def _server(folder: Path) -> "Server":
    try:
        # Only here: what it imports is not installed in production.
        from ottavino.dev.database.server import in_folder  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            "DATABASE_URL=embedded needs the development packages (requirements-dev.txt); "
            "without them it has to be a postgresql:// address."
        ) from error
    except (RuntimeError, ValueError) as error:
        # It reads its own variable while it is imported.
        raise SettingsError(f"PGSERVER_POSTGRES_VERSION is wrong: {error}.") from error
    return in_folder(folder)


def _made(folder: Path) -> "Server":
    """The server, whose folder is made, or it is said that it cannot be written to."""
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
    """Keep every other start and stop of this server waiting, in other threads too."""
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
    """In a forked child: the leases are its parent's, and only the parent may end them."""
    while _leases:
        os.close(_leases.popitem()[1])


os.register_at_fork(after_in_child=_forget_leases)


def _install(server: "Server") -> None:
    """Lay roles, `auth` and the mark, unless a file remembers that these were laid before."""
    installed = server.data / "supabase.installed"
    digest = hashlib.sha256(f"{supabase.SQL}{mark.MARK}{MADE_LOGIN}".encode()).hexdigest()
    if installed.exists() and installed.read_text("ascii") == digest:
        return
    # The caller may be inside an event loop, and a thread runs only one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _install_at(server.url(SUPERUSER))).result()
    installed.write_text(digest, "ascii")


async def _install_at(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await supabase.install(connection, MIGRATOR)
        # `public` belongs to whoever owns the database.
        await connection.execute(f"alter database postgres owner to {MIGRATOR}")
        await mark.mark(connection, "postgres")
        await connection.execute(MADE_LOGIN)
    finally:
        await connection.close()
