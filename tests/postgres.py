"""One throwaway PostgreSQL for the whole run, and a database of its own for each test.

The first test that asks starts the server and builds two templates, whichever xdist worker
it runs in; a run that asks for none starts none. A third is built for the first test that
asks for it. Cloning a template takes about 10 ms.
"""

import asyncio
import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg

from ottavino.dev.database.embedded import MADE_LOGIN
from ottavino.dev.database.server import Server, address
from ottavino.dev.database.supabase import install
from ottavino.postgres.local import SETTING, mark
from ottavino.postgres.login_sql import key_sql
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN, MIGRATOR, SUPERUSER
from ottavino.settings import ROOT
from tests.ottavino.migrate.process import run_forked

VERSIONS = {
    "15": Path("/usr/lib/postgresql/15/bin"),
    "16": None,
    "18": None,
}
"""What `--postgres` may name, and where its binaries are: None for the development packages."""

EMPTY = "ottavino_empty"
"""A template as a new Supabase project is: roles and `auth`, and no table."""
MIGRATED = "ottavino_migrated"
"""The same with every migration applied."""
GRANTING = "ottavino_granting"
"""The same on a project that grants the API roles whatever is made, as all did before 2026."""

AUTOMATIC_GRANTS = "".join(
    f"alter default privileges for role {MIGRATOR} in schema public "
    f"grant all on {each} to anon, authenticated, service_role; "
    for each in ("tables", "sequences", "functions")
)

KEY = "only for tests, and as long as a key of claims has to be"
"""What the service signs its callers' claims with."""

AT_ONCE = 4
"""How many clones are made, and dropped, by one connection, which costs as much."""

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


@dataclass(frozen=True, slots=True)
class Database:
    """A test's database, with one address for each kind of login."""

    name: str
    url: str
    """As `ottavino`, who can become any caller: what the functions serve with."""
    service_url: str
    """As `authenticator`, who can become `service_role` too."""
    direct_url: str
    """As `postgres`, who migrates and is no superuser."""
    superuser_url: str

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a process that works with this database."""
        return {
            "DATABASE_URL": self.url,
            "SERVICE_DATABASE_URL": self.service_url,
            "CLAIMS_KEY": KEY,
            "DIRECT_URL": self.direct_url,
            "JWT_SECRET": "only for tests, and long enough for them",
        }


class Cluster:
    """The run's server. Every worker has one of these, for the same folder."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self._server = Server(
            folder / "data",
            version=int(version),
            binaries=VERSIONS[version],
            settings=SETTINGS,
        )
        self._made: defaultdict[str, list[str]] = defaultdict(list)
        self._left: list[str] = []

    def start(self) -> None:
        """Start the server and build the templates, unless another worker did."""
        with self._once(MIGRATED) as is_first:
            self._server.start()
            if is_first:
                asyncio.run(self._build())
                migrate(self.database(MIGRATED))
                asyncio.run(self._give_key(MIGRATED))

    def database(self, name: str) -> Database:
        """The addresses of a database, existing or not."""
        return Database(
            name=name,
            url=self._url(LOGIN, name),
            service_url=self._url(AUTHENTICATOR, name),
            direct_url=self._url(MIGRATOR, name),
            superuser_url=self._url(SUPERUSER, name),
        )

    @asynccontextmanager
    async def clone(self, template: str) -> AsyncGenerator[Database]:
        """A copy of a template, which nobody may use once the block is left."""
        if template == GRANTING:
            await self._grant()
        made = self._made[template]
        if not made:
            await self._clone(template)
        name = made.pop()
        try:
            yield self.database(name)
        finally:
            self._left.append(name)

    async def _clone(self, template: str) -> None:
        """Make some copies, and drop those that were left, whoever is still connected."""
        async with connected(self._url(SUPERUSER)) as connection:
            while self._left:
                await connection.execute(f"drop database {self._left.pop()} with (force)")
            for _ in range(AT_ONCE):
                name = f"test_{uuid4().hex}"
                # Copying files is a third faster than copying blocks through the log.
                await connection.execute(
                    f"create database {name} template {template} owner {MIGRATOR} "
                    "strategy file_copy"
                )
                await mark(connection, name)
                self._made[template].append(name)

    async def _build(self) -> None:
        # The roles belong to the server, and own the databases to come.
        await self._install("postgres")
        # A build that failed in another worker may have left some.
        for name in (EMPTY, MIGRATED):
            await self._execute(f"drop database if exists {name} with (force)")
        await self._execute(f"create database {EMPTY} owner {MIGRATOR}")
        await self._install(EMPTY)
        await self._execute(f"create database {MIGRATED} template {EMPTY} owner {MIGRATOR}")

    async def _grant(self) -> None:
        """Build the template of a project with automatic grants, unless another worker did."""
        with self._once(GRANTING) as is_first:
            if is_first:
                await self._execute(f"drop database if exists {GRANTING} with (force)")
                await self._execute(
                    f"create database {GRANTING} template {EMPTY} owner {MIGRATOR}"
                )
                await self._execute(AUTOMATIC_GRANTS, GRANTING)
                await asyncio.to_thread(migrate, self.database(GRANTING))
                await self._give_key(GRANTING)

    @contextmanager
    def _once(self, name: str) -> Generator[bool]:
        """Keep other workers out of a block; whether none of them has been through it."""
        built = self._folder / name
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield not built.exists()
            built.touch()

    async def _install(self, database: str) -> None:
        async with connected(self._url(SUPERUSER, database)) as connection:
            await install(connection, MIGRATOR)
            await connection.execute(MADE_LOGIN)

    async def _give_key(self, database: str) -> None:
        async with connected(self._url(MIGRATOR, database)) as connection:
            await connection.execute(key_sql(LOGIN, KEY))

    async def _execute(self, sql: str, database: str = "postgres") -> None:
        async with connected(self._url(SUPERUSER, database)) as connection:
            await connection.execute(sql)

    def _url(self, role: str, database: str = "postgres") -> str:
        return address(self.socket_folder, role, database)

    @functools.cached_property
    def socket_folder(self) -> Path:
        """Asked once: whether the server is there, it says by starting a process."""
        folder = self._server.socket_folder
        assert folder is not None
        return folder


async def unmark(database: Database) -> None:
    """Make a database one that may be anybody's, as all are that nobody marked."""
    async with connected(database.superuser_url) as connection:
        await connection.execute(f"alter database {database.name} reset {SETTING}")


def migrate(database: Database) -> None:
    """Apply the project's migrations, as a deployment does."""
    piccolo(database, "migrations", "forwards", "all")


def piccolo(database: Database, *arguments: str) -> str:
    """What a command of Piccolo prints, run against a database in a process of its own."""
    run = run_forked(database.variables, *arguments)
    assert run.returncode == 0, run.stderr
    return run.stdout


def run_piccolo(
    variables: Mapping[str, str], *arguments: str, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command of Piccolo in the project, or in a copy of it, from the very beginning."""
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "piccolo.main", *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@asynccontextmanager
async def connected(url: str) -> "AsyncGenerator[asyncpg.Connection[asyncpg.Record]]":
    """A connection for the length of a block."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def short_folder() -> Generator[Path]:
    """A folder for a server: in memory if there is room, its path short enough for a socket."""
    memory = Path("/dev/shm")  # noqa: S108  # a fresh folder is made inside
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    with tempfile.TemporaryDirectory(prefix="ottavino-", dir=memory if roomy else None) as name:
        folder = Path(name)
        # A server that root starts runs as another account.
        folder.chmod(0o755)
        yield folder


def stop(folder: Path) -> None:
    """Stop the run's server, if any test started it."""
    Server(folder / "data").stop()
