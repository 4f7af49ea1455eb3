"""The functions that declare columns of text, and of the values of an `Enum`."""

from enum import Enum, StrEnum
from functools import partial
from types import EllipsisType
from typing import Any, TypeVar, Unpack, overload

from piccolo.columns import column_types as stock

from ottavino.declare.column import SQL, Col
from ottavino.declare.column_type import ColumnOptions, ColumnType
from ottavino.declare.column_types.bounds import column_check, require_whole, within
from ottavino.declare.constraint import Check
from ottavino.declare.enum_type import EnumType
from ottavino.postgres.quoting import identifier, literal

Choice = TypeVar("Choice", bound=StrEnum)
State = TypeVar("State", bound=Enum)
_TEXT = ColumnType("text", str, stock.Text)


@overload
def text(
    *,
    max_length: int | None = None,
    min_length: int = 0,
    default: None,
    **options: Unpack[ColumnOptions],
) -> Col[str | None]: ...
@overload
def text(
    *,
    max_length: int | None = None,
    min_length: int = 0,
    default: str | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[str]: ...
def text(
    *,
    max_length: int | None = None,
    min_length: int = 0,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """Text, of a bounded number of characters if a length is given."""
    require_whole("text", min_length=min_length)
    require_whole("text", 1, max_length=max_length)
    require_whole("text", None, min_length=min_length, max_length=max_length)
    low = min_length or None
    bounds = (
        []
        if low is max_length is None
        else [partial(within, "length", "char_length({})", low, max_length)]
    )
    return _TEXT.column(default, *bounds, options=options)


def choice(
    states: type[Choice],
    *,
    default: Choice | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Choice]:
    """One of the values of a `StrEnum`: text with a check, which a migration can change."""
    if not (isinstance(states, type) and issubclass(states, StrEnum) and [*states]):  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller checks types
        raise TypeError(f"choice takes a StrEnum with values, and {states!r} is none.")
    values = ", ".join(literal(state) for state in states)

    def one_of(name: str) -> Check:
        return column_check(name, "values", f"{identifier(name)} in ({values})")

    by_value = {each.value: each for each in states}
    made = ColumnType("text", states, stock.Text, decode=by_value.__getitem__)
    column = made.column(default, one_of, options=options)
    column.values = frozenset(by_value)
    return column


@overload
def enum(
    states: type[State], *, name: str = "", default: None, **options: Unpack[ColumnOptions]
) -> Col[State | None]: ...
@overload
def enum(
    states: type[State],
    *,
    name: str = "",
    default: State | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[State]: ...
def enum(
    states: type[State],
    *,
    name: str = "",
    default: State | SQL | EllipsisType | None = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """One of the values of an `Enum`, of a type of PostgreSQL that has these values.

    The type is `public.status` for a class `Status`, unless a `name` is given. It is declared
    along with the first column of it, and its values change by migrations.
    """
    declared = EnumType(states, name)
    by_value = {each.value: each for each in states}
    made = ColumnType(
        declared.sql,
        states,
        stock.Text,
        decode=by_value.__getitem__,
        encode=lambda value: value.value if isinstance(value, Enum) else value,
        declares=(declared,),
    )
    return made.column(default, options=options)
