"""The Python types of readables at run time, by which a `Row` is converted to JSON."""

import functools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Optional, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from piccolo.columns.base import Column

from ottavino.declare.column import Col
from ottavino.declare.expression import Calculation, Expression
from ottavino.declare.readable import Readable, is_readable

SQL_TYPES = {
    str: "text",
    int: "bigint",
    bool: "boolean",
    float: "double precision",
    Decimal: "numeric",
    UUID: "uuid",
    datetime: "timestamptz",
    date: "date",
    timedelta: "interval",
    bytes: "bytea",
}
"""The PostgreSQL types of Python values."""

RESULTS: dict[tuple[str, Any, Any], Any] = {
    ("-", datetime, datetime): timedelta,
    ("-", date, date): int,
    ("-", date, datetime): timedelta,
    ("+", date, timedelta): datetime,
    ("+", timedelta, date): datetime,
    ("+", int, date): date,
    ("-", date, timedelta): datetime,
    ("+", date, int): date,
    ("-", date, int): date,
}
"""The result types that differ from the type of the stronger operand."""

STRONGER = (int, float, Decimal, timedelta, datetime)
"""The types of operands by strength: the result has the later one."""


def python_type(readable: Readable[Any]) -> Any:
    """The type of a readable, as a type checker infers it."""
    if isinstance(readable, Column):
        return _of_column(readable)
    if not isinstance(readable, Expression):
        raise TypeError(f"{readable!r} is neither a column nor an expression.")
    if isinstance(readable, Calculation):
        return _of_calculation(readable)
    found = readable.type if readable.like_of is None else python_type(readable.like_of)
    return Optional[found] if readable.optional else found  # noqa: UP045  # the type is computed


def members(kind: Any) -> tuple[Any, ...]:
    """The members of a union; any other type alone."""
    return get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)


def without_none(kind: Any) -> list[Any]:
    """The members of a type, without that of None."""
    return [each for each in members(kind) if each is not NoneType]


def union(kinds: Sequence[Any]) -> Any:
    """The union of some types."""
    return Union[tuple(dict.fromkeys(kinds))]  # noqa: UP007  # the types are computed


def _strength(kind: Any) -> int:
    return STRONGER.index(kind) if kind in STRONGER else -1


def _first(kinds: Sequence[Any]) -> Any:
    return next(each for each in kinds if each is not NoneType)


def _of_calculation(calculation: Calculation[Any]) -> Any:
    operands: tuple[Any, ...] = calculation.operands
    left, right = [
        members(python_type(each) if is_readable(each) else type(each)) for each in operands
    ]
    operator, kinds = calculation.operator, tuple(_first(each) for each in (left, right))
    found = RESULTS.get((operator, *kinds)) or max(kinds, key=_strength)
    return Optional[found] if NoneType in {*left, *right} else found  # noqa: UP045  # likewise


def _of_column(column: Column) -> Any:
    meta: Any = column._meta
    found = _declared(meta.table)[meta.name]
    is_optional = any(each.spec.null for each in meta.call_chain)
    return Optional[found] if is_optional else found  # noqa: UP045  # likewise


@functools.cache
def _declared(table: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(table, include_extras=True)
    names = [column._meta.name for column in table._meta.columns]
    return {name: _value_type(hints[name]) for name in names}


def _value_type(annotation: Any) -> Any:
    """The type of the values of `Col[…]`, or of a subclass of it."""
    kind = get_origin(annotation) or annotation
    if kind is Col:
        return get_args(annotation)[0]
    (base,) = [each for each in kind.__orig_bases__ if _is_column(each)]
    value = _value_type(base)
    if isinstance(value, TypeVar):
        return _argument(annotation, value)
    parameters = getattr(value, "__parameters__", ())
    return (
        value[tuple(_argument(annotation, each) for each in parameters)]
        if parameters
        else value
    )


def _argument(annotation: Any, parameter: Any) -> Any:
    """The type argument of an annotation such as `Ref[Country, str]` for a parameter of its
    class.
    """
    kind = get_origin(annotation) or annotation
    given = dict(zip(kind.__parameters__, get_args(annotation), strict=False))
    return given.get(parameter, getattr(parameter, "__default__", parameter))


def _is_column(base: Any) -> bool:
    kind = get_origin(base) or base
    return isinstance(kind, type) and issubclass(kind, Col)
