"""A value that is never null is not compared with None, in a read or in a write."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from ottavino.query import (
    case,
    coalesce,
    count,
    excluded,
    greatest,
    lower,
    total,
)
from tests.ottavino.house.db.tables import AgentRequest, Document, DocumentChunk

NOTHING: Any = None
REQUIRED: dict[str, Any] = {
    "a column": Document.id,
    "a column with a default": Document.status,
    "a parent's column": DocumentChunk.document_id.parent.filename,
    "a function of a column": lower(Document.filename),
    "a sum": Document.file_size + 1,
    "a number of rows": count(),
    "a value with a default": coalesce(Document.content, ""),
    "a refused row's value": excluded(Document.filename),
}
OPTIONAL: dict[str, Any] = {
    "a column": Document.content,
    "a reference": AgentRequest.session_id,
    "a column of a parent that may be missing": AgentRequest.session_id.maybe(
        lambda each: each.created_at
    ),
    "a function of a column": lower(Document.content),
    "a sum of a column": Document.content + "a",
    "an aggregate": total(Document.file_size),
    "a greatest value": greatest(Document.file_size),
    "a case": case((Document.file_size > 1, Document.content), default=""),
}
COMPARED: list[Callable[[Any], Any]] = [
    lambda value: value == NOTHING,
    lambda value: value != NOTHING,
]


@pytest.mark.parametrize("compared", COMPARED, ids=["equal", "unequal"])
@pytest.mark.parametrize("value", REQUIRED.values(), ids=REQUIRED)
def test_a_required_value_is_not_compared_with_none(
    value: Any, compared: Callable[[Any], Any]
) -> None:
    with pytest.raises(TypeError, match="is never null"):
        compared(value)


@pytest.mark.parametrize("value", OPTIONAL.values(), ids=OPTIONAL)
def test_a_value_that_may_be_null_is_compared_with_none(value: Any) -> None:
    equal, unequal = (str(each(value)) for each in COMPARED)
    assert equal.casefold().endswith("is null")
    assert unequal.casefold().endswith("is not null")


def test_the_message_says_which_column_and_what_to_do() -> None:
    # pyright leaves None out of a union that is compared with != or ==.
    nothing: Any = None
    chosen: UUID | None = nothing
    with pytest.raises(TypeError) as raised:
        assert Document.id != chosen
    assert str(raised.value) == (
        "Document.id is never null, so a comparison with None is true of every row or of none: "
        "test the value for None before the query. To find rows whose parent is hidden, write "
        "is_null() of a column of the parent."
    )
