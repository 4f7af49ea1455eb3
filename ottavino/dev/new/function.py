"""A new function, with its test: copies of `templates/function`."""

import keyword
import re
from pathlib import Path

from ottavino.errors import OttavinoError
from ottavino.settings import ROOT

TEMPLATE = Path(__file__).parent / "templates" / "function"


class NameTaken(OttavinoError):
    """What would be written is there already."""


class UnusableName(OttavinoError):
    """A function's name is a lower-case letter, then such letters, digits, `_` and `-`."""


def write(slug: str) -> dict[Path, str]:
    """Write a function that works, and a test that passes: the files, and what each is."""
    name = _checked(slug)
    function = ROOT / "functions" / name / "__init__.py"
    test = ROOT / "tests" / "functions" / f"test_{name}.py"
    # A folder beside a module of its name would be imported in its place.
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
    """The name of a function's module; raises `UnusableName` where it cannot have one."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", slug):
        raise UnusableName
    name = slug.replace("-", "_")
    if keyword.iskeyword(name):
        raise UnusableName(f"{name} is a word of Python's own: give the function another name.")
    return name
