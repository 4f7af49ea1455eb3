"""Values that PostgreSQL computes: SQL templates with operands, objects until they are printed.

An expression has a template with braces in it, and an operand for each pair of them: a column,
another expression, a query, or a value, which is always sent as a parameter. To a type checker
an operand knows the type of its values, so a comparison or a sum that does not fit is reported;
and a column knows its table, so one of another table is reported in a change.
"""

# pyright: reportOverlappingOverload=false
# Two overloads overlap in None alone, which is a value of both.

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, overload

from typing_extensions import TypeVar

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.order import Ascending, Descending
from ottavino.declare.readable import Readable, RowsOf, Values, encoded

Value = TypeVar("Value")
Item = TypeVar("Item")
Of = TypeVar("Of", default=Any)


class Operand(Readable[Value], Generic[Value, Of]):
    """A readable that is compared and calculated with; of a table, where it is a column."""

    def desc(self) -> Descending:
        """Descending order, for an index or `order_by`."""
        return Descending(self)

    def asc(self) -> Ascending:
        """Ascending order. It is the default, and has to be said to place nulls in it."""
        return Ascending(self)

    def is_in(
        self, values: "Values[Value] | Iterator[Value] | RowsOf[tuple[Value | None]]"
    ) -> "Condition[Of]":
        """Equal to one of the values, or to one that a query of one column gives."""
        if (query := _subquery(values)) is not None:
            return Comparison("{} in ({})", self, query)
        if not _has_arrays(self):
            return Comparison("{} = any({})", self, _listed(self, values))
        return _among_arrays(self, values)

    def not_in(
        self, values: "Values[Value] | Iterator[Value] | RowsOf[tuple[Value | None]]"
    ) -> "Condition[Of]":
        """Equal to none of the values."""
        if (query := _subquery(values)) is not None:
            return Comparison("{} not in ({})", self, query)
        if not _has_arrays(self):
            return Comparison("{} <> all({})", self, _listed(self, values))
        return ~_among_arrays(self, values)

    # Where one of two operands may be None, the result may be.
    @overload
    def __add__(self: "Operand[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __add__(
        self: "Operand[int] | Operand[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __add__(
        self: "Operand[float]", other: "float | Readable[float]"
    ) -> "Expression[float]": ...
    @overload
    def __add__(
        self: "Operand[float] | Operand[float | None]",
        other: "float | Readable[float | None]",
    ) -> "Expression[float | None]": ...
    @overload
    def __add__(
        self: "Operand[Decimal]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __add__(
        self: "Operand[Decimal] | Operand[Decimal | None]",
        other: "Decimal | Readable[Decimal | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __add__(
        self: "Operand[timedelta]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[timedelta]": ...
    @overload
    def __add__(
        self: "Operand[timedelta] | Operand[timedelta | None]",
        other: "timedelta | Readable[timedelta | None]",
    ) -> "Expression[timedelta | None]": ...
    @overload
    def __add__(
        self: "Operand[Decimal]", other: "int | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __add__(
        self: "Operand[Decimal] | Operand[Decimal | None]",
        other: "int | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __add__(
        self: "Operand[int]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __add__(
        self: "Operand[datetime]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    @overload
    def __add__(
        self: "Operand[datetime] | Operand[datetime | None]",
        other: "timedelta | Readable[timedelta | None]",
    ) -> "Expression[datetime | None]": ...
    @overload
    def __add__(self: "Operand[date]", other: "int | Readable[int]") -> "Expression[date]": ...
    @overload
    def __add__(
        self: "Operand[date] | Operand[date | None]", other: "int | Readable[int | None]"
    ) -> "Expression[date | None]": ...
    @overload
    def __add__(
        self: "Operand[date]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    def __add__(self, other: Any) -> Any:
        """A number and another, or a moment and a time span, or a day and a number of days."""
        return Calculation[Any]("+", self, other)

    @overload
    def __sub__(self: "Operand[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __sub__(
        self: "Operand[int] | Operand[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __sub__(
        self: "Operand[float]", other: "float | Readable[float]"
    ) -> "Expression[float]": ...
    @overload
    def __sub__(
        self: "Operand[float] | Operand[float | None]",
        other: "float | Readable[float | None]",
    ) -> "Expression[float | None]": ...
    @overload
    def __sub__(
        self: "Operand[Decimal]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __sub__(
        self: "Operand[Decimal] | Operand[Decimal | None]",
        other: "Decimal | Readable[Decimal | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __sub__(
        self: "Operand[timedelta]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[timedelta]": ...
    @overload
    def __sub__(
        self: "Operand[timedelta] | Operand[timedelta | None]",
        other: "timedelta | Readable[timedelta | None]",
    ) -> "Expression[timedelta | None]": ...
    @overload
    def __sub__(
        self: "Operand[Decimal]", other: "int | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __sub__(
        self: "Operand[Decimal] | Operand[Decimal | None]",
        other: "int | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __sub__(
        self: "Operand[int]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __sub__(
        self: "Operand[datetime]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    @overload
    def __sub__(
        self: "Operand[datetime] | Operand[datetime | None]",
        other: "timedelta | Readable[timedelta | None]",
    ) -> "Expression[datetime | None]": ...
    @overload
    def __sub__(self: "Operand[date]", other: "int | Readable[int]") -> "Expression[date]": ...
    @overload
    def __sub__(
        self: "Operand[date] | Operand[date | None]", other: "int | Readable[int | None]"
    ) -> "Expression[date | None]": ...
    @overload
    def __sub__(
        self: "Operand[date]", other: "timedelta | Readable[timedelta]"
    ) -> "Expression[datetime]": ...
    @overload
    def __sub__(
        self: "Operand[datetime]", other: "datetime | Readable[datetime]"
    ) -> "Expression[timedelta]": ...
    @overload
    def __sub__(
        self: "Operand[datetime] | Operand[datetime | None]",
        other: "datetime | Readable[datetime | None]",
    ) -> "Expression[timedelta | None]": ...
    @overload
    def __sub__(self: "Operand[date]", other: "date | Readable[date]") -> "Expression[int]": ...
    @overload
    def __sub__(
        self: "Operand[date] | Operand[date | None]",
        other: "date | Readable[date | None]",
    ) -> "Expression[int | None]": ...
    def __sub__(self, other: Any) -> Any:
        """A number less another, a moment less a time span, or the time between two moments."""
        return Calculation[Any]("-", self, other)

    @overload
    def __mul__(self: "Operand[int]", other: "int | Readable[int]") -> "Expression[int]": ...
    @overload
    def __mul__(
        self: "Operand[int] | Operand[int | None]", other: "int | Readable[int | None]"
    ) -> "Expression[int | None]": ...
    @overload
    def __mul__(
        self: "Operand[float]", other: "float | Readable[float]"
    ) -> "Expression[float]": ...
    @overload
    def __mul__(
        self: "Operand[float] | Operand[float | None]",
        other: "float | Readable[float | None]",
    ) -> "Expression[float | None]": ...
    @overload
    def __mul__(
        self: "Operand[Decimal]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __mul__(
        self: "Operand[Decimal] | Operand[Decimal | None]",
        other: "Decimal | Readable[Decimal | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __mul__(
        self: "Operand[Decimal]", other: "int | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __mul__(
        self: "Operand[Decimal] | Operand[Decimal | None]",
        other: "int | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __mul__(
        self: "Operand[int]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __mul__(
        self: "Operand[timedelta]", other: "float | Readable[int] | Readable[float]"
    ) -> "Expression[timedelta]": ...
    def __mul__(self, other: Any) -> Any:
        """The product of two numbers, or of a number and a time span."""
        return Calculation[Any]("*", self, other)

    @overload
    def __truediv__(
        self: "Operand[float]", other: "float | Readable[float]"
    ) -> "Expression[float]": ...
    @overload
    def __truediv__(
        self: "Operand[float] | Operand[float | None]",
        other: "float | Readable[float | None]",
    ) -> "Expression[float | None]": ...
    @overload
    def __truediv__(
        self: "Operand[Decimal]", other: "Decimal | Readable[Decimal]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __truediv__(
        self: "Operand[Decimal] | Operand[Decimal | None]",
        other: "Decimal | Readable[Decimal | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __truediv__(
        self: "Operand[Decimal]", other: "int | Readable[int]"
    ) -> "Expression[Decimal]": ...
    @overload
    def __truediv__(
        self: "Operand[Decimal] | Operand[Decimal | None]",
        other: "int | Readable[int | None]",
    ) -> "Expression[Decimal | None]": ...
    @overload
    def __truediv__(
        self: "Operand[timedelta]", other: "float | Readable[int] | Readable[float]"
    ) -> "Expression[timedelta]": ...
    def __truediv__(self, other: Any) -> Any:
        """A number by another; two whole ones would be cut off."""
        return Calculation[Any]("/", self, other)

    @overload
    def contains(
        self: "Operand[list[Item], Of]", values: "list[Item] | Readable[list[Item]]"
    ) -> "Condition[Of]": ...
    @overload
    def contains(
        self: "Operand[list[Item] | None, Of]", values: "list[Item] | Readable[list[Item]]"
    ) -> "Condition[Of]": ...
    def contains(self, values: Any) -> Any:
        """An array in which each of the values is; or JSON in which the array is."""
        return Comparison("{} @> {}", self, encoded(self, values))

    @overload
    def contained_in(
        self: "Operand[list[Item], Of]", values: "list[Item] | Readable[list[Item]]"
    ) -> "Condition[Of]": ...
    @overload
    def contained_in(
        self: "Operand[list[Item] | None, Of]", values: "list[Item] | Readable[list[Item]]"
    ) -> "Condition[Of]": ...
    def contained_in(self, values: Any) -> Any:
        """An array all of whose values are among these."""
        return Comparison("{} <@ {}", self, encoded(self, values))

    @overload
    def overlaps(
        self: "Operand[list[Item], Of]", values: "list[Item] | Readable[list[Item]]"
    ) -> "Condition[Of]": ...
    @overload
    def overlaps(
        self: "Operand[list[Item] | None, Of]", values: "list[Item] | Readable[list[Item]]"
    ) -> "Condition[Of]": ...
    def overlaps(self, values: Any) -> Any:
        """An array in which one of the values is."""
        return Comparison("{} && {}", self, encoded(self, values))

    if TYPE_CHECKING:
        # A column that may be null can be compared: NULL is equal to nothing.
        @overload  # type: ignore[override]  # a comparison of columns is a condition, not a bool
        def __eq__(self, other: "Value | Readable[Value | None]") -> "Condition[Of]": ...
        @overload
        def __eq__(
            self: "Operand[Decimal, Of] | Operand[Decimal | None, Of]",
            other: "int | Readable[int | None]",
        ) -> "Condition[Of]": ...
        def __eq__(self, other: object) -> Any: ...
        @overload  # type: ignore[override]  # a comparison of columns is a condition, not a bool
        def __ne__(self, other: "Value | Readable[Value | None]") -> "Condition[Of]": ...
        @overload
        def __ne__(
            self: "Operand[Decimal, Of] | Operand[Decimal | None, Of]",
            other: "int | Readable[int | None]",
        ) -> "Condition[Of]": ...
        def __ne__(self, other: object) -> Any: ...
        @overload
        def __lt__(self, other: "Value | Readable[Value | None]") -> "Condition[Of]": ...
        @overload
        def __lt__(
            self: "Operand[Decimal, Of] | Operand[Decimal | None, Of]",
            other: "int | Readable[int | None]",
        ) -> "Condition[Of]": ...
        def __lt__(self, other: Any) -> Any: ...
        @overload
        def __le__(self, other: "Value | Readable[Value | None]") -> "Condition[Of]": ...
        @overload
        def __le__(
            self: "Operand[Decimal, Of] | Operand[Decimal | None, Of]",
            other: "int | Readable[int | None]",
        ) -> "Condition[Of]": ...
        def __le__(self, other: Any) -> Any: ...
        @overload
        def __gt__(self, other: "Value | Readable[Value | None]") -> "Condition[Of]": ...
        @overload
        def __gt__(
            self: "Operand[Decimal, Of] | Operand[Decimal | None, Of]",
            other: "int | Readable[int | None]",
        ) -> "Condition[Of]": ...
        def __gt__(self, other: Any) -> Any: ...
        @overload
        def __ge__(self, other: "Value | Readable[Value | None]") -> "Condition[Of]": ...
        @overload
        def __ge__(
            self: "Operand[Decimal, Of] | Operand[Decimal | None, Of]",
            other: "int | Readable[int | None]",
        ) -> "Condition[Of]": ...
        def __ge__(self, other: Any) -> Any: ...
        def __hash__(self) -> int: ...
        def is_null(self) -> "Condition[Of]":
            """Without a value."""
            ...

        def is_not_null(self) -> "Condition[Of]":
            """With a value."""
            ...

        def like(
            self: "Operand[str, Of] | Operand[str | None, Of]", pattern: str
        ) -> "Condition[Of]":
            """Like a pattern, in which `%` stands for any text."""
            ...

        def ilike(
            self: "Operand[str, Of] | Operand[str | None, Of]", pattern: str
        ) -> "Condition[Of]":
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
        self.encode = None if like is None else like.encode

    if not TYPE_CHECKING:
        # A column has these from Piccolo.
        __hash__ = object.__hash__

        def __eq__(self, other: object) -> Condition:
            return self.is_null() if other is None else self._compared("=", other)

        def __ne__(self, other: object) -> Condition:
            return self.is_not_null() if other is None else self._compared("<>", other)

        def __lt__(self, other: object) -> Condition:
            return self._compared("<", other)

        def __le__(self, other: object) -> Condition:
            return self._compared("<=", other)

        def __gt__(self, other: object) -> Condition:
            return self._compared(">", other)

        def __ge__(self, other: object) -> Condition:
            return self._compared(">=", other)

        def is_null(self) -> Condition:
            return Comparison("{} is null", self)

        def is_not_null(self) -> Condition:
            return Comparison("{} is not null", self)

        def like(self, pattern: str) -> Condition:
            return Comparison("{} like {}", self, pattern)

        def ilike(self, pattern: str) -> Condition:
            return Comparison("{} ilike {}", self, pattern)

        def _compared(self, operator: str, other: object) -> Condition:
            return Comparison(f"{{}} {operator} {{}}", self, encoded(self, other))


class Calculation(Expression[Value]):
    """The result of an operator and two operands."""

    def __init__(self, operator: str, left: Operand[Any], right: Any) -> None:
        # Its operands determine the type of a value beside it.
        super().__init__(f"({{}} {operator} {{}}{_cast(left, right)})", left, right)
        self.operator = operator
        # A sum of whole numbers is one, which PostgreSQL does not say.
        self.decode = left.decode if _is_whole(right) else None
        self.looked_up = left.looked_up


def _cast(left: Operand[Any], right: Any) -> str:
    # PostgreSQL takes a parameter for a value of the type that is before the operator.
    match right:
        case int() if sql_type(left) == "date":
            return "::integer"
        case timedelta():
            return "::interval"
        case Decimal():
            return "::numeric"
        case float():
            return "::double precision"
        case _:
            return ""


def _is_whole(operand: object) -> bool:
    if isinstance(operand, Calculation):
        return all(map(_is_whole, operand.operands))
    if isinstance(operand, Expression):
        return operand.type is int or _is_whole(operand.like_of)
    return isinstance(operand, int) or getattr(operand, "value_type", None) is int


def _subquery(values: Any) -> object | None:
    """A query of ours, or the text of one of Piccolo's; None for values."""
    if stock := getattr(values, "querystrings", None):
        return stock[0]
    return values if hasattr(values, "_row") else None


def _listed(operand: Operand[Any, Any], values: Any) -> list[Any]:
    given = [each.value if isinstance(each, Enum) else each for each in values]
    return [encoded(operand, each) for each in given]


def _has_arrays(operand: object) -> bool:
    return sql_type(operand).endswith("[]")


def _among_arrays(operand: Operand[Any, Any], values: Any) -> Comparison:
    # Of arrays in an array PostgreSQL would compare each value by itself.
    listed = _listed(operand, values)
    if not listed:
        return Comparison("false")
    return Comparison(f"{{}} in ({', '.join(['{}'] * len(listed))})", operand, *listed)


def sql_type(operand: object) -> str:
    """The type that PostgreSQL gives its values; nothing, where that is not declared."""
    if isinstance(operand, Expression):
        return sql_type(operand.like_of)
    return getattr(operand, "column_type", "")
