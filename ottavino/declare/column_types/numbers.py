"""The functions that declare columns of numbers."""

from decimal import Decimal
from types import EllipsisType
from typing import Any, Unpack, overload

from piccolo.columns import column_types as stock

from ottavino.declare.column import SQL, Col
from ottavino.declare.column_type import ColumnOptions, ColumnType
from ottavino.declare.column_types.bounds import in_range, require_whole

_SMALLINT = ColumnType("smallint", int, stock.SmallInt)
_INTEGER = ColumnType("integer", int, stock.Integer)
_BIGINT = ColumnType("bigint", int, stock.BigInt)
_REAL = ColumnType("real", float, stock.Real)
_DOUBLE = ColumnType("double precision", float, stock.DoublePrecision)
MOST_DIGITS = 1000
"""The most digits that a numeric with a limit has."""


@overload
def smallint(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: None,
    **options: Unpack[ColumnOptions],
) -> Col[int | None]: ...
@overload
def smallint(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: int | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[int]: ...
def smallint(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A whole number of 16 bits."""
    return _SMALLINT.column(default, *in_range(minimum, maximum), options=options)


@overload
def integer(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: None,
    **options: Unpack[ColumnOptions],
) -> Col[int | None]: ...
@overload
def integer(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: int | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[int]: ...
def integer(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A whole number of 32 bits."""
    return _INTEGER.column(default, *in_range(minimum, maximum), options=options)


@overload
def bigint(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: None,
    **options: Unpack[ColumnOptions],
) -> Col[int | None]: ...
@overload
def bigint(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: int | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[int]: ...
def bigint(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A whole number of 64 bits."""
    return _BIGINT.column(default, *in_range(minimum, maximum), options=options)


@overload
def numeric(
    precision: int | None = None,
    scale: int = 0,
    *,
    default: None,
    **options: Unpack[ColumnOptions],
) -> Col[Decimal | None]: ...
@overload
def numeric(
    precision: int | None = None,
    scale: int = 0,
    *,
    default: Decimal | int | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Decimal]: ...
def numeric(
    precision: int | None = None,
    scale: int = 0,
    *,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """An exact number, of `precision` digits with `scale` of them after the point, or without a
    limit.
    """
    require_whole("numeric", 1, precision=precision)
    require_whole("numeric", -1000, scale=scale)
    if max(precision or 0, scale) > MOST_DIGITS:
        raise ValueError(
            f"numeric has more than {MOST_DIGITS} digits, which PostgreSQL does not store: "
            "write fewer, or leave them out for a number without a limit."
        )
    sql = "numeric" if precision is None else f"numeric({precision}, {scale})"
    return ColumnType(sql, Decimal, stock.Numeric).column(default, options=options)


def money(
    *, default: int | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[Decimal]:
    """An amount in US dollars with six decimals, enough for the price of a single token."""
    made = ColumnType("numeric(14, 6)", Decimal, stock.Numeric)
    # The upper bound excludes NaN, which is greater than every number.
    return made.column(default, *in_range(0, 99_999_999), options=options)


@overload
def real(*, default: None, **options: Unpack[ColumnOptions]) -> Col[float | None]: ...
@overload
def real(
    *, default: float | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[float]: ...
def real(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """A number of 32 bits, as precise as its first six digits."""
    return _REAL.column(default, options=options)


@overload
def double(*, default: None, **options: Unpack[ColumnOptions]) -> Col[float | None]: ...
@overload
def double(
    *, default: float | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[float]: ...
def double(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """A number of 64 bits, as precise as its first fifteen digits."""
    return _DOUBLE.column(default, options=options)
