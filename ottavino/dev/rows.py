"""The rows of every table, as whoever asks sees them."""

from typing import Any

import asyncpg

from db import tables
from ottavino.declare.table import Table
from ottavino.http.errors import Forbidden, NotFound
from ottavino.http.function import Function

ROWS = 20

TABLES: dict[str, Any] = {
    table._meta.tablename: table
    for table in vars(tables).values()
    if isinstance(table, type) and issubclass(table, Table)
}

rows = Function(auth="optional")


class NoSuchTable(NotFound):
    """There is no such table."""


class NoGrant(Forbidden):
    """This role may read nothing of the table."""


@rows.get("/")
async def names() -> list[str]:
    """The tables."""
    return sorted(TABLES)


@rows.get("/{table}")
async def newest(table: str) -> list[dict[str, Any]]:
    """The newest rows of a table that the caller may see."""
    if table not in TABLES:
        raise NoSuchTable
    asked = TABLES[table]
    try:
        return await asked.select().order_by(asked.created_at, ascending=False).limit(ROWS)
    except asyncpg.InsufficientPrivilegeError:
        raise NoGrant from None
