"""Queries that write. They return rows only with `returning`."""

from abc import abstractmethod
from collections.abc import Generator
from decimal import Decimal
from typing import Any, Generic, Self, overload

from typing_extensions import TypeVar

from ottavino.declare.column import Col
from ottavino.declare.condition import Condition
from ottavino.declare.readable import Readable
from ottavino.declare.table import Table
from ottavino.postgres.scope import current_scope
from ottavino.query.query import Item, Query, sql_of
from ottavino.query.reading import Reading
from ottavino.query.row import Row, reading_of
from ottavino.query.write_statement import DeleteStatement, UpdateStatement, assign

Value = TypeVar("Value")
SomeTable = TypeVar("SomeTable", bound=Table, default=Any)
Tables = TypeVar("Tables", bound=Table, default=Any)
"""The tables whose columns a condition may name."""
Other = TypeVar("Other", bound=Table)
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


class Write:
    """A query that changes rows when it is awaited."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement

    def __await__(self) -> Generator[Any, None, None]:
        return self._run().__await__()

    async def _run(self) -> None:
        await self.records()

    async def records(self) -> list[Any]:
        """Run the statement: the driver's records, if it returns any."""
        return await current_scope().fetch(*sql_of(self.statement))

    @overload
    def returning(self, row: type[SomeRow], /) -> Query[SomeRow]: ...
    @overload
    def returning(self, a: Readable[A], /) -> Query[tuple[A]]: ...
    @overload
    def returning(self, a: Readable[A], b: Readable[B], /) -> Query[tuple[A, B]]: ...
    @overload
    def returning(
        self, a: Readable[A], b: Readable[B], c: Readable[C], /
    ) -> Query[tuple[A, B, C]]: ...
    @overload
    def returning(
        self,
        a: Readable[A],
        b: Readable[B],
        c: Readable[C],
        d: Readable[D],
        /,
    ) -> Query[tuple[A, B, C, D]]: ...
    @overload
    def returning(
        self,
        a: Readable[A],
        b: Readable[B],
        c: Readable[C],
        d: Readable[D],
        e: Readable[E],
        /,
    ) -> Query[tuple[A, B, C, D, E]]: ...
    @overload
    def returning(
        self,
        a: Readable[A],
        b: Readable[B],
        c: Readable[C],
        d: Readable[D],
        e: Readable[E],
        f: Readable[F],
        /,
    ) -> Query[tuple[A, B, C, D, E, F]]: ...
    @overload
    def returning(
        self,
        a: Readable[A],
        b: Readable[B],
        c: Readable[C],
        d: Readable[D],
        e: Readable[E],
        f: Readable[F],
        g: Readable[G],
        /,
    ) -> Query[tuple[A, B, C, D, E, F, G]]: ...
    @overload
    def returning(
        self,
        a: Readable[A],
        b: Readable[B],
        c: Readable[C],
        d: Readable[D],
        e: Readable[E],
        f: Readable[F],
        g: Readable[G],
        h: Readable[H],
        /,
    ) -> Query[tuple[A, B, C, D, E, F, G, H]]: ...
    @overload
    def returning(
        self,
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
    ) -> Query[tuple[A, B, C, D, E, F, G, H, K]]: ...
    @overload
    def returning(
        self,
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
    ) -> Query[tuple[A, B, C, D, E, F, G, H, K, M]]: ...
    def returning(self, *columns: Any) -> Query[Any]:
        """Return columns of each written row, as a `Row` or a tuple."""
        reading = reading_of(columns)
        self.statement.returning = reading
        return Returned(self, reading)


class Returned(Query[Item]):
    """A query that returns the rows that it has written."""

    def __init__(self, write: Write, reading: Reading) -> None:
        super().__init__(write.statement, reading)
        self._write = write

    async def _fetch(self) -> list[Any]:
        return self.reading.rows(await self._write.records())


class Assignments(Generic[SomeTable, Tables]):
    """The part of a write that sets columns."""

    statement: Any

    @overload
    def set(
        self, column: Col[Value, SomeTable], value: Readable[Value | None, Tables]
    ) -> Self: ...
    @overload
    def set(self, column: Col[Value, SomeTable], value: Value) -> Self: ...
    @overload
    def set(
        self,
        column: Col[Decimal, SomeTable] | Col[Decimal | None, SomeTable],
        value: int | Readable[int | None, Tables],
    ) -> Self: ...
    def set(self, column: Any, value: Any) -> Self:
        """Set a column to a value, or to one that PostgreSQL computes from the row."""
        try:
            assign(self._values, self.statement.table, column, value)
        except BaseException:
            # After this error, no warning about a missing await is needed.
            self.statement.is_printed = True
            raise
        return self

    @property
    @abstractmethod
    def _values(self) -> dict[str, Any]: ...


class Change(Write, Generic[SomeTable, Tables]):
    """A query that changes existing rows."""

    def where(self, *conditions: "Condition[Tables]") -> Self:
        """Keep only rows for which every condition is true."""
        self.statement.conditions.extend(conditions)
        return self

    def all_rows(self) -> Self:
        """Change every row that the caller may change; required if there is no condition."""
        self.statement.is_for_all = True
        return self

    def _using(self, tables: Any) -> Any:
        self.statement.using.extend(tables)
        return self


class Update(Change[SomeTable, Tables], Assignments[SomeTable, Tables]):
    """A query that updates rows."""

    def using(self, *tables: type[Other]) -> "Update[SomeTable, Tables | Other]":
        """Add tables whose columns conditions and values may name; `where` has to join them."""
        return self._using(tables)

    @property
    def _values(self) -> dict[str, Any]:
        return self.statement.values


class Delete(Change[SomeTable, Tables]):
    """A query that deletes rows."""

    def using(self, *tables: type[Other]) -> "Delete[SomeTable, Tables | Other]":
        """Add tables whose columns the conditions may name; `where` has to join them."""
        return self._using(tables)


def update(table: type[SomeTable]) -> Update[SomeTable, SomeTable]:
    """Change rows: `update(Document).set(Document.filename, "b.txt").where(…)`."""
    return Update(UpdateStatement(table))


def delete(table: type[SomeTable]) -> Delete[SomeTable, SomeTable]:
    """Delete rows: `delete(Document).where(…)`."""
    return Delete(DeleteStatement(table))
