"""Queries that add rows, and those that update what is there already."""

from decimal import Decimal
from typing import Any, Self, TypeVar, overload

from ottavino.declare.column import Col, name_of
from ottavino.declare.expression import Condition, Expression, Readable
from ottavino.declare.table import Table
from ottavino.postgres.quoting import identifier
from ottavino.postgres.scope import current_scope
from ottavino.query.insert_statement import Conflict, InsertStatement
from ottavino.query.query import sql_of
from ottavino.query.write_query import Write
from ottavino.query.write_statement import assign

Value = TypeVar("Value")


class Insert(Write):
    """Rows that are added."""

    statement: InsertStatement

    def on_conflict(self, *columns: Col[Any]) -> "OnConflict":
        """Say what is done with a row whose values of these columns another row has."""
        return OnConflict(self.statement, columns)

    async def records(self) -> list[Any]:
        """Run the statement, and note in its rows that they are stored."""
        records: list[Any] = []
        for batch in self.statement.batches():
            records += await current_scope().fetch(*sql_of(batch))
        for row in self.statement.rows:
            row._exists_in_db = True  # noqa: SLF001  # Piccolo's, for `save`
            row._given.clear()
        return records


class OnConflict:
    """A row with the same key is there already: leave it, or update it."""

    def __init__(self, statement: InsertStatement, columns: tuple[Col[Any], ...]) -> None:
        self._statement = statement
        self._columns = columns

    def do_nothing(self) -> Insert:
        """Leave the row that is there. `returning` gives only rows that were added."""
        self._statement.conflict = Conflict(self._columns)
        return Insert(self._statement)

    def do_update(self, *columns: Col[Any]) -> "Upsert":
        """Update the row that is there: these columns to the values that were to be added."""
        upsert = Upsert(self._statement, Conflict(self._columns, "update"))
        for column in columns:
            upsert.set(column, excluded(column))
        return upsert


class Upsert(Insert):
    """Rows that are added, or updated where they are there already."""

    def __init__(self, statement: InsertStatement, conflict: Conflict) -> None:
        super().__init__(statement)
        self._conflict = statement.conflict = conflict

    @overload
    def set(self, column: Col[Value], value: Value | Readable[Value | None]) -> Self: ...
    @overload
    def set(
        self, column: Col[Decimal] | Col[Decimal | None], value: int | Readable[int | None]
    ) -> Self: ...
    def set(self, column: Any, value: Any) -> Self:
        """Give a column of the row that is there a value, or one that PostgreSQL computes."""
        assign(self._conflict.values, self.statement.table, column, value)
        return self

    def where(self, *conditions: Condition) -> Self:
        """Update only rows that meet every condition; leave the others as they are."""
        self._conflict.conditions.extend(conditions)
        return self


def excluded(column: Col[Value]) -> Expression[Value]:
    """The value that was to be added, where another row has the same key."""
    return Expression(f"excluded.{identifier(name_of(column))}", like=column)


def insert(*rows: Table) -> Insert:
    """Add rows of one table. Columns that were not given are PostgreSQL's to fill in."""
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
                "make a new one of its values."
            )
    return Insert(InsertStatement(tables.pop() if tables else None, rows))
