"""The types of products in PostgreSQL.

Where one of two operands may be None, the result may be.
"""

# pyright: reportOverlappingOverload=false
# Two overloads overlap in None alone, which is a value of both.

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from ottavino.declare.readable import Of_co, Other, Readable

if TYPE_CHECKING:
    from ottavino.declare.expression import Expression

Value = TypeVar("Value")


class Times(Generic[Value, Of_co]):
    """The product of two numbers, or of a number and a time span."""

    @overload
    def __call__(
        self: "Times[int, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[int, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[int, Of_co] | Times[int | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[int | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[float, Of_co]", other: "float | Readable[float, Other]", /
    ) -> "Expression[float, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[float, Of_co] | Times[float | None, Of_co]",
        other: "float | Readable[float | None, Other]",
        /,
    ) -> "Expression[float | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[Decimal, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[Decimal, Of_co] | Times[Decimal | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[Decimal, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[Decimal, Of_co] | Times[Decimal | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[int, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[int, Of_co] | Times[int | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[int, Of_co]", other: "timedelta | Readable[timedelta, Other]", /
    ) -> "Expression[timedelta, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[int, Of_co] | Times[int | None, Of_co]",
        other: "timedelta | Readable[timedelta | None, Other]",
        /,
    ) -> "Expression[timedelta | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[float, Of_co]", other: "timedelta | Readable[timedelta, Other]", /
    ) -> "Expression[timedelta, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[float, Of_co] | Times[float | None, Of_co]",
        other: "timedelta | Readable[timedelta | None, Other]",
        /,
    ) -> "Expression[timedelta | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[timedelta, Of_co]",
        other: "float | Readable[int, Other] | Readable[float, Other]",
        /,
    ) -> "Expression[timedelta, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Times[timedelta, Of_co] | Times[timedelta | None, Of_co]",
        other: "float | Readable[int | None, Other] | Readable[float | None, Other]",
        /,
    ) -> "Expression[timedelta | None, Of_co | Other]": ...
    def __call__(self, other: object, /) -> object: ...


class TimesAfter(Generic[Value, Of_co]):
    """Multiplies an operand on its left by this value, for `value * column`."""

    @overload
    def __call__(self: "TimesAfter[int, Of_co]", other: int, /) -> "Expression[int, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[int | None, Of_co]", other: int, /
    ) -> "Expression[int | None, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[float, Of_co]", other: float, /
    ) -> "Expression[float, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[float | None, Of_co]", other: float, /
    ) -> "Expression[float | None, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[Decimal, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[Decimal | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[Decimal, Of_co]", other: int, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[Decimal | None, Of_co]", other: int, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[int, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[int | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[timedelta, Of_co]", other: float, /
    ) -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[timedelta | None, Of_co]", other: float, /
    ) -> "Expression[timedelta | None, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[int, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[int | None, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta | None, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[float, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "TimesAfter[float | None, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta | None, Of_co]": ...
    def __call__(self, other: object, /) -> object: ...
