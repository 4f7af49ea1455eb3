"""Values that are computed over many rows, or over a window of rows around each."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar, overload

from ottavino.declare.condition import Condition
from ottavino.declare.expression import Expression, Operand
from ottavino.declare.readable import Of, Of_co, Other, Readable
from ottavino.query.python_type import members, python_type, without_none
from ottavino.query.window import Keys, OrderKeys, Windowed, windowed

Value = TypeVar("Value")
Number = TypeVar("Number", int, float, Decimal, timedelta)


class Aggregate(Expression[Value, Of_co]):
    """A value computed over many rows: a group, all rows, or a window around each row."""

    def filter(self, *conditions: "Condition[Other]") -> "Aggregate[Value, Of_co | Other]":
        """Only rows that meet every condition are aggregated."""
        places = " and ".join(["{}"] * len(conditions))
        template = f"{self.template} filter (where {places})"
        return Aggregate(template, *self.operands, *conditions, **self._result)

    def over(
        self, *, partition_by: Keys = (), order_by: OrderKeys = ()
    ) -> Expression[Value, Of_co]:
        """The value for each row, computed over the rows of its partition. With an order, it is
        computed up to the row itself, like a running total.
        """
        window, keys = windowed(partition_by, order_by)
        return Windowed(f"{self.template} {window}", *self.operands, *keys, **self._result)

    @property
    def _result(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "like": self.like_of,
            "optional": self.optional,
            "decode": self.decode,
        }


def count(
    column: Readable[Any, Other] | None = None, *, distinct: bool = False
) -> Aggregate[int, Other]:
    """The number of rows, of rows with a value in the column, or of distinct values."""
    if column is None:
        return Aggregate("count(*)", type=int)
    return Aggregate(f"count({'distinct ' if distinct else ''}{{}})", column, type=int)


@overload
def total(column: Operand[Number, Of]) -> Aggregate[Number | None, Of]: ...
@overload
def total(column: Operand[Number | None, Of]) -> Aggregate[Number | None, Of]: ...
def total(column: Any) -> Any:
    """The sum of a column; None without rows."""
    # PostgreSQL's sum of bigints is a numeric.
    decode = int if int in members(python_type(column)) else None
    return Aggregate[Any]("sum({})", column, like=column, optional=True, decode=decode)


@overload
def average(  # pyright: ignore[reportOverlappingOverload]  # of None alone
    column: Operand[int, Of]
    | Operand[int | None, Of]
    | Operand[Decimal, Of]
    | Operand[Decimal | None, Of],
) -> Aggregate[Decimal | None, Of]: ...
@overload
def average(
    column: Operand[float, Of] | Operand[float | None, Of],
) -> Aggregate[float | None, Of]: ...
@overload
def average(
    column: Operand[timedelta, Of] | Operand[timedelta | None, Of],
) -> Aggregate[timedelta | None, Of]: ...
def average(column: Any) -> Any:
    """The mean of a column; None without rows. The mean of whole numbers is a `Decimal`."""
    (kind,) = without_none(python_type(column))
    mean = Decimal if kind is int else kind
    return Aggregate[Any]("avg({})", column, type=mean, optional=True)


def least(column: Readable[Value, Of]) -> Aggregate[Value | None, Of]:
    """The smallest value of a column; None without rows."""
    return Aggregate("min({})", column, like=column, optional=True)


def greatest(column: Readable[Value, Of]) -> Aggregate[Value | None, Of]:
    """The greatest value of a column; None without rows."""
    return Aggregate("max({})", column, like=column, optional=True)
