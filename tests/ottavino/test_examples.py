"""What a team copies imports public names alone."""

import ast
import re
from collections.abc import Iterator

import pytest

from ottavino.settings import ROOT

TEMPLATES = ROOT / "ottavino" / "dev" / "new" / "templates"

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def examples() -> Iterator[tuple[str, str]]:
    """All Python that a team reads as an example, with the file that it is in."""
    pages = [ROOT / "README.md", TEMPLATES / "project" / "README.md", *ROOT.glob("docs/*.md")]
    for page in pages:
        for block in BLOCK.findall(page.read_text("utf-8")):
            yield page.name, block
    for folder in (ROOT / "db", ROOT / "functions", TEMPLATES):
        for path in folder.rglob("*.py"):
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def imported(text: str) -> Iterator[str]:
    """The parts of the names of all that an example imports."""
    for each in ast.walk(ast.parse(text)):
        if isinstance(each, ast.ImportFrom):
            yield from (each.module or "").split(".")
        if isinstance(each, ast.Import | ast.ImportFrom):
            for name in each.names:
                yield from name.name.split(".")


@pytest.mark.parametrize("place", sorted({place for place, _ in examples()}))
def test_no_example_imports_a_private_name(place: str) -> None:
    private = {
        part
        for where, text in examples()
        if where == place
        for part in imported(text)
        if part.startswith("_") and part != "_shared"
    }
    assert private == set()
