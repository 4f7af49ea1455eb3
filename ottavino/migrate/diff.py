"""Computes the steps from one schema to another, in an order that works.

First other objects and then functions are dropped; then tables and columns change; then
functions and other objects are created. Indexes that are built concurrently come last, each in
a migration of its own, followed only by objects that need them.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import takewhile

from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.role import RoleDefinition
from ottavino.declare.schema import SchemaDefinition
from ottavino.declare.sequence import SequenceDefinition
from ottavino.declare.view_definition import ALL, ViewDefinition
from ottavino.migrate.circles import defaults_in_circles, is_bound
from ottavino.migrate.dependents import Column, recreated
from ottavino.migrate.drops import drops, overloads
from ottavino.migrate.enum_steps import EnumChange, columns_of, enum_changes
from ottavino.migrate.followers import (
    EARLY,
    Names,
    Pair,
    after,
    followers,
    freed_first,
    with_indexes,
)
from ottavino.migrate.moves import moved_objects, moved_types, renamed_sequences, together
from ottavino.migrate.narrowing import narrowed
from ottavino.migrate.order import in_order
from ottavino.migrate.regranted import regranted
from ottavino.migrate.renames import AskRename, Renames, find_renames, replayed
from ottavino.migrate.state import Columns, State
from ottavino.migrate.steps import (
    AddColumn,
    Alter,
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
from ottavino.migrate.taken import with_free_names
from ottavino.migrate.uses import informed, needs_others

Made = Create | Replace | Alter
"""The step that creates an object as declared."""


def changes(old: State, new: State, ask_rename: AskRename) -> list[Step]:
    """The steps that turn the old schema into the new one."""
    if old.tables or old.objects or any(map(needs_others, new.objects.values())):
        # For a new schema the order of the kinds is enough, unless one object of a kind can
        # need another.
        old, new = informed(old), informed(new)
    removed, later = [*defaults_in_circles(old, new)], [*defaults_in_circles(new, old)]
    without, wanted = replayed(old, removed), replayed(new, later)
    steps = with_free_names(without, wanted, ask_rename, _changes)
    set_later = (AlterColumn(each.table, each.column, each.new, each.old) for each in later)
    return _with_ways_back(old, [*removed, *regranted(steps, wanted), *set_later])


def _with_ways_back(old: State, steps: list[Step]) -> list[Step]:
    """The same steps. An object that can be replaced, but not back, is undone by the steps that
    drop it, with all that depends on it, and create it again.
    """
    return [
        Alter(step.old, step.new, step.forwards(), _undone(replayed(old, steps[:place]), step))
        if isinstance(step, Replace) and not step.new.becomes(step.old)
        else step
        for place, step in enumerate(steps)
    ]


def _undone(before: State, step: Step) -> str:
    """The SQL that undoes a step by what lies between the schemas before and after it."""
    steps = changes(replayed(before, [step]), before, lambda _, _old, _new: False)
    inside = (each.inside if isinstance(each, CreateConcurrently) else each for each in steps)
    # The SQL of a step may end with a comment.
    return "\n;\n".join(each.forwards() for each in inside)


def _changes(old: State, new: State, ask_rename: AskRename) -> list[Step]:
    removed, types = moved_types(old, new, ask_rename)
    old = replayed(old, [*removed, *types])
    renames = find_renames(old, new, ask_rename)
    sequences = renamed_sequences(old, new, ask_rename)
    moved: list[Pair] = [(each.old, each.new) for each in (*types, *sequences)]
    objects = moved_objects(old, new, renames, moved, ask_rename)
    enums = enum_changes(old, new, ask_rename)
    additions = [step for each in enums for step in each.additions(old)]
    tables = [*renames, *_table_changes(old, new, renames)]
    follow = partial(_followed, sequences=sequences, moved=moved, objects=objects)
    followed, dropped = follow(old, new, tables, renames, enums)
    if narrowing := [*narrowed(old, new, dropped, tables)]:
        old = replayed(old, narrowing)
        followed, dropped = follow(old, new, tables, renames, enums)
    early = [each for each in followed if isinstance(each.old, EARLY)]
    there = after(old, [*sequences, *followed])
    leaving = [*_leaving([*sequences, *early])]
    dropping = drops(there, new, dropped, tables, enums, moved=leaving)
    old = dropping.old
    made = _made(old, new, dropped)
    first = _precede_tables(made, old, new, enums)
    rest = [step for step in made if step not in first]
    # With the roles that may use them.
    schemas = [step for step in first if _is_of_schema(step)]
    late = [each for each in followed if each not in early]
    return [
        *additions,
        *narrowing,
        *removed,
        *dropping.before,
        *schemas,
        *types,
        *freed_first([*sequences, *early]),
        *(step for each in enums for step in each.renames()),
        # A column's sequence gets another name with it, which a new sequence can have.
        *with_indexes(renames, late),
        *(step for step in first if step not in schemas),
        *late,
        *_table_changes(old, new, renames),
        *(step for each in enums for step in each.rebuilt(new)),
        *(step for step in dropping.after if not _is_of_role(step)),
        *_with_roles_dropped(
            [*_concurrently_last(rest, {*old.tables, *_new_names(renames)})],
            [step for step in dropping.after if _is_of_role(step)],
        ),
    ]


def _is_of_role(step: Step) -> bool:
    return isinstance(step, Undo) and (step.subject or "").startswith(RoleDefinition.kind)


def _with_roles_dropped(
    steps: Sequence[Made | CreateConcurrently], dropped: Sequence[Step]
) -> list[Step]:
    """Some steps, and the roles that are dropped once a replaced function grants them nothing,
    but before the indexes that need files of their own.
    """
    inside = [*takewhile(lambda step: not isinstance(step, CreateConcurrently), steps)]
    return [*inside, *dropped, *steps[len(inside) :]]


def _is_of_schema(step: Made) -> bool:
    return isinstance(step, Create) and isinstance(
        step.definition, RoleDefinition | SchemaDefinition
    )


def _followed(  # noqa: PLR0913  # all that changes beside objects
    old: State,
    new: State,
    tables: Sequence[Step],
    renames: Renames,
    enums: Sequence[EnumChange],
    *,
    sequences: Sequence[Rename],
    moved: Sequence[Pair],
    objects: Sequence[Pair],
) -> tuple[list[Rename], set[str]]:
    """The objects that follow what is renamed, and the names of those that are dropped.

    `moved` are the types and sequences, and `objects` the views and routines. What has to be
    dropped for another reason is not moved.
    """
    rebuilt = [each.old for each in enums if each.is_rebuilt]
    disturbed = {*_disturbed(tables)}
    disturbed |= {column for each in rebuilt for column, _, _ in columns_of(each, old)}
    rebuilt_names = {each.name for each in rebuilt}
    followed = followers(old, new, Names(renames, old, [*moved, *objects]))
    while True:
        there = after(old, [*sequences, *followed])
        # What calls a moved object by its old name is dropped too, and created again.
        added = [*overloads(there, new), *_leaving([*sequences, *followed])]
        dropped = recreated(there, new, disturbed, rebuilt_names, added)
        dropped -= {each.old.name for each in enums} | {each.new.name for each in sequences}
        gone = [there.objects[name] for name in dropped]
        kept = [each for each in followed if not (each.new in gone or _falls(each.old, gone))]
        if kept == followed:
            return followed, dropped
        names = {each.old.name for each in kept}
        if all(each.name in names for each, _ in objects):
            followed = kept
        else:
            objects = together([pair for pair in objects if pair[0].name in names], old)
            followed = followers(old, new, Names(renames, old, [*moved, *objects]))


def _leaving(steps: Sequence[Rename]) -> Iterator[Definition]:
    """The objects whose old name other SQL may call."""
    for each in steps:
        if isinstance(each.old, CALLED) and each.old.called != each.new.called:
            yield each.old


CALLED = SequenceDefinition | FunctionDefinition | ViewDefinition


def _falls(definition: Definition, gone: Sequence[Definition]) -> bool:
    """Whether an old object is dropped because of other changes."""
    columns = [each.column for each in gone if each.column]
    return any(map(definition.needs, gone)) or any(definition.is_over(*c) for c in columns)


def _disturbed(steps: Sequence[Step]) -> Iterator[Column]:
    """The changed columns by their old names. Objects that use them are dropped and created
    again.
    """
    for step in steps:
        match step:
            case RenameColumn(table, column) | Undo(AddColumn(table, column)):
                yield table, column
            case AddColumn(table):
                yield table, ALL
            case AlterColumn(table, column, old, new) if old.type != new.type:
                yield table, column
            case _:
                pass


def _made(old: State, new: State, dropped: set[str]) -> list[Made]:
    steps: list[Made] = []
    for definition in in_order(new.objects.values()):
        before = old.objects.get(definition.name)
        if before is None or definition.name in dropped:
            steps.append(Create(definition))
        elif isinstance(definition, EnumDefinition):
            continue
        elif before != definition:
            altered = before.altered(definition)
            steps.append(
                Alter(before, definition, *altered) if altered else Replace(before, definition)
            )
    return steps


def _precede_tables(
    steps: Sequence[Made], old: State, new: State, enums: list[EnumChange]
) -> list[Made]:
    """The steps for objects that a column's type or default may need."""
    first: list[Made] = []
    # A type is created again after the tables have changed, and functions with such arguments
    # after that.
    later = {each.new.called for each in enums if each.is_rebuilt}
    for step in steps:
        definition = step.definition if isinstance(step, Create) else step.new
        comes_first = definition.precedes_tables or (
            isinstance(definition, FunctionDefinition) and not is_bound(definition, new, old)
        )
        if comes_first and not later & {*definition.calls}:
            first.append(step)
        else:
            later |= {definition.name, definition.called or definition.name}
    return first


def _concurrently_last(
    steps: Sequence[Made], there: set[str]
) -> Iterator[Made | CreateConcurrently]:
    concurrent = [each for step in steps if (each := _concurrent(step, there))]
    indexes = [each.definition for each in concurrent]
    waiting: list[Made] = []
    for step in steps:
        if isinstance(step, Create) and step.definition in indexes:
            continue
        if isinstance(step, Create) and any(map(step.definition.needs, indexes)):
            waiting.append(step)
        else:
            yield step
    yield from concurrent
    yield from waiting


def _concurrent(step: Made, there: set[str]) -> CreateConcurrently | None:
    """The step for an index that is to be built while others write to its table."""
    match step:
        case Create(IndexDefinition(concurrently=True) as index) if index.over in there:
            return CreateConcurrently(index)
        case _:
            return None


def _new_names(renames: Renames) -> Iterator[str]:
    return (step.new for step in renames if isinstance(step, RenameTable))


def _table_changes(old: State, new: State, renames: Renames) -> list[Step]:
    """All other steps of tables and columns; new tables are created before others change."""
    before = replayed(State(dict(old.tables), {}, dict(old.partitioned)), renames)
    steps: list[Step] = []
    for table, columns in before.tables.items():
        if table not in new.tables:
            spread = before.partitioned.get(table, "")
            steps.append(Undo(CreateTable(table, columns, spread)))
    for table, columns in new.tables.items():
        spread = new.partitioned.get(table, "")
        if table not in before.tables:
            steps.append(CreateTable(table, columns, spread))
        elif before.partitioned.get(table, "") != spread:
            raise ValueError(
                f"The rows of {table} are spread over partitions in another way now, which "
                "PostgreSQL cannot change: declare another table, and move the rows."
            )
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
