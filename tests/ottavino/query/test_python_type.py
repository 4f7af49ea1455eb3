"""The types by which rows become JSON are those that a checker knows."""

from typing import Any
from uuid import UUID

import pytest

from ottavino.declare.reference import OptionalRef, Ref
from ottavino.query.python_type import _value_type  # pyright: ignore[reportPrivateUsage]  # the function that decides
from tests.ottavino.house.db.tables import Document


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Ref[Document], UUID),
        (Ref[Document, str], str),
        (Ref[Document, int], int),
        (OptionalRef[Document], UUID | None),
        (OptionalRef[Document, str], str | None),
    ],
)
def test_a_reference_has_the_type_of_the_key(annotation: Any, value: Any) -> None:
    assert _value_type(annotation) == value
