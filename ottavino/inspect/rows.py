"""Finds tables of others that may have the rows of ours: ours is empty, as one is that somebody
made in its place.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress

import asyncpg

from ottavino.inspect.catalog import Catalog
from ottavino.postgres.connection import Connection

# The size needs no right to read the rows, and no policy hides it.
FILLED = """
    select name
    from unnest($1::text[]) as name
    where pg_relation_size(to_regclass(name)) > 0
        or exists (
            select from pg_partition_tree(to_regclass(name)) where pg_relation_size(relid) > 0
        )
"""

BOUNDS = "select pg_get_partition_constraintdef(to_regclass($1))"


async def rows_elsewhere(
    connection: Connection, ours: Catalog, database: Catalog
) -> Mapping[str, Collection[str]]:
    """Our tables that are empty, each with those of others that have rows which it may have
    had.
    """
    tables = {each.name: name for name, each in database.items() if each.kind == "table"}
    others = {name for name in tables.values() if name not in ours}
    if not others:
        return {}
    rows = await connection.fetch(FILLED, [*tables])
    filled = {tables[row["name"]] for row in rows}
    return {
        name: [
            other
            for other in others & filled
            if "bounds" not in database[name].facets
            or await _fits(connection, database[name].name, database[other].name)
        ]
        for name in {*tables.values()} - others - filled
    }


async def _fits(connection: Connection, partition: str, other: str) -> bool:
    """Whether the first row of another table could be one of a partition's: the other may be an
    old partition that was detached.
    """
    # It may have other columns, or be of somebody who does not let it be read.
    with suppress(asyncpg.PostgresError):
        async with connection.transaction():
            bounds = await connection.fetchval(BOUNDS, partition)
            fits = f"select {bounds} from {other} limit 1"  # noqa: S608  # names of the catalog
            return bool(await connection.fetchval(fits))
    return False
