"""Queries that insert rows, or update existing ones."""

from decimal import Decimal
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from ottavino.declare.column import Col, name_of
from ottavino.declare.condition import Condition
from ottavino.declare.expression import Expression
from ottavino.declare.readable import Of, Of_co, Readable
from ottavino.postgres.quoting import identifier
from ottavino.postgres.scope import current_scope
from ottavino.query.insert_statement import Conflict, InsertStatement
from ottavino.query.printer import Printer, printed
from ottavino.query.query import sql_of
from ottavino.query.write_query import Assignments, SomeTable, Write

Value = TypeVar("Value")


class Insert(Write, Generic[SomeTable]):
    """Rows that are added."""

    statement: InsertStatement

    def on_conflict(self, *columns: Col[Any, SomeTable]) -> "OnConflict[SomeTable]":
        """Choose the action if another row has the same values in these columns."""
        return OnConflict(self.statement, columns)

    async def records(self) -> list[Any]:
        """Run the statement, and mark its rows as stored."""
        records: list[Any] = []
        for batch in self.statement.batches():
            records += await current_scope().fetch(*sql_of(batch))
        for row in self.statement.rows:
            row._exists_in_db = True  # noqa: SLF001  # Piccolo's, for `save`
            row._given.clear()
        return records


class OnConflict(Generic[SomeTable]):
    """The choice for a row whose key exists already: leave the row, or update it."""

    def __init__(self, statement: InsertStatement, columns: tuple[Col[Any], ...]) -> None:
        self._statement = statement
        self._columns = columns

    def do_nothing(self) -> Insert[SomeTable]:
        """Leave the existing row. `returning` then returns only inserted rows."""
        self._statement.conflict = Conflict(self._columns)
        return Insert(self._statement)

    @overload
    def do_update(self) -> "ToBeSet[SomeTable]": ...
    @overload
    def do_update(
        self, column: Col[Any, SomeTable], /, *columns: Col[Any, SomeTable]
    ) -> "Upsert[SomeTable]": ...
    def do_update(self, *columns: Any) -> Any:
        """Update these columns of the existing row to the values of the insert. Without
        columns, use `set`.
        """
        upsert = Upsert[SomeTable](self._statement, Conflict(self._columns, "update"))
        for column in columns:
            upsert.set(column, excluded(column))
        return upsert


class Upsert(Insert[SomeTable], Assignments[SomeTable, SomeTable]):
    """An insert that updates rows which exist already."""

    def __init__(self, statement: InsertStatement, conflict: Conflict) -> None:
        super().__init__(statement)
        self._conflict = statement.conflict = conflict

    def where(self, *conditions: "Condition[SomeTable]") -> Self:
        """Update only rows that meet every condition; leave the others as they are."""
        self._conflict.conditions.extend(conditions)
        return self

    @property
    def _values(self) -> dict[str, Any]:
        return self._conflict.values


class ToBeSet(Protocol[SomeTable]):
    """An upsert without updated columns, which cannot be awaited yet."""

    @overload
    def set(
        self, column: Col[Value, SomeTable], value: Readable[Value | None, SomeTable], /
    ) -> Upsert[SomeTable]: ...
    @overload
    def set(self, column: Col[Value, SomeTable], value: Value, /) -> Upsert[SomeTable]: ...
    @overload
    def set(
        self,
        column: Col[Decimal, SomeTable] | Col[Decimal | None, SomeTable],
        value: int | Readable[int | None, SomeTable],
        /,
    ) -> Upsert[SomeTable]: ...
    def set(self, column: Any, value: Any, /) -> Any: ...


class Excluded(Expression[Value, Of_co]):
    """The value of a column that was to be added."""

    def __init__(self, column: Any) -> None:
        super().__init__(f"excluded.{identifier(name_of(column))}", like=column)
        self.column = column


@printed.register(Excluded)
def _(operand: Excluded[Any], printer: Printer) -> str:
    # The printer refuses a column of another table, which may have the same name.
    printer.column(operand.column)
    return operand.template


def excluded(column: Readable[Value, Of]) -> Expression[Value, Of]:
    """In an upsert, the value of the insert for a column."""
    return Excluded(column)


def insert(*rows: SomeTable) -> Insert[SomeTable]:
    """Insert rows of one table. PostgreSQL fills in columns that were not assigned."""
    tables = {type(row) for row in rows}
    if len(tables) > 1:
        names = " and ".join(sorted(table.__name__ for table in tables))
        raise TypeError(
            f"An insert adds rows of one table, not of {names}: write one for each."
        )
    for row in rows:
        if row._exists_in_db and not row._given:  # noqa: SLF001  # as above
            raise ValueError(
                f"This {type(row).__name__} is stored already: change it and save() it, or "
                f"create a new instance with its values."
            )
    return Insert(InsertStatement(tables.pop() if tables else None, rows))
