"""Result columns without a table: those of a database function or of hand-written SQL."""

import inspect
from collections.abc import Callable
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from ottavino.declare.expression import Expression
from ottavino.postgres.quoting import identifier

Value = TypeVar("Value")


class Output(Expression[Value]):
    """A result column, named like its attribute in a `Row`.

    class Hit(Row):
        filename = Document.filename
        rank: Output[float]
    """

    def __init__(self, name: str, kind: Any) -> None:
        super().__init__(identifier(name), type=kind, decode=decoder(kind))


def outputs(cls: type) -> dict[str, Output[Any]]:
    """The columns that the annotations of a class name."""
    annotations = inspect.get_annotations(cls, eval_str=True)
    return {
        name: Output(name, get_args(each)[0])
        for name, each in annotations.items()
        if get_origin(each) is Output
    }


def decoder(kind: Any, *, of_json: bool = False) -> Callable[[Any], Any] | None:
    """The function that converts the driver's value, if the types differ. The driver returns
    JSON as text. A value declared as JSON is parsed. Any other value is parsed if its type can
    only come from JSON.
    """
    if of_json:
        return TypeAdapter[Any](kind).validate_json
    members = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    (first, *others) = [each for each in members if each is not NoneType] or [Any]
    if others:
        return None
    if isinstance(first, type) and issubclass(first, Enum):
        return first
    return _json_decoder(first) if _may_be_json(first) else None


def _of_each(kind: Any) -> Callable[[Any], Any] | None:
    """The decoder for the items of a list, if they need one."""
    match get_args(kind):
        case (item,) if get_origin(kind) is list:
            return decoder(item)
        case _:
            return None


def _may_be_json(kind: Any) -> bool:
    """Whether the driver may return JSON text for this type."""
    origin: Any = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, dict | list | tuple | BaseModel)


def _json_decoder(kind: Any) -> Callable[[Any], Any]:
    adapter, item = TypeAdapter[Any](kind), _of_each(kind)

    def decode(value: Any) -> Any:
        if isinstance(value, str):
            return adapter.validate_json(value)
        if item is None or not isinstance(value, list):
            return value
        values = cast("list[Any]", value)
        return [None if each is None else item(each) for each in values]

    return decode
