"""The tests on copies of the repository, whose application is another one.

`python -m tests.ottavino.apart [PATH …]` runs pytest on one copy without any of the sample's
tables and functions, and on another with twenty tables more. Both have to pass: no test of the
framework is about the application.
"""

import ast
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

from ottavino.settings import ROOT

LEFT_OUT = ignore_patterns(
    ".git", ".venv", ".cache", ".postgres", ".env", ".*_cache", "__pycache__", "node_modules"
)

TABLES = 20

TABLE = '''\
"""A table that somebody has added."""

from datetime import datetime
from uuid import UUID

from ottavino import CALLER, Col, Grant, Index, Policy, Role, Table, created_at, owner
from ottavino import primary_key, text


class Added{number}(Table, tablename="added_{number}"):
    """Some rows of a user."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner(default=CALLER)
    title: Col[str] = text(max_length=200)
    created_at: Col[datetime] = created_at()

    database_objects = ({policy}, Grant.everything(to=Role.SERVICE_ROLE), Index(user_id))
'''

OWN_POLICY = "Policy.owner(user_id), Grant(to=Role.AUTHENTICATED, select=True, delete=True)"
PUBLIC_POLICY = (
    'Policy(name="all", command="select", to=(Role.ANON, Role.AUTHENTICATED), using="true"), '
    "Grant(to=Role.ANON, select=True), Grant(to=Role.AUTHENTICATED, select=True)"
)
SERVICE_POLICY = 'Policy(name="nobody", using="false")'

OWN, NOBODY = "yes     none      denied   ", "denied  denied    denied   "
ANYBODY = "yes     yes       yes      "

KINDS = {1: (PUBLIC_POLICY, ANYBODY, NOBODY), 2: (SERVICE_POLICY, NOBODY, NOBODY)}
"""Two of them are others: one that everybody reads, and one for the service alone."""

GRID = """
                       owner   stranger  anonymous  service
    select             {select}  yes
    insert *           denied  denied    denied     yes
    update *           denied  denied    denied     yes
    delete             {delete}  yes
"""

BY_HAND = '''
    migration.execute(
        """
        create view public.added_report with (security_invoker = true) as
            select id, title from public.added_0;
        revoke all on public.added_report from anon, authenticated, service_role;
        grant select on public.added_report to authenticated, service_role;
        create function public.added_titles() returns setof text language sql stable
            begin atomic select title from public.added_19; end
        """,
        backwards="""
        drop function public.added_titles();
        drop view public.added_report
        """,
    )
    return migration
'''

SETUP = {
    "added_report": "insert into public.added_0 (user_id, title) "
    "values ('00000000-0000-4000-8000-00000000000a', 'One')"
}
"""The owner's row that the view shows."""

VIEW_GRID = """
                       owner   stranger  anonymous  service
    select             yes     none      denied     yes
"""


def without_the_sample(copy: Path) -> None:
    """Take away every table and function of the application, and what is about them."""
    for table in (copy / "db" / "tables").glob("*.py"):
        table.unlink()
    (copy / "db" / "tables" / "__init__.py").write_text('"""The tables."""\n')
    (copy / "db" / "demo.py").unlink(missing_ok=True)
    for function in (copy / "functions").glob("*/__init__.py"):
        rmtree(function.parent)
    for test in (copy / "tests" / "functions").glob("test_*.py"):
        test.unlink()
    # It deploys the sample, and calls one of its functions.
    (copy / "tests" / "test_deployment.py").unlink()
    for migration in (copy / "piccolo_migrations").glob("*_*_*.py"):
        migration.unlink()
    declare_access(copy, {}, keep=False)


def with_more_tables(copy: Path) -> None:
    """Add tables, a view and a function, as somebody does who builds something."""
    tables = copy / "db" / "tables"
    grids: dict[str, str] = {}
    for number in range(TABLES):
        policy, select, delete = KINDS.get(number, (OWN_POLICY, OWN, OWN))
        module = tables / f"added_{number}.py"
        module.write_text(TABLE.format(number=number, policy=policy))
        with (tables / "__init__.py").open("a") as package:
            package.write(f"from db.tables.added_{number} import Added{number}  # noqa\n")
        grids[f"added_{number}"] = GRID.format(select=select, delete=delete)
    piccolo(copy, "--auto")
    newest = piccolo(copy)
    text = newest.read_text()
    newest.write_text(text.replace("    return migration\n", BY_HAND))
    declare_access(copy, {**grids, "added_report": VIEW_GRID}, keep=True)


def piccolo(copy: Path, *options: str) -> Path:
    """Let Piccolo write a migration; where it is."""
    command = [sys.executable, "-m", "piccolo.main", "migrations", "new", "db", *options]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)  # noqa: S603  # our own command
    return max((copy / "piccolo_migrations").glob("db_*.py"))


def declare_access(copy: Path, grids: dict[str, str], *, keep: bool) -> None:
    """Say in the application's own test who may do what."""
    path = copy / "tests" / "test_access.py"
    (tables,) = (
        each
        for each in ast.parse(path.read_text()).body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "TABLES"
    )
    kept: dict[str, str] = ast.literal_eval(tables.value) if keep else {}
    lines = path.read_text().splitlines(keepends=True)
    lines.append(f"    setup = {SETUP!r}\n" if keep else "")
    lines[tables.lineno - 1 : tables.end_lineno] = [f"TABLES = { ({**kept, **grids})!r}\n"]
    path.write_text("".join(lines))


def run(change: Callable[[Path], None], *arguments: str) -> int:
    """Change a copy of the repository, and give the exit status of its tests."""
    with tempfile.TemporaryDirectory(prefix="ottavino-") as folder:
        # A root process runs PostgreSQL as another account, which has to get there.
        Path(folder).chmod(0o755)
        copy = Path(folder) / "copy"
        copytree(ROOT, copy, ignore=LEFT_OUT)
        (copy / ".venv").symlink_to(Path(sys.prefix))
        # What asks git for the files of the project finds them.
        for command in (["init", "--quiet"], ["add", "--all"]):
            subprocess.run(["git", *command], cwd=copy, check=True)  # noqa: S603, S607
        change(copy)
        pytest = [sys.executable, "-m", "pytest", "-q", *arguments]
        return subprocess.run(pytest, cwd=copy, check=False).returncode  # noqa: S603  # likewise


def main() -> None:
    """Run what is named, or all tests but those of type checkers, on both copies."""
    named = sys.argv[1:] or ["--ignore", "tests/ottavino/typing"]
    for change in (without_the_sample, with_more_tables):
        print(f"On a copy {change.__name__.replace('_', ' ')}:", flush=True)
        if status := run(change, "-n", "3", "--dist", "worksteal", *named):
            sys.exit(status)


if __name__ == "__main__":
    main()
