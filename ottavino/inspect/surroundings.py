"""What the schema relies on and does not declare: roles, settings, `auth`, publications.

The policies protect rows only where these are as on Supabase. A difference is reported without
a statement that fixes it: these objects are not ours to change.
"""

from collections.abc import Sequence

import asyncpg

from ottavino.inspect.auth import auth
from ottavino.inspect.finding import Finding
from ottavino.inspect.powers import powers
from ottavino.inspect.samples import samples
from ottavino.postgres.connection import Connection
from ottavino.settings import settings

PUBLISHED = """
select pubname::text as publication, format('%I.%I', schemaname, tablename) as name
from pg_publication_tables
where schemaname = any($1::text[])
order by pubname, name
"""


async def surroundings(connection: Connection, schemas: Sequence[str]) -> list[Finding]:
    """What differs from Supabase, for the tables in some schemas."""
    return [
        *await powers(connection, schemas),
        *await auth(connection, settings().roles),
        *await samples(connection, schemas),
        *map(_published, await connection.fetch(PUBLISHED, schemas)),
    ]


def _published(row: asyncpg.Record) -> Finding:
    name, publication = row["name"], row["publication"]
    return Finding(
        "warning",
        "OTT106",
        name,
        f"{name} is in the publication {publication}: its subscribers are sent every row. "
        "Supabase's Realtime checks the policies for each subscriber, but not for deletions.",
    )
