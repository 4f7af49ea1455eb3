"""The types of comparisons: a condition knows the tables of both sides."""

from decimal import Decimal
from typing import Generic, TypeVar, overload

from ottavino.declare.condition import Condition
from ottavino.declare.readable import Of_co, Other, Readable

Value = TypeVar("Value")


class Compared(Generic[Value, Of_co]):
    """A comparison with a value of the same type, or a whole number with an exact one.

    A column that may be null can be compared: NULL is equal to nothing.
    """

    @overload
    def __call__(self, other: Value, /) -> "Condition[Of_co]": ...
    @overload
    def __call__(
        self, other: "Readable[Value | None, Other]", /
    ) -> "Condition[Of_co | Other]": ...
    @overload
    def __call__(
        self: "Compared[Decimal, Of_co] | Compared[Decimal | None, Of_co]",
        other: "int | Readable[int | None, Other]",
        /,
    ) -> "Condition[Of_co | Other]": ...
    def __call__(self, other: object, /) -> object: ...
