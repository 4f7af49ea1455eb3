"""What all definitions of objects have in common."""

import pytest

from ottavino.declare.definition import unindented
from ottavino.declare.rendered import Rendered


@pytest.mark.parametrize(
    ("written", "sql"),
    [
        ("a", "a"),
        ("\n    a\n      b\n\n    c\n", "a\n  b\n\nc"),
        ("a\n    b\n      c", "a\nb\n  c"),
        ("\n\ta\n\t\tb\n    ", "a\n\tb"),
        ("  a\n  b  ", "a\nb  "),
        # A literal of several lines stays as it is, and so does what is beside it.
        ("\n    a\n    'b\n      c'\n", "    a\n    'b\n      c'"),
        (Rendered("\n    'a'\n    b"), "'a'\nb"),
    ],
)
def test_sql_is_without_the_indentation_of_its_file(written: str, sql: str) -> None:
    assert unindented(written) == sql
