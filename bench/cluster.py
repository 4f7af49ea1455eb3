"""The PostgreSQL of a run: set up like Supabase's, and reached by socket, TCP and TLS."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import trustme

from ottavino.dev.database.embedded import MADE_LOGIN
from ottavino.dev.database.server import PORT, Server
from ottavino.dev.database.supabase import install
from ottavino.postgres.connection import Connection
from ottavino.postgres.login_sql import key_sql
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN, MIGRATOR, SUPERUSER
from ottavino.settings import ROOT

HOST = "127.53.0.1"
"""An address of the bench's own on this machine: no other PostgreSQL is in its way."""
TLS_HOST = "127.53.0.2"
"""Where a second server listens, for what needs one that speaks TLS."""

CLAIMS_KEY = "only for the bench, and as long as a key has to be"
"""What the service signs its callers' claims with."""

PASSWORD = "measured"  # noqa: S105  # of a database that ends with the run

SETTINGS = """
# Nothing here outlives the run, so nothing has to reach a disk.
fsync = off
synchronous_commit = off
full_page_writes = off
# What works in the background would be measured with whatever runs just then.
autovacuum = off
max_wal_size = 8GB
shared_buffers = 512MB
maintenance_work_mem = 512MB
max_connections = 200
# The pooler may run as another account than the server.
unix_socket_permissions = 0777
"""

NO_TLS = "No PostgreSQL on this machine speaks TLS: apt-get install postgresql."

LOGINS = """
local all all trust
host all all 127.0.0.0/8 scram-sha-256
"""


class ListeningServer(Server):
    """A server that also listens on TCP; what the service brings for development does not."""

    host = HOST

    def _pg_ctl(self, command: str, *options: str) -> None:
        listening = (option.replace("-h ''", f"-h {self.host}") for option in options)
        super()._pg_ctl(command, *listening)

    @property
    def pid(self) -> int:
        """The process that has started all others of the server."""
        return int((self.data / "postmaster.pid").read_text("utf-8").split()[0])


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that runs, and the folder that ends with it."""

    folder: Path
    server: ListeningServer

    @property
    def socket_folder(self) -> Path:
        """Where the server's Unix socket is."""
        folder = self.server.socket_folder
        if folder is None:
            raise RuntimeError("The PostgreSQL of the bench has ended.")
        return folder

    @property
    def authority(self) -> Path:
        """The certificate of the authority that the server's certificate is from."""
        return self.folder / "authority.pem"

    def url(self, role: str, database: str) -> str:
        """The address of a database on the Unix socket."""
        return self.server.url(role, database)

    def create_database(self, name: str) -> None:
        """Make a database with all migrations applied."""
        asyncio.run(self.create_empty(name))
        run = subprocess.run(
            [sys.executable, "-m", "piccolo.main", "migrations", "forwards", "all"],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": self.url(AUTHENTICATOR, name),
                "DIRECT_URL": self.url(MIGRATOR, name),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(f"The migrations were not applied: {run.stdout}{run.stderr}")
        asyncio.run(self._give_key(name))

    async def _give_key(self, name: str) -> None:
        async with connected(self.url(MIGRATOR, name)) as connection:
            await connection.execute(key_sql(LOGIN, CLAIMS_KEY))

    async def create_empty(self, name: str) -> None:
        """Make a database as a new Supabase project is."""
        # The roles belong to the server, and own the database to come.
        async with connected(self.url(SUPERUSER, "postgres")) as connection:
            await install(connection, MIGRATOR)
            await connection.execute(MADE_LOGIN)
            for login in (AUTHENTICATOR, LOGIN):
                await connection.execute(f"alter role {login} password '{PASSWORD}'")
            await connection.execute(f"create database {name} owner {MIGRATOR}")
        async with connected(self.url(SUPERUSER, name)) as connection:
            await install(connection, MIGRATOR)

    async def copy(self, database: str, name: str) -> None:
        """Make a database as another one is now."""
        async with connected(self.url(SUPERUSER, "postgres")) as connection:
            await connection.execute(f"create database {name} template {database}")

    def certify(self, folder: Path) -> None:
        """Write a certificate into a folder, as `server.crt` and `server.key`."""
        authority = trustme.CA()
        # Where an address is a number, postgres.js looks for this name instead.
        certificate = authority.issue_cert(HOST, TLS_HOST, "localhost")
        authority.cert_pem.write_to_path(str(self.authority))
        certificate.private_key_pem.write_to_path(str(folder / "server.key"))
        certificate.cert_chain_pems[0].write_to_path(str(folder / "server.crt"))
        owner = self.server.data.stat()
        for name in ("server.key", "server.crt"):
            (folder / name).chmod(0o600)
            os.chown(folder / name, owner.st_uid, owner.st_gid)

    def ask_for_passwords(self) -> None:
        """Trust connections by the socket, and require a password on TCP."""
        (self.server.data / "pg_hba.conf").write_text(LOGINS, "utf-8")
        asyncio.run(self._set("password_encryption = 'scram-sha-256'"))

    def scram_secret(self, login: str) -> str:
        """What the server keeps of a login's password; a pooler need not know more."""
        return asyncio.run(self._scram_secret(login))

    async def _scram_secret(self, login: str) -> str:
        async with connected(self.url(SUPERUSER, "postgres")) as connection:
            find = "select rolpassword from pg_authid where rolname = $1"
            return str(await connection.fetchval(find, login))

    def speak_tls(self) -> None:
        """Offer TLS, which not every build of PostgreSQL can."""
        self.certify(self.server.data)
        asyncio.run(self._set("ssl = on"))

    async def _set(self, setting: str) -> None:
        async with connected(self.url(SUPERUSER, "postgres")) as connection:
            await connection.execute(f"alter system set {setting}")
            await connection.execute("select pg_reload_conf()")


@contextlib.contextmanager
def started(*, tls: bool = False) -> Generator[Cluster]:
    """A server for the length of a block, empty; one of the system's where it speaks TLS.

    The one that comes as a Python package is built without.
    """
    with tempfile.TemporaryDirectory(prefix="ottavino-bench-") as name:
        folder = Path(name)
        # A server that root starts runs as another account.
        folder.chmod(0o755)
        server = _server_with_tls(folder) if tls else _server(folder)
        _check_alone(server.host)
        server.start()
        try:
            cluster = Cluster(folder, server)
            cluster.ask_for_passwords()
            if tls:
                cluster.speak_tls()
            yield cluster
        finally:
            server.stop()


def _check_alone(host: str) -> None:
    """Refuse to measure beside another run, which would be measured too."""
    with socket.socket() as probe:
        if probe.connect_ex((host, PORT)) == 0:
            raise SystemExit(f"Another bench runs on this machine, at {host}: wait for it.")


def _server(folder: Path) -> ListeningServer:
    return ListeningServer(folder / "data", settings=SETTINGS)


def _server_with_tls(folder: Path) -> ListeningServer:
    binaries = system_binaries()
    if binaries is None:
        raise RuntimeError(NO_TLS)
    # The folder is called by its version.
    version = int(binaries.parent.name)
    server = ListeningServer(
        folder / "data", version=version, binaries=binaries, settings=SETTINGS
    )
    server.host = TLS_HOST
    return server


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Connection]:
    """A connection for the length of a block, as the service opens its own."""
    connection = await asyncpg.connect(url, statement_cache_size=0)
    try:
        yield connection
    finally:
        await connection.close()


def system_binaries() -> Path | None:
    """The programs of the newest PostgreSQL that Debian has installed, if any."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: int(path.parts[-3]), default=None)
    return newest.parent if newest else None
