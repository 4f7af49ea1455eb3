"""Values that PostgreSQL computes: SQL templates with operands, objects until they are printed.

An expression has a template with braces in it, and an operand for each pair of them: a column,
another expression, a query, or a value, which is always sent as a parameter. To a type checker
an operand knows the type of its values, so a comparison or a sum that does not fit is reported.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar, overload

from piccolo.columns.base import Column
from piccolo.columns.combination import And, CombinableMixin, Or, Where, WhereRaw
from piccolo.querystring import QueryString

Value = TypeVar("Value")
Read_co = TypeVar("Read_co", covariant=True)


class Readable(Generic[Read_co]):
    """Something that a query can read: a column, or what is computed from columns."""

    decode: Callable[[Any], Any] | None = None
    """Makes the Python value of what the driver returns, where the two differ."""
    looked_up: tuple[str, ...] = ()
    """Types that the driver has to look up, and does not see in the type of its values."""

    if TYPE_CHECKING:
        # As an attribute of a `Row`: the class has the readable, each row has its value.
        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type) -> Read_co: ...
        def __get__(self, instance: object, owner: type) -> Any: ...


class Values(Protocol[Read_co]):
    """A collection of values; text is none, whose characters are not meant one by one."""

    def __contains__(self, value: object, /) -> bool: ...
    def __iter__(self) -> Iterator[Read_co]: ...


class RowsOf(Protocol[Read_co]):
    """A query that gives rows of a type."""

    def _row(self) -> Read_co: ...


def _refuse_bool(condition: object) -> bool:
    """Refuse `a == 1 and b == 2`, because Python would silently drop the first half."""
    caller = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001  # Piccolo asks in this way whether there is a condition at all, in five of its modules
    if caller.startswith("piccolo."):
        return True
    column = getattr(condition, "column", None)
    of = f" on {column._meta.name}" if isinstance(column, Column) else ""
    raise TypeError(
        f"A condition{of} is neither true nor false. Combine two with & or |, each in "
        "parentheses: (a == 1) & (b == 2); negate one with ~; write a range as two of them."
    )


def _negated(condition: Any) -> "Comparison":
    return Comparison("not ({})", condition)


CombinableMixin.__bool__ = _refuse_bool  # pyright: ignore[reportAttributeAccessIssue]  # it had none
CombinableMixin.__invert__ = _negated  # pyright: ignore[reportAttributeAccessIssue]  # nor this

if TYPE_CHECKING:

    class Condition:
        """What is true of some rows. At run time it is one of Piccolo's conditions."""

        def __and__(self, other: "Condition") -> "Condition": ...
        def __or__(self, other: "Condition") -> "Condition": ...
        def __invert__(self) -> "Condition": ...

    class Comparison(Condition):
        """A condition of any form: a template, and its operands."""

        def __init__(self, template: str, *operands: object) -> None: ...

else:
    Condition = Where | WhereRaw | And | Or

    class Comparison(WhereRaw):
        """A condition of any form: a template, and its operands."""

        __slots__ = ("operands", "template")

        def __init__(self, template: str, *operands: object) -> None:
            self.template = template
            self.operands = operands

        @property
        def querystring(self) -> QueryString:
            """The same for a query of Piccolo's."""
            return _stock(self.template, self.operands)


class Operand(Readable[Value]):
    """A readable that is compared and calculated with."""

    def desc(self) -> "Descending":
        """Descending order, for an index or `order_by`."""
        return Descending(self)

    def asc(self) -> "Ascending":
        """Ascending order. It is the default, and has to be said to place nulls in it."""
        return Ascending(self)

    def is_in(
        self, values: "Values[Value] | Iterator[Value] | RowsOf[tuple[Value | None]]"
    ) -> Condition:
        """Equal to one of the values, or to one that a query of one column gives."""
        if (query := _subquery(values)) is not None:
            return Comparison("{} in ({})", self, query)
        return Comparison("{} = any({})", self, _listed(self, values))

    def not_in(
        self, values: "Values[Value] | Iterator[Value] | RowsOf[tuple[Value | None]]"
    ) -> Condition:
        """Equal to none of the values."""
        if (query := _subquery(values)) is not None:
            return Comparison("{} not in ({})", self, query)
        return Comparison("{} <> all({})", self, _listed(self, values))

    # The type of the result is that of the first operand, so what is exact comes first.
    @overload
    def __add__(self: "Operand[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __add__(  # pyright: ignore[reportOverlappingOverload]  # of None alone
        self: "Operand[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __add__(
        self: "Operand[Decimal]", other: "Decimal | int | Readable[Decimal] | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __add__(
        self: "Operand[Decimal | None]",
        other: "Decimal | int | Readable[Decimal | None] | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __add__(
        self: "Operand[datetime]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    @overload
    def __add__(
        self: "Operand[datetime | None]", other: "timedelta | Readable[timedelta | None]"
    ) -> "Expression[datetime | None]": ...
    def __add__(self, other: Any) -> Any:
        """A number and another, or a moment and a time span."""
        return _calculated("+", self, other)

    @overload
    def __sub__(self: "Operand[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __sub__(  # pyright: ignore[reportOverlappingOverload]  # of None alone
        self: "Operand[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __sub__(
        self: "Operand[Decimal]", other: "Decimal | int | Readable[Decimal] | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __sub__(
        self: "Operand[Decimal | None]",
        other: "Decimal | int | Readable[Decimal | None] | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __sub__(
        self: "Operand[datetime]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    @overload
    def __sub__(
        self: "Operand[datetime | None]", other: "timedelta | Readable[timedelta | None]"
    ) -> "Expression[datetime | None]": ...
    def __sub__(self, other: Any) -> Any:
        """A number less another, or a moment less a time span."""
        return _calculated("-", self, other)

    @overload
    def __mul__(self: "Operand[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __mul__(  # pyright: ignore[reportOverlappingOverload]  # of None alone
        self: "Operand[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __mul__(
        self: "Operand[Decimal]", other: "Decimal | int | Readable[Decimal] | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __mul__(
        self: "Operand[Decimal | None]",
        other: "Decimal | int | Readable[Decimal | None] | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    def __mul__(self, other: Any) -> Any:
        """A number times another."""
        return _calculated("*", self, other)

    @overload
    def __truediv__(
        self: "Operand[Decimal]", other: "Decimal | int | Readable[Decimal] | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __truediv__(
        self: "Operand[Decimal | None]",
        other: "Decimal | int | Readable[Decimal | None] | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    def __truediv__(self, other: Any) -> Any:
        """An exact number by another; a whole one would be cut off."""
        return _calculated("/", self, other)

    if TYPE_CHECKING:
        # A column that may be null can be compared: NULL is equal to nothing.
        @overload  # type: ignore[override]
        def __eq__(self, other: "Value | Readable[Value | None]") -> Condition: ...
        @overload
        def __eq__(
            self: "Operand[Decimal] | Operand[Decimal | None]",
            other: "int | Readable[int | None]",
        ) -> Condition: ...
        def __eq__(self, other: object) -> Condition: ...  # pyright: ignore[reportIncompatibleMethodOverride]  # a comparison of columns is a condition, not a bool
        @overload  # type: ignore[override]
        def __ne__(self, other: "Value | Readable[Value | None]") -> Condition: ...
        @overload
        def __ne__(
            self: "Operand[Decimal] | Operand[Decimal | None]",
            other: "int | Readable[int | None]",
        ) -> Condition: ...
        def __ne__(self, other: object) -> Condition: ...  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise
        @overload
        def __lt__(self, other: "Value | Readable[Value | None]") -> Condition: ...
        @overload
        def __lt__(
            self: "Operand[Decimal] | Operand[Decimal | None]",
            other: "int | Readable[int | None]",
        ) -> Condition: ...
        def __lt__(self, other: Any) -> Condition: ...
        @overload
        def __le__(self, other: "Value | Readable[Value | None]") -> Condition: ...
        @overload
        def __le__(
            self: "Operand[Decimal] | Operand[Decimal | None]",
            other: "int | Readable[int | None]",
        ) -> Condition: ...
        def __le__(self, other: Any) -> Condition: ...
        @overload
        def __gt__(self, other: "Value | Readable[Value | None]") -> Condition: ...
        @overload
        def __gt__(
            self: "Operand[Decimal] | Operand[Decimal | None]",
            other: "int | Readable[int | None]",
        ) -> Condition: ...
        def __gt__(self, other: Any) -> Condition: ...
        @overload
        def __ge__(self, other: "Value | Readable[Value | None]") -> Condition: ...
        @overload
        def __ge__(
            self: "Operand[Decimal] | Operand[Decimal | None]",
            other: "int | Readable[int | None]",
        ) -> Condition: ...
        def __ge__(self, other: Any) -> Condition: ...
        def __hash__(self) -> int: ...
        def is_null(self) -> Condition:
            """Without a value."""
            ...

        def is_not_null(self) -> Condition:
            """With a value."""
            ...

        def like(self: "Operand[str] | Operand[str | None]", pattern: str) -> Condition:
            """Like a pattern, in which `%` stands for any text."""
            ...

        def ilike(self: "Operand[str] | Operand[str | None]", pattern: str) -> Condition:
            """Like a pattern, whatever the case of its letters."""
            ...


class Expression(Operand[Value]):
    """A value that PostgreSQL computes."""

    def __init__(
        self,
        template: str,
        *operands: object,
        type: Any = None,  # noqa: A002  # the word for it
        like: Readable[Any] | None = None,
        optional: bool = False,
        decode: Callable[[Any], Any] | None = None,
    ) -> None:
        self.template = template
        self.operands = operands
        self.type = type
        """The type of its values at run time, unless it is that of what it is `like`."""
        self.like_of = like
        self.optional = optional
        """Whether it may be None where what it is like is not."""
        self.decode = decode or (None if like is None else like.decode)

    if not TYPE_CHECKING:
        # A column has these from Piccolo.
        __hash__ = object.__hash__

        def __eq__(self, other: object) -> Condition:
            return self.is_null() if other is None else Comparison("{} = {}", self, other)

        def __ne__(self, other: object) -> Condition:
            return self.is_not_null() if other is None else Comparison("{} <> {}", self, other)

        def __lt__(self, other: object) -> Condition:
            return Comparison("{} < {}", self, other)

        def __le__(self, other: object) -> Condition:
            return Comparison("{} <= {}", self, other)

        def __gt__(self, other: object) -> Condition:
            return Comparison("{} > {}", self, other)

        def __ge__(self, other: object) -> Condition:
            return Comparison("{} >= {}", self, other)

        def is_null(self) -> Condition:
            return Comparison("{} is null", self)

        def is_not_null(self) -> Condition:
            return Comparison("{} is not null", self)

        def like(self, pattern: str) -> Condition:
            return Comparison("{} like {}", self, pattern)

        def ilike(self, pattern: str) -> Condition:
            return Comparison("{} ilike {}", self, pattern)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What rows are sorted by, and in which direction."""

    column: Any
    nulls: str = ""
    direction: ClassVar[str] = ""

    def nulls_first(self) -> Self:
        """Rows without a value first, whatever the direction."""
        return replace(self, nulls=" nulls first")

    def nulls_last(self) -> Self:
        """Rows without a value last, whatever the direction."""
        return replace(self, nulls=" nulls last")


class Ascending(Order):
    """From the least value to the greatest."""


class Descending(Order):
    """From the greatest value to the least."""

    direction = " desc"


def _calculated(operator: str, left: Operand[Any], right: Any) -> "Expression[Any]":
    # Of a moment and a parameter PostgreSQL would take the other for a moment too.
    place = "{}::interval" if isinstance(right, timedelta) else "{}"
    return Expression(f"({{}} {operator} {place})", left, right, like=left)


def _subquery(values: Any) -> object | None:
    """A query of ours, or the text of one of Piccolo's; None for values."""
    if stock := getattr(values, "querystrings", None):
        return stock[0]
    return values if hasattr(values, "_row") else None


def _listed(operand: Readable[Any], values: Any) -> list[Any]:
    encode: Callable[[Any], Any] | None = getattr(operand, "encode", None)
    given = [each.value if isinstance(each, Enum) else each for each in values]
    return given if encode is None else [encode(each) for each in given]


def _stock(template: str, operands: Iterable[Any]) -> QueryString:
    """A template as Piccolo's, whose operands are columns, conditions and values."""

    def stock(operand: Any) -> Any:
        if isinstance(operand, Expression):
            return _stock(operand.template, operand.operands)
        return getattr(operand, "querystring", operand)

    return QueryString(template, *map(stock, operands))
