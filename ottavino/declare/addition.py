"""The types of sums in PostgreSQL.

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


class Plus(Generic[Value, Of_co]):
    """The sum of two numbers, a moment plus a time span, or two concatenated texts."""

    @overload
    def __call__(
        self: "Plus[int, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[int, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[int, Of_co] | Plus[int | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[int | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[float, Of_co]", other: "float | Readable[float, Other]", /
    ) -> "Expression[float, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[float, Of_co] | Plus[float | None, Of_co]",
        other: "float | Readable[float | None, Other]",
        /,
    ) -> "Expression[float | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[Decimal, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[Decimal, Of_co] | Plus[Decimal | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[timedelta, Of_co]", other: "timedelta | Readable[timedelta, Other]", /
    ) -> "Expression[timedelta, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[timedelta, Of_co] | Plus[timedelta | None, Of_co]",
        other: "timedelta | Readable[timedelta | None, Other]",
        /,
    ) -> "Expression[timedelta | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[str, Of_co]", other: "str | Readable[str, Other]", /
    ) -> "Expression[str, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[str, Of_co] | Plus[str | None, Of_co]",
        other: "str | Readable[str | None, Other]",
        /,
    ) -> "Expression[str | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[Decimal, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[Decimal, Of_co] | Plus[Decimal | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[int, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[int, Of_co] | Plus[int | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[datetime, Of_co]", other: "timedelta | Readable[timedelta, Other]", /
    ) -> "Expression[datetime, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[datetime, Of_co] | Plus[datetime | None, Of_co]",
        other: "timedelta | Readable[timedelta | None, Other]",
        /,
    ) -> "Expression[datetime | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[date, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[date, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[date, Of_co] | Plus[date | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[date | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[date, Of_co]", other: "timedelta | Readable[timedelta, Other]", /
    ) -> "Expression[datetime, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[date, Of_co] | Plus[date | None, Of_co]",
        other: "timedelta | Readable[timedelta | None, Other]",
        /,
    ) -> "Expression[datetime | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[timedelta, Of_co]", other: "datetime | Readable[datetime, Other]", /
    ) -> "Expression[datetime, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Plus[timedelta, Of_co] | Plus[timedelta | None, Of_co]",
        other: "datetime | Readable[datetime | None, Other]",
        /,
    ) -> "Expression[datetime | None, Of_co | Other]": ...
    def __call__(self, other: object, /) -> object: ...


class PlusAfter(Generic[Value, Of_co]):
    """Adds this value to an operand on its left, for `value + column`."""

    @overload
    def __call__(self: "PlusAfter[int, Of_co]", other: int, /) -> "Expression[int, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[int | None, Of_co]", other: int, /
    ) -> "Expression[int | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[float, Of_co]", other: float, /
    ) -> "Expression[float, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[float | None, Of_co]", other: float, /
    ) -> "Expression[float | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[Decimal, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[Decimal | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[timedelta, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[timedelta | None, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta | None, Of_co]": ...
    @overload
    def __call__(self: "PlusAfter[str, Of_co]", other: str, /) -> "Expression[str, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[str | None, Of_co]", other: str, /
    ) -> "Expression[str | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[Decimal, Of_co]", other: int, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[Decimal | None, Of_co]", other: int, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[int, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[int | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[datetime, Of_co]", other: timedelta, /
    ) -> "Expression[datetime, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[datetime | None, Of_co]", other: timedelta, /
    ) -> "Expression[datetime | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[timedelta, Of_co]", other: datetime, /
    ) -> "Expression[datetime, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[timedelta | None, Of_co]", other: datetime, /
    ) -> "Expression[datetime | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[date, Of_co]", other: int, /
    ) -> "Expression[date, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[date | None, Of_co]", other: int, /
    ) -> "Expression[date | None, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[int, Of_co]", other: date, /
    ) -> "Expression[date, Of_co]": ...
    @overload
    def __call__(
        self: "PlusAfter[int | None, Of_co]", other: date, /
    ) -> "Expression[date | None, Of_co]": ...
    def __call__(self, other: object, /) -> object: ...
