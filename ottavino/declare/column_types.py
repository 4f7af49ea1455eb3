"""The functions that declare columns, named after PostgreSQL's types.

`default=None` makes a column nullable. PostgreSQL fills in any other `default`. A column
without a default needs a value in each new row. A type without a helper is declared as a value,
`SLUG = ColumnType("citext", str)`; `column(SLUG)` makes a column of it.
"""

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import Enum, StrEnum
from functools import partial
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from types import EllipsisType
from typing import Any, Literal, TypeVar, Unpack, cast, overload
from uuid import UUID

from asyncpg.types import Range
from piccolo.columns import column_types as stock
from pydantic import TypeAdapter

from ottavino.declare.column import SQL, Col, HasDefault, MayBeNull, require_column
from ottavino.declare.column_type import ColumnOptions, ColumnType, placed
from ottavino.declare.constraint import Check
from ottavino.declare.database_function import sets_to_now
from ottavino.declare.enum_type import EnumType
from ottavino.declare.rendered import Rendered
from ottavino.declare.trigger import Trigger
from ottavino.postgres.quoting import identifier, literal

Value = TypeVar("Value")
Made = TypeVar("Made", bound=Col[Any])
Choice = TypeVar("Choice", bound=StrEnum)
State = TypeVar("State", bound=Enum)
Json = TypeVar("Json")
Item = TypeVar("Item")

NOW = SQL(Rendered("now()"))
INET = IPv4Interface | IPv6Interface | IPv4Address | IPv6Address
"""The Python types of an address; an interface also has the length of its network."""
CIDR = IPv4Network | IPv6Network

_UUID = ColumnType("uuid", UUID, stock.UUID)
_TEXT = ColumnType("text", str, stock.Text)
_SMALLINT = ColumnType("smallint", int, stock.SmallInt)
_INTEGER = ColumnType("integer", int, stock.Integer)
_BIGINT = ColumnType("bigint", int, stock.BigInt)
_REAL = ColumnType("real", float, stock.Real)
_DOUBLE = ColumnType("double precision", float, stock.DoublePrecision)

MOST_DIGITS = 1000
"""The most digits that a numeric with a limit has."""
_BOOLEAN = ColumnType("boolean", bool, stock.Boolean)
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
_BYTEA = ColumnType("bytea", bytes, stock.Bytea)
_INET: ColumnType[Any] = ColumnType("inet", object)
_CIDR: ColumnType[Any] = ColumnType("cidr", object)

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


@overload
def uuid(*, default: None, **options: Unpack[ColumnOptions]) -> Col[UUID | None]: ...
@overload
def uuid(
    *, default: UUID | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[UUID]: ...
def uuid(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """A universally unique id."""
    return _UUID.column(default, options=options)


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
    _require_whole("text", min_length=min_length)
    _require_whole("text", 1, max_length=max_length)
    _require_whole("text", None, min_length=min_length, max_length=max_length)
    low = min_length or None
    bounds = (
        []
        if low is max_length is None
        else [partial(_bounds, "length", "char_length({})", low, max_length)]
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
        return _check(name, "values", f"{identifier(name)} in ({values})")

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
    return _INTEGER.column(default, *_range(minimum, maximum), options=options)


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
    return _BIGINT.column(default, *_range(minimum, maximum), options=options)


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
    return _SMALLINT.column(default, *_range(minimum, maximum), options=options)


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
    _require_whole("numeric", 1, precision=precision)
    _require_whole("numeric", -1000, scale=scale)
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
    return made.column(default, *_range(0, 99_999_999), options=options)


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


@overload
def boolean(*, default: None, **options: Unpack[ColumnOptions]) -> Col[bool | None]: ...
@overload
def boolean(
    *, default: bool | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[bool]: ...
def boolean(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """True or false."""
    return _BOOLEAN.column(default, options=options)


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


@overload
def bytea(*, default: None, **options: Unpack[ColumnOptions]) -> Col[bytes | None]: ...
@overload
def bytea(
    *, default: bytes | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[bytes]: ...
def bytea(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """Bytes."""
    return _BYTEA.column(default, options=options)


@overload
def inet(*, default: None, **options: Unpack[ColumnOptions]) -> Col[INET | None]: ...
@overload
def inet(
    *, default: INET | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[INET]: ...
def inet(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """An IP address, with or without the length of its network."""
    return _INET.column(default, options=options)


@overload
def cidr(*, default: None, **options: Unpack[ColumnOptions]) -> Col[CIDR | None]: ...
@overload
def cidr(
    *, default: CIDR | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[CIDR]: ...
def cidr(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """An IP network."""
    return _CIDR.column(default, options=options)


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


@overload
def array(
    item: Col[Item], *, default: None, **options: Unpack[ColumnOptions]
) -> Col[list[Item] | None]: ...
@overload
def array(
    item: Col[Item],
    *,
    default: list[Item] | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[list[Item]]: ...
def array(
    item: Col[Any], *, default: object = ..., **options: Unpack[ColumnOptions]
) -> Col[Any]:
    """An array of values of one type: `array(text())`. An array of arrays has the same type."""
    require_column("array", item)
    if item.objects:
        raise ValueError(
            "PostgreSQL cannot check single items of an array: remove the bounds of the "
            "items, and add a Check of the whole array."
        )
    if item.spec.null:
        raise ValueError(
            "PostgreSQL does not say of an array whether its items may be null: leave "
            "default=None out of the items."
        )
    sql = item.spec.type.removesuffix("[]")
    # Not Piccolo's Array, which would convert the items of each list itself.
    is_array = item.spec.type.endswith("[]")
    decode = item.decode if is_array else _each(item.decode)
    encode = item.encode if is_array else _items(item.encode)
    made: ColumnType[Any] = ColumnType(
        f"{sql}[]", list, decode=decode, encode=encode, declares=item.declares
    )
    return made.column(default, options=options)


@overload
def vector(
    dimensions: int, *, schema: str = ..., default: None, **options: Unpack[ColumnOptions]
) -> Col[list[float] | None]: ...
@overload
def vector(
    dimensions: int,
    *,
    schema: str = ...,
    default: list[float] | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[list[float]]: ...
def vector(
    dimensions: int,
    *,
    schema: str = "extensions",
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A vector of so many dimensions, of the extension `vector` in its schema."""
    _require_whole("vector", 1, dimensions=dimensions)
    sql = f"{identifier(schema)}.vector({dimensions})"
    made: ColumnType[Any] = ColumnType(sql, list, decode=json.loads, encode=_vector_text)
    return made.column(default, options=options)


@overload
def jsonb(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]: ...
@overload
def jsonb(
    shape: type[Json], *, default: None, **options: Unpack[ColumnOptions]
) -> Col[Json | None]: ...
@overload
def jsonb(
    shape: type[Json],
    *,
    default: Json | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Json]: ...
def jsonb(
    shape: Any = Any, *, default: object = ..., **options: Unpack[ColumnOptions]
) -> Col[Any]:
    """Any JSON, or JSON of a shape: a `TypedDict`, a dataclass or a pydantic model."""
    return _json_type(shape).column(default, options=options)


@overload
def json_object(
    *,
    max_bytes: int,
    default: dict[str, Any] | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[dict[str, Any]]: ...
@overload
def json_object(
    *, max_bytes: int, default: None, **options: Unpack[ColumnOptions]
) -> Col[dict[str, Any] | None]: ...
@overload
def json_object(
    shape: type[Json], *, max_bytes: int, default: None, **options: Unpack[ColumnOptions]
) -> Col[Json | None]: ...
@overload
def json_object(
    shape: type[Json],
    *,
    max_bytes: int,
    default: Json | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Json]: ...
def json_object(
    shape: Any = dict[str, Any],
    *,
    max_bytes: int,
    default: object = ...,
    **options: Unpack[ColumnOptions],
) -> Col[Any]:
    """A JSON object whose text has at most so many bytes.

    Its shape is a `TypedDict`, a dataclass or a pydantic model. Rows read and write values of
    that type, and a stored value that does not fit raises pydantic's `ValidationError`.
    """
    return _json("object", shape, max_bytes, default, options)


@overload
def json_array(
    item: type[Item], *, max_bytes: int, default: None, **options: Unpack[ColumnOptions]
) -> Col[list[Item] | None]: ...
@overload
def json_array(
    item: type[Item],
    *,
    max_bytes: int,
    default: list[Item] | SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Col[list[Item]]: ...
def json_array(
    item: Any, *, max_bytes: int, default: object = ..., **options: Unpack[ColumnOptions]
) -> Col[Any]:
    """A JSON array of items of one type, whose text has at most so many bytes."""
    return _json("array", list[item], max_bytes, default, options)


def _json(
    kind: str, shape: Any, max_bytes: int, default: object, options: ColumnOptions
) -> Col[Any]:
    _require_whole(f"json_{kind}", 1, max_bytes=max_bytes)

    def of_kind(name: str) -> Check:
        return _check(name, "shape", f"jsonb_typeof({identifier(name)}) = '{kind}'")

    size = partial(_bounds, "size", "octet_length({}::text)", None, max_bytes)
    return _json_type(shape).column(default, of_kind, size, options=options)


def _json_type(shape: Any) -> ColumnType[Any]:
    def encode(value: object) -> str:
        written = adapter.dump_json(value, warnings="error")
        # pydantic writes null for such a number, and the row could not be read again.
        if b"null" in written:
            _require_finite(adapter.dump_python(value))
        return written.decode()

    adapter: TypeAdapter[Any] = TypeAdapter(shape)
    return ColumnType("jsonb", object, stock.JSONB, decode=adapter.validate_json, encode=encode)


def _require_finite(value: object) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"JSON has no number {value}: store null, or leave the value out.")
    if isinstance(value, dict):
        value = [*cast("dict[object, object]", value).values()]
    if isinstance(value, list | tuple | set | frozenset):
        for each in cast("Iterable[object]", value):
            _require_finite(each)


def _each(decode: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    """The decoder for the items of a list, and of lists in it."""
    if decode is None:
        return None

    def decoded(value: Any) -> Any:
        if isinstance(value, list):
            return [decoded(each) for each in cast("list[Any]", value)]
        return None if value is None else decode(value)

    return decoded


def _items(encode: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    """The encoder for the items of a list, and of lists in it."""

    def encoded(value: Any) -> Any:
        if isinstance(value, list):
            return [encoded(each) for each in cast("list[Any]", value)]
        return value if encode is None or value is None else encode(value)

    # asyncpg encodes a tuple as an array, and a tuple inside a tuple as a row.
    return lambda value: tuple(encoded(value))


def _vector_text(value: Sequence[float]) -> str:
    return f"[{','.join(map(repr, map(float, value)))}]"


def _range(minimum: int | None, maximum: int | None) -> list[Callable[[str], Check]]:
    _require_whole("A column", None, minimum=minimum, maximum=maximum)
    if minimum is None and maximum is None:
        return []
    return [partial(_bounds, "range", "{}", minimum, maximum)]


def _require_whole(helper: str, least: int | None = 0, **given: object) -> None:
    """Refuse limits that are no whole numbers, that are too small, or in the wrong order."""
    for name, value in given.items():
        match value:
            case None:
                continue
            case int() if not isinstance(value, bool) and (least is None or value >= least):
                continue
            case _:
                pass
        words = "a whole number" if least is None else f"a whole number from {least} on"
        raise ValueError(f"{helper} has {name}={value!r}: write {words}.")
    low, high = [*given.values(), None][:2]
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise ValueError(f"{helper} has {' and '.join(given)} that no value meets: swap them.")


def _bounds(what: str, measure: str, low: int | None, high: int | None, name: str) -> Check:
    """The check that an expression of a column is within bounds, either of which may be
    missing.
    """
    measured = measure.format(identifier(name))
    if high is None:
        condition = f"{measured} >= {low}"
    elif low is None:
        condition = f"{measured} <= {high}"
    else:
        condition = f"{measured} between {low} and {high}"
    return _check(name, what, condition)


def _check(name: str, what: str, condition: str) -> Check:
    """A check of one column."""
    return Check(f"{name}_{what}", Rendered(condition, [name]))
