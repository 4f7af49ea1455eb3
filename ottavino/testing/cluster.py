"""One PostgreSQL server for a whole run, and a database for each test. The first test that
needs the server starts it, in any xdist worker. A template is built when a test first needs it.
Cloning one takes about 10 ms.
"""

import asyncio
import fcntl
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

from ottavino.dev.database.supabase import install
from ottavino.identity import Role
from ottavino.migrate import runner
from ottavino.postgres.local import mark
from ottavino.postgres.login_sql import key_sql, login_sql
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN
from ottavino.testing.database import CLAIMS_KEY, Database, connected
from ottavino.testing.environment import environment
from ottavino.testing.server import OwnServer, server

CLONES_AT_ONCE = 4
"""How many clones one connection makes and drops, because connecting costs as much as a clone.
"""

COMPACT_CATALOGS = """
    select 'vacuum (full, freeze) ' || string_agg(oid::regclass::text, ', ')
    from pg_class
    where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and not relisshared
"""
"""Gives the statement that compacts the catalogs. Tables keep the estimates of new ones."""


@dataclass(frozen=True, slots=True)
class Template:
    """A database from which others are cloned."""

    name: str
    piccolo_conf: str | None = None
    """The module that names the apps whose migrations are applied; None to apply none."""
    sql: str = ""
    """SQL that a superuser executes first."""


BARE = Template("template1")
"""A database as `initdb` makes it, without `auth`."""
EMPTY = Template("ottavino_empty")
"""A database as in a new Supabase project: roles and `auth`, but no table."""


def project() -> str:
    """The module that names the project's apps to Piccolo."""
    return os.environ.get("PICCOLO_CONF", "piccolo_conf")


def migrated(piccolo_conf: str) -> Template:
    """The template of a project: all migrations of its apps are applied."""
    return Template("migrated_" + re.sub(r"\W", "_", piccolo_conf), piccolo_conf)


class Cluster:
    """The run's server. Every worker has one of these, for the same folder."""

    def __init__(self, folder: Path, postgres: str) -> None:
        self._folder = folder
        self._server = server(folder, postgres)
        self._made: defaultdict[Template, list[str]] = defaultdict(list)
        self._left: list[str] = []
        self._built = {BARE}

    def start(self) -> None:
        """Start the server, unless another worker has started it."""
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
            direct_url=self._url(self._server.migrator, name),
            superuser_url=self._url(self._server.superuser, name),
            piccolo_conf=piccolo_conf or project(),
        )

    @asynccontextmanager
    async def clone(
        self, template: Template, piccolo_conf: str | None = None
    ) -> AsyncGenerator[Database]:
        """A copy of a template, which is dropped later, after the block."""
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
        """Make some copies, and drop earlier ones together with their connections."""
        async with connected(self._url(self._server.superuser)) as connection:
            while self._left:
                await connection.execute(f"drop database {self._left.pop()} with (force)")
            for _ in range(CLONES_AT_ONCE):
                name = f"{self._server.prefix}test_{uuid4().hex}"
                # Copying files is a third faster than copying blocks through the log.
                await connection.execute(
                    f"create database {name} template {self._name(template)} "
                    f"owner {self._server.migrator} strategy file_copy"
                )
                await mark(connection, name)
                self._made[template].append(name)

    def build(self, template: Template) -> None:
        """Build a template, unless another worker has built it."""
        if template != EMPTY and EMPTY not in self._built:
            self.build(EMPTY)
        with self._once(template.name) as is_first:
            if is_first:
                asyncio.run(self._create(template))
                if template.piccolo_conf:
                    self._migrate(self._name(template), template.piccolo_conf)
                asyncio.run(self._compact(self._name(template)))
        self._built.add(template)

    async def _create(self, template: Template) -> None:
        name, owner = self._name(template), self._server.migrator
        # A failed build of another worker may have left a template.
        await self._execute(f"drop database if exists {name} with (force)")
        origin = "" if template == EMPTY else f"template {self._name(EMPTY)}"
        await self._execute(f"create database {name} {origin} owner {owner}")
        if template == EMPTY:
            await self._install(name)
        if template.sql:
            await self._execute(template.sql, name)

    async def _compact(self, name: str) -> None:
        """Rewrite the catalogs of a template without the free space that copies would have."""
        async with connected(self._url(self._server.superuser, name)) as connection:
            await connection.execute(await connection.fetchval(COMPACT_CATALOGS))
        # The next connection writes a cache of the catalogs, which is copied with them.
        await self._execute("checkpoint", name)

    def _name(self, template: Template) -> str:
        return template.name if template == BARE else self._server.prefix + template.name

    def _migrate(self, name: str, piccolo_conf: str) -> None:
        database = self.database(name, piccolo_conf)
        with environment(database.variables):
            asyncio.run(migrate(piccolo_conf))
        asyncio.run(self._give_key(name))

    @contextmanager
    def _once(self, name: str) -> Generator[bool]:
        """Keep other workers out of a block; yields whether this worker is the first in it."""
        built = self._folder / name
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield not built.exists()
            built.touch()

    async def _install(self, database: str) -> None:
        superuser, migrator = self._server.superuser, self._server.migrator
        login = login_sql(LOGIN, (Role.ANON, Role.AUTHENTICATED), None)
        async with connected(self._url(superuser, database)) as connection:
            await install(connection, migrator)
            await connection.execute(f"set role {self._server.login_owner}; {login} reset role")

    async def _give_key(self, database: str) -> None:
        key = key_sql(LOGIN, CLAIMS_KEY)
        await self._execute(key, database, self._server.migrator)

    async def _execute(self, sql: str, database: str = "postgres", role: str = "") -> None:
        url = self._url(role or self._server.superuser, database)
        async with connected(url) as connection:
            await connection.execute(sql)

    def _url(self, role: str, database: str = "postgres") -> str:
        return self._server.url(role, database)

    @property
    def socket_folder(self) -> Path:
        """Where the run's own server listens."""
        assert isinstance(self._server, OwnServer), "This needs a server of the run's own."
        return self._server.socket_folder


async def migrate(piccolo_conf: str) -> None:
    """Apply all migrations of a project to the database that the settings name."""
    # Piccolo finds the apps, and their migrations, by importing it.
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


def stop(folder: Path, postgres: str = "18") -> None:
    """Stop the run's own server, if any test started it; drop what is on a given one."""
    used = server(folder, postgres)
    if isinstance(used, OwnServer):
        used.stop()
    elif (folder / "server").exists():
        used.drop_databases()
