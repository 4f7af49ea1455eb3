"""Two branches wrote migrations of the same object, and were merged."""

from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import DefaultPrivileges, Role, Schema
from ottavino.declare.column import ColumnSpec
from ottavino.declare.definition import Definition
from ottavino.declare.kinds import define
from ottavino.errors import MigrationError
from ottavino.migrate.branches import require_one_branch
from ottavino.migrate.diff import changes
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.migration import Migration
from ottavino.migrate.state import State
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateTable,
    Execute,
    Rename,
    RenameTable,
    Replace,
    Step,
    Undo,
)
from ottavino.testing import Database
from tests.ottavino.migrate.project import Project, tables
from tests.ottavino.migrate.test_diff import yes

ONE, TWO, THREE = ColumnSpec("integer"), ColumnSpec("bigint"), ColumnSpec("numeric")
A, B, C = (
    define("check public.t.sane", f"alter table public.t add check ({each})", "drop")
    for each in ("a > 0", "a > 1", "a > 2")
)
OTHER = define("check public.t.other", A.create, A.drop)
(USED,) = Schema("used", usage=(Role.AUTHENTICATED,)).definitions()
(LATER,) = DefaultPrivileges("tables").definitions()
TABLE = CreateTable("public.t", {"a": ONE})


def removed(definition: Definition) -> Step:
    """The step of a migration whose classes no longer declare an object."""
    state = State()
    state.add([definition])
    (step,) = changes(state, State(), yes)
    return step


CONFLICTS: dict[str, tuple[Step, Step]] = {
    "two types": (
        AlterColumn("public.t", "a", ONE, TWO),
        AlterColumn("public.t", "a", ONE, THREE),
    ),
    "a column changed and dropped": (
        AlterColumn("public.t", "a", ONE, TWO),
        Undo(AddColumn("public.t", "a", ONE)),
    ),
    "a column added to a dropped table": (
        AddColumn("public.t", "b", ONE),
        Undo(CreateTable("public.t", {"a": ONE})),
    ),
    "two bodies": (Replace(A, B), Replace(A, C)),
    "a check changed and dropped": (Replace(A, B), Undo(Create(A))),
    "a check changed and renamed": (Replace(A, B), Rename(A, OTHER)),
}

MERGED: dict[str, tuple[Step, Step]] = {
    "two columns": (AddColumn("public.t", "b", ONE), AddColumn("public.t", "c", ONE)),
    "one after the other": (Replace(A, B), Replace(B, C)),
    "a table under another name": (
        RenameTable("public.t", "public.u"),
        AlterColumn("public.u", "a", ONE, TWO),
    ),
    "a schema that is removed and stays": (Create(USED), removed(USED)),
    "default privileges that are removed": (Create(LATER), removed(LATER)),
    "what statements have made": (
        Execute("create table public.x (a integer)", ""),
        AlterColumn("public.x", "a", ONE, TWO),
    ),
}


def file(name: str, *steps: Step) -> MigrationFile:
    return MigrationFile(Path(f"{name}.py"), Migration(name, steps=[*steps]))


@pytest.mark.parametrize(("first", "second"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_change_of_what_another_branch_changed_is_refused(first: Step, second: Step) -> None:
    base, one, two = file("base", TABLE, Create(A)), file("one", first), file("two", second)
    for applied, pending in ([base], [one, two]), ([base, one], [two]), ([], [base, one, two]):
        with pytest.raises(
            MigrationError, match=r"^two.py changes .* before one.py changed it"
        ):
            require_one_branch(applied, pending)
    require_one_branch([base, one, two], [])


@pytest.mark.parametrize(("first", "second"), MERGED.values(), ids=MERGED)
def test_other_changes_of_two_branches_are_taken(first: Step, second: Step) -> None:
    require_one_branch([file("base", TABLE, Create(A))], [file("1", first), file("2", second)])


async def test_nothing_is_applied_of_two_branches(
    empty_database: Database, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("1", TABLE)
    project.write("2", AlterColumn("public.t", "a", ONE, TWO))
    project.write("3", AlterColumn("public.t", "a", ONE, THREE))
    with pytest.raises(SystemExit):
        await forwards("db")
    assert "Delete db_3.py, and write it again" in capsys.readouterr().err
    assert await tables(empty_database) == []
