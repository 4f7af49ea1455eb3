"""PostgreSQL's scalar functions, and subqueries as values."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, Literal, Never, get_origin, overload

from typing_extensions import TypeVar, is_typeddict

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.expression import Expression, Operand
from ottavino.declare.readable import Of, Other, Readable, encoded, is_readable, sql_type
from ottavino.postgres.quoting import literal
from ottavino.query.output import decoder
from ottavino.query.python_type import SQL_TYPES, members, python_type, union, without_none
from ottavino.query.select_query import Select, SelectQuery

Value = TypeVar("Value")
Third = TypeVar("Third", default=Never)
Part = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]


@overload
def coalesce(
    value: Operand[Value | None, Of], default: Readable[Value, Other]
) -> Expression[Value, Of | Other]: ...
@overload
def coalesce(value: Operand[Value | None, Of], default: Value) -> Expression[Value, Of]: ...
@overload
def coalesce(value: Operand[Decimal | None, Of], default: int) -> Expression[Decimal, Of]: ...
def coalesce(value: Any, default: Any) -> Any:
    """The value, or the default if it is null."""
    kinds = without_none(python_type(value))
    made = Expression[Any](
        "coalesce({}, {})", value, encoded(value, default), type=union(kinds)
    )
    made.decode, made.encode = value.decode, value.encode
    return made


@overload
def lower(value: Operand[str, Of]) -> Expression[str, Of]: ...
@overload
def lower(value: Operand[str | None, Of]) -> Expression[str | None, Of]: ...
def lower(value: Any) -> Any:
    """Text in lower case."""
    return Expression[Any]("lower({})", value, like=value)


@overload
def upper(value: Operand[str, Of]) -> Expression[str, Of]: ...
@overload
def upper(value: Operand[str | None, Of]) -> Expression[str | None, Of]: ...
def upper(value: Any) -> Any:
    """Text in upper case."""
    return Expression[Any]("upper({})", value, like=value)


@overload
def length(value: Operand[str, Of] | Operand[list[Any], Of]) -> Expression[int, Of]: ...
@overload
def length(
    value: Operand[str | None, Of] | Operand[list[Any] | None, Of],
) -> Expression[int | None, Of]: ...
def length(value: Any) -> Any:
    """The number of characters of a text, or of items of an array."""
    kind = sql_type(value)
    if kind == "jsonb":
        template = "jsonb_array_length({})"
    else:
        template = "cardinality({})" if kind.endswith("[]") else "char_length({})"
    return Expression[Any](template, value, type=int, optional=_may_be_none(value))


@overload
def date_trunc(
    part: Part, moment: Operand[datetime, Of], *, zone: str = "UTC"
) -> Expression[datetime, Of]: ...
@overload
def date_trunc(
    part: Part, moment: Operand[datetime | None, Of], *, zone: str = "UTC"
) -> Expression[datetime | None, Of]: ...
def date_trunc(part: Part, moment: Any, *, zone: str = "UTC") -> Any:
    """The beginning of a moment's hour, day or month in a time zone."""
    # The unit is a literal: with a parameter, the expression in `group by` would be a different
    # one.
    words = [literal(each).replace("{", "{{").replace("}", "}}") for each in (part, zone)]
    return Expression[Any](f"date_trunc({words[0]}, {{}}, {words[1]})", moment, like=moment)


@overload
def case(
    *branches: tuple["Condition[Of]", Readable[Value, Other]], default: Readable[Value, Third]
) -> Expression[Value, Of | Other | Third]: ...
@overload
def case(
    *branches: tuple["Condition[Of]", Readable[Value, Other]], default: None
) -> Expression[Value | None, Of | Other]: ...
@overload
def case(
    *branches: tuple["Condition[Of]", Readable[Value, Other]], default: Value
) -> Expression[Value, Of | Other]: ...
@overload
def case(
    *branches: tuple["Condition[Of]", None], default: Readable[Value, Third]
) -> Expression[Value | None, Of | Third]: ...
@overload
def case(
    *branches: tuple["Condition[Of]", Value | Readable[Value, Other]],
    default: Value | Readable[Value, Third],
) -> Expression[Value, Of | Other | Third]: ...
@overload
def case(  # pyright: ignore[reportOverlappingOverload]  # mypy infers no table beside values
    *branches: tuple["Condition[Of]", Value | Readable[Value]],
    default: Value | Readable[Value],
) -> Expression[Value, Of]: ...
def case(*branches: tuple[Any, Any], default: Any) -> Expression[Any]:
    """The value of the first condition that is true, or else the default."""
    whens = " ".join(["when {} then {}"] * len(branches))
    results: list[Any] = [*(result for _, result in branches), default]
    readables = [each for each in results if is_readable(each)]
    like = next((each for each in readables if each.encode is not None), None)
    operands = [
        each for condition, result in branches for each in (condition, _cast(result, like))
    ]
    kind = _either(results)
    made = Expression[Any](
        f"case {whens} else {{}} end", *operands, _cast(default, like), type=kind
    )
    if len(without_none(kind)) == 1:
        decoders = (each.decode for each in readables if each.decode is not None)
        made.decode = next(decoders, None) or decoder(kind)
        made.encode = None if like is None else like.encode
    return made


def exists(query: SelectQuery[Any]) -> "Condition[Never]":
    """Whether a query returns a row. It usually names columns of the outer query."""
    return Comparison("exists ({})", query.statement.without_columns())


def scalar(query: Select[tuple[Value]]) -> Expression[Value | None, Never]:
    """The value of a query of one column and one row; None without a row."""
    (column,) = query.reading.readables
    return Expression("({})", query, like=column, optional=True)


def _may_be_none(value: Readable[Any]) -> bool:
    return NoneType in members(python_type(value))


def _cast(value: Any, like: Any = None) -> Any:
    """A value with its type, which PostgreSQL cannot infer between `then` and `else`."""
    if like is not None and value is not None and not is_readable(value):
        kind = sql_type(like)
        return Expression[Any](f"{{}}::{kind}" if kind else "{}", encoded(like, value))
    name = SQL_TYPES.get(_class_of(value.value if isinstance(value, Enum) else value))
    return value if name is None else Expression[Any](f"{{}}::{name}", value)


def _either(results: Sequence[Any]) -> Any:
    """The common type of some results, each a value or a readable."""
    readables = [each for each in results if is_readable(each)]
    kinds = [member for each in readables for member in members(python_type(each))]
    values = [each for each in results if not is_readable(each)]
    others = [
        _class_of(each) for each in values if not any(_is_of(each, kind) for kind in kinds)
    ]
    return union([*kinds, *others])


def _is_of(value: object, kind: Any) -> bool:
    """Whether a type has the value; of a container, whether it is of the same class."""
    origin = dict if is_typeddict(kind) else get_origin(kind) or kind
    return kind is Any or (isinstance(origin, type) and isinstance(value, origin))


def _class_of(value: object) -> Any:
    return type(value)
