"""Where a page of rows ends: the sort key of its last row, so that pages never shift."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from piccolo.columns.combination import WhereRaw
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from db.objects import Col, Condition
from db.objects.column import name_of


class Cursor(NamedTuple):
    """A place in rows sorted from the newest to the oldest; in JSON, text to be handed back."""

    created_at: datetime
    id: UUID

    def __str__(self) -> str:
        # Not "+00:00": in an address the plus would be read as a space.
        moment = self.created_at.astimezone(UTC).replace(tzinfo=None)
        return f"{moment.isoformat()}Z~{self.id}"

    def before(self, created_at: Col[datetime], row_id: Col[UUID]) -> Condition:
        """The condition of the rows that come after the place: those before it in time."""
        # Compared as one value, the pair is found in the index in one step.
        columns = f'("{name_of(created_at)}", "{name_of(row_id)}")'
        return WhereRaw(f"{columns} < ({{}}, {{}})", self.created_at, self.id)

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read what `str` wrote."""
        moment, _, row_id = text.partition("~")
        try:
            cursor = cls(datetime.fromisoformat(moment), UUID(row_id))
        except ValueError as error:
            raise ValueError("a cursor that an earlier page ended with") from error
        if cursor.created_at.tzinfo is None:
            raise ValueError("a cursor that an earlier page ended with")
        return cursor

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(
                cls.parse, core_schema.str_schema()
            ),
            python_schema=core_schema.union_schema(
                [
                    core_schema.is_instance_schema(cls),
                    core_schema.no_info_after_validator_function(
                        cls.parse, core_schema.str_schema()
                    ),
                ]
            ),
            serialization=core_schema.to_string_ser_schema(),
        )
