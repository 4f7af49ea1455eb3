"""The rows of every table, as the caller sees them."""

from typing import Any

import asyncpg
from piccolo.conf.apps import Finder

from ottavino.http.errors import Forbidden, NotFound
from ottavino.http.function import Function

ROWS = 20

TABLES: dict[str, Any] = {
    table._meta.tablename: table for table in Finder().get_table_classes()
}

rows = Function(auth="optional")


class NoSuchTable(NotFound):
    """No table has this name."""


class NoGrant(Forbidden):
    """This role has no privilege to read the table: add a Grant."""


@rows.get("/")
async def names() -> list[str]:
    """The tables."""
    return sorted(TABLES)


@rows.get("/{table}")
async def newest(table: str) -> list[dict[str, Any]]:
    """The newest rows of a table that the caller may see."""
    if table not in TABLES:
        raise NoSuchTable
    selected = TABLES[table]
    newest_first = getattr(selected, "created_at", selected._meta.primary_key)
    try:
        return await selected.select().order_by(newest_first, ascending=False).limit(ROWS)
    except asyncpg.InsufficientPrivilegeError:
        raise NoGrant from None
