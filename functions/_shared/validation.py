"""Types at the border: a reader for each declared type, and what is said where it fails."""

import re
from typing import TypeVar

from pydantic import JsonValue, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from functions._shared.errors import Detail, Invalid

SHOWN_ERRORS = 20
COUNTED_ERRORS = 1000
"""With more errors than this none is spelled out: a body of a million wrong items must not
cost a million explanations."""

T = TypeVar("T")


class NoSchema(TypeError):
    """A type that cannot be read from JSON or written to it."""


def adapter(annotation: type[T]) -> TypeAdapter[T]:
    """The reader and writer of a declared type, complete, or `NoSchema`."""
    try:
        built = TypeAdapter(annotation)
        built.rebuild(raise_errors=True)
    except (PydanticUserError, NameError) as error:
        raise NoSchema(str(error)) from error
    return built


def read_json(typed: TypeAdapter[T], text: bytes) -> T:
    """Read JSON by its own types: "1" is no number in it, true is none, and 1.0 is 1."""
    try:
        return typed.validate_json(text, strict=True)
    except ValidationError as error:
        if not _is_about_a_whole_number(error):
            raise
    return typed.validate_json(to_json(_with_whole_numbers(from_json(text))), strict=True)


def _is_about_a_whole_number(error: ValidationError) -> bool:
    if error.error_count() > COUNTED_ERRORS:
        return False
    found = error.errors(include_url=False, include_context=False)
    return any(
        each["type"] == "int_type" and isinstance(each["input"], float) for each in found
    )


def _with_whole_numbers(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {name: _with_whole_numbers(each) for name, each in value.items()}
        case list():
            return [_with_whole_numbers(each) for each in value]
        case _:
            return int(value) if isinstance(value, float) and value.is_integer() else value


def invalid(error: ValidationError, place: str) -> Invalid:
    """What did not fit in `place` (path, query or body), without any value of it."""
    if error.error_count() > COUNTED_ERRORS:
        return Invalid(f"The {place} does not fit in {error.error_count()} places.")
    found = error.errors(include_url=False, include_input=False)[:SHOWN_ERRORS]
    details = [_detail(each, place) for each in found]
    sentences = "; ".join(f"{detail['field']}: {detail['expected']}" for detail in details)
    return Invalid(f"The {place} does not fit: {sentences}.", details)


def _detail(error: ErrorDetails, place: str) -> Detail:
    field = ".".join([place, *(str(step) for step in error["loc"])])
    return {"field": field, "expected": _expected(error)}


def _expected(error: ErrorDetails) -> str:
    """Pydantic's message, up to where it describes what was found instead."""
    if error["type"] == "union_tag_invalid":
        return f"Input should be tagged with one of {error.get('ctx', {})['expected_tags']}"
    if error["type"].endswith(("_parsing", "_encoding")):
        return re.split(", |: ", error["msg"])[0]
    return error["msg"]
