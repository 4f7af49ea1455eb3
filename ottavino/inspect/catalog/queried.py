"""Objects that are read from a database by queries of their own."""

from collections.abc import Callable, Iterable, Mapping

import asyncpg

from ottavino.declare.definition import Definition
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.connection import Connection

MISSING = (
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedTableError,
)
"""Errors of a query that mean that its object does not exist."""


def _as_it_is(definition: Definition) -> str:
    return definition.read


async def read_queried(
    connection: Connection,
    definitions: Iterable[Definition],
    query_of: Callable[[Definition], str] = _as_it_is,
    names: Mapping[str, str] | None = None,
) -> Catalog:
    """The objects as a database has them; missing ones are left out.

    In a shadow database `query_of` gives a query for what stands for an object, and `names`
    says by which name to report it.
    """
    catalog: Catalog = {}
    renamed: Mapping[str, str] = {} if names is None else names
    for each in definitions:
        if not each.read:
            continue
        found = each.expected if names is not None else None
        if found is None:
            found = await _answer(connection, query_of(each))
        if found is None:
            continue
        for name, wanted in renamed.items():
            found = found.replace(name, wanted)
        catalog[each.name] = CatalogObject(
            each.kind, each.full_name, None, each.create, each.drop, {"definition": found}, {}
        )
    return catalog


async def _answer(connection: Connection, query: str) -> str | None:
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        found = await connection.fetchval(query)
    except MISSING:
        found = None
    finally:
        # A query that fails must not make the others fail.
        await savepoint.rollback()
    return None if found is None else str(found)
