"""The functions that declare columns of days, times and time spans."""

import datetime as dt
from types import EllipsisType
from typing import Any, Literal, Unpack, overload

from piccolo.columns import column_types as stock

from ottavino.declare.column import SQL, Col
from ottavino.declare.column_type import ColumnOptions, ColumnType
from ottavino.declare.database_function import sets_to_now
from ottavino.declare.rendered import Rendered
from ottavino.declare.trigger import Trigger

NOW = SQL(Rendered("now()"))
_DATE = ColumnType("date", dt.date, stock.Date)
_TIME = ColumnType("time", dt.time, stock.Time)


def moment(value: dt.datetime) -> dt.datetime:
    """Check that a moment has a time zone: without one, the driver would use the process's."""
    if value.tzinfo is None:
        raise ValueError(
            f"{value.isoformat(sep=' ')} has no time zone, so it is not a moment: write "
            "datetime.now(UTC), or datetime(2026, 1, 2, tzinfo=UTC)."
        )
    return value


_TIMESTAMPTZ = ColumnType("timestamptz", dt.datetime, stock.Timestamptz, encode=moment)
_TIMESTAMP = ColumnType("timestamp", dt.datetime, stock.Timestamp)
_INTERVAL = ColumnType("interval", dt.timedelta, stock.Interval)


@overload
def date(*, default: None, **options: Unpack[ColumnOptions]) -> Col[dt.date | None]: ...
@overload
def date(
    *, default: dt.date | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[dt.date]: ...
def date(
    *,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A day."""
    return _DATE.column(default, options=options)


@overload
def time(*, default: None, **options: Unpack[ColumnOptions]) -> Col[dt.time | None]: ...
@overload
def time(
    *, default: dt.time | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[dt.time]: ...
def time(
    *,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A time of day."""
    return _TIME.column(default, options=options)


@overload
def timestamptz(
    *, default: None, **options: Unpack[ColumnOptions]
) -> Col[dt.datetime | None]: ...
@overload
def timestamptz(
    *, default: dt.datetime | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[dt.datetime]: ...
def timestamptz(
    *,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A moment, independent of the time zone."""
    return _TIMESTAMPTZ.column(default, options=options)


@overload
def timestamp(
    *, default: None, **options: Unpack[ColumnOptions]
) -> Col[dt.datetime | None]: ...
@overload
def timestamp(
    *, default: dt.datetime | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[dt.datetime]: ...
def timestamp(
    *,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A date and a time of day without a time zone. It names no instant."""
    return _TIMESTAMP.column(default, options=options)


@overload
def interval(
    *, default: None, **options: Unpack[ColumnOptions]
) -> Col[dt.timedelta | None]: ...
@overload
def interval(
    *, default: dt.timedelta | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[dt.timedelta]: ...
def interval(
    *,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A time span."""
    return _INTERVAL.column(default, options=options)


def created_at(
    *,
    init: Literal[False] = False,  # noqa: ARG001  # read by type checkers
    **options: Unpack[ColumnOptions],
) -> Col[dt.datetime]:
    """The time at which the row was inserted."""
    return timestamptz(default=NOW, **options)


def updated_at(
    *,
    init: Literal[False] = False,  # noqa: ARG001  # read by type checkers
    **options: Unpack[ColumnOptions],
) -> Col[dt.datetime]:
    """The time of the row's last change, set by a trigger."""

    def keep(name: str) -> Trigger:
        function = sets_to_now(name)
        return Trigger(name=f"set_{name}", function=function, when="before", event="update")

    return _TIMESTAMPTZ.column(NOW, keep, options=options)
