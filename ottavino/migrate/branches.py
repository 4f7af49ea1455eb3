"""Finds files of two branches that change the same object independently.

Applied one after the other, the second would silently undo the first.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from ottavino.errors import MigrationError
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.state import State
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateTable,
    Rename,
    Replace,
    Step,
    Undo,
)


def require_one_branch(
    applied: Sequence[MigrationFile], pending: Sequence[MigrationFile]
) -> None:
    """Refuse pending files that change an older state of an object than the present one."""
    state, changed_by = State(), dict[str, MigrationFile]()
    for file in [*applied, *pending]:
        for step in file.migration.steps:
            subjects = _subjects(step)
            others = [changed_by[each] for each in subjects[:1] if each in changed_by]
            if file in pending and others and not _fits(step, state):
                raise MigrationError(_conflict(file, others[0], subjects[0]))
            changed_by |= dict.fromkeys(subjects, file)
            # Objects that `migration.execute` made are described by no file.
            with suppress(MigrationError):
                step.replay(state)


def _subjects(step: Step) -> tuple[str, ...]:
    """The object that a step changes, and the objects that contain it."""
    match step:
        case AlterColumn(table, column) | AddColumn(table, column):
            return f"column {table}.{column}", f"table {table}"
        case CreateTable(table):
            return (f"table {table}", *(f"column {table}.{each}" for each in step.columns))
        case Create(definition) | Replace(_, definition):
            return (definition.name,)
        case Rename(old, new):
            return old.name, new.name
        case Undo(undone):
            return _subjects(undone)
        case _:
            return ()


def _fits(step: Step, state: State) -> bool:
    """Whether the changed object has the expected state, as far as known."""
    match step:
        case AlterColumn(table, column, expected) | Undo(AddColumn(table, column, expected)):
            found = state.tables.get(table, {}).get(column)
        case Undo(CreateTable(table, expected)):
            found = state.tables.get(table)
        case Undo(Create(expected)):
            found = state.objects.get(expected.name)
            # A schema that stays is not dropped as it was declared to be.
            return found is None or replace(found, drop=expected.drop) == expected
        case Replace(expected) | Rename(expected):
            found = state.objects.get(expected.name)
        case _:
            return True
    return found is None or found == expected


def _conflict(file: MigrationFile, other: MigrationFile, subject: str) -> str:
    return (
        f"{file.path.name} changes the {subject} as it was before {other.path.name} changed "
        "it: they come from two branches, and the first change would be lost. Delete "
        f"{file.path.name}, and write it again with `piccolo migrations new`. Nothing was "
        "changed."
    )
