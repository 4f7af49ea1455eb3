"""Validation: reads input as declared types, and describes errors in sentences."""

import functools
import math
import re
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import Field, JsonValue, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator, from_json, to_json

from ottavino.http.errors import Detail, Invalid
from ottavino.settings import settings

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Text without the character 0, which PostgreSQL cannot store."""

SHOWN_ERRORS = 20
COUNTED_ERRORS = 1000
"""With more errors than this, only their number is reported."""
FEW_VALUES = 1000
"""JSON with at most so many values is checked completely. In larger JSON, a list is not checked
after its first wrong item: each item could have as many errors as it has fields, and collecting
them would cost many times more than parsing.
"""

LARGEST_WHOLE = 2.0**63
"""A float of this size or more is not accepted as an integer: it would have up to 300 digits.
"""

DIGITS = 100
"""A run of digits to search for: with an exponent below 100, an infinite number has more than
twice as many.
"""
_LARGE_EXPONENT = re.compile(rb"[eE]\+?0*[1-9][0-9]{2}")

SEPARATORS = (b",", b"[", b"{")
QUOTES_PER_VALUE = 4
"""A value and its name have up to four quotes, two around each."""

# Core schemas that can stop at the first item that does not fit; then the keys of a core schema
# whose values are no schemas.
CONTAINERS = (
    "list",
    "deque",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "frozendict",
    "ordered-dict",
)
VALUES = ("default", "metadata", "expected")

NAME_CHARACTERS = 100
"""The longest part of a sent name that is repeated in an error."""

T = TypeVar("T")


class NoSchema(TypeError):
    """A type that cannot be read from JSON or written to it."""


def adapter(annotation: type[T]) -> TypeAdapter[T]:
    """Pydantic's adapter of a declared type; raises `NoSchema` if there can be none."""
    try:
        built = TypeAdapter(annotation)
        built.rebuild(raise_errors=True)
    except (PydanticUserError, NameError) as error:
        raise NoSchema(str(error)) from error
    return built


class JsonReader(Generic[T]):
    """Reads JSON as a declared type; raises `NoSchema` if the type cannot be read."""

    def __init__(self, annotation: type[T]) -> None:
        self._typed = adapter(annotation)

    def read(self, text: bytes) -> T:
        """Read JSON strictly: "1" and true are no numbers, and 1.0 is 1.

        Raises `Invalid` for too many values, and `ValidationError` for what does not fit.
        """
        check_numbers(text)
        validate = self._brief if check_size(text) > FEW_VALUES else self._typed.validator
        try:
            return cast("T", validate.validate_json(text, strict=True))
        except ValidationError as error:
            if not _is_about_a_whole_number(error):
                raise
        whole = to_json(_with_whole_numbers(from_json(text)))
        return cast("T", validate.validate_json(whole, strict=True))

    @functools.cached_property
    def _brief(self) -> SchemaValidator:
        """The validator for large JSON."""
        # Without this, models would use the validators that they were defined with.
        return SchemaValidator(_stopping(self._typed.core_schema), _use_prebuilt=False)


def _stopping(schema: Any) -> Any:
    """A schema whose lists and dictionaries stop at the first item that does not fit."""
    match schema:
        case dict():
            parts = cast("dict[str, Any]", schema)
            # In a mapping of names to schemas, a name may be "default".
            is_schema = isinstance(parts.get("type"), str)
            copy = {
                name: each if is_schema and name in VALUES else _stopping(each)
                for name, each in parts.items()
            }
            return copy | {"fail_fast": True} if copy.get("type") in CONTAINERS else copy
        case list() | tuple():
            members = cast("list[Any] | tuple[Any, ...]", schema)
            return type(members)(_stopping(each) for each in members)
        case _:
            return schema


def check_numbers(text: bytes) -> None:
    """Refuse JSON with a number that is not finite: it would be stored as null, or not at all.

    JSON has no `NaN` and no `Infinity`, but parsers accept them. They also read a number that
    is too large, such as 1e999, as infinite.
    """
    if not _may_be_infinite(text):
        return
    try:
        value = from_json(text)
    except ValueError:
        # The JSON is invalid for another reason, which the parser reports.
        return
    if not _is_finite(value):
        detail: Detail = {"field": "body", "expected": "JSON whose numbers are finite"}
        raise Invalid(f"The body does not fit: body: {detail['expected']}.", [detail])


def _may_be_infinite(text: bytes) -> bool:
    """Whether text could contain a number that is not finite; it may only be in a string."""
    return (
        b"NaN" in text
        or b"Infinity" in text
        or _LARGE_EXPONENT.search(text) is not None
        # A run of twice as many digits fills at least one of these pieces.
        or any(text[start : start + DIGITS].isdigit() for start in range(0, len(text), DIGITS))
    )


def _is_finite(value: JsonValue) -> bool:
    match value:
        case dict():
            return all(map(_is_finite, value.values()))
        case list():
            return all(map(_is_finite, value))
        case float():
            return math.isfinite(value)
        case _:
            return True


def check_size(text: bytes) -> int:
    """An upper bound of the values in JSON; `Invalid` if the settings allow fewer. Counting
    takes a few milliseconds for a megabyte, and is done before parsing.
    """
    # Each value takes at least two bytes.
    if len(text) <= FEW_VALUES:
        return 0
    found, most = _separators(text), settings().max_json_values
    if found > most and _holds_more(text, most):
        raise too_many("body", f"No more than {most} values")
    return found


def _holds_more(text: bytes, most: int) -> bool:
    """Whether there are more values than `most`, if commas in strings are not counted."""
    bare = text.replace(rb"\\", b"").replace(rb"\"", b"")
    if bare.count(b'"') > QUOTES_PER_VALUE * (most + 1):
        return True
    return _separators(b"".join(bare.split(b'"')[::2])) > most


def _separators(text: bytes) -> int:
    """An upper bound of the values: one after each opening bracket, and after each comma."""
    return sum(map(text.count, SEPARATORS))


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
        case float() if value.is_integer() and abs(value) < LARGEST_WHOLE:
            return int(value)
        case _:
            return value


def invalid(error: ValidationError, place: str) -> Invalid:
    """The error for a `place` (path, query or body) that did not fit, without its values."""
    if error.error_count() > COUNTED_ERRORS:
        return Invalid(f"The {place} does not fit in {error.error_count()} places.")
    found = error.errors(include_url=False, include_input=False)[:SHOWN_ERRORS]
    details = [_detail(each, place) for each in found]
    sentences = "; ".join(f"{detail['field']}: {detail['expected']}" for detail in details)
    return Invalid(f"The {place} does not fit: {sentences}.", details)


def too_many(place: str, expected: str) -> Invalid:
    """The error for a request with too many values in `place`."""
    detail: Detail = {"field": place, "expected": expected}
    return Invalid(f"The {place} does not fit: {place}: {expected}.", [detail])


def _detail(error: ErrorDetails, place: str) -> Detail:
    field = ".".join([place, *(str(step)[:NAME_CHARACTERS] for step in error["loc"])])
    return {"field": field, "expected": _expected(error)}


def _expected(error: ErrorDetails) -> str:
    """Pydantic's message, without the part that describes the value."""
    if error["type"] == "union_tag_invalid":
        return f"Input should be tagged with one of {error.get('ctx', {})['expected_tags']}"
    if error["type"].endswith(("_parsing", "_encoding")):
        return re.split(", |: ", error["msg"])[0]
    return error["msg"]
