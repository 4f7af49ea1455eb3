# ruff: noqa: INP001  # a script, not part of a package
"""Show which mistakes of `in_drizzle.ts` and `in_ottavino.py` their type checkers report.

    npm install --prefix /tmp/drizzle drizzle-orm@0.45 typescript @types/pg
    .venv/bin/python docs/types/compare.py /tmp/drizzle

It prints the table of `docs/types.md`, and fails where a line without a mistake is reported,
or where mypy does not report what pyright does.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DRIZZLE = HERE / "in_drizzle.ts"
OTTAVINO = HERE / "in_ottavino.py"
MISTAKE = re.compile(r"\s*(.+?)\s+(?://|#) (\d+) (.+)")

Reported = dict[int, str]
"""The lines that a checker reports, each with the code of the first error."""


def tsc(folder: Path) -> Reported:
    """What tsc reports, as strict as `--strict` is."""
    shutil.copy(DRIZZLE, folder)
    package = folder / "package.json"
    package.write_text(json.dumps({**json.loads(package.read_text("utf-8")), "type": "module"}))
    options = ("--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext")
    output = _output(folder, "node_modules/.bin/tsc", *options, DRIZZLE.name)
    return _first(
        re.findall(r"^in_drizzle\.ts\((\d+),\d+\): error (TS\d+)", output, re.MULTILINE)
    )


def pyright() -> Reported:
    """What pyright reports, strict: what is wrong before what it then does not know."""
    command = (sys.executable, "-m", "pyright", "--outputjson", "--project", str(HERE))
    found = [
        (each["range"]["start"]["line"] + 1, each["rule"])
        for each in json.loads(_output(ROOT, *command))["generalDiagnostics"]
    ]
    return _first(sorted(found, key=lambda each: each[1].startswith("reportUnknown")))


def mypy() -> Reported:
    """What mypy reports, strict."""
    options = ("--strict", "--follow-imports=silent")
    output = _output(ROOT, sys.executable, "-m", "mypy", *options, str(OTTAVINO))
    return _first(
        re.findall(r"in_ottavino\.py:(\d+): error: .*\[([\w-]+)\]$", output, re.MULTILINE)
    )


def _output(folder: Path, *command: str) -> str:
    return subprocess.run(  # noqa: S603  # our own command
        command, cwd=folder, capture_output=True, text=True, check=False
    ).stdout


def _first(found: Sequence[tuple[int | str, str]]) -> Reported:
    return {int(line): code for line, code in reversed(found)}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line with a mistake; `code` is a comment where it cannot be written at all."""

    line: int
    code: str
    sentence: str

    def verdict(self, reported: Reported) -> str:
        """What a checker makes of it, or why there is nothing to check."""
        if self.code.startswith(("//", "#")):
            return self.code.lstrip("/# ").rstrip(".").lower()
        return f"`{reported[self.line]}`" if self.line in reported else "**not reported**"


def mistakes(file: Path) -> dict[int, Mistake]:
    """The mistakes of a file, by their number."""
    found: dict[int, Mistake] = {}
    for line, text in enumerate(file.read_text("utf-8").splitlines(), 1):
        if match := MISTAKE.fullmatch(text):
            found[int(match[2])] = Mistake(line, match[1], match[3])
    return found


def require_nothing_else(name: str, reported: Reported, planted: dict[int, Mistake]) -> None:
    """End where a checker reports what is right."""
    if more := sorted(reported.keys() - {each.line for each in planted.values()}):
        sys.exit(f"{name} reports lines without a mistake: {more}.")


def main() -> None:
    """Compare both files, with Drizzle installed in the folder given."""
    theirs, ours = mistakes(DRIZZLE), mistakes(OTTAVINO)
    by_tsc, by_pyright, by_mypy = tsc(Path(sys.argv[1])), pyright(), mypy()
    rows = ["| | planted mistake | tsc with Drizzle | pyright here |", "|---|---|---|---|"]
    for number in sorted(theirs | ours):
        their, our = theirs[number], ours[number]
        if their.sentence != our.sentence:
            sys.exit(f"Mistake {number} is not the same in both files.")
        verdicts = f"{their.verdict(by_tsc)} | {our.verdict(by_pyright)}"
        rows.append(f"| {number} | {our.sentence} | {verdicts} |")
    sys.stdout.write("\n".join(rows) + "\n")
    require_nothing_else("tsc", by_tsc, theirs)
    require_nothing_else("pyright", by_pyright, ours)
    if differ := by_pyright.keys() ^ by_mypy.keys():
        sys.exit(f"mypy and pyright differ about lines {sorted(differ)}.")


if __name__ == "__main__":
    main()
