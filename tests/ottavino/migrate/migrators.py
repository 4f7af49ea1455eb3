"""A project's database for many random examples, each in a transaction that is rolled back."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NamedTuple

from ottavino.inspect.drift import SETTINGS
from ottavino.migrate import platform
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import undone
from tests.ottavino.migrate.random_objects import PUBLICATION

HAS_VECTOR = "select exists (select from pg_available_extensions where name = 'vector')"
OF_OTHERS = f"""
    create schema extensions;
    create schema storage;
    create table storage.objects (id uuid, owner uuid, name text, bucket_id text);
    alter table storage.objects enable row level security;
    create publication {PUBLICATION};
"""
"""What a project has from others."""


class Migrators(NamedTuple):
    """A connection of the role that migrates, and one of a superuser."""

    migrating: Connection
    superuser: Connection
    has_vector: bool
    """Whether this PostgreSQL has the extension."""

    @asynccontextmanager
    async def transaction(self, *, is_superuser: bool = False) -> AsyncGenerator[Connection]:
        """A transaction that is rolled back."""
        connection = self.superuser if is_superuser else self.migrating
        async with undone(connection):
            await connection.execute(f"{SETTINGS}; set local search_path = public")
            yield connection


@asynccontextmanager
async def migrators_of(database: Database) -> AsyncGenerator[Migrators]:
    """Connections to a project's database for many examples. Each reads and plans the queries
    of the catalogs once.
    """
    async with (
        repeating(database.direct_url) as migrating,
        repeating(database.superuser_url) as superuser,
    ):
        await platform.install(migrating)
        await migrating.execute(OF_OTHERS)
        yield Migrators(migrating, superuser, bool(await superuser.fetchval(HAS_VECTOR)))
