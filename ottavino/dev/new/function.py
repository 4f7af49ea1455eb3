"""A new function, with its test: copies of `templates/function`."""

import keyword
import re
from pathlib import Path

from ottavino.errors import OttavinoError
from ottavino.settings import ROOT

TEMPLATE = Path(__file__).parent / "templates" / "function"


class NameTaken(OttavinoError):
    """A file that would be written exists already."""


class UnusableName(OttavinoError):
    """A function's name is a lower-case letter, then such letters, digits, `_` and `-`."""


def write(slug: str) -> dict[Path, str]:
    """Write a working function and its test; return the files, each with a description."""
    name = _checked(slug)
    function = ROOT / "functions" / name / "__init__.py"
    test = ROOT / "tests" / "functions" / f"test_{name}.py"
    # A package would be imported instead of a module of the same name.
    for path in (ROOT / "functions" / f"{name}.py", function, test):
        if path.exists():
            raise NameTaken(f"{path.relative_to(ROOT)} is there already.")
    for path, template in ((function, "__init__.py"), (test, "test.py")):
        text = (TEMPLATE / template).read_text("utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            text.replace("FUNCTION_NAME", name).replace("FUNCTION_SLUG", slug), "utf-8"
        )
    return {function: f"the function, at /functions/v1/{slug}", test: "its test"}


def _checked(slug: str) -> str:
    """The name of a function's module; raises `UnusableName` if the slug cannot be one."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", slug):
        raise UnusableName
    name = slug.replace("-", "_")
    if keyword.iskeyword(name):
        raise UnusableName(f"{name} is a word of Python's own: give the function another name.")
    return name
