"""From one schema to another: the steps between them, in an order that works."""

from collections.abc import Callable

from db.objects.definition import Definition
from db.schema.state import Columns, State
from db.schema.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateTable,
    RenameColumn,
    Replace,
    Step,
    Undo,
)

IN_PLACE = {"function", "privileges"}
"""What PostgreSQL changes without dropping it, and with it what depends on it."""

RANKS = {"function": 0, "foreign-key": 2}
"""Triggers and checks call functions, so those come first; foreign keys need the tables and
unique keys of both sides, so they come last. Everything else keeps the order of the class."""

AskRename = Callable[[str, str, str], bool]
"""Asked with table, old and new column: is the new one the old one under another name?"""


def changes(old: State, new: State, ask_rename: AskRename) -> list[Step]:
    """The steps that make the new schema of the old one."""
    renames = list(_renames(old, new, ask_rename))
    return [
        *_drops(old, new),
        *renames,
        *_table_changes(old, new, renames),
        *_creates(old, new),
    ]


def _drops(old: State, new: State) -> list[Step]:
    gone = [
        definition
        for name, definition in old.objects.items()
        if name not in new.objects or _recreated(definition, new.objects[name])
    ]
    return [Undo(Create(definition)) for definition in sorted(gone, key=_rank)[::-1]]


def _creates(old: State, new: State) -> list[Step]:
    steps: list[tuple[int, Step]] = []
    for name, definition in new.objects.items():
        before = old.objects.get(name)
        if before is None or _recreated(before, definition):
            steps.append((_rank(definition), Create(definition)))
        elif before != definition:
            steps.append((_rank(definition), Replace(before, definition)))
    return [step for _, step in sorted(steps, key=lambda ranked: ranked[0])]


def _recreated(old: Definition, new: Definition) -> bool:
    return old != new and old.kind not in IN_PLACE


def _rank(definition: Definition) -> int:
    return RANKS.get(definition.kind, 1)


def _renames(old: State, new: State, ask: AskRename) -> list[RenameColumn]:
    renames: list[RenameColumn] = []
    for table, columns in new.tables.items():
        before = old.tables.get(table, columns)
        added = [name for name in columns if name not in before]
        for gone in [name for name in before if name not in columns]:
            alike = [name for name in added if columns[name].type == before[gone].type]
            renamed = next((name for name in alike if ask(table, gone, name)), None)
            if renamed is not None:
                renames.append(RenameColumn(table, gone, renamed))
                added.remove(renamed)
    return renames


def _table_changes(old: State, new: State, renames: list[RenameColumn]) -> list[Step]:
    renamed = {(step.table, step.old): step.new for step in renames}
    steps: list[Step] = []
    for table, columns in old.tables.items():
        if table not in new.tables:
            steps.append(Undo(CreateTable(table, columns)))
    for table, columns in new.tables.items():
        if table not in old.tables:
            steps.append(CreateTable(table, columns))
            continue
        before = {
            renamed.get((table, name), name): shape for name, shape in old.tables[table].items()
        }
        steps += _column_changes(table, before, columns)
    return steps


def _column_changes(table: str, old: Columns, new: Columns) -> list[Step]:
    steps: list[Step] = [
        Undo(AddColumn(table, name, shape)) for name, shape in old.items() if name not in new
    ]
    for name, shape in new.items():
        if name not in old:
            steps.append(AddColumn(table, name, shape))
        elif old[name] != shape:
            steps.append(AlterColumn(table, name, old[name], shape))
    return steps
