"""A statement that reads."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from ottavino.declare.expression import Expression
from ottavino.declare.own_search import Found
from ottavino.query.empty import empty_list
from ottavino.query.printed_column import source_of
from ottavino.query.printer import Printer, printed
from ottavino.query.reading import Reading

Lock = Literal["", " skip locked", " nowait"]


ONE = Expression[int]("1", type=int)
"""The list for rows that are only counted."""


@dataclass(slots=True)
class SelectStatement:
    """The clauses of a `select`, each of them empty at first."""

    table: Any
    reading: Reading
    source: Any = None
    """The call of a function that is read instead of the table."""
    distinct: bool = False
    distinct_on: list[Any] = field(default_factory=empty_list)
    conditions: list[Any] = field(default_factory=empty_list)
    groups: list[Any] = field(default_factory=empty_list)
    having: list[Any] = field(default_factory=empty_list)
    order: list[Any] = field(default_factory=empty_list)
    limit: int | None = None
    offset: int | None = None
    lock: Lock | None = None

    def copied(self) -> "SelectStatement":
        """A copy, which is changed independently."""
        twin = copy.copy(self)
        for name in ("distinct_on", "conditions", "groups", "having", "order"):
            setattr(twin, name, list(getattr(self, name)))
        return twin

    def without_columns(self) -> "SelectStatement":
        """The statement without order and columns, for counting its rows."""
        twin = self.copied()
        twin.lock = None
        if self.distinct_on or self.limit is not None or self.offset is not None:
            return twin
        twin.order = []
        if not (self.distinct or self.groups or self.having):
            twin.reading = Reading([ONE])
        return twin

    def printed(self, outer: Printer) -> str:
        """The statement, one clause after the other."""
        if self.table is None and self.source is None:
            raise TypeError(
                "The query names no column, so its table is unknown: add "
                "from_table(Document), or call count() on a query with columns."
            )
        printer = outer.within(*[] if self.table is None else [self.table])
        # The clauses are printed in their order, which numbers the parameters. The joins are
        # known only after the last clause.
        head = f"select {self._distinct(printer)}{self.reading.printed(printer)}"
        source = source_of(self.table) if self.source is None else printer.text(self.source)
        tail = "".join(self._clauses(printer))
        return f"{head} from {source}{''.join(printer.joins.values())}{tail}"

    def _distinct(self, printer: Printer) -> str:
        if self.distinct_on:
            return f"distinct on ({printer.texts(self.distinct_on)}) "
        return "distinct " if self.distinct else ""

    def _clauses(self, printer: Printer) -> Iterator[str]:
        if self.conditions:
            yield f" where {printer.texts(self.conditions, ' and ')}"
        if self.groups:
            yield f" group by {printer.texts(self.groups)}"
        if self.having:
            yield f" having {printer.texts(self.having, ' and ')}"
        if self.order:
            yield f" order by {printer.texts(self.order)}"
        if self.limit is not None:
            yield f" limit {printer.parameter(self.limit)}"
        if self.offset is not None:
            yield f" offset {printer.parameter(self.offset)}"
        if self.lock is not None:
            yield f' for update of "{self.table._meta.tablename}"{self.lock}'


@printed.register
def _(operand: SelectStatement, printer: Printer) -> str:
    return operand.printed(printer)


@printed.register
def _(operand: Found, printer: Printer) -> str:
    return printer.text(operand.source)
