"""The PostgreSQL that tests run on: one of the run's own, or one that `--postgres` names."""

import asyncio
import functools
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg
import pytest

from ottavino.dev.database.server import Server, address
from ottavino.errors import DatabaseUnavailable
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN, MIGRATOR, SUPERUSER
from ottavino.testing.database import Connection, connected

VERSIONS = {
    "15": Path("/usr/lib/postgresql/15/bin"),
    "16": None,
    "18": None,
}
"""The PostgreSQL versions on which a run can start a server, each with the folder of its
programs; None for the version of the package that `make` installs.
"""

OLDEST = 15

SCHEMES = ("postgresql://", "postgres://")

ANOTHER_MIGRATOR = "ottavino_migrator"
"""The login that migrates on a server whose `postgres` is a superuser, as on most servers."""

SETTINGS = """
# Nothing here outlives the run, so nothing has to reach a disk, or another server.
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 128MB
# A worker that vacuums a template keeps it from being cloned.
autovacuum = off
max_connections = 200
# Each connection costs the less, the less it shares.
shared_buffers = 32MB
"""

SETTINGS_FROM_18 = """
# What is read is in memory: a backend reads it itself sooner than a worker would.
io_method = sync
# The system copies the files of a template without passing them through the server.
file_copy_method = clone
"""


class OwnServer:
    """A server of one version in the folder of the run. It stops at the end of the run."""

    superuser = SUPERUSER
    migrator = MIGRATOR
    login_owner = MIGRATOR
    """The role that creates the login of the service, and may change it later."""
    prefix = ""
    """The prefix of its databases' names."""

    def __init__(self, folder: Path, version: str) -> None:
        self._server = Server(
            folder / "data",
            version=int(version),
            binaries=VERSIONS[version],
            settings=SETTINGS + (SETTINGS_FROM_18 if version == "18" else ""),
        )

    def start(self) -> None:
        """Start it, unless another worker has."""
        self._server.start()

    def stop(self) -> None:
        """Stop it, if any test has started it."""
        self._server.stop()

    def url(self, role: str, database: str) -> str:
        """The address of a database for a login role."""
        return address(self.socket_folder, role, database)

    @functools.cached_property
    def socket_folder(self) -> Path:
        """Where it listens. It is looked up once, because a look-up opens a connection."""
        folder = self._server.socket_folder
        assert folder is not None
        return folder


class GivenServer:
    """A server that `--postgres` gives by the address of a superuser.

    Missing roles are created with the password of the address, and stay. The databases of the
    run are dropped at its end.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self._parts = urlsplit(url)
        self.superuser = unquote(self._parts.username or "postgres")
        self.migrator = MIGRATOR
        self.login_owner = self.superuser
        self.prefix = folder.name.replace("-", "_") + "_"

    def start(self) -> None:
        """Check that tests can run on it, and create its logins."""
        asyncio.run(self._prepare())

    def url(self, role: str, database: str) -> str:
        """The address of a database for a login role."""
        _, _, host = self._parts.netloc.rpartition("@")
        password = f":{self._parts.password}" if self._parts.password else ""
        netloc = f"{quote(role)}{password}@{host}"
        return urlunsplit(("postgresql", netloc, f"/{quote(database)}", self._parts.query, ""))

    def drop_databases(self) -> None:
        """Drop every database of the run."""
        asyncio.run(self._drop_databases())

    async def _prepare(self) -> None:
        try:
            async with connected(self.url(self.superuser, "postgres")) as connection:
                await self._check(connection)
                for login in (LOGIN, AUTHENTICATOR, self.migrator):
                    await self._make_login(connection, login)
        except (DatabaseUnavailable, asyncpg.PostgresError) as error:
            raise pytest.UsageError(
                f"The server of --postgres cannot be used: {error}."
            ) from error

    async def _check(self, connection: Connection) -> None:
        version = connection.get_server_version().major
        if version < OLDEST:
            raise pytest.UsageError(
                f"The server of --postgres is PostgreSQL {version}, and tests need {OLDEST} or "
                "later."
            )
        find = "select rolsuper from pg_roles where rolname = $1"
        if not await connection.fetchval(find, self.superuser):
            raise pytest.UsageError(
                f"The role {self.superuser} of --postgres is no superuser: name one that is, "
                "on a server that is for tests alone."
            )
        if await connection.fetchval(find, MIGRATOR):
            self.migrator = ANOTHER_MIGRATOR

    async def _make_login(self, connection: Connection, login: str) -> None:
        find = "select exists (select from pg_roles where rolname = $1)"
        if await connection.fetchval(find, login):
            return
        attributes = "noinherit"
        if login == self.migrator:
            # As Supabase's `postgres` is.
            attributes = "createdb createrole replication bypassrls"
        password = unquote(self._parts.password or "").replace("'", "''")
        secret = f" password '{password}'" if password else ""
        await connection.execute(f"create role {login} login {attributes}{secret}")

    async def _drop_databases(self) -> None:
        async with connected(self.url(self.superuser, "postgres")) as connection:
            find = "select datname from pg_database where starts_with(datname, $1)"
            for row in await connection.fetch(find, self.prefix):
                await connection.execute(f'drop database "{row["datname"]}" with (force)')


def server(folder: Path, postgres: str) -> OwnServer | GivenServer:
    """The server that `--postgres` names, for the run in a folder."""
    if postgres.startswith(SCHEMES):
        return GivenServer(folder, postgres)
    return OwnServer(folder, postgres)


def check(postgres: str) -> None:
    """Raise an error if `--postgres` names neither an address nor a version that is here."""
    if postgres.startswith(SCHEMES):
        return
    if postgres not in VERSIONS:
        raise pytest.UsageError(
            f"--postgres takes one of the versions {', '.join(VERSIONS)}, or a superuser's "
            f"postgresql:// address, not {postgres!r}."
        )
    binaries = VERSIONS[postgres]
    if binaries is not None and not binaries.is_dir():
        raise pytest.UsageError(
            f"PostgreSQL {postgres} is not on this machine: {binaries} does not exist. "
            f"On Debian: apt-get install postgresql-{postgres}."
        )
