"""Computes the steps from one schema to another, in an order that works.

Objects are dropped, then functions; then tables and their columns change; then functions and
objects are made. Indexes that are built concurrently come last, and only what needs one
comes after it: each is a migration of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ottavino.declare.constraint import ForeignKeyDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.generated import GeneratedDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.role import RoleDefinition
from ottavino.migrate.dependents import Column, recreated
from ottavino.migrate.renames import (
    AskRename,
    Renames,
    after,
    find_renames,
    followers,
    replayed,
)
from ottavino.migrate.state import Columns, State
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    Rename,
    RenameColumn,
    RenameTable,
    Replace,
    Step,
    Undo,
)
from ottavino.migrate.uses import calls, informed

RANKS: dict[type[Definition], int] = {
    RoleDefinition: -1,
    FunctionDefinition: 0,
    GeneratedDefinition: 1,
    ForeignKeyDefinition: 3,
}
"""Functions are granted to roles. Triggers and checks call functions; an index may be over a
generated column; foreign keys need the tables and unique keys of both sides, so they come last.
Everything else is in between, in the order of the class."""


def changes(old: State, new: State, ask_rename: AskRename) -> list[Step]:
    """The steps that turn the old schema into the new one."""
    if old.tables or old.objects:
        # From nothing, the order of the kinds is enough.
        old, new = informed(old), informed(new)
    renames = find_renames(old, new, ask_rename)
    tables = _table_changes(old, new, renames)
    followed, dropped = _followed(old, new, renames, tables)
    old = after(old, followed)
    gone = [definition for name, definition in old.objects.items() if name in dropped]
    # A default may call a function that is dropped for good as long as its column is there.
    unused = [each for each in gone if _outlives_tables(each, old, new)]
    early = sorted((each for each in gone if each not in unused), key=_rank)[::-1]
    functions = [each for each in early if isinstance(each, FunctionDefinition)]
    released = list(_released_defaults(old, functions))
    old = replayed(old, released)
    made = _made(old, new, dropped)
    first = [step for step in made if _precedes_tables(step, old, new)]
    rest = [step for step in made if step not in first]
    return [
        *(Undo(Create(each)) for each in early if each not in functions),
        *released,
        *(Undo(Create(each)) for each in functions),
        *first,
        *renames,
        *followed,
        *_table_changes(old, new, renames),
        *(Undo(Create(each)) for each in sorted(unused, key=_rank)[::-1]),
        *_concurrently_last(rest, {*old.tables, *_new_names(renames)}),
    ]


def _followed(
    old: State, new: State, renames: Renames, tables: Sequence[Step]
) -> tuple[list[Rename], set[str]]:
    """The objects that follow what is renamed, and the names of those that are dropped."""
    disturbed = set(_disturbed([*renames, *tables]))
    followed = followers(old, new, renames)
    while True:
        there = after(old, followed)
        dropped = recreated(there, new, disturbed)
        gone = [there.objects[name] for name in dropped]
        kept = [each for each in followed if not (each.new in gone or _falls(each.old, gone))]
        if kept == followed:
            return followed, dropped
        followed = kept


def _falls(definition: Definition, gone: Sequence[Definition]) -> bool:
    """Whether an old object, under its old name, is dropped because of others."""
    columns = [each.column for each in gone if each.column]
    return any(map(definition.needs, gone)) or any(definition.is_over(*c) for c in columns)


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
    if isinstance(definition, RoleDefinition):
        return True
    # A function that no default calls is dropped early, because a new one may have its
    # arguments.
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
    """Whether a step makes a role, or a function that a column's default may call."""
    match step:
        case Create(definition) | Replace(_, definition):
            made = new.tables.keys() - old.tables.keys()
            return isinstance(definition, RoleDefinition) or (
                isinstance(definition, FunctionDefinition)
                and not definition.is_about_rows_of(made)
            )


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


def _table_changes(old: State, new: State, renames: Renames) -> list[Step]:
    """All other steps of tables and columns; tables are created before others change."""
    before = replayed(State(dict(old.tables)), renames)
    steps: list[Step] = []
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
