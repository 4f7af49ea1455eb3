"""Queries that read: rows with names, tuples, or instances of their table."""

import functools
from typing import Any, Generic, Self, TypeVar, overload

from ottavino.declare.expression import Condition, Order, Readable
from ottavino.declare.own_search import Found
from ottavino.declare.table import Table
from ottavino.postgres.scope import current_scope
from ottavino.query.query import Item, Query, sql_of
from ottavino.query.reading import KeptReading
from ottavino.query.row import Row, reading_of
from ottavino.query.select_statement import Lock, SelectStatement

Instance = TypeVar("Instance", bound=Table)
SomeRow = TypeVar("SomeRow", bound=Row)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")
K = TypeVar("K")
M = TypeVar("M")


class SelectQuery(Query[Item]):
    """A query that reads. Each method adds to it; awaiting it leaves it as it is."""

    statement: SelectStatement

    def from_table(self, table: type[Table]) -> Self:
        """The table that is read, where no column says so: `select(count())`."""
        self.statement.table = table
        return self

    def where(self, *conditions: Condition) -> Self:
        """Only rows that meet every condition."""
        self.statement.conditions.extend(conditions)
        return self

    def among(self, found: Found) -> Self:
        """Only rows that a search finds; in its order, unless another is asked for."""
        if found.table is not self.statement.table:
            raise TypeError(
                f"A query of {self.statement.table.__name__} cannot read what was found in "
                f"{found.table.__name__}: select columns of that table."
            )
        self.statement.source = found
        return self

    def order_by(self, *keys: Readable[Any] | Order) -> Self:
        """Sorted by the first key, then the next."""
        self.statement.order.extend(keys)
        return self

    def limit(self, number: int) -> Self:
        """At most so many rows."""
        self.statement.limit = number
        return self

    def offset(self, number: int) -> Self:
        """Without the first so many rows. PostgreSQL reads them all the same."""
        self.statement.offset = number
        return self

    def group_by(self, *keys: Readable[Any]) -> Self:
        """One row for each combination of values, for aggregates over the others."""
        self.statement.groups.extend(keys)
        return self

    def having(self, *conditions: Condition) -> Self:
        """Only groups that meet every condition."""
        self.statement.having.extend(conditions)
        return self

    def distinct(self) -> Self:
        """Each row once."""
        self.statement.distinct = True
        return self

    def distinct_on(self, *keys: Readable[Any]) -> Self:
        """The first row of each combination of values. `order_by` begins with the same keys."""
        self.statement.distinct_on.extend(keys)
        return self

    def for_update(self, *, skip_locked: bool = False, nowait: bool = False) -> Self:
        """Lock the rows until the transaction ends, so that no other changes them.

        A row that is locked already is waited for; with `skip_locked` it is left out, and with
        `nowait` the query fails.
        """
        lock: Lock = " skip locked" if skip_locked else " nowait" if nowait else ""
        self.statement.lock = lock
        return self

    async def first(self) -> Item | None:
        """The first row, or None where there is none; no other is fetched."""
        rows = await self._limited(1)
        return rows[0] if rows else None

    async def one(self, missing: type[Exception] | None = None) -> Item:
        """The only row, as of any query; no more than two are fetched."""
        rows = Query[Item](self._limited(2).statement, self.reading)
        return await rows.one(missing)

    async def count(self) -> int:
        """How many rows there are; none of them is fetched."""
        return await self._value("select count(*) from ({}) as counted")

    async def exists(self) -> bool:
        """Whether there is a row."""
        return await self._value("select exists ({})")

    async def _value(self, template: str) -> Any:
        text, arguments = sql_of(self.statement.without_columns())
        records: list[Any] = await current_scope().fetch(template.format(text), arguments)
        return records[0][0]

    def _limited(self, most: int) -> "SelectQuery[Item]":
        statement = self.statement.copied()
        statement.limit = most if statement.limit is None else min(most, statement.limit)
        return SelectQuery(statement, self.reading)


class Select(SelectQuery[Item], Generic[Item]):
    """A query of some columns."""

    def _row(self) -> Item:
        """Tell a type checker of what type the rows are: `is_in` takes those of one column."""
        raise NotImplementedError


@overload
def select(row: type[SomeRow], /) -> Select[SomeRow]: ...
@overload
def select(a: Readable[A], /) -> Select[tuple[A]]: ...
@overload
def select(a: Readable[A], b: Readable[B], /) -> Select[tuple[A, B]]: ...
@overload
def select(a: Readable[A], b: Readable[B], c: Readable[C], /) -> Select[tuple[A, B, C]]: ...
@overload
def select(
    a: Readable[A], b: Readable[B], c: Readable[C], d: Readable[D], /
) -> Select[tuple[A, B, C, D]]: ...
@overload
def select(
    a: Readable[A], b: Readable[B], c: Readable[C], d: Readable[D], e: Readable[E], /
) -> Select[tuple[A, B, C, D, E]]: ...
@overload
def select(
    a: Readable[A],
    b: Readable[B],
    c: Readable[C],
    d: Readable[D],
    e: Readable[E],
    f: Readable[F],
    /,
) -> Select[tuple[A, B, C, D, E, F]]: ...
@overload
def select(
    a: Readable[A],
    b: Readable[B],
    c: Readable[C],
    d: Readable[D],
    e: Readable[E],
    f: Readable[F],
    g: Readable[G],
    /,
) -> Select[tuple[A, B, C, D, E, F, G]]: ...
@overload
def select(
    a: Readable[A],
    b: Readable[B],
    c: Readable[C],
    d: Readable[D],
    e: Readable[E],
    f: Readable[F],
    g: Readable[G],
    h: Readable[H],
    /,
) -> Select[tuple[A, B, C, D, E, F, G, H]]: ...
@overload
def select(
    a: Readable[A],
    b: Readable[B],
    c: Readable[C],
    d: Readable[D],
    e: Readable[E],
    f: Readable[F],
    g: Readable[G],
    h: Readable[H],
    k: Readable[K],
    /,
) -> Select[tuple[A, B, C, D, E, F, G, H, K]]: ...
@overload
def select(
    a: Readable[A],
    b: Readable[B],
    c: Readable[C],
    d: Readable[D],
    e: Readable[E],
    f: Readable[F],
    g: Readable[G],
    h: Readable[H],
    k: Readable[K],
    m: Readable[M],
    /,
) -> Select[tuple[A, B, C, D, E, F, G, H, K, M]]: ...
def select(*columns: Any) -> Select[Any]:
    """Read the columns of a `Row`, or up to ten as a tuple: of one table, and its parents."""
    reading = reading_of(columns)
    return Select(SelectStatement(reading.table, reading), reading)


def objects(table: type[Instance]) -> SelectQuery[Instance]:
    """Read whole rows, as instances of their table."""
    reading = _whole(table)
    return SelectQuery(SelectStatement(table, reading), reading)


@functools.cache
def _whole(table: Any) -> KeptReading:
    def make(*values: object) -> Any:
        return table(_exists_in_db=True, **dict(zip(names, values, strict=True)))

    columns: list[Any] = table._meta.columns
    names = [column._meta.name for column in columns]
    return KeptReading(columns, make)
