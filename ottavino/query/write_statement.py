"""Statements that update or delete rows."""

# ruff: noqa: S608  # only names are formatted into the SQL; values are parameters

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

from ottavino.declare.column import name_of
from ottavino.declare.readable import Readable, encoded
from ottavino.postgres.quoting import identifier
from ottavino.query.awaited import Awaited
from ottavino.query.empty import empty_dict, empty_list
from ottavino.query.printed_column import source_of
from ottavino.query.printer import Printer, ReturningPrinter
from ottavino.query.reading import Reading


@dataclass(slots=True)
class ChangeStatement(Awaited):
    """The part that `update` and `delete` share: the rows, and the returned columns."""

    table: Any
    conditions: list[Any] = field(default_factory=empty_list)
    using: list[Any] = field(default_factory=empty_list)
    is_for_all: bool = False
    returning: Reading | None = None
    is_printed: bool = False

    def printed(self, outer: Printer) -> str:
        """The statement; one without a condition is refused."""
        self.is_printed = True
        if not self.conditions and not self.is_for_all:
            raise ValueError(
                f"Without a condition, every row of {self.table.__name__} would be changed: "
                "add where(…), or all_rows() where that is meant."
            )
        printer = outer.within(self.table, *self.using)
        text = self._head(printer)
        if self.conditions:
            text += f" where {printer.texts(self.conditions, ' and ')}"
        require_no_joins(self.table, printer)
        return text + returned(self.returning, outer, *printer.tables)

    @abstractmethod
    def _head(self, printer: Printer) -> str: ...

    def _others(self) -> str:
        return ", ".join(map(source_of, self.using))


@dataclass(slots=True)
class UpdateStatement(ChangeStatement):
    """An `update`."""

    values: dict[str, Any] = field(default_factory=empty_dict)

    def _head(self, printer: Printer) -> str:
        if not self.values:
            raise ValueError(
                f"The update of {self.table.__name__} changes nothing: add set(column, value)."
            )
        text = f"update {source_of(self.table)} set {assignments(self.values, printer)}"
        return f"{text} from {self._others()}" if self.using else text


@dataclass(slots=True)
class DeleteStatement(ChangeStatement):
    """A `delete`."""

    def _head(self, printer: Printer) -> str:
        text = f"delete from {source_of(self.table)}"
        return f"{text} using {self._others()}" if self.using else text


def assign(values: dict[str, Any], table: Any, column: Any, value: Any) -> None:
    """Add a column of the table, by name, with its value: given, or computed."""
    # An insert without rows has no table, and runs no statement.
    written = column._meta.table if table is None else table
    if column._meta.call_chain or column._meta.table is not written:
        raise TypeError(
            f"{column._meta.table.__name__}.{column._meta.name} is no column of "
            f"{written.__name__}, whose rows are to be changed."
        )
    require_given(column)
    values[name_of(column)] = value if isinstance(value, Readable) else encoded(column, value)


def require_given(column: Any) -> None:
    """Refuse a column whose values PostgreSQL generates."""
    table, name = column._meta.table.__name__, column._meta.name
    if column.generated is not None:
        raise TypeError(
            f"{table}.{name} is computed by PostgreSQL as {column.generated}, so no value can "
            "be written to it: write the columns that it is computed from."
        )
    if column.spec.identity == "always":
        raise TypeError(
            f"{table}.{name} is numbered by PostgreSQL, so no value can be written to it: "
            "leave it out."
        )


def assignments(values: dict[str, Any], printer: Printer) -> str:
    """Columns by name, each with its value."""
    return ", ".join(
        [f"{identifier(name)} = {printer.text(value)}" for name, value in values.items()]
    )


def returned(reading: Reading | None, outer: Printer, *tables: Any) -> str:
    """The clause `returning`. Columns of parents are read in subqueries."""
    if reading is None:
        return ""
    return f" returning {reading.printed(ReturningPrinter(*tables, outer=outer))}"


def require_no_joins(table: Any, printer: Printer) -> None:
    """Refuse a parent's column in a condition or a value: a write has no join for it."""
    if printer.joins:
        raise TypeError(
            f"A column of a parent is no column of {table.__name__}, whose rows are to be "
            "written: name its table in using(…) and join it in where(…), or use a subquery."
        )
