"""The functions that declare columns of JSON."""

import math
from collections.abc import Iterable
from functools import partial
from types import EllipsisType
from typing import Any, TypeVar, Unpack, cast, overload

from piccolo.columns import column_types as stock
from pydantic import TypeAdapter

from ottavino.declare.column import SQL, Col
from ottavino.declare.column_type import ColumnOptions, ColumnType
from ottavino.declare.column_types.bounds import column_check, require_whole, within
from ottavino.declare.constraint import Check
from ottavino.postgres.quoting import identifier

Json = TypeVar("Json")
Item = TypeVar("Item")


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
    require_whole(f"json_{kind}", 1, max_bytes=max_bytes)

    def of_kind(name: str) -> Check:
        return column_check(name, "shape", f"jsonb_typeof({identifier(name)}) = '{kind}'")

    size = partial(within, "size", "octet_length({}::text)", None, max_bytes)
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
