"""Arithmetic with columns: the types of its results, to a type checker."""

# pyright: reportOverlappingOverload=false
# Two overloads overlap in None alone, which is a value of both.

from abc import abstractmethod
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ottavino.declare.readable import Readable

if TYPE_CHECKING:
    from ottavino.declare.expression import Expression

Value = TypeVar("Value")


class Arithmetic(Readable[Value]):
    """A readable that is calculated with. Where an operand may be None, the result may be."""

    @overload
    def __add__(self: "Arithmetic[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __add__(
        self: "Arithmetic[int] | Arithmetic[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __add__(
        self: "Arithmetic[float]", other: "float | Readable[float]"
    ) -> "Expression[float]": ...
    @overload
    def __add__(
        self: "Arithmetic[float] | Arithmetic[float | None]",
        other: "float | Readable[float | None]",
    ) -> "Expression[float | None]": ...
    @overload
    def __add__(
        self: "Arithmetic[Decimal]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __add__(
        self: "Arithmetic[Decimal] | Arithmetic[Decimal | None]",
        other: "Decimal | Readable[Decimal | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __add__(
        self: "Arithmetic[timedelta]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[timedelta]": ...
    @overload
    def __add__(
        self: "Arithmetic[timedelta] | Arithmetic[timedelta | None]",
        other: "timedelta | Readable[timedelta | None]",
    ) -> "Expression[timedelta | None]": ...
    @overload
    def __add__(
        self: "Arithmetic[Decimal]", other: "int | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __add__(
        self: "Arithmetic[Decimal] | Arithmetic[Decimal | None]",
        other: "int | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __add__(
        self: "Arithmetic[int]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __add__(
        self: "Arithmetic[datetime]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    @overload
    def __add__(
        self: "Arithmetic[datetime] | Arithmetic[datetime | None]",
        other: "timedelta | Readable[timedelta | None]",
    ) -> "Expression[datetime | None]": ...
    @overload
    def __add__(
        self: "Arithmetic[date]", other: "int | Readable[int]"
    ) -> "Expression[date]": ...
    @overload
    def __add__(
        self: "Arithmetic[date] | Arithmetic[date | None]", other: "int | Readable[int | None]"
    ) -> "Expression[date | None]": ...
    @overload
    def __add__(
        self: "Arithmetic[date]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    def __add__(self, other: Any) -> Any:
        """A number and another, or a moment and a time span, or a day and a number of days."""
        return self._calculated("+", other)

    @overload
    def __sub__(self: "Arithmetic[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __sub__(
        self: "Arithmetic[int] | Arithmetic[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __sub__(
        self: "Arithmetic[float]", other: "float | Readable[float]"
    ) -> "Expression[float]": ...
    @overload
    def __sub__(
        self: "Arithmetic[float] | Arithmetic[float | None]",
        other: "float | Readable[float | None]",
    ) -> "Expression[float | None]": ...
    @overload
    def __sub__(
        self: "Arithmetic[Decimal]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __sub__(
        self: "Arithmetic[Decimal] | Arithmetic[Decimal | None]",
        other: "Decimal | Readable[Decimal | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __sub__(
        self: "Arithmetic[timedelta]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[timedelta]": ...
    @overload
    def __sub__(
        self: "Arithmetic[timedelta] | Arithmetic[timedelta | None]",
        other: "timedelta | Readable[timedelta | None]",
    ) -> "Expression[timedelta | None]": ...
    @overload
    def __sub__(
        self: "Arithmetic[Decimal]", other: "int | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __sub__(
        self: "Arithmetic[Decimal] | Arithmetic[Decimal | None]",
        other: "int | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __sub__(
        self: "Arithmetic[int]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __sub__(
        self: "Arithmetic[datetime]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    @overload
    def __sub__(
        self: "Arithmetic[datetime] | Arithmetic[datetime | None]",
        other: "timedelta | Readable[timedelta | None]",
    ) -> "Expression[datetime | None]": ...
    @overload
    def __sub__(
        self: "Arithmetic[date]", other: "int | Readable[int]"
    ) -> "Expression[date]": ...
    @overload
    def __sub__(
        self: "Arithmetic[date] | Arithmetic[date | None]", other: "int | Readable[int | None]"
    ) -> "Expression[date | None]": ...
    @overload
    def __sub__(
        self: "Arithmetic[date]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    @overload
    def __sub__(
        self: "Arithmetic[datetime]", other: "datetime | Readable[datetime]"
    ) -> "Expression[timedelta]": ...
    @overload
    def __sub__(
        self: "Arithmetic[datetime] | Arithmetic[datetime | None]",
        other: "datetime | Readable[datetime | None]",
    ) -> "Expression[timedelta | None]": ...
    @overload
    def __sub__(
        self: "Arithmetic[date]", other: "date | Readable[date]"
    ) -> "Expression[int]": ...
    @overload
    def __sub__(
        self: "Arithmetic[date] | Arithmetic[date | None]",
        other: "date | Readable[date | None]",
    ) -> "Expression[int | None]": ...
    def __sub__(self, other: Any) -> Any:
        """A number less another, a moment less a time span, or the time between two moments."""
        return self._calculated("-", other)

    @overload
    def __mul__(self: "Arithmetic[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __mul__(
        self: "Arithmetic[int] | Arithmetic[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __mul__(
        self: "Arithmetic[float]", other: "float | Readable[float]"
    ) -> "Expression[float]": ...
    @overload
    def __mul__(
        self: "Arithmetic[float] | Arithmetic[float | None]",
        other: "float | Readable[float | None]",
    ) -> "Expression[float | None]": ...
    @overload
    def __mul__(
        self: "Arithmetic[Decimal]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __mul__(
        self: "Arithmetic[Decimal] | Arithmetic[Decimal | None]",
        other: "Decimal | Readable[Decimal | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __mul__(
        self: "Arithmetic[Decimal]", other: "int | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __mul__(
        self: "Arithmetic[Decimal] | Arithmetic[Decimal | None]",
        other: "int | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __mul__(
        self: "Arithmetic[int]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __mul__(
        self: "Arithmetic[timedelta]", other: "float | Readable[int] | Readable[float]"
    ) -> "Expression[timedelta]": ...
    def __mul__(self, other: Any) -> Any:
        """A number times another, or so many times a time span."""
        return self._calculated("*", other)

    @overload
    def __truediv__(
        self: "Arithmetic[float]", other: "float | Readable[float]"
    ) -> "Expression[float]": ...
    @overload
    def __truediv__(
        self: "Arithmetic[float] | Arithmetic[float | None]",
        other: "float | Readable[float | None]",
    ) -> "Expression[float | None]": ...
    @overload
    def __truediv__(
        self: "Arithmetic[Decimal]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __truediv__(
        self: "Arithmetic[Decimal] | Arithmetic[Decimal | None]",
        other: "Decimal | Readable[Decimal | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __truediv__(
        self: "Arithmetic[Decimal]", other: "int | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __truediv__(
        self: "Arithmetic[Decimal] | Arithmetic[Decimal | None]",
        other: "int | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __truediv__(
        self: "Arithmetic[timedelta]", other: "float | Readable[int] | Readable[float]"
    ) -> "Expression[timedelta]": ...
    def __truediv__(self, other: Any) -> Any:
        """A number by another; two whole ones would be cut off."""
        return self._calculated("/", other)

    @abstractmethod
    def _calculated(self, operator: str, other: Any) -> Any: ...
