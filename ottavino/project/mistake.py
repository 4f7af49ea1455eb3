"""Describes an error in an application's own files in a sentence with file and line."""

import contextlib
import sys
import traceback
from collections.abc import Generator
from pathlib import Path

from ottavino.errors import OttavinoError
from ottavino.settings import ROOT

PACKAGE = Path(__file__).parents[1]
LIBRARIES = Path(sys.prefix)


@contextlib.contextmanager
def mistakes_in_a_sentence() -> Generator[None]:
    """End the process with a sentence for an error that came up in a file of the application.

    Any other error passes with its traceback, which the authors of a library need.
    """
    try:
        yield
    except Exception as error:
        # If the import of a file fails, Piccolo raises another error from the original one.
        for each in (error, error.__cause__):
            if each and _place(each):
                sys.exit(sentence(each))
        raise


def sentence(error: BaseException) -> str:
    """The file, the line and the error: `db/tables/notes.py, line 7: NameError: …`."""
    place = _place(error)
    # An error that a descriptor raises while its class is created is wrapped in another error.
    if isinstance(error, RuntimeError) and error.__cause__ and "__set_name__" in str(error):
        error = error.__cause__
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    name = "" if isinstance(error, OttavinoError) else type(error).__name__
    return ": ".join(each for each in (place, name, said) if each)


def _place(error: BaseException) -> str:
    """The last line of the application's that led to an error; empty if there is none."""
    if isinstance(error, SyntaxError) and error.filename and _is_theirs(error.filename):
        return f"{Path(error.filename).relative_to(ROOT)}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [each for each in frames if _is_theirs(each.filename)]
    if not theirs:
        return ""
    return f"{Path(theirs[-1].filename).relative_to(ROOT)}, line {theirs[-1].lineno}"


def _is_theirs(filename: str) -> bool:
    """Whether a file belongs to the application, and not to a library or this package."""
    path = Path(filename)
    return path.is_relative_to(ROOT) and not any(map(path.is_relative_to, (PACKAGE, LIBRARIES)))
