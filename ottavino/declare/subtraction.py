"""The types of differences in PostgreSQL.

Where one of two operands may be None, the result may be.
"""

# pyright: reportOverlappingOverload=false
# Two overloads overlap in None alone, which is a value of both.

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from ottavino.declare.readable import Of_co, Other, Readable

if TYPE_CHECKING:
    from ottavino.declare.expression import Expression

Value = TypeVar("Value")


class Minus(Generic[Value, Of_co]):
    """The difference of two numbers, a moment minus a time span, or the time between two
    moments.
    """

    @overload
    def __call__(
        self: "Minus[int, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[int, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[int, Of_co] | Minus[int | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[int | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[float, Of_co]", other: "float | Readable[float, Other]", /
    ) -> "Expression[float, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[float, Of_co] | Minus[float | None, Of_co]",
        other: "float | Readable[float | None, Other]",
        /,
    ) -> "Expression[float | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[Decimal, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[Decimal, Of_co] | Minus[Decimal | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[timedelta, Of_co]", other: "timedelta | Readable[timedelta, Other]", /
    ) -> "Expression[timedelta, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[timedelta, Of_co] | Minus[timedelta | None, Of_co]",
        other: "timedelta | Readable[timedelta | None, Other]",
        /,
    ) -> "Expression[timedelta | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[Decimal, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[Decimal, Of_co] | Minus[Decimal | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[int, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[int, Of_co] | Minus[int | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[datetime, Of_co]", other: "timedelta | Readable[timedelta, Other]", /
    ) -> "Expression[datetime, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[datetime, Of_co] | Minus[datetime | None, Of_co]",
        other: "timedelta | Readable[timedelta | None, Other]",
        /,
    ) -> "Expression[datetime | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[date, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[date, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[date, Of_co] | Minus[date | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[date | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[date, Of_co]", other: "timedelta | Readable[timedelta, Other]", /
    ) -> "Expression[datetime, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[date, Of_co] | Minus[date | None, Of_co]",
        other: "timedelta | Readable[timedelta | None, Other]",
        /,
    ) -> "Expression[datetime | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[datetime, Of_co]", other: "datetime | Readable[datetime, Other]", /
    ) -> "Expression[timedelta, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[datetime, Of_co] | Minus[datetime | None, Of_co]",
        other: "datetime | Readable[datetime | None, Other]",
        /,
    ) -> "Expression[timedelta | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[date, Of_co]", other: "date | Readable[date, Other]", /
    ) -> "Expression[int, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Minus[date, Of_co] | Minus[date | None, Of_co]",
        other: "date | Readable[date | None, Other]",
        /,
    ) -> "Expression[int | None, Of_co | Other]": ...
    def __call__(self, other: object, /) -> object: ...


class MinusAfter(Generic[Value, Of_co]):
    """Subtracts this value from an operand on its left, for `value - column`."""

    @overload
    def __call__(self: "MinusAfter[int, Of_co]", other: int, /) -> "Expression[int, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[int | None, Of_co]", other: int, /
    ) -> "Expression[int | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[float, Of_co]", other: float, /
    ) -> "Expression[float, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[float | None, Of_co]", other: float, /
    ) -> "Expression[float | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[Decimal, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[Decimal | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[timedelta, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[timedelta | None, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[Decimal, Of_co]", other: int, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[Decimal | None, Of_co]", other: int, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[int, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[int | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[timedelta, Of_co]", other: datetime, /
    ) -> "Expression[datetime, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[timedelta | None, Of_co]", other: datetime, /
    ) -> "Expression[datetime | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[int, Of_co]", other: date, /
    ) -> "Expression[date, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[int | None, Of_co]", other: date, /
    ) -> "Expression[date | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[datetime, Of_co]", other: datetime, /
    ) -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[datetime | None, Of_co]", other: datetime, /
    ) -> "Expression[timedelta | None, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[date, Of_co]", other: date, /
    ) -> "Expression[int, Of_co]": ...
    @overload
    def __call__(
        self: "MinusAfter[date | None, Of_co]", other: date, /
    ) -> "Expression[int | None, Of_co]": ...
    def __call__(self, other: object, /) -> object: ...


class Negative(Generic[Value, Of_co]):
    """The negative of a number or a time span."""

    @overload
    def __call__(self: "Negative[int, Of_co]") -> "Expression[int, Of_co]": ...
    @overload
    def __call__(self: "Negative[int | None, Of_co]") -> "Expression[int | None, Of_co]": ...
    @overload
    def __call__(self: "Negative[float, Of_co]") -> "Expression[float, Of_co]": ...
    @overload
    def __call__(
        self: "Negative[float | None, Of_co]",
    ) -> "Expression[float | None, Of_co]": ...
    @overload
    def __call__(self: "Negative[Decimal, Of_co]") -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "Negative[Decimal | None, Of_co]",
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(self: "Negative[timedelta, Of_co]") -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "Negative[timedelta | None, Of_co]",
    ) -> "Expression[timedelta | None, Of_co]": ...
    def __call__(self) -> object: ...
