"""What hand-written SQL uses of a schema: that of a class, and that of a file without facts."""

from collections.abc import Callable
from copy import copy

import pytest

from ottavino import integer
from ottavino.migrate.state import State, declared
from ottavino.migrate.uses import informed
from tests.ottavino.migrate.project import table, without_facts
from tests.ottavino.migrate.test_moves import view

EVERYTHING = ("id", "user_id", "a", "b", "*")
"""All columns of the table, and those that it will have."""


@pytest.mark.parametrize("told", [copy, without_facts], ids=["class", "file"])
@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("select a from public.notes", ("a",)),
        ("select count(*)::integer as a from public.notes", ()),
        ("select n.a from public.notes as n where to_jsonb(n.*) is not null", EVERYTHING),
        # What is not parsed may read every column.
        ("select a from public.notes where b at local", EVERYTHING),
    ],
)
def test_a_view_uses_the_columns_that_its_query_reads(
    told: Callable[[State], State], query: str, columns: tuple[str, ...]
) -> None:
    notes = table("notes", a=integer(), b=integer())
    state = told(declared([notes, table("tags", a=integer()), view("public.v", query)]))
    assert informed(state).objects["view public.v"].uses == {"public.notes": columns}
