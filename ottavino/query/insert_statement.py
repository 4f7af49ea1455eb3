"""Statements that insert rows; the text does not depend on the number of rows."""

# ruff: noqa: S608  # only names are formatted into the SQL; values are parameters

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from piccolo.utils.sql_values import convert_to_sql_value

from ottavino.declare.column import name_of
from ottavino.declare.readable import encoded
from ottavino.postgres.quoting import identifier
from ottavino.query.awaited import Awaited
from ottavino.query.empty import empty_dict, empty_list
from ottavino.query.printed_column import source_of
from ottavino.query.printer import Printer
from ottavino.query.reading import Reading
from ottavino.query.write_statement import (
    assignments,
    require_given,
    require_no_joins,
    returned,
)

MOST_ARGUMENTS = 32_000
"""The most parameters of a statement; PostgreSQL's own limit is slightly higher."""


@dataclass(slots=True)
class Conflict:
    """The action for a row whose key exists already."""

    target: Sequence[Any] = ()
    action: Literal["nothing", "update"] = "nothing"
    values: dict[str, Any] = field(default_factory=empty_dict)
    conditions: list[Any] = field(default_factory=empty_list)

    def printed(self, printer: Printer) -> str:
        """The clause `on conflict`."""
        names = ", ".join(identifier(name_of(each)) for each in self.target)
        clause = f" on conflict{f' ({names})' if names else ''} do"
        if self.action == "nothing":
            return f"{clause} nothing"
        if not self.values:
            raise ValueError(
                "The upsert updates no column: name columns in do_update(…), add set(column, "
                "value), or keep the existing row with do_nothing()."
            )
        condition = printer.texts(self.conditions, " and ")
        return (
            f"{clause} update set {assignments(self.values, printer)}"
            f"{' where ' + condition if condition else ''}"
        )


@dataclass(slots=True)
class InsertStatement(Awaited):
    """An `insert` that names only the columns for which some row has a value."""

    table: Any
    rows: Sequence[Any]
    conflict: Conflict | None = None
    returning: Reading | None = None
    is_printed: bool = False

    def batches(self) -> "list[InsertStatement]":
        """The statement, or several if there are too many parameters for one."""
        self.is_printed = True
        if not self.rows:
            return []
        columns = self._columns()
        if self._is_uniform(columns) or len(self.rows) * len(columns) <= MOST_ARGUMENTS:
            return [self]
        most = MOST_ARGUMENTS // len(columns)
        places = range(0, len(self.rows), most)
        return [self._of(self.rows[place : place + most]) for place in places]

    def printed(self, outer: Printer) -> str:
        """The statement. Rows with the same columns are sent as one array for each column."""
        self.is_printed = True
        printer = outer.within(self.table)
        columns = self._columns()
        names = ", ".join(identifier(name_of(column)) for column in columns)
        text = f"insert into {source_of(self.table)} {f'({names}) ' if names else ''}"
        if len(self.rows) > 1 and self._is_uniform(columns):
            text += self._arrays(columns, printer)
        else:
            text += self._values(columns, printer)
        if self.conflict is not None:
            text += self.conflict.printed(printer)
        require_no_joins(self.table, printer)
        return text + returned(self.returning, outer, self.table)

    def _of(self, rows: Sequence[Any]) -> "InsertStatement":
        batch = copy.copy(self)
        batch.rows = rows
        return batch

    def _columns(self) -> list[Any]:
        given = {name for row in self.rows for name in row._given}
        columns = [each for each in self.table._meta.columns if each._meta.name in given]
        for column in columns:
            require_given(column)
        return columns

    def _is_uniform(self, columns: Sequence[Any]) -> bool:
        """Whether every row has a value for every column, of a type that has a plain array."""
        return (
            bool(columns)
            and not any(column.spec.type.endswith("]") for column in columns)
            and not any(" collate " in column.spec.type for column in columns)
            and all(len(row._given) == len(columns) for row in self.rows)
        )

    def _arrays(self, columns: Sequence[Any], printer: Printer) -> str:
        arrays = [
            printer.parameter([_value(row, column) for row in self.rows])
            + f"::{column.spec.type}[]"
            for column in columns
        ]
        return f"select * from unnest({', '.join(arrays)})"

    def _values(self, columns: Sequence[Any], printer: Printer) -> str:
        if not columns:
            # PostgreSQL accepts `default values` only for a single row.
            key = identifier(name_of(self.table._meta.primary_key))
            rows = ", ".join(["(default)"] * len(self.rows))
            return f"({key}) values {rows}" if len(self.rows) > 1 else "default values"
        rows = [
            ", ".join(
                printer.parameter(_value(row, column))
                if column._meta.name in row._given
                else "default"
                for column in columns
            )
            for row in self.rows
        ]
        return "values " + ", ".join(f"({row})" for row in rows)


def _value(row: Any, column: Any) -> Any:
    return convert_to_sql_value(encoded(column, row[column._meta.name]), column)
