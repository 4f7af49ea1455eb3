"""What is computed over many rows at once."""

from decimal import Decimal
from typing import Any, TypeVar

from ottavino.declare.column import Col, Expression

Value = TypeVar("Value")
Number = TypeVar("Number", int, Decimal)


def count(column: Col[Any], *, distinct: bool = False) -> Expression[int]:
    """How many rows have a value in the column, or how many different ones."""
    return Expression(f"count({'distinct ' if distinct else ''}{{}})", column)


def total(column: Col[Number]) -> Expression[Number | None]:
    """The sum of a column: None over no rows."""
    # PostgreSQL's sum of bigints is a numeric.
    decode = None if column.spec.type.startswith("numeric") else int
    return Expression("sum({})", column, decode=decode)


def average(column: Col[int] | Col[Decimal]) -> Expression[Decimal | None]:
    """The mean of a column: None over no rows."""
    return Expression("avg({})", column)


def least(column: Col[Value]) -> Expression[Value | None]:
    """The smallest value of a column: None over no rows."""
    return Expression("min({})", column, decode=column.decode)


def greatest(column: Col[Value]) -> Expression[Value | None]:
    """The greatest value of a column: None over no rows."""
    return Expression("max({})", column, decode=column.decode)
