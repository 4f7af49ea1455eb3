"""Finds what was moved by hand out of our schemas, and our schemas that were renamed."""

from collections.abc import Collection, Mapping

import asyncpg

from ottavino.inspect.catalog import Catalog, CatalogObject, read
from ottavino.inspect.difference import Comparison, Difference
from ottavino.inspect.renames import Rename
from ottavino.inspect.strangers import PLATFORM
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import schema_of, split_name, unquoted

MOVABLE = {
    "domain",
    "function",
    "materialized view",
    "procedure",
    "sequence",
    "table",
    "type",
    "view",
}
"""The kinds of objects that `set schema` moves."""

# The schemas of others that have any of some names.
WITH_ANY = """
    with named as (
        select relnamespace as schema, relname as name from pg_class
        union all
        select pronamespace, proname from pg_proc
        union all
        select typnamespace, typname from pg_type
    )
    select distinct nspname::text
    from named join pg_namespace on pg_namespace.oid = named.schema
    where named.name = any($1::text[]) and nspname <> all($2::text[])
        and nspname !~ '^pg_' and nspname not in ('information_schema', 'ottavino')
"""

# A schema that we lack, with the only one of others that has a table of each name.
RENAMED = """
    select min(nspname::text)
    from pg_namespace
    where not exists (select from pg_namespace where nspname = $1)
        and nspname <> all($3::text[])
        and not exists (
            select from unnest($2::text[]) as wanted
            where wanted not in (
                select relname from pg_class
                where relnamespace = pg_namespace.oid and relkind in ('r', 'p')
            )
        )
    having count(*) = 1
"""


async def renamed_back(
    connection: Connection, within: Collection[str], states: Collection[State]
) -> dict[str, str]:
    """Give our renamed schemas their names in this transaction: what is in them is compared as
    if it had never had another place. Returns the names that they have, by those.
    """
    found: dict[str, str] = {}
    for schema in within:
        names = {
            unquoted(split_name(table)[-1])
            for state in states
            for table in state.tables
            if schema_of(table) == schema
        }
        if not names:
            continue
        others = [*within, *PLATFORM]
        other = await connection.fetchval(RENAMED, schema, [*names], others)
        if other is None:
            continue
        try:
            async with connection.transaction():
                await connection.execute(Rename(_schema(schema), _schema(other)).statement)
        except asyncpg.InsufficientPrivilegeError:
            continue
        found[schema] = other
    return found


async def renamed_otherwise(
    connection: Connection, within: Collection[str], ours: Catalog
) -> dict[str, str]:
    """The schemas that we lack, by kind and name, each with others that have something of the
    names of what was in it.
    """
    there = {name for (name,) in await connection.fetch("select nspname from pg_namespace")}
    found: dict[str, str] = {}
    for schema in {*within} - there:
        names = {
            unquoted(part.partition("(")[0])
            for each in ours.values()
            if each.kind != "column" and schema_of(each.name) == schema
            for part in split_name(each.name, 3)[1:]
        }
        rows = await connection.fetch(WITH_ANY, [*names], [*within, *PLATFORM])
        if rows:
            found[f"schema {schema}"] = " or ".join(sorted(f"schema {row[0]}" for row in rows))
    return found


def with_renamed(comparison: Comparison, schemas: Mapping[str, str]) -> list[Difference]:
    """The differences, with those of renamed schemas, which are the first to be fixed."""
    found = {str(each.entry): each for each in comparison.differences}
    for new, old in schemas.items():
        entry, was = _schema(new), _schema(old)
        difference = found.get(str(entry), Difference(entry, entry, entry))
        renamed = Difference(
            difference.classes or entry,
            difference.files or entry,
            difference.database or entry,
            rename=Rename(entry, was),
        )
        found = {str(entry): renamed, **{n: d for n, d in found.items() if n != str(entry)}}
    return [*found.values()]


def _schema(name: str) -> CatalogObject:
    return CatalogObject("schema", name, None, None, "", {}, {})


async def moved_away(
    connection: Connection, within: Collection[str], ours: Catalog, database: Catalog
) -> Catalog:
    """The objects of other schemas that have the kinds and names of missing ones of ours, with
    their parts. Ours may have been moved there.
    """
    there = {name for (name,) in await connection.fetch("select nspname from pg_namespace")}
    wanted = {
        (each.kind, split_name(each.name)[-1])
        for name, each in ours.items()
        if each.kind in MOVABLE
        and each.part_of is None
        and name not in database
        # Nothing can be moved back to a schema that is gone.
        and schema_of(each.name) in there
    }
    names = [unquoted(name.partition("(")[0]) for _, name in wanted]
    others = [*within, *PLATFORM]
    schemas = [row[0] for row in await connection.fetch(WITH_ANY, names, others)]
    if not schemas:
        return {}
    elsewhere = await read(connection, schemas)
    found = {
        name
        for name, each in elsewhere.items()
        if (each.kind, split_name(each.name)[-1]) in wanted and each.part_of is None
    }
    return {n: each for n, each in elsewhere.items() if n in found or each.part_of in found}
