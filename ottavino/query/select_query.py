"""Queries that read: `Row` instances, tuples, or instances of their table."""

import functools
from typing import Any, Self, TypeVar, overload

from ottavino.declare.condition import Condition
from ottavino.declare.own_search import Found
from ottavino.declare.readable import Readable
from ottavino.declare.table import Table
from ottavino.query.combined import Combinable
from ottavino.query.query import Item
from ottavino.query.read_query import ReadQuery
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


class SelectQuery(ReadQuery[Item]):
    """A query of the rows of one table."""

    statement: SelectStatement

    def from_table(self, table: type[Table]) -> Self:
        """Set the table if no column names it: `select(count())`."""
        self.statement.table = table
        return self

    def where(self, *conditions: Condition) -> Self:
        """Keep only rows for which every condition is true."""
        self.statement.conditions.extend(conditions)
        return self

    def among(self, found: Found) -> Self:
        """Keep only rows that a search finds, in its order unless `order_by` is given."""
        if found.table is not self.statement.table:
            raise TypeError(
                f"A query of {self.statement.table.__name__} cannot read what was found in "
                f"{found.table.__name__}: select columns of that table."
            )
        self.statement.source = found
        return self

    def group_by(self, *keys: Readable[Any]) -> Self:
        """Group rows with the same values, for aggregates over each group."""
        self.statement.groups.extend(keys)
        return self

    def having(self, *conditions: Condition) -> Self:
        """Keep only groups for which every condition is true."""
        self.statement.having.extend(conditions)
        return self

    def distinct(self) -> Self:
        """Remove duplicate rows."""
        self.statement.distinct = True
        return self

    def distinct_on(self, *keys: Readable[Any]) -> Self:
        """Keep the first row of each combination of values. `order_by` has to begin with the
        same keys.
        """
        self.statement.distinct_on.extend(keys)
        return self

    def for_update(self, *, skip_locked: bool = False, nowait: bool = False) -> Self:
        """Lock the rows until the transaction ends, so that no other transaction changes them.
        The query waits for rows that are locked already; with `skip_locked` it leaves them out,
        and with `nowait` it fails.
        """
        lock: Lock = " skip locked" if skip_locked else " nowait" if nowait else ""
        self.statement.lock = lock
        return self


class Select(SelectQuery[Item], Combinable[Item]):
    """A query of some columns."""


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
