"""Where a table is declared, for an error that is about several tables."""

import inspect
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ottavino.settings import ROOT


@contextmanager
def placed(table: type) -> Generator[None]:
    """A block whose errors begin with the file, the line and the name of a table's class."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise type(error)(f"{_place(table)}{table.__name__}: {error}") from error


def _place(table: type) -> str:
    """The file and the line of a class; empty if it is in no file."""
    try:
        path = Path(inspect.getsourcefile(table) or "")
        line = inspect.getsourcelines(table)[1]
    except (OSError, TypeError):
        return ""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{shown}, line {line}: "
