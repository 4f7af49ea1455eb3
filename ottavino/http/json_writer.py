"""Writes results as JSON: by msgspec where it writes the same as pydantic, else by pydantic.

While pydantic writes, it compares each value with its declared type. It asks Python whether a
value is a UUID, and for the value of an enum's member. msgspec compares nothing, and writes the
same text in a fifth of the time. So msgspec writes a result only if all its values have exactly
the declared types, which a generated function finds out. pydantic writes or refuses all others.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from asyncpg.pgproto import pgproto

from ottavino.http.validation import adapter

WriteJson = Callable[[object], bytes]

SIMPLE: Mapping[str, str] = {
    "bool": "type({0}) is bool",
    "date": "type({0}) is date",
    # An offset with seconds is rounded by one of the two.
    "datetime": "type({0}) is datetime and ({0}.tzinfo is UTC or {0}.tzinfo is None)",
    "decimal": "type({0}) is Decimal",
    "float": "type({0}) is float",
    "int": "type({0}) is int",
    "none": "{0} is None",
    "str": "type({0}) is str",
    "uuid": "(type({0}) is DriverUUID or type({0}) is UUID)",
}
"""The condition for a value to have exactly the type of a core schema of pydantic's."""

KNOWN: Mapping[str, object] = {
    "Decimal": Decimal,
    # The driver's own subclass.
    "DriverUUID": pgproto.UUID,
    "UTC": UTC,
    "UUID": UUID,
    "date": date,
    "datetime": datetime,
}

OTHERWISE_WRITTEN = (
    "computed_fields",
    "init_only",
    "serialization",
    "serialization_alias",
    "serialization_exclude",
    "serialization_exclude_if",
)
"""The keys of a core schema that change how a value is written."""

_encode = msgspec.json.Encoder().encode


class _Unsupported(Exception):
    """A type that pydantic alone writes."""


def json_writer(annotation: type[object]) -> WriteJson:
    """A function that writes results of a declared type as JSON, and raises an error for a
    result of another type. Raises `NoSchema` if the type cannot be written.
    """
    typed = adapter(annotation)
    # The adapter's own method reads its twenty options one by one, which is slow.
    write_checked = typed.serializer.to_json

    def write(result: object) -> bytes:
        return write_checked(result, by_alias=True, warnings="error")

    is_exact = _is_exact(typed.core_schema)
    return write if is_exact is None else _fast(is_exact, write)


def _fast(is_exact: Callable[[object], bool], otherwise: WriteJson) -> WriteJson:
    def write(result: object) -> bytes:
        try:
            if is_exact(result):
                return _encode(result)
        # An attribute may be missing, and text may have half a surrogate pair.
        except (AttributeError, UnicodeError):
            pass
        return otherwise(result)

    return write


def _is_exact(schema: Any) -> Callable[[object], bool] | None:
    """Whether all values of a result have exactly the types of a schema, as a function that is
    generated for it: calls for each value would cost more than writing it. None if the schema
    has a type that pydantic alone writes.
    """
    condition = _Condition()
    try:
        text = condition.text(schema, "result")
    except _Unsupported:
        return None
    made: Any = eval(f"lambda result: {text}", {**KNOWN, **condition.classes})  # noqa: S307  # a text of names from here
    return made


class _Condition:
    """A condition on a result, as Python's text."""

    def __init__(self) -> None:
        self.classes: dict[str, type] = {}
        """The classes that the text names."""
        self._definitions: dict[str, Any] = {}
        self._numbers = itertools.count()

    def text(self, schema: Any, value: str) -> str:
        """The condition for `value`, an expression, to have exactly the type of a schema."""
        _require_plain(schema)
        match schema:
            case {"type": str(kind)} if kind in SIMPLE:
                return SIMPLE[kind].format(value)
            case {"type": "nullable", "schema": inner}:
                return f"({value} is None or {self.text(inner, value)})"
            case {"type": "enum", "cls": cls, "sub_type": "int" | "str"}:
                return self._is(value, cls)
            case {"type": "dataclass", "cls": cls, "schema": {"type": "dataclass-args"} as own}:
                return f"({' and '.join([self._is(value, cls), *self._fields(own, value)])})"
            case _:
                return self._around(schema, value)

    def _around(self, schema: Any, value: str) -> str:
        """The condition for a schema that has another one in it."""
        match schema:
            case {"type": "list", "items_schema": inner}:
                item = f"item_{next(self._numbers)}"
                return _every("list", value, f"{self.text(inner, item)} for {item} in {value}")
            case {
                "type": "dict",
                "keys_schema": {"type": "str"} as name,
                "values_schema": inner,
            }:
                key, item = f"key_{next(self._numbers)}", f"item_{next(self._numbers)}"
                fits = f"{self.text(name, key)} and {self.text(inner, item)}"
                return _every("dict", value, f"{fits} for {key}, {item} in {value}.items()")
            case {"type": "default", "schema": inner}:
                return self.text(inner, value)
            case {"type": "definitions", "schema": inner, "definitions": definitions}:
                self._definitions = {each["ref"]: each for each in definitions}
                return self.text(inner, value)
            case {"type": "definition-ref", "schema_ref": name} if name in self._definitions:
                # A type that contains itself has no text that ends.
                definition = self._definitions.pop(name)
                text = self.text(definition, value)
                self._definitions[name] = definition
                return text
            case _:
                raise _Unsupported

    def _fields(self, schema: Any, value: str) -> Iterator[str]:
        _require_plain(schema)
        for field in schema["fields"]:
            _require_plain(field)
            yield self.text(field["schema"], f"{value}.{field['name']}")

    def _is(self, value: str, cls: type) -> str:
        name = f"class_{next(self._numbers)}"
        self.classes[name] = cls
        return f"type({value}) is {name}"


def _require_plain(schema: Any) -> None:
    """Refuse a schema that changes how a value is written."""
    configured = schema.get("config", {}).keys() - {"title"}
    if configured or any(schema.get(key) for key in OTHERWISE_WRITTEN):
        raise _Unsupported


def _every(kind: str, value: str, fits: str) -> str:
    return f"(type({value}) is {kind} and False not in [{fits}])"
