"""Type checkers find every planted mistake, on its line, and nothing in what is right: the
usages beside the mistakes, and the examples of `docs/tables.md`.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ottavino.settings import ROOT
from tests.ottavino.declare.test_documented import EXAMPLES

FOLDER = Path(__file__).parent
MISTAKES = sorted(FOLDER.glob("*mistakes.py"))
USAGES = sorted(FOLDER.glob("*usages.py"))

Reported = dict[Path, set[int]]
"""The lines of each file about which a checker says something."""


def pyright(examples: Path) -> Reported:
    """What pyright reports, as strict as the project is."""
    settings = json.loads((FOLDER / "pyrightconfig.json").read_text("utf-8"))
    planted = [os.path.relpath(path, examples) for path in (*MISTAKES, *USAGES)]
    settings |= {
        "include": ["*.py", *planted],
        "extraPaths": [str(ROOT)],
        "venvPath": str(ROOT),
    }
    (examples / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    output = _output("pyright", "--outputjson", "--project", examples)
    reported: Reported = {}
    for each in json.loads(output)["generalDiagnostics"]:
        line = each["range"]["start"]["line"] + 1
        reported.setdefault(Path(each["file"]), set()).add(line)
    return reported


def mypy(examples: Path) -> Reported:
    """What mypy reports, as strict as it can be."""
    files = (*MISTAKES, *USAGES, *examples.glob("*.py"))
    reported: Reported = {}
    for line in _output("mypy", "--strict", "--follow-imports=silent", *files).splitlines():
        if match := re.match(r"(.+):(\d+): error: ", line):
            reported.setdefault(ROOT / match[1], set()).add(int(match[2]))
    return reported


def _output(*command: str | Path) -> str:
    run = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return run.stdout


@pytest.mark.whole
@pytest.mark.parametrize("checker", [pyright, mypy])
def test_reports_every_mistake_and_no_right_use(
    checker: Callable[[Path], Reported], tmp_path: Path
) -> None:
    for number, (name, example) in enumerate(EXAMPLES.items()):
        (tmp_path / f"example_{number}.py").write_text(f'"""{name}."""\n\n{example}', "utf-8")
    # mypy takes a LiteralString for any string, and does not find the table of a column beside
    # values in `case`. pyright lets `==` and `!=` take None in a union.
    marks = ("# wrong", f"# wrong for {checker.__name__}")
    reported = checker(tmp_path)
    odd: list[str] = []
    for path in MISTAKES:
        lines = path.read_text("utf-8").splitlines()
        planted = {number for number, line in enumerate(lines, 1) if line.endswith(marks)}
        outliers = sorted(reported.pop(path, set()) ^ planted)
        odd += [f"{path.name}:{number}: {lines[number - 1]}" for number in outliers]
    assert not odd, "\n".join(odd)
    assert reported == {}


def test_there_is_enough_to_find() -> None:
    mistakes = {path.name: path.read_text("utf-8").count("# wrong") for path in MISTAKES}
    usages = "".join(path.read_text("utf-8") for path in USAGES)
    assert sum(mistakes.values()) >= 600
    assert mistakes["key_mistakes.py"] + mistakes["role_mistakes.py"] >= 130
    assert usages.count("assert_type(") >= 120
