"""Conditions on what is in a collection: a value among some, and the values of an array."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, Generic, overload

from typing_extensions import TypeVar

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.readable import Of_co, Other, Readable, RowsOf, Values, encoded, sql_type

Value = TypeVar("Value")
Item = TypeVar("Item")


class Membership(Readable[Value, Of_co], Generic[Value, Of_co]):
    """A readable whose value can be one of several, or an array of them."""

    def is_in(
        self, values: "Values[Value] | Iterator[Value] | RowsOf[tuple[Value | None]]"
    ) -> "Condition[Of_co]":
        """Whether the value equals one of the given values, or one that a query of one column
        returns.
        """
        if (query := _subquery(values)) is not None:
            return Comparison("{} in ({})", self, query)
        if not _has_arrays(self):
            return Comparison("{} = any({})", self, _listed(self, values))
        return _among_arrays(self, values)

    def not_in(
        self, values: "Values[Value] | Iterator[Value] | RowsOf[tuple[Value | None]]"
    ) -> "Condition[Of_co]":
        """Whether the value equals none of the given values."""
        if (query := _subquery(values)) is not None:
            return Comparison("{} not in ({})", self, query)
        if not _has_arrays(self):
            return Comparison("{} <> all({})", self, _listed(self, values))
        return ~_among_arrays(self, values)

    @overload
    def contains(
        self: "Membership[list[Item], Of_co]",
        values: "list[Item] | Readable[list[Item], Other]",
    ) -> "Condition[Of_co | Other]": ...
    @overload
    def contains(
        self: "Membership[list[Item] | None, Of_co]",
        values: "list[Item] | Readable[list[Item], Other]",
    ) -> "Condition[Of_co | Other]": ...
    def contains(self, values: Any) -> Any:
        """An array in which each of the values is; or JSON in which the array is."""
        return Comparison("{} @> {}", self, encoded(self, values))

    @overload
    def contained_in(
        self: "Membership[list[Item], Of_co]",
        values: "list[Item] | Readable[list[Item], Other]",
    ) -> "Condition[Of_co | Other]": ...
    @overload
    def contained_in(
        self: "Membership[list[Item] | None, Of_co]",
        values: "list[Item] | Readable[list[Item], Other]",
    ) -> "Condition[Of_co | Other]": ...
    def contained_in(self, values: Any) -> Any:
        """An array all of whose values are among these."""
        return Comparison("{} <@ {}", self, encoded(self, values))

    @overload
    def overlaps(
        self: "Membership[list[Item], Of_co]",
        values: "list[Item] | Readable[list[Item], Other]",
    ) -> "Condition[Of_co | Other]": ...
    @overload
    def overlaps(
        self: "Membership[list[Item] | None, Of_co]",
        values: "list[Item] | Readable[list[Item], Other]",
    ) -> "Condition[Of_co | Other]": ...
    def overlaps(self, values: Any) -> Any:
        """An array in which one of the values is."""
        return Comparison("{} && {}", self, encoded(self, values))


def _subquery(values: Any) -> object | None:
    """A query of ours, or the text of one of Piccolo's; None for values."""
    if stock := getattr(values, "querystrings", None):
        return stock[0]
    return values if hasattr(values, "_row") else None


def _listed(operand: Readable[Any], values: Any) -> list[Any]:
    given = [each.value if isinstance(each, Enum) else each for each in values]
    return [encoded(operand, each) for each in given]


def _has_arrays(operand: object) -> bool:
    return sql_type(operand).endswith("[]")


def _among_arrays(operand: Readable[Any], values: Any) -> Comparison:
    # Of arrays in an array PostgreSQL would compare each value by itself.
    listed = _listed(operand, values)
    if not listed:
        return Comparison("false")
    return Comparison(f"{{}} in ({', '.join(['{}'] * len(listed))})", operand, *listed)
