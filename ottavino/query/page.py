"""Pages of a list: each begins after the last row of the page before."""

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
    """Some rows of a list, and the cursor of the next page: None after the last."""

    items: list[Item]
    next: Cursor | None


@dataclass
class CountedPage(Page[Item]):
    """A page, and how many rows there are on all of them."""

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
    """The rows of a query that come after a cursor, or its first ones: at most `size`.

    They are sorted as the query is, and where that leaves a choice, by the key of its table:
    a row is on one page, whatever is inserted meanwhile. `total` asks for the number of rows
    too, in a statement of its own. The query is left as it is.
    """
    statement = _statement(query, size, cursor)
    records = [] if statement.is_empty else await current_scope().fetch(*sql_of(statement))
    shown = records[:size]
    rows = query.reading.rows(_without(statement.added, shown))
    more = _cursor(statement, shown[-1]) if len(records) > size else None
    return CountedPage(rows, more, await query.count()) if total else Page(rows, more)


def _statement(query: ReadQuery[Any], size: int, cursor: Cursor | None) -> PageStatement:
    if size < 1:
        raise ValueError(f"A page has at least one row, and its size was to be {size}.")
    if query.statement.lock is not None:
        raise TypeError("Rows of a page cannot be locked: lock those of a query of its own.")
    keys = keys_of(query.statement)
    after = None if cursor is None else cursor.values
    # One more row than the page has shows whether there is a next page.
    statement = PageStatement(query.statement, query.reading, keys, after, size + 1)
    if cursor is not None and cursor.order != statement.order:
        raise CursorRefused
    return statement


def _cursor(statement: PageStatement, record: Any) -> Cursor:
    values = tuple(record[place] for place in statement.places)
    return Cursor(values, statement.order)


def _without(added: list[Any], records: list[Any]) -> list[Any]:
    """The records without the keys that the query does not read."""
    return [record[: -len(added)] for record in records] if added else records
