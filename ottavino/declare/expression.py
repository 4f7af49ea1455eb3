"""Values that PostgreSQL computes: SQL templates with operands, kept as objects until they are
printed.

An expression has a template with braces in it, and an operand for each pair of them: a column,
another expression, a query, or a value, which is always sent as a parameter. An operand's
static type includes the type of its values, so a type checker reports a comparison or a sum of
unfit types. It also includes the tables of its columns, so a checker reports a column of
another table in an update.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import NoneType
from typing import TYPE_CHECKING, Any, Generic, Never, get_args

from piccolo.columns.base import Column
from typing_extensions import TypeVar

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.membership import Membership
from ottavino.declare.order import Ascending, Descending
from ottavino.declare.readable import Of_co, Readable, encoded, is_readable, sql_type

if TYPE_CHECKING:
    from ottavino.declare.addition import Plus, PlusAfter
    from ottavino.declare.comparing import Compared
    from ottavino.declare.division import Modulo, ModuloAfter, Over, OverAfter
    from ottavino.declare.multiplication import Times, TimesAfter
    from ottavino.declare.subtraction import Minus, MinusAfter, Negative

Value = TypeVar("Value")


CASTS: dict[type, str] = {
    date: "::date",
    timedelta: "::interval",
    Decimal: "::numeric",
    float: "::double precision",
    str: "::text",
}
"""The types of values that are calculated with."""


class Operand(Membership[Value, Of_co], Generic[Value, Of_co]):
    """A readable that is compared and calculated with."""

    def desc(self) -> Descending:
        """Descending order, for an index or `order_by`."""
        return Descending(self)

    def asc(self) -> Ascending:
        """Ascending order. It is the default, and only needed to place nulls."""
        return Ascending(self)

    if TYPE_CHECKING:
        __eq__: Compared[Value, Of_co]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # a condition, not a bool
        __ne__: Compared[Value, Of_co]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise
        __lt__: Compared[Value, Of_co]
        __le__: Compared[Value, Of_co]
        __gt__: Compared[Value, Of_co]
        __ge__: Compared[Value, Of_co]
        __add__: Plus[Value, Of_co]
        __radd__: PlusAfter[Value, Of_co]
        __sub__: Minus[Value, Of_co]
        __rsub__: MinusAfter[Value, Of_co]
        __neg__: Negative[Value, Of_co]
        __mul__: Times[Value, Of_co]
        __rmul__: TimesAfter[Value, Of_co]
        __truediv__: Over[Value, Of_co]
        __rtruediv__: OverAfter[Value, Of_co]
        __mod__: Modulo[Value, Of_co]
        __rmod__: ModuloAfter[Value, Of_co]

        def __hash__(self) -> int: ...
        def is_null(self) -> "Condition[Of_co]":
            """Without a value."""
            ...

        def is_not_null(self) -> "Condition[Of_co]":
            """With a value."""
            ...

        def like(
            self: "Operand[str, Of_co] | Operand[str | None, Of_co]", pattern: str
        ) -> "Condition[Of_co]":
            """Whether the text matches a pattern, in which `%` stands for any text."""
            ...

        def ilike(
            self: "Operand[str, Of_co] | Operand[str | None, Of_co]", pattern: str
        ) -> "Condition[Of_co]":
            """Whether the text matches a pattern, ignoring case."""
            ...

    else:

        def __add__(self, other: object) -> "Calculation":
            return _sum(self, other)

        def __radd__(self, other: object) -> "Calculation":
            return _sum(other, self)

        def __sub__(self, other: object) -> "Calculation":
            return Calculation("-", self, other)

        def __rsub__(self, other: object) -> "Calculation":
            return Calculation("-", other, self)

        def __mul__(self, other: object) -> "Calculation":
            return Calculation("*", self, other)

        def __rmul__(self, other: object) -> "Calculation":
            return Calculation("*", other, self)

        def __truediv__(self, other: object) -> "Calculation":
            return Calculation("/", self, other)

        def __rtruediv__(self, other: object) -> "Calculation":
            return Calculation("/", other, self)

        def __mod__(self, other: object) -> "Calculation":
            return Calculation("%", self, other)

        def __rmod__(self, other: object) -> "Calculation":
            return Calculation("%", other, self)

        def __neg__(self) -> "Expression":
            return Expression("(- {})", self, like=self)


class Expression(Operand[Value, Of_co], Generic[Value, Of_co]):
    """A value that PostgreSQL computes."""

    def __init__(
        self,
        template: str,
        *operands: object,
        type: Any = None,  # noqa: A002  # the usual word for this argument
        like: Readable[Any] | None = None,
        optional: bool = False,
        decode: Callable[[Any], Any] | None = None,
    ) -> None:
        self.template = template
        self.operands = operands
        self.type = type
        """The type of its values at run time; None if it is the type of `like`."""
        self.like_of = like
        self.optional = optional
        """Whether it may be None although `like` may not."""
        self.decode = decode or (None if like is None else like.decode)
        self.encode = None if like is None else like.encode

    if not TYPE_CHECKING:
        # Columns inherit these operators from Piccolo.
        __hash__ = object.__hash__

        def __eq__(self, other: object) -> Condition:
            require_comparable(self, other)
            return self.is_null() if other is None else self._compared("=", other)

        def __ne__(self, other: object) -> Condition:
            require_comparable(self, other)
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


class Calculation(Expression[Value, Never]):
    """The result of an operator and two operands."""

    def __init__(self, operator: str, left: Any, right: Any) -> None:
        # The operands determine the type of a value that is compared with it.
        template = f"({{}}{_cast(left, right)} {operator} {{}}{_cast(right, left)})"
        super().__init__(template, left, right)
        self.operator = operator
        columns = [each for each in (left, right) if is_readable(each)]
        # A sum of bigints is a numeric in PostgreSQL, so it is cast.
        if all(map(_is_whole, (left, right))):
            self.decode = next((each.decode for each in columns if each.decode), None)
        self.looked_up = columns[0].looked_up


def require_comparable(operand: Any, other: object) -> None:
    """Refuse to compare a value that is never null with None.

    Such a comparison is true of every row or of none, and a variable that is None by mistake
    would make an update or a delete reach the whole table.
    """
    if other is None and not _may_be_null(operand):
        raise TypeError(
            f"{_called(operand)} is never null, so a comparison with None is true of every row "
            "or of none: test the value for None before the query. To find rows whose parent "
            "is hidden, write is_null() of a column of the parent."
        )


def _called(operand: object) -> str:
    if not isinstance(operand, Column):
        return "A value of this query"
    meta: Any = operand._meta
    return f"{meta.table.__name__}.{meta.name}"


def _may_be_null(operand: Any) -> bool:
    if isinstance(operand, Calculation):
        return any(map(_may_be_null, operand.operands))
    if isinstance(operand, Expression):
        if operand.like_of is None:
            return operand.optional or operand.type is None or _may_be(operand.type, NoneType)
        return operand.optional or _may_be_null(operand.like_of)
    if isinstance(operand, Column):
        columns: list[Any] = [operand, *operand._meta.call_chain]  # pyright: ignore[reportUnknownMemberType]  # Piccolo's
        return any(each.spec.null for each in columns)
    return operand is None


def _cast(value: Any, other: Any) -> str:
    """The type of a value, where PostgreSQL would take it for one of the other's type."""
    if isinstance(value, datetime):
        return "" if sql_type(other).startswith("timestamp") else _of_moment(value)
    if isinstance(value, int):
        return "::integer" if _is_day(other) else ""
    return next((name for kind, name in CASTS.items() if isinstance(value, kind)), "")


def _of_moment(value: datetime) -> str:
    return "::timestamptz" if value.tzinfo else "::timestamp"


def _is_day(operand: object) -> bool:
    if isinstance(operand, Calculation):
        days, numbers = (
            len([each for each in operand.operands if check(each)])
            for check in (_is_day, _is_whole)
        )
        return days == numbers == 1
    if isinstance(operand, Expression):
        return _may_be(operand.type, date) or _is_day(operand.like_of)
    return type(operand) is date or sql_type(operand) == "date"


def _may_be(kind: Any, member: type) -> bool:
    """Whether a type is this one, or a union with it."""
    return member in {kind, *get_args(kind)}


def _is_whole(operand: object) -> bool:
    if isinstance(operand, Calculation):
        return all(map(_is_whole, operand.operands))
    if isinstance(operand, Expression):
        return operand.type is int or _is_whole(operand.like_of)
    return isinstance(operand, int) or getattr(operand, "value_type", None) is int


def _is_text(operand: object) -> bool:
    if isinstance(operand, Calculation):
        return operand.operator == "||"
    if isinstance(operand, Expression):
        return _may_be(operand.type, str) or _is_text(operand.like_of)
    return isinstance(operand, str) or getattr(operand, "value_type", None) is str


def _sum(left: Any, right: Any) -> Calculation[Any]:
    is_text = _is_text(left) or _is_text(right)
    return Calculation("||" if is_text else "+", left, right)
