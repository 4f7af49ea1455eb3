"""Runs the tests on copies of the repository with other applications.

`python -m tests.ottavino.apart [PATH …]` checks and tests one copy without any of the sample's
tables and functions, and another with twenty more tables and three more functions. Both have to
pass: no test of the framework is about the application. Attacks, and tests that draw examples,
are left out: they use tables of their own, as they do without a copy.
"""

import ast
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

from ottavino.settings import ROOT
from tests.ottavino.added import (
    BY_HAND,
    FUNCTIONS,
    GRID,
    KINDS,
    OWN,
    OWN_POLICY,
    SETUP,
    TABLE,
    TABLES,
    VIEW_GRID,
)
from tests.ottavino.whole import ATTACK, EXAMPLES

LEFT_OUT = ignore_patterns(
    ".git", ".venv", ".cache", ".postgres", ".env", ".*_cache", "__pycache__", "node_modules"
)


def without_the_sample(copy: Path) -> None:
    """Replace the sample as the README says, and delete the function that replaces it."""
    subprocess.run(["make", "empty"], cwd=copy, check=True, capture_output=True)  # noqa: S607  # wherever make is
    rmtree(copy / "functions" / "hello")
    (copy / "tests" / "functions" / "test_hello.py").unlink()


def with_more_of_everything(copy: Path) -> None:
    """Add tables, a view, and functions in the database and of HTTP, as a team does."""
    tables = copy / "db" / "tables"
    grids: dict[str, str] = {}
    for number in range(TABLES):
        policy, select, delete = KINDS.get(number, (OWN_POLICY, OWN, OWN))
        module = tables / f"added_{number}.py"
        module.write_text(TABLE.format(number=number, policy=policy))
        with (tables / "__init__.py").open("a") as package:
            package.write(
                f"from db.tables.added_{number} import Added{number} as Added{number}\n"
            )
        grids[f"added_{number}"] = GRID.format(select=select, delete=delete)
    piccolo(copy, "--auto")
    newest = piccolo(copy)
    text = newest.read_text()
    newest.write_text(text.replace("    return migration\n", BY_HAND))
    declare_access(copy, {**grids, "added_report": VIEW_GRID})
    for name, text in FUNCTIONS.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(text)


def piccolo(copy: Path, *options: str) -> Path:
    """Let Piccolo write a migration; gives its path."""
    command = [sys.executable, "-m", "piccolo.main", "migrations", "new", "db", *options]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)  # noqa: S603  # our own command
    return max((copy / "piccolo_migrations").glob("db_*.py"))


def declare_access(copy: Path, grids: dict[str, str]) -> None:
    """Add the rows of the access matrix to the application's own test."""
    path = copy / "tests" / "test_access.py"
    (tables,) = (
        each
        for each in ast.parse(path.read_text()).body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "TABLES"
    )
    kept: dict[str, str] = ast.literal_eval(tables.value)
    lines = path.read_text().splitlines(keepends=True)
    lines.append(f"    setup = {SETUP!r}\n")
    lines[tables.lineno - 1 : tables.end_lineno] = [f"TABLES = { ({**kept, **grids})!r}\n"]
    path.write_text("".join(lines))


@contextmanager
def changed(change: Callable[[Path], None]) -> Generator[Path]:
    """A copy of the repository, changed, for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="ottavino-") as folder:
        # A root process runs PostgreSQL as another account, which has to reach the folder.
        Path(folder).chmod(0o755)
        copy = Path(folder) / "copy"
        copytree(ROOT, copy, ignore=LEFT_OUT)
        (copy / ".venv").symlink_to(Path(sys.prefix))
        # Tests that ask git for the files of the project find them.
        for command in (["init", "--quiet"], ["add", "--all"]):
            subprocess.run(["git", *command], cwd=copy, check=True)  # noqa: S603, S607  # our own command
        change(copy)
        yield copy


PYTEST = ("pytest", "-q", "-n", "3", "--dist", "worksteal")
APART = ("--ignore", "tests/ottavino/typing", "-m", f"not {ATTACK} and not {EXAMPLES}")
CHECKS = (("ruff", "check", "--quiet"), ("ruff", "format", "--check", "--quiet"))
COPIES = {without_the_sample: CHECKS, with_more_of_everything: ()}
"""How each copy is made, and its further checks. Files written here are not formatted."""


def main() -> None:
    """Run the given paths, or all checks and tests but those of type checkers, on both."""
    for change, checks in COPIES.items():
        print(f"On a copy {change.__name__.replace('_', ' ')}:", flush=True)
        commands = [*checks, ("pyright",), (*PYTEST, *APART)]
        if named := sys.argv[1:]:
            commands = [(*PYTEST, *named)]
        with changed(change) as copy:
            for command in commands:
                run = [sys.executable, "-m", *command]
                if status := subprocess.run(run, cwd=copy, check=False).returncode:  # noqa: S603  # our own commands
                    sys.exit(status)


if __name__ == "__main__":
    main()
