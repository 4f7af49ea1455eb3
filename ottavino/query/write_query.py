"""Queries that write. They give rows only where `returning` asks for columns of them."""

from collections.abc import Generator, Sequence
from typing import Any, Self, TypeVar, overload

from ottavino.declare.column import Col, Condition, Expression
from ottavino.declare.table import Table, encoded
from ottavino.query.query import Query, Row

Value = TypeVar("Value")
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


class Write:
    """A query that changes rows when it is awaited."""

    def __init__(self, query: Any) -> None:
        self._query = query

    def __await__(self) -> Generator[Any, None, None]:
        return self._run().__await__()

    async def _run(self) -> None:
        await self._query.run()

    @overload
    def returning(self, a: Col[A], /) -> Query[tuple[A]]: ...
    @overload
    def returning(self, a: Col[A], b: Col[B], /) -> Query[tuple[A, B]]: ...
    @overload
    def returning(self, a: Col[A], b: Col[B], c: Col[C], /) -> Query[tuple[A, B, C]]: ...
    @overload
    def returning(
        self, a: Col[A], b: Col[B], c: Col[C], d: Col[D], /
    ) -> Query[tuple[A, B, C, D]]: ...
    @overload
    def returning(
        self, a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], /
    ) -> Query[tuple[A, B, C, D, E]]: ...
    @overload
    def returning(
        self, a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], f: Col[F], /
    ) -> Query[tuple[A, B, C, D, E, F]]: ...
    @overload
    def returning(
        self, a: Col[A], b: Col[B], c: Col[C], d: Col[D], e: Col[E], f: Col[F], g: Col[G], /
    ) -> Query[tuple[A, B, C, D, E, F, G]]: ...
    @overload
    def returning(
        self,
        a: Col[A],
        b: Col[B],
        c: Col[C],
        d: Col[D],
        e: Col[E],
        f: Col[F],
        g: Col[G],
        h: Col[H],
        /,
    ) -> Query[tuple[A, B, C, D, E, F, G, H]]: ...
    @overload
    def returning(
        self,
        a: Col[A],
        b: Col[B],
        c: Col[C],
        d: Col[D],
        e: Col[E],
        f: Col[F],
        g: Col[G],
        h: Col[H],
        k: Col[K],
        /,
    ) -> Query[tuple[A, B, C, D, E, F, G, H, K]]: ...
    @overload
    def returning(
        self,
        a: Col[A],
        b: Col[B],
        c: Col[C],
        d: Col[D],
        e: Col[E],
        f: Col[F],
        g: Col[G],
        h: Col[H],
        k: Col[K],
        m: Col[M],
        /,
    ) -> Query[tuple[A, B, C, D, E, F, G, H, K, M]]: ...
    def returning(self, *columns: Col[Any]) -> Query[Any]:
        """The columns of each row that was written."""
        return Returned(self._query.returning(*columns), columns)


class Returned(Query[Row]):
    """The rows that a query has written."""

    def __init__(self, query: Any, columns: tuple[Col[Any], ...]) -> None:
        super().__init__(columns)
        self._query = query

    def _sql(self) -> tuple[str, Sequence[Any]]:
        # It refuses to change every row for want of a condition.
        self._query._validate()
        return self._query.querystrings[0].compile_string()


class Change(Write):
    """A query that changes rows which are there."""

    def where(self, *conditions: Condition) -> Self:
        """Only rows that meet every condition."""
        self._query = self._query.where(*conditions)
        self._require_own(*self._query.where_delegate.get_where_columns())
        return self

    def _require_own(self, *columns: Any) -> None:
        # Piccolo leaves the table's name out, so a column of the same name would be taken.
        table = self._query.table
        for column in columns:
            if column._meta.call_chain or column._meta.table is not table:
                raise TypeError(
                    f"{column._meta.table.__name__}.{column._meta.name} is no column of "
                    f"{table.__name__}, whose rows are to be changed."
                )


class Update(Change):
    """Rows that are changed."""

    def set(self, column: Col[Value], value: Value | Expression[Value]) -> Self:
        """Give a column a value, or one computed from a column."""
        self._require_own(column)
        given = value.query if isinstance(value, Expression) else encoded(column, value)
        self._query = self._query.values({column: given})
        return self


class Delete(Change):
    """Rows that are deleted."""


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
