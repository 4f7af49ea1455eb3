"""The types of quotients and remainders in PostgreSQL.

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


class Over(Generic[Value, Of_co]):
    """The quotient of two numbers, or of a time span and a number. PostgreSQL would truncate
    that of two whole numbers.
    """

    @overload
    def __call__(
        self: "Over[float, Of_co]", other: "float | Readable[float, Other]", /
    ) -> "Expression[float, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[float, Of_co] | Over[float | None, Of_co]",
        other: "float | Readable[float | None, Other]",
        /,
    ) -> "Expression[float | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[Decimal, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[Decimal, Of_co] | Over[Decimal | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[Decimal, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[Decimal, Of_co] | Over[Decimal | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[int, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[int, Of_co] | Over[int | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[timedelta, Of_co]",
        other: "float | Readable[int, Other] | Readable[float, Other]",
        /,
    ) -> "Expression[timedelta, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Over[timedelta, Of_co] | Over[timedelta | None, Of_co]",
        other: "float | Readable[int | None, Other] | Readable[float | None, Other]",
        /,
    ) -> "Expression[timedelta | None, Of_co | Other]": ...
    def __call__(self, other: object, /) -> object: ...


class OverAfter(Generic[Value, Of_co]):
    """Divides an operand on its left by this value, for `value / column`."""

    @overload
    def __call__(
        self: "OverAfter[float, Of_co]", other: float, /
    ) -> "Expression[float, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[float | None, Of_co]", other: float, /
    ) -> "Expression[float | None, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[Decimal, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[Decimal | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[Decimal, Of_co]", other: int, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[Decimal | None, Of_co]", other: int, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[int, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[int | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[int, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[int | None, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta | None, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[float, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta, Of_co]": ...
    @overload
    def __call__(
        self: "OverAfter[float | None, Of_co]", other: timedelta, /
    ) -> "Expression[timedelta | None, Of_co]": ...
    def __call__(self, other: object, /) -> object: ...


class Modulo(Generic[Value, Of_co]):
    """The remainder of a division of two numbers."""

    @overload
    def __call__(
        self: "Modulo[int, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[int, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Modulo[int, Of_co] | Modulo[int | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[int | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Modulo[Decimal, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Modulo[Decimal, Of_co] | Modulo[Decimal | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Modulo[Decimal, Of_co]", other: "int | Readable[int, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Modulo[Decimal, Of_co] | Modulo[Decimal | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Modulo[int, Of_co]", other: "Decimal | Readable[Decimal, Other]", /
    ) -> "Expression[Decimal, Of_co | Other]": ...
    @overload
    def __call__(
        self: "Modulo[int, Of_co] | Modulo[int | None, Of_co]",
        other: "Decimal | Readable[Decimal | None, Other]",
        /,
    ) -> "Expression[Decimal | None, Of_co | Other]": ...
    def __call__(self, other: object, /) -> object: ...


class ModuloAfter(Generic[Value, Of_co]):
    """The remainder of an operand on its left, for `value % column`."""

    @overload
    def __call__(
        self: "ModuloAfter[int, Of_co]", other: int, /
    ) -> "Expression[int, Of_co]": ...
    @overload
    def __call__(
        self: "ModuloAfter[int | None, Of_co]", other: int, /
    ) -> "Expression[int | None, Of_co]": ...
    @overload
    def __call__(
        self: "ModuloAfter[Decimal, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "ModuloAfter[Decimal | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "ModuloAfter[Decimal, Of_co]", other: int, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "ModuloAfter[Decimal | None, Of_co]", other: int, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    @overload
    def __call__(
        self: "ModuloAfter[int, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal, Of_co]": ...
    @overload
    def __call__(
        self: "ModuloAfter[int | None, Of_co]", other: Decimal, /
    ) -> "Expression[Decimal | None, Of_co]": ...
    def __call__(self, other: object, /) -> object: ...
