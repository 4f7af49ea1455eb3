"""From one schema to another: the steps between them, in an order that works."""

from collections.abc import Callable, Iterator, Sequence

from db.objects.definition import Definition
from db.schema.dependents import Column, recreated
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

RANKS = {"function": 0, "generated": 1, "foreign-key": 3}
"""Triggers and checks call functions, so those come first; an index may be over a generated
column; foreign keys need the tables and unique keys of both sides, so they come last.
Everything else is in between, in the order of the class."""

AskRename = Callable[[str, str, str], bool]
"""Asked with table, old and new column: is the new one the old one under another name?"""


def changes(old: State, new: State, ask_rename: AskRename) -> list[Step]:
    """The steps that make the new schema of the old one."""
    renames = list(_renames(old, new, ask_rename))
    tables = [*renames, *_table_changes(old, new, renames)]
    dropped = recreated(old, new, set(_disturbed(tables)))
    return [*_drops(old, dropped), *tables, *_creates(old, new, dropped)]


def _disturbed(steps: Sequence[Step]) -> Iterator[Column]:
    """The columns, under their old names, that objects must not hold meanwhile."""
    for step in steps:
        match step:
            case RenameColumn(table, column) | Undo(AddColumn(table, column)):
                yield table, column
            case AlterColumn(table, column, old, new) if old.type != new.type:
                yield table, column
            case _:
                pass


def _drops(old: State, dropped: set[str]) -> list[Step]:
    gone = [definition for name, definition in old.objects.items() if name in dropped]
    return [Undo(Create(definition)) for definition in sorted(gone, key=_rank)[::-1]]


def _creates(old: State, new: State, dropped: set[str]) -> list[Step]:
    steps: list[tuple[int, Step]] = []
    for name, definition in new.objects.items():
        before = old.objects.get(name)
        if before is None or name in dropped:
            steps.append((_rank(definition), Create(definition)))
        elif before != definition:
            steps.append((_rank(definition), Replace(before, definition)))
    return [step for _, step in sorted(steps, key=lambda ranked: ranked[0])]


def _rank(definition: Definition) -> int:
    return RANKS.get(definition.kind, 2)


def _renames(old: State, new: State, ask: AskRename) -> Iterator[RenameColumn]:
    for table, columns in new.tables.items():
        before = old.tables.get(table, columns)
        added = [name for name in columns if name not in before]
        for gone in [name for name in before if name not in columns]:
            alike = [name for name in added if columns[name].type == before[gone].type]
            renamed = next((name for name in alike if ask(table, gone, name)), None)
            if renamed is not None:
                yield RenameColumn(table, gone, renamed)
                added.remove(renamed)


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
