"""Combines the rows of several queries: union, intersection and difference."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from ottavino.declare.order import Order
from ottavino.declare.readable import Readable
from ottavino.query.empty import empty_list
from ottavino.query.printer import Printer
from ottavino.query.query import Item
from ottavino.query.read_query import ReadQuery
from ottavino.query.reading import Reading

Operator = Literal["union", "union all", "intersect", "except"]


@dataclass(slots=True)
class CombinedStatement:
    """Two statements with the same columns, and the order of their combined rows."""

    left: Any
    operator: Operator
    right: Any
    readables: Any
    order: list[Any] = field(default_factory=empty_list)
    limit: int | None = None
    offset: int | None = None
    source: ClassVar[None] = None
    lock: ClassVar[None] = None

    @property
    def table(self) -> Any:
        """The table of the first statement, whose columns sort the rows."""
        return self.left.table

    def copied(self) -> "CombinedStatement":
        """A copy, which is changed independently."""
        twin = copy.copy(self)
        twin.order = list(self.order)
        return twin

    def without_columns(self) -> "CombinedStatement":
        """The same statement, because its rows depend on its columns."""
        return self

    def printed(self, outer: Printer) -> str:
        """Both statements in parentheses, because each may have an order and a limit of its
        own.
        """
        parts = [f"({each.printed(outer)})" for each in (self.left, self.right)]
        return f" {self.operator} ".join(parts) + "".join(self._clauses(outer))

    def _clauses(self, printer: Printer) -> Iterator[str]:
        if self.order:
            yield f" order by {', '.join(map(self._key, self.order))}"
        if self.limit is not None:
            yield f" limit {printer.parameter(self.limit)}"
        if self.offset is not None:
            yield f" offset {printer.parameter(self.offset)}"

    def _key(self, key: Readable[Any] | Order) -> str:
        column, after = (
            (key.column, key.direction + key.nulls) if isinstance(key, Order) else (key, "")
        )
        return f"{self.place(column)}{after}"

    def place(self, column: Any) -> int:
        """The position of a column, because PostgreSQL sorts combined rows only by position or
        name.
        """
        for place, each in enumerate(self.readables, 1):
            if each is column:
                return place
        raise TypeError(
            "Rows of several queries are sorted by columns that the first of them selects, and "
            "this key is none of those: select it, and name what is computed by a variable."
        )


class Combinable(ReadQuery[Item]):
    """A query of columns, which can be combined with others of the same types."""

    def _row(self) -> Item:
        """Declare the type of the rows for type checkers: `is_in` accepts queries of one
        column.
        """
        raise NotImplementedError

    def union(self, other: "Combinable[Item]") -> "Combined[Item]":
        """The rows of both queries, each once."""
        return self._with("union", other)

    def union_all(self, other: "Combinable[Item]") -> "Combined[Item]":
        """The rows of this query, and those of the other."""
        return self._with("union all", other)

    def intersect(self, other: "Combinable[Item]") -> "Combined[Item]":
        """The rows that both queries return, each once."""
        return self._with("intersect", other)

    def except_(self, other: "Combinable[Item]") -> "Combined[Item]":
        """The rows of this query that the other does not return, each once."""
        return self._with("except", other)

    def _with(self, operator: Operator, other: "Combinable[Item]") -> "Combined[Item]":
        numbers = len(self.reading.readables), len(other.reading.readables)
        if numbers[0] != numbers[1]:
            raise TypeError(
                f"Rows of several queries have the same columns, and these have {numbers[0]} "
                f"and {numbers[1]}: select as many of each, of the same types."
            )
        reading = _common(self.reading, other.reading)
        # Copies, so that later changes of the two queries do not change this one.
        left, right = self.statement.copied(), other.statement.copied()
        statement = CombinedStatement(left, operator, right, reading.readables)
        return Combined[Item](statement, reading)


class Combined(Combinable[Item]):
    """The rows of two queries, as one query."""


def _common(left: Reading, right: Reading) -> Reading:
    """The reading for both. If a column of one has to be decoded, so has the other's."""
    reading = Reading(left.readables, left.make)
    decoders = dict(right.decoders) | dict(left.decoders)
    reading.decoders = list(decoders.items())
    return reading
