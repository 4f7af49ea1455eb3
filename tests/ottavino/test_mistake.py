"""The message about an error in an application's own files."""

from pathlib import Path

import pytest

from ottavino.errors import OttavinoError
from ottavino.project import mistake
from ottavino.project.mistake import sentence

DESCRIPTOR = """
class Wrong:
    def __set_name__(self, owner, name):
        raise TypeError(f"{name} is wrong.")


class Table:
    column = Wrong()
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of an application."""
    monkeypatch.setattr(mistake, "ROOT", tmp_path)
    return tmp_path / "notes.py"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nmissing\n", "notes.py, line 2: NameError: name 'missing' is not defined"),
        ("\n\nx y\n", "notes.py, line 3: SyntaxError: invalid syntax"),
        # An error that a library raises is reported at the line that called it.
        ("import json\njson.loads('')\n", "notes.py, line 2: JSONDecodeError: Expecting value"),
        (DESCRIPTOR, "notes.py, line 7: TypeError: column is wrong."),
        ("assert False\n", "notes.py, line 1: AssertionError"),
    ],
)
def test_it_is_the_place_and_the_reason(file: Path, text: str, said: str) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011  # any of them
        exec(compile(text, file, "exec"), {"__name__": "notes"})  # noqa: S102  # it is our own
    assert sentence(raised.value).startswith(said)


def test_an_error_from_nowhere_has_no_place() -> None:
    assert sentence(OttavinoError("This is a sentence.")) == "This is a sentence."
