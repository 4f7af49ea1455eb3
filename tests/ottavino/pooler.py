"""PgBouncer in transaction mode with one connection: the next caller gets the last one's."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ottavino.dev.database.server import PORT
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN, SUPERUSER
from ottavino.testing.cluster import short_folder

SETTINGS = """
[databases]
* = host={server} port={port}

[pgbouncer]
unix_socket_dir = {folder}
listen_port = {port}
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = 1
logfile = {folder}/log
"""

WAIT_SECONDS = 10


def program() -> str | None:
    """The path of PgBouncer: the variable PGBOUNCER, or the system's.

    A system's own folder need not be on the path.
    """
    name = os.environ.get("PGBOUNCER", "pgbouncer")
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def require_pooler() -> None:
    """Skip tests that need PgBouncer where it is not installed."""
    if program() is None:
        pytest.skip("PgBouncer is not on this machine: apt-get install pgbouncer.")


@contextmanager
def pooled(server: Path) -> Generator[Path]:
    """A pooler in front of the server that listens in a folder; gives the pooler's folder."""
    with pooler(server) as started:
        yield started.folder


class Pooler:
    """A pooler while it runs, which can be killed and started again."""

    def __init__(self, folder: Path, account: list[str]) -> None:
        self.folder = folder
        self._command = [str(program()), "-q", *account, str(folder / "pgbouncer.ini")]
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)  # noqa: S603  # a program of the system, and our file
        try:
            until_it_listens(self.folder / f".s.PGSQL.{PORT}")
        except RuntimeError:
            self.kill()
            raise

    @contextmanager
    def paused(self) -> Generator[None]:
        """A block in which the process is stopped, so that only the system acknowledges."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, with all its connections."""
        self._process.kill()
        self._process.wait()


@contextmanager
def pooler(server: Path, more: str = "") -> Generator[Pooler]:
    """A pooler in front of the server that listens in a folder, with more settings."""
    with short_folder() as folder:
        text = SETTINGS.format(server=server, port=PORT, folder=folder) + more
        (folder / "pgbouncer.ini").write_text(text, "utf-8")
        users = "".join(f'"{each}" ""\n' for each in (LOGIN, AUTHENTICATOR, SUPERUSER))
        (folder / "users.txt").write_text(users, "utf-8")
        owner = server.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        # It refuses to run as root, so it runs as the server's account.
        user = ["-u", pwd.getpwuid(owner.st_uid).pw_name] if os.getuid() == 0 else []
        started = Pooler(folder, user)
        try:
            yield started
        finally:
            started.kill()


def until_it_listens(path: Path) -> None:
    """Wait until a program listens at a socket."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"Nothing listens at {path}: a log in {path.parent} may say why.")
