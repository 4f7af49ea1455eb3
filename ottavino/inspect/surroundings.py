"""Checks the surroundings that the schema relies on: roles, settings, `auth`, publications.

The policies protect rows only where these are as on Supabase. A difference is reported without
a statement that fixes it: these objects are not ours to change.
"""

from collections.abc import Collection, Sequence

import asyncpg

from ottavino.inspect.auth import auth
from ottavino.inspect.beyond import beyond
from ottavino.inspect.built_in import built_in
from ottavino.inspect.finding import Finding
from ottavino.inspect.logins import logins
from ottavino.inspect.own_schema import own_schema
from ottavino.inspect.powers import powers
from ottavino.inspect.samples import samples
from ottavino.postgres.connection import Connection
from ottavino.settings import settings

PUBLISHED = """
select
    pubname::text as publication,
    format('%I.%I', schemaname, tablename) as name,
    coalesce(' where ' || rowfilter, '') as filter
from pg_publication_tables
where format('%I.%I', schemaname, tablename) = any($1::text[]) or schemaname = 'auth'
order by pubname, name
"""


async def surroundings(
    connection: Connection, schemas: Sequence[str], tables: Collection[str]
) -> list[Finding]:
    """The differences from Supabase that affect our tables, which are in some schemas."""
    roles = settings().roles
    graver = await powers(connection, schemas)
    others = await beyond(connection, schemas, tables, roles)
    return [
        *graver,
        *await auth(connection, roles),
        *await own_schema(connection),
        *await built_in(connection, roles),
        *await logins(connection, tables, roles),
        *(each for each in others if not any(_says_more(other, each) for other in graver)),
        *await samples(connection, schemas),
        *map(_published, await connection.fetch(PUBLISHED, [*tables])),
    ]


def _says_more(grave: Finding, other: Finding) -> bool:
    """Whether one finding says of the same membership what it lets a role do."""
    if (grave.rule, grave.where) != (other.rule, other.where):
        return False
    group = other.message.partition(" member of ")[2].partition(", and may do")[0]
    return group != "" and (
        f"of {group}," in grave.message or f"through {group}" in grave.message
    )


def _published(row: asyncpg.Record) -> Finding:
    name, publication = row["name"], row["publication"]
    return Finding(
        "warning",
        "OTT106",
        name,
        f"{name} is in the publication {publication}: its subscribers are sent every row"
        f"{row['filter']}. "
        "Supabase's Realtime checks the policies for each subscriber, but not for deletions.",
    )
