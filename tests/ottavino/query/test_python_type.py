"""The types by which rows become JSON are those that a checker knows."""

from typing import Any, get_args
from uuid import UUID

import pytest

from ottavino.declare.reference import OptionalRef, Ref
from ottavino.query import average, following, greatest, least, previous, total
from ottavino.query.python_type import _value_type, python_type
from tests.ottavino.declare.every_column import Every
from tests.ottavino.house.db.tables import Document, UsageEvent


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


@pytest.mark.parametrize("aggregate", [average, total, least, greatest])
def test_over_no_rows_an_aggregate_is_none(aggregate: Any) -> None:
    assert type(None) in get_args(python_type(aggregate(UsageEvent.cost)))


@pytest.mark.parametrize("neighbour", [previous, following])
def test_a_neighbouring_value_is_read_like_the_column_or_is_none(neighbour: Any) -> None:
    column: Any = Every.some_json
    value = neighbour(column).over(order_by=Every.id)
    assert python_type(value) == python_type(column) | None
    assert value.decode is column.decode is not None


def test_what_is_no_readable_has_no_type() -> None:
    nothing: Any = "title"
    with pytest.raises(TypeError, match=r"^'title' is neither a column nor an expression\.$"):
        python_type(nothing)
