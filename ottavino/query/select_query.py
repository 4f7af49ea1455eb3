"""Queries that read: columns of rows, or rows as instances of their table."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Self, TypeVar, overload

from piccolo.columns.base import Column

from ottavino.declare.column import Col, Condition, Descending, Expression, Readable, piccolo
from ottavino.declare.own_search import Found
from ottavino.declare.table import Table
from ottavino.query.query import Query, Row
from ottavino.query.select_statement import SelectStatement

Item = TypeVar("Item")
Instance = TypeVar("Instance", bound=Table)
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
    """A query that reads: which rows, in which order, how many."""

    def __init__(
        self, statement: SelectStatement, make: Callable[..., Any] | None = None
    ) -> None:
        super().__init__(statement.reading, make)
        self.statement = statement

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
        self.statement.found = found
        return self

    def order_by(self, *keys: Col[Any] | Descending) -> Self:
        """Sorted by the first key, then the next."""
        for key in keys:
            column = key.column if isinstance(key, Descending) else key
            self.statement.order.append((column, column is key))
        return self

    def limit(self, number: int) -> Self:
        """At most so many rows."""
        self.statement.limit = number
        return self

    async def first(self) -> Item | None:
        """The first row, or None where there is none; no other is fetched."""
        self.statement.limit = 1
        return await super().first()

    def _sql(self) -> tuple[str, Sequence[Any]]:
        return self.statement.sql()


class Select(SelectQuery[Row], Generic[Row]):
    """Some columns of rows: a tuple each."""

    def group_by(self, *columns: Col[Any]) -> Self:
        """One row for each combination of values, for aggregates over the others."""
        self.statement.groups.extend(columns)
        return self


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
def select(*reading: Readable[Any]) -> Select[Any]:
    """Read columns of one table, of its parents, and aggregates over them."""
    return Select(SelectStatement(_table_of(reading), reading))


def objects(table: type[Instance]) -> SelectQuery[Instance]:
    """Read whole rows, as instances of their table."""

    def make(*values: object) -> Any:
        return untyped(_exists_in_db=True, **dict(zip(names, values, strict=True)))

    columns: list[Any] = table._meta.columns
    names = [column._meta.name for column in columns]
    untyped: Any = table
    return SelectQuery(SelectStatement(table, columns), make)


def _table_of(reading: tuple[Readable[Any], ...]) -> Any:
    columns = [each.column if isinstance(each, Expression) else each for each in reading]
    tables = {_root(piccolo(column)) for column in columns if isinstance(column, Col)}
    if len(tables) != 1:
        names = ", ".join(sorted(table.__name__ for table in tables))
        raise TypeError(
            f"A query reads one table, not {names}: reach the others through a reference, "
            "as in DocumentChunk.document_id.parent.filename."
        )
    return tables.pop()


def _root(column: Column) -> Any:
    meta: Any = column._meta
    return (meta.call_chain[0]._meta if meta.call_chain else meta).table
