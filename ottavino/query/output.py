"""Columns of a result that no table has: those of a database function, or of SQL by hand."""

import inspect
from collections.abc import Callable
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from ottavino.declare.expression import Expression
from ottavino.postgres.quoting import identifier

Value = TypeVar("Value")


class Output(Expression[Value]):
    """A column of a result, by the name that it has in a `Row`.

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


def decoder(kind: Any) -> Callable[[Any], Any] | None:
    """The function that makes a value of the driver's, if the types differ."""
    members = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    (first, *others) = [each for each in members if each is not NoneType] or [Any]
    if others:
        return None
    if isinstance(first, type) and issubclass(first, Enum):
        return first
    return _json_decoder(first) if _may_be_json(first) else None


def _may_be_json(kind: Any) -> bool:
    """Whether the driver may give JSON text for this type."""
    origin: Any = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, dict | list | tuple | BaseModel)


def _json_decoder(kind: Any) -> Callable[[Any], Any]:
    adapter = TypeAdapter[Any](kind)

    def decode(value: Any) -> Any:
        return adapter.validate_json(value) if isinstance(value, str) else value

    return decode
