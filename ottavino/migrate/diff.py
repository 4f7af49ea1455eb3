"""From one schema to another: the steps between them, in an order that works.

Objects are dropped, then functions; then tables and their columns change; then functions and
objects are made. Indexes that are built concurrently come last, and only what needs one
comes after it: each is a migration of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace

from ottavino.declare.constraint import ForeignKeyDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.generated import GeneratedDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.migrate.dependents import Column, recreated
from ottavino.migrate.state import Columns, State
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    RenameColumn,
    RenameTable,
    Replace,
    Step,
    Undo,
)
from ottavino.migrate.uses import calls, informed

RANKS: dict[type[Definition], int] = {
    FunctionDefinition: 0,
    GeneratedDefinition: 1,
    ForeignKeyDefinition: 3,
}
"""Triggers and checks call functions, so those come first; an index may be over a generated
column; foreign keys need the tables and unique keys of both sides, so they come last.
Everything else is in between, in the order of the class."""

AskRename = Callable[[str, str, str], bool]
"""Called with a table and two columns, or a schema and two tables: is the second the first one
under another name?"""

Renames = list[RenameTable | RenameColumn]


def changes(old: State, new: State, ask_rename: AskRename) -> list[Step]:
    """The steps that make the new schema of the old one."""
    if old.tables or old.objects:
        # From nothing, the order of the kinds is enough.
        old, new = informed(old), informed(new)
    renames: Renames = [*_renamed_tables(old, new, ask_rename)]
    renames += _renamed_columns(old, new, ask_rename)
    dropped = recreated(old, new, set(_disturbed(_table_changes(old, new, renames))))
    gone = [definition for name, definition in old.objects.items() if name in dropped]
    # A default may call a function that is dropped for good as long as its column is there.
    unused = [each for each in gone if _outlives_tables(each, old, new)]
    early = sorted((each for each in gone if each not in unused), key=_rank)[::-1]
    functions = [each for each in early if isinstance(each, FunctionDefinition)]
    released = list(_released_defaults(old, functions))
    old = _replayed(old, released)
    made = _made(old, new, dropped)
    first = [step for step in made if _precedes_tables(step, old, new)]
    rest = [step for step in made if step not in first]
    return [
        *(Undo(Create(each)) for each in early if each not in functions),
        *released,
        *(Undo(Create(each)) for each in functions),
        *first,
        *_table_changes(old, new, renames),
        *(Undo(Create(each)) for each in unused),
        *_concurrently_last(rest, {*old.tables, *_new_names(renames)}),
    ]


def _disturbed(steps: Sequence[Step]) -> Iterator[Column]:
    """The columns, by their old names, that change: what uses them is dropped meanwhile."""
    for step in steps:
        match step:
            case RenameColumn(table, column) | Undo(AddColumn(table, column)):
                yield table, column
            case AlterColumn(table, column, old, new) if old.type != new.type:
                yield table, column
            case _:
                pass


def _outlives_tables(definition: Definition, old: State, new: State) -> bool:
    # One that no default calls goes early: another may come with its arguments.
    return (
        isinstance(definition, FunctionDefinition)
        and definition.name not in new.objects
        and not definition.is_about_rows_of(old.tables)
        and any(
            calls(spec.default, definition)
            for columns in old.tables.values()
            for spec in columns.values()
        )
    )


def _released_defaults(
    old: State, functions: list[FunctionDefinition]
) -> Iterator[AlterColumn]:
    for table, columns in old.tables.items():
        for name, spec in columns.items():
            if any(calls(spec.default, function) for function in functions):
                yield AlterColumn(table, name, spec, replace(spec, default=None))


def _replayed(state: State, steps: Sequence[Step]) -> State:
    state = deepcopy(state)
    for step in steps:
        step.replay(state)
    return state


def _made(old: State, new: State, dropped: set[str]) -> list[Create | Replace]:
    steps: list[tuple[int, Create | Replace]] = []
    for name, definition in new.objects.items():
        before = old.objects.get(name)
        if before is None or name in dropped:
            steps.append((_rank(definition), Create(definition)))
        elif before != definition:
            steps.append((_rank(definition), Replace(before, definition)))
    return [step for _, step in sorted(steps, key=lambda ranked: ranked[0])]


def _precedes_tables(step: Create | Replace, old: State, new: State) -> bool:
    """Whether a step makes a function, which a column's default may call, without a table."""
    match step:
        case Create(definition) | Replace(_, definition):
            made = new.tables.keys() - old.tables.keys()
            return isinstance(
                definition, FunctionDefinition
            ) and not definition.is_about_rows_of(made)


def _concurrently_last(
    steps: Sequence[Create | Replace], there: set[str]
) -> Iterator[Create | Replace | CreateConcurrently]:
    concurrent = [each for step in steps if (each := _concurrent(step, there))]
    indexes = [each.definition for each in concurrent]
    waiting: list[Create | Replace] = []
    for step in steps:
        if isinstance(step, Create) and step.definition in indexes:
            continue
        if isinstance(step, Create) and any(map(step.definition.needs, indexes)):
            waiting.append(step)
        else:
            yield step
    yield from concurrent
    yield from waiting


def _concurrent(step: Create | Replace, there: set[str]) -> CreateConcurrently | None:
    """The step for an index that is to be built while others write to its table."""
    match step:
        case Create(IndexDefinition(concurrently=True) as index) if index.over in there:
            return CreateConcurrently(index)
        case _:
            return None


def _rank(definition: Definition) -> int:
    return RANKS.get(type(definition), 2)


def _new_names(renames: Renames) -> Iterator[str]:
    return (step.new for step in renames if isinstance(step, RenameTable))


def _renamed_tables(old: State, new: State, ask: AskRename) -> Iterator[RenameTable]:
    added = [table for table in new.tables if table not in old.tables]
    for gone in [table for table in old.tables if table not in new.tables]:
        schema, name = gone.split(".", 1)
        for other in added:
            alike = new.tables[other] == old.tables[gone]
            in_schema, other_name = other.split(".", 1)
            if alike and in_schema == schema and ask(schema, name, other_name):
                yield RenameTable(gone, other)
                added.remove(other)
                break


def _renamed_columns(old: State, new: State, ask: AskRename) -> Iterator[RenameColumn]:
    for table, columns in new.tables.items():
        before = old.tables.get(table, columns)
        added = [name for name in columns if name not in before]
        for gone in [name for name in before if name not in columns]:
            alike = [name for name in added if columns[name].type == before[gone].type]
            renamed = next((name for name in alike if ask(table, gone, name)), None)
            if renamed is not None:
                yield RenameColumn(table, gone, renamed)
                added.remove(renamed)


def _table_changes(old: State, new: State, renames: Renames) -> list[Step]:
    """What happens to tables and columns; a table is made before others change."""
    before = _replayed(State(dict(old.tables)), renames)
    steps: list[Step] = [*renames]
    for table, columns in before.tables.items():
        if table not in new.tables:
            steps.append(Undo(CreateTable(table, columns)))
    for table, columns in new.tables.items():
        if table not in before.tables:
            steps.append(CreateTable(table, columns))
    for table, columns in new.tables.items():
        steps += _column_changes(table, before.tables.get(table, columns), columns)
    return steps


def _column_changes(table: str, old: Columns, new: Columns) -> list[Step]:
    steps: list[Step] = [
        Undo(AddColumn(table, name, spec)) for name, spec in old.items() if name not in new
    ]
    for name, spec in new.items():
        if name not in old:
            steps.append(AddColumn(table, name, spec))
        elif old[name] != spec:
            steps.append(AlterColumn(table, name, old[name], spec))
    return steps
