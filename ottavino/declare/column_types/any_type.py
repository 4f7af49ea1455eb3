"""A column of any type, and the types of ranges."""

import datetime as dt
from decimal import Decimal
from types import EllipsisType
from typing import Any, TypeVar, Unpack, cast, overload

from asyncpg.types import Range

from ottavino.declare.column import SQL, Col, HasDefault, MayBeNull
from ottavino.declare.column_type import ColumnOptions, ColumnType, placed

Value = TypeVar("Value")
Made = TypeVar("Made", bound=Col[Any])
INT4RANGE: ColumnType[Range[int]] = ColumnType("int4range", Range)
INT8RANGE: ColumnType[Range[int]] = ColumnType("int8range", Range)
NUMRANGE: ColumnType[Range[Decimal]] = ColumnType("numrange", Range)
DATERANGE: ColumnType[Range[dt.date]] = ColumnType("daterange", Range)
TSRANGE: ColumnType[Range[dt.datetime]] = ColumnType("tsrange", Range)
TSTZRANGE: ColumnType[Range[dt.datetime]] = ColumnType("tstzrange", Range)


@overload
def column(
    type: ColumnType[Value], /, *, default: None, **options: Unpack[ColumnOptions]
) -> Col[Value | None]: ...
@overload
def column(
    type: ColumnType[Value],
    /,
    *,
    default: Value | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Value]: ...
@overload
def column(
    type: str, /, *, python: type[Value], default: None, **options: Unpack[ColumnOptions]
) -> Col[Value | None]: ...
@overload
def column(
    type: str,
    /,
    *,
    python: type[Value],
    default: Value | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Value]: ...
@overload
def column(made: Made, /, *, init: bool = True, **options: Unpack[ColumnOptions]) -> Made: ...
@overload
def column(
    made: MayBeNull[Made], /, *, default: None, **options: Unpack[ColumnOptions]
) -> Made: ...
@overload
def column(
    made: HasDefault[Value, Made], /, *, default: Value | SQL, **options: Unpack[ColumnOptions]
) -> Made: ...
@overload
def column(
    exact: ColumnType[Decimal] | Col[Decimal],
    /,
    *,
    default: int,
    **options: Unpack[ColumnOptions],
) -> Col[Decimal]: ...
def column(
    of: Any,
    /,
    *,
    python: Any = object,
    default: object = ...,
    init: bool = True,
    **options: Unpack[ColumnOptions],
) -> Any:
    """Any type: `column("ltree", python=str)`, or `column(SLUG)` of one that has a name.

    Or a column that a function of the project makes, `column(money())`: type checkers know this
    function, and not the project's, so they see here whether each new row needs a value. With
    `init=False`, the function's column has a value from PostgreSQL, and a row takes none.
    """
    if isinstance(of, Col):
        return placed(cast("Col[Any]", of), default, options, init=init)
    if not isinstance(of, str | ColumnType):
        raise TypeError(
            f"column takes a type of PostgreSQL, and {of!r} is none: write its name."
        )
    made = ColumnType(of, python) if isinstance(of, str) else cast("ColumnType[Any]", of)
    return made.column(default, options=options)
