"""A position in a sorted list of rows: the sort key of a page's last row."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ottavino.declare.column import Col
from ottavino.declare.expression import Comparison, Condition

PATTERN = r"^-?[0-9]{1,16}~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
"""What a cursor looks like: microseconds since 1970, and an id. Each of them can be read."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Cursor(NamedTuple):
    """A place in rows sorted from the newest to the oldest; in JSON, text to be handed back."""

    created_at: datetime
    id: UUID

    def __str__(self) -> str:
        # A whole number has one way to be written, and none that an address would change.
        return f"{(self.created_at - _BEGINNING) // _MICROSECOND}~{self.id}"

    def before(self, created_at: Col[datetime], row_id: Col[UUID]) -> Condition:
        """The condition of the rows that come after the place: those before it in time."""
        # Compared as one value, the pair is found in the index in one step.
        return Comparison("({}, {}) < ({}, {})", created_at, row_id, self.created_at, self.id)

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read what `str` wrote."""
        microseconds, _, row_id = text.partition("~")
        return cls(_BEGINNING + int(microseconds) * _MICROSECOND, UUID(row_id))

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls.parse,
            core_schema.str_schema(pattern=PATTERN),
            serialization=core_schema.to_string_ser_schema(),
        )
