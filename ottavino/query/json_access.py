"""Access to JSON: its parts, and conditions on it."""

from collections.abc import Callable
from typing import Any, TypeVar, overload

from pydantic import TypeAdapter
from pydantic_core import to_json

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.expression import Expression, Operand
from ottavino.declare.readable import Of
from ottavino.query.python_type import SQL_TYPES

Value = TypeVar("Value")
Step = str | int
"""A key of an object, or an index of an array: the first is 0, the last is -1."""

_ANY: TypeAdapter[Any] = TypeAdapter(Any)


class JsonPart(Expression[Any]):
    """A part of JSON, decoded to Python: a dictionary, list, text or number."""

    decode: Callable[[Any], Any] | None

    def __init__(self, template: str, *operands: object) -> None:
        super().__init__(template, *operands, type=Any, decode=_ANY.validate_json)
        self.encode = _json


def json_part(column: Operand[Any, Of], *path: Step) -> Expression[Any, Of]:
    """The JSON at a path; None if the path does not exist."""
    return JsonPart(*_at(column, path, "->", "#>"))


@overload
def json_value(column: Operand[Any, Of], *path: Step) -> Expression[str | None, Of]: ...
@overload
def json_value(
    column: Operand[Any, Of],
    *path: Step,
    type: type[Value],
) -> Expression[Value | None, Of]: ...
def json_value(column: Operand[Any], *path: Step, type: Any = str) -> Expression[Any]:  # noqa: A002  # the usual word for this argument
    """The value at a path in JSON, as text or another type; None if the path does not exist.
    PostgreSQL raises an error for a value that it cannot convert.
    """
    template, *operands = _at(column, path, "->>", "#>>")
    cast = "" if type is str else f"::{_sql_type(type)}"
    return Expression(f"({template}){cast}", *operands, type=type, optional=True)


def json_contains(column: Operand[Any, Of], part: object) -> "Condition[Of]":
    """Whether JSON contains other JSON: some fields of an object, or some items of an array."""
    return Comparison("{} @> {}::jsonb", column, _json(part))


def has_key(column: Operand[Any, Of], key: str) -> "Condition[Of]":
    """Whether an object has a key, or an array contains a text."""
    return Comparison("{} ? {}", column, key)


def _at(
    column: Operand[Any], path: tuple[Step, ...], one: str, several: str
) -> tuple[Any, ...]:
    match path:
        case ():
            raise TypeError(
                "The path in the JSON is empty: write json_value(Document.data, 'key')."
            )
        case (str() as key,):
            return f"{{}} {one} {{}}::text", column, key
        case (place,):
            return f"{{}} {one} {{}}::integer", column, place
        case _:
            return f"{{}} {several} {{}}::text[]", column, list(map(str, path))


def _sql_type(type_: Any) -> str:
    name = SQL_TYPES.get(type_)
    if name is None or type_ is bytes:
        raise TypeError(
            f"{type_!r} is not a type for values in JSON: use one of "
            f"{', '.join(each.__name__ for each in SQL_TYPES if each is not bytes)}; or "
            f"json_part, which returns JSON."
        )
    return name


def _json(value: object) -> str:
    return to_json(value).decode()
