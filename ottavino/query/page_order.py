"""The sort keys of pages, and the conditions for the rows after the last one of a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.order import Descending, Order
from ottavino.query.printed_column import printed_column
from ottavino.query.python_type import python_type
from ottavino.query.reading import columns

Range = list[Condition]
"""Conditions for a contiguous range of the order, which one index scan finds."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that rows are sorted by."""

    operand: Any
    descending: bool
    nulls_first: bool
    may_be_null: bool

    @property
    def order(self) -> Order | Any:
        """The key as an argument of `order_by`, without PostgreSQL's defaults."""
        order: Any = Descending(self.operand) if self.descending else self.operand
        if self.nulls_first == self.descending:
            return order
        order = order if self.descending else self.operand.asc()
        return order.nulls_first() if self.nulls_first else order.nulls_last()


def key_of(order: Any) -> Key:
    """The key for an argument of `order_by`, with PostgreSQL's defaults."""
    operand: Any = order.column if isinstance(order, Order) else order
    descending = isinstance(order, Descending)
    is_said = isinstance(order, Order) and order.nulls
    nulls_first = order.nulls == " nulls first" if is_said else descending
    return Key(operand, descending, nulls_first, may_be_null(operand))


def may_be_null(operand: Any) -> bool:
    """Whether a key may be null. A parent's column always may, because policies may hide the
    parent.
    """
    if any(printed_column(each).joins for each in columns([operand])):
        return True
    try:
        kind = python_type(operand)
    except TypeError:
        return True
    return kind is Any or kind is None or NoneType in get_args(kind)


def ranges(keys: Sequence[Key], values: Sequence[Any]) -> list[Range]:
    """The rows after the given values, as consecutive ranges. With the order `a, b desc`, the
    rows after `(1, 2)` are the rows with `a = 1 and b < 2`, then the rows with `a > 1`.
    Adjacent keys with the same direction are compared as one row value.
    """
    found: list[Range] = []
    before: Range = []
    for step in _steps(keys, values):
        found = [[*before, after] for after in _after(step)] + found
        before += map(_same, step)
    return found


Step = list[tuple[Key, Any]]


def _steps(keys: Sequence[Key], values: Sequence[Any]) -> Iterator[Step]:
    """The keys with their values, grouped if they are compared as one row value."""
    step: Step = []
    for key, value in zip(keys, values, strict=True):
        if step and not (_fits(key, value) and _fits(*step[0]) and _as(key, step[0][0])):
            yield step
            step = []
        step.append((key, value))
    yield step


def _fits(key: Key, value: Any) -> bool:
    """Whether no nulls sort after this value, since a comparison would leave those rows out."""
    return value is not None and (key.nulls_first or not key.may_be_null)


def _as(key: Key, other: Key) -> bool:
    return key.descending == other.descending


def _after(step: Step) -> Iterator[Condition]:
    key, value = step[0]
    if value is None:
        if key.nulls_first:
            yield Comparison("{} is not null", key.operand)
        return
    operator = "<" if key.descending else ">"
    places = ", ".join(["{}"] * len(step))
    side = places if len(step) == 1 else f"({places})"
    operands = [each.operand for each, _ in step]
    yield Comparison(f"{side} {operator} {side}", *operands, *(each for _, each in step))
    if not _fits(key, value):
        yield Comparison("{} is null", key.operand)


def _same(part: tuple[Key, Any]) -> Condition:
    key, value = part
    if value is None:
        return Comparison("{} is null", key.operand)
    return Comparison("{} = {}", key.operand, value)


def any_of(found: Sequence[Range]) -> Condition:
    """The condition that a row is in one of the ranges."""
    alternatives = " or ".join(f"({' and '.join(['{}'] * len(each))})" for each in found)
    return Comparison(f"({alternatives})", *(each for one in found for each in one))
