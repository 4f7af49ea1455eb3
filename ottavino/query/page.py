"""Pages of a list: each page begins after the last row of the previous one."""

from dataclasses import dataclass
from typing import Any, Generic, Literal, overload

from ottavino.errors import CursorRefused
from ottavino.postgres.scope import current_scope
from ottavino.query.cursor import Cursor
from ottavino.query.page_statement import PageStatement, keys_of
from ottavino.query.query import Item, sql_of
from ottavino.query.read_query import ReadQuery


@dataclass
class Page(Generic[Item]):
    """Some rows of a list, and the cursor of the next page, which is None on the last page."""

    items: list[Item]
    next: Cursor | None


@dataclass
class CountedPage(Page[Item]):
    """A page, and the number of rows on all pages."""

    total: int


@overload
async def page(
    query: ReadQuery[Item],
    *,
    size: int,
    cursor: Cursor | None = None,
    total: Literal[False] = False,
) -> Page[Item]: ...
@overload
async def page(
    query: ReadQuery[Item], *, size: int, cursor: Cursor | None = None, total: Literal[True]
) -> CountedPage[Item]: ...
async def page(
    query: ReadQuery[Any], *, size: int, cursor: Cursor | None = None, total: bool = False
) -> Page[Any]:
    """At most `size` rows of a query, from the beginning or after a cursor. They have the order
    of the query; rows that are equal in it are sorted by their primary key. So each row is on
    one page, even if others are inserted meanwhile. With `total`, a second statement counts all
    rows. The query is not changed.
    """
    statement = _statement(query, size, cursor)
    records = [] if statement.is_empty else await current_scope().fetch(*sql_of(statement))
    shown = records[:size]
    rows = query.reading.rows(_without(statement.added, shown))
    more = _cursor(statement, shown[-1]) if len(records) > size else None
    return CountedPage(rows, more, await query.count()) if total else Page(rows, more)


def _statement(query: ReadQuery[Any], size: int, cursor: Cursor | None) -> PageStatement:
    if size < 1:
        raise ValueError(f"The size of a page must be at least 1, not {size}.")
    if query.statement.lock is not None:
        raise TypeError("A page cannot lock its rows: lock them with another query.")
    keys = keys_of(query.statement)
    after = None if cursor is None else cursor.values
    # One additional row is read, to see whether there is a next page.
    statement = PageStatement(query.statement, query.reading, keys, after, size + 1)
    if cursor is not None and cursor.order != statement.order:
        raise CursorRefused
    return statement


def _cursor(statement: PageStatement, record: Any) -> Cursor:
    values = tuple(record[place] for place in statement.places)
    return Cursor(values, statement.order)


def _without(added: list[Any], records: list[Any]) -> list[Any]:
    """The records without the additional sort keys."""
    return [record[: -len(added)] for record in records] if added else records
