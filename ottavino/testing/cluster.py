"""One throwaway PostgreSQL for a whole run, and a database of its own for each test.

The first test that asks starts the server, whichever xdist worker it runs in. A template is
built for the first test that asks for it. Cloning one takes about 10 ms.
"""

import asyncio
import fcntl
import functools
import importlib
import os
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from ottavino.dev.database.embedded import MADE_LOGIN
from ottavino.dev.database.server import Server, address
from ottavino.dev.database.supabase import install
from ottavino.migrate import runner
from ottavino.postgres.local import mark
from ottavino.postgres.login_sql import key_sql
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN, MIGRATOR, SUPERUSER
from ottavino.testing.database import CLAIMS_KEY, Database, connected
from ottavino.testing.environment import environment

VERSIONS = {
    "15": Path("/usr/lib/postgresql/15/bin"),
    "16": None,
    "18": None,
}
"""What `--postgres` may name, and where its binaries are: None for the development packages."""

CLONES_AT_ONCE = 4
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
class Template:
    """A database that others are cloned from."""

    name: str
    piccolo_conf: str | None = None
    """The module that names the apps whose migrations are applied; without one, none are."""
    sql: str = ""
    """What a superuser executes before."""


BARE = Template("template1")
"""As `initdb` makes it, without `auth`."""
EMPTY = Template("ottavino_empty")
"""As a new Supabase project is: roles and `auth`, and no table."""


def project() -> str:
    """The module that names the project's apps to Piccolo."""
    return os.environ.get("PICCOLO_CONF", "piccolo_conf")


def migrated(piccolo_conf: str) -> Template:
    """The template of a project: all migrations of its apps are applied."""
    return Template("migrated_" + re.sub(r"\W", "_", piccolo_conf), piccolo_conf)


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
        self._made: defaultdict[Template, list[str]] = defaultdict(list)
        self._left: list[str] = []
        self._built = {BARE}

    def start(self) -> None:
        """Start the server, unless another worker did."""
        with self._once("server") as is_first:
            self._server.start()
            if is_first:
                # The roles belong to the server, and own the databases to come.
                asyncio.run(self._install("postgres"))

    def database(self, name: str, piccolo_conf: str | None = None) -> Database:
        """The addresses of a database, existing or not."""
        return Database(
            name=name,
            url=self._url(LOGIN, name),
            service_url=self._url(AUTHENTICATOR, name),
            direct_url=self._url(MIGRATOR, name),
            superuser_url=self._url(SUPERUSER, name),
            piccolo_conf=piccolo_conf or project(),
        )

    @asynccontextmanager
    async def clone(
        self, template: Template, piccolo_conf: str | None = None
    ) -> AsyncGenerator[Database]:
        """A copy of a template, which nobody may use once the block is left."""
        if template not in self._built:
            await asyncio.to_thread(self.build, template)
        made = self._made[template]
        if not made:
            await self._clone(template)
        name = made.pop()
        try:
            yield self.database(name, template.piccolo_conf or piccolo_conf)
        finally:
            self._left.append(name)

    async def _clone(self, template: Template) -> None:
        """Make some copies, and drop earlier ones, with the connections to them."""
        async with connected(self._url(SUPERUSER)) as connection:
            while self._left:
                await connection.execute(f"drop database {self._left.pop()} with (force)")
            for _ in range(CLONES_AT_ONCE):
                name = f"test_{uuid4().hex}"
                # Copying files is a third faster than copying blocks through the log.
                await connection.execute(
                    f"create database {name} template {template.name} owner {MIGRATOR} "
                    "strategy file_copy"
                )
                await mark(connection, name)
                self._made[template].append(name)

    def build(self, template: Template) -> None:
        """Build a template, unless another worker did."""
        if template != EMPTY and EMPTY not in self._built:
            self.build(EMPTY)
        with self._once(template.name) as is_first:
            if is_first:
                asyncio.run(self._create(template))
                if template.piccolo_conf:
                    self._migrate(template.name, template.piccolo_conf)
        self._built.add(template)

    async def _create(self, template: Template) -> None:
        # A build that failed in another worker may have left it.
        await self._execute(f"drop database if exists {template.name} with (force)")
        origin = "" if template == EMPTY else f"template {EMPTY.name}"
        await self._execute(f"create database {template.name} {origin} owner {MIGRATOR}")
        if template == EMPTY:
            await self._install(EMPTY.name)
        if template.sql:
            await self._execute(template.sql, template.name)

    def _migrate(self, name: str, piccolo_conf: str) -> None:
        database = self.database(name, piccolo_conf)
        with environment(database.variables):
            asyncio.run(migrate(piccolo_conf))
        asyncio.run(self._give_key(name))

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
        await self._execute(key_sql(LOGIN, CLAIMS_KEY), database, MIGRATOR)

    async def _execute(
        self, sql: str, database: str = "postgres", role: str = SUPERUSER
    ) -> None:
        async with connected(self._url(role, database)) as connection:
            await connection.execute(sql)

    def _url(self, role: str, database: str = "postgres") -> str:
        return address(self.socket_folder, role, database)

    @functools.cached_property
    def socket_folder(self) -> Path:
        """Asked once: whether the server is there, it says by starting a process."""
        folder = self._server.socket_folder
        assert folder is not None
        return folder


async def migrate(piccolo_conf: str) -> None:
    """Apply all migrations of a project to the database that the settings name."""
    # Importing it is what lets Piccolo find the apps, and the apps their migrations.
    importlib.import_module(piccolo_conf)
    async for _ in runner.forwards("all", "all", fake=False):
        pass


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
