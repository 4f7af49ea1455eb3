"""The names that examples import, and that the framework's tests know of no application."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ottavino.settings import ROOT
from tests.ottavino.whole import quick

EXAMPLES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "ottavino" / "dev" / "new").rglob("*.md"),
    *(ROOT / "ottavino" / "dev" / "new").rglob("templates/**/*.py"),
    *(ROOT / "db").rglob("*.py"),
    *(ROOT / "functions").rglob("*.py"),
    ROOT / "piccolo_conf.py",
    *(ROOT / "tests").glob("*.py"),
]


def imported(path: Path) -> Iterator[str]:
    """The names of the framework that an example imports, with their modules."""
    text = path.read_text("utf-8")
    is_page = path.suffix == ".md"
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL) if is_page else [text]
    for block in blocks:
        try:
            tree = ast.parse(block)
        except SyntaxError:
            pytest.fail(f"{path.relative_to(ROOT)} shows what is no Python:\n{block}")
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ottavino"):
                yield from (f"{node.module}.{each.name}" for each in node.names)
            elif isinstance(node, ast.Import):
                yield from (
                    each.name for each in node.names if each.name.startswith("ottavino")
                )


@pytest.mark.whole_but_first("reads all examples")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_example_imports_no_name_that_begins_with_an_underscore(path: Path) -> None:
    hidden = [
        each for each in imported(path) if any(p.startswith("_") for p in each.split("."))
    ]
    assert hidden == []


@pytest.mark.parametrize(
    "folder", quick(["bench"], ["tests/ottavino", "bench"], "parses all tests")
)
def test_nothing_that_is_about_the_framework_imports_an_application(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        # The bench installs its peers there.
        if any(p.startswith(".") or p == "node_modules" for p in path.relative_to(ROOT).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.ImportFrom(module=str(name), level=0):
                    names = [name]
                case ast.Import():
                    names = [each.name for each in node.names]
                case _:
                    continue
            found = {each.partition(".")[0] for each in names}
            assert not found & {"db", "functions", "piccolo_conf"}, path
