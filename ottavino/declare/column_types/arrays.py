"""The functions that declare columns of arrays and vectors."""

import json
from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any, TypeVar, Unpack, cast, overload

from ottavino.declare.column import SQL, Col, require_column
from ottavino.declare.column_type import ColumnOptions, ColumnType
from ottavino.declare.column_types.bounds import require_whole
from ottavino.postgres.quoting import identifier

Item = TypeVar("Item")


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
    require_whole("vector", 1, dimensions=dimensions)
    sql = f"{identifier(schema)}.vector({dimensions})"
    made: ColumnType[Any] = ColumnType(sql, list, decode=json.loads, encode=_vector_text)
    return made.column(default, options=options)


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
