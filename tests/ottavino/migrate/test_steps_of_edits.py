"""Each edit is made by the steps that are written down, and by no more."""

import pytest

from tests.ottavino.migrate.steps_of_edits import FILE, text


@pytest.mark.whole("computes the steps of 150 edits, there and back")
def test_the_steps_of_each_edit_are_those_that_are_written_down() -> None:
    # `python -m tests.ottavino.migrate.steps_of_edits` writes other ones that are as good.
    assert text().splitlines() == FILE.read_text("utf-8").splitlines()
