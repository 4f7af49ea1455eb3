"""Typed queries: Piccolo builds them, and a type checker knows what their rows are.

    rows = await select(Document.id, Document.filename).where(Document.status == READY)

gives `list[tuple[UUID, str]]`. What is not here is Piccolo's: `Document.select()` and its
kin work as its documentation says.
"""

from collections.abc import Generator
from typing import Any, Generic, Self, TypeVar, overload

from db.objects.column import Col, Condition, Descending, piccolo
from db.table import Table

Row = TypeVar("Row")
Value = TypeVar("Value")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")


class Rows(Generic[Row]):
    """A query that gives rows when it is awaited: a tuple each, in the order of the columns."""

    def __init__(self, query: Any, columns: tuple[Col[Any], ...]) -> None:
        self._query = query
        self._columns = columns

    def __await__(self) -> Generator[Any, None, list[Row]]:
        return self._fetch().__await__()

    async def first(self) -> Row | None:
        """The first row, or None where there is none."""
        rows = await self
        return rows[0] if rows else None

    async def _fetch(self) -> list[Any]:
        self._query._validate()
        engine = self._query.table._meta.db
        records = await engine.run_querystring(self._query.querystrings[0])
        decoders = [column.decode for column in self._columns]
        if not any(decoders):
            return [tuple(record) for record in records]
        return [_decode(record, decoders) for record in records]


class Select(Rows[Row]):
    """Rows that are read."""

    def where(self, *conditions: Condition) -> Self:
        """Only rows that meet every condition."""
        self._query = self._query.where(*conditions)
        return self

    def order_by(self, *keys: Col[Any] | Descending) -> Self:
        """Sorted by the first key, then the next."""
        for key in keys:
            descending = isinstance(key, Descending)
            column = key.column if descending else key
            self._query = self._query.order_by(column, ascending=not descending)
        return self

    def limit(self, number: int) -> Self:
        """At most so many rows."""
        self._query = self._query.limit(number)
        return self

    async def first(self) -> Row | None:
        """The first row, or None where there is none; no other is fetched."""
        self.limit(1)
        return await super().first()


class Write:
    """A query that changes rows. It gives none, unless `returning` asks for columns of them."""

    def __init__(self, query: Any) -> None:
        self._query = query

    def __await__(self) -> Generator[Any, None, None]:
        return self._run().__await__()

    async def _run(self) -> None:
        await self._query.run()

    @overload
    def returning(self, a: Col[A], /) -> Rows[tuple[A]]: ...
    @overload
    def returning(self, a: Col[A], b: Col[B], /) -> Rows[tuple[A, B]]: ...
    @overload
    def returning(self, a: Col[A], b: Col[B], c: Col[C], /) -> Rows[tuple[A, B, C]]: ...
    @overload
    def returning(
        self, a: Col[A], b: Col[B], c: Col[C], d: Col[D], /
    ) -> Rows[tuple[A, B, C, D]]: ...
    @overload
    def returning(
        self, a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], /
    ) -> Rows[tuple[A, B, C, D, E]]: ...
    @overload
    def returning(
        self, a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], f: Col[F], /
    ) -> Rows[tuple[A, B, C, D, E, F]]: ...
    @overload
    def returning(
        self, a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], f: Col[F], g: Col[G], /
    ) -> Rows[tuple[A, B, C, D, E, F, G]]: ...
    def returning(self, *columns: Col[Any]) -> Rows[Any]:
        """The columns of each row that was written."""
        return Rows(self._query.returning(*columns), columns)


class Update(Write):
    """Rows that are changed."""

    def set(self, column: Col[Value], value: Value) -> Self:
        """Give a column a value."""
        self._query = self._query.values({column: value})
        return self

    def where(self, *conditions: Condition) -> Self:
        """Only rows that meet every condition."""
        self._query = self._query.where(*conditions)
        return self


class Delete(Write):
    """Rows that are deleted."""

    def where(self, *conditions: Condition) -> Self:
        """Only rows that meet every condition."""
        self._query = self._query.where(*conditions)
        return self


@overload
def select(a: Col[A], /) -> Select[tuple[A]]: ...
@overload
def select(a: Col[A], b: Col[B], /) -> Select[tuple[A, B]]: ...
@overload
def select(a: Col[A], b: Col[B], c: Col[C], /) -> Select[tuple[A, B, C]]: ...
@overload
def select(a: Col[A], b: Col[B], c: Col[C], d: Col[D], /) -> Select[tuple[A, B, C, D]]: ...
@overload
def select(
    a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], /
) -> Select[tuple[A, B, C, D, E]]: ...
@overload
def select(
    a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], f: Col[F], /
) -> Select[tuple[A, B, C, D, E, F]]: ...
@overload
def select(
    a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], f: Col[F], g: Col[G], /
) -> Select[tuple[A, B, C, D, E, F, G]]: ...
@overload
def select(
    a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], f: Col[F], g: Col[G], h: Col[H], /
) -> Select[tuple[A, B, C, D, E, F, G, H]]: ...
def select(*columns: Col[Any]) -> Select[Any]:
    """Read columns of one table."""
    table: Any = piccolo(columns[0])._meta.table
    return Select(table.select(*columns), columns)


def insert(*rows: Table) -> Write:
    """Add rows of one table. Columns that were not given are PostgreSQL's to fill in."""
    return Write(type(rows[0]).insert(*rows))


def update(table: type[Table]) -> Update:
    """Change rows: `update(Document).set(Document.filename, "b.txt").where(…)`."""
    untyped: Any = table
    return Update(untyped.update())


def delete(table: type[Table]) -> Delete:
    """Delete rows: `delete(Document).where(…)`."""
    return Delete(table.delete())


def _decode(record: Any, decoders: list[Any]) -> tuple[Any, ...]:
    return tuple(
        value if decode is None or value is None else decode(value)
        for value, decode in zip(record, decoders, strict=True)
    )
