"""Finds renamed tables, columns, sequences and partitions, and the objects that follow them.

When a table or a column is renamed, or a table moves to another schema, PostgreSQL adapts its
constraints, indexes and generated columns, but keeps their names. So these are renamed as well
if their names contain the old one, and not created again: building an index of a large table
takes minutes, a new constraint is checked against each row, and a new generated column is
written to each. A partition that is created again would lose its rows, and a sequence would
give the same numbers again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.column import ColumnSpec
from ottavino.declare.constraint import ConstraintDefinition, ForeignKeyDefinition
from ottavino.declare.definition import Definition, merged, unqualified
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.generated import GeneratedDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.partition import PartitionDefinition
from ottavino.declare.sequence import SequenceDefinition, SequencePrivilegesDefinition
from ottavino.migrate.casts import is_cast_by_itself
from ottavino.migrate.serial import sequence_name
from ottavino.migrate.state import Columns, State
from ottavino.migrate.steps import AlterColumn, Move, Rename, RenameColumn, RenameTable, Step
from ottavino.postgres.quoting import identifier, schema_of, split_name, unquoted
from ottavino.sql import Mention, Path, mentions, rewritten

AskRename = Callable[[str, str, str], bool]
"""Called with a table and two columns, or a schema and two tables or sequences: is the second
the first one under another name? Two tables of different schemas are given with their schemas,
after an empty name."""

Renames = Sequence[RenameTable | RenameColumn]

RESEMBLANCE = 0.5
"""Two tables may be the same, renamed and changed, if they share this part of their columns."""


def find_renames(old: State, new: State, ask: AskRename) -> Renames:
    """The renamed tables, and then the renamed columns, as far as `ask` agrees."""
    tables = [*_tables(old, new, ask)]
    between = replayed(State(dict(old.tables), {}, dict(old.partitioned)), tables)
    return [*tables, *_with_partitioning(between, _columns(between, new, ask))]


def replayed(state: State, steps: Sequence[Step]) -> State:
    """The schema after some steps."""
    state = state.copy()
    for step in steps:
        step.replay(state)
    return state


def _tables(old: State, new: State, ask: AskRename) -> Iterator[RenameTable]:
    if not old.tables:
        return
    gone = [table for table in old.tables if table not in new.tables]
    added = [table for table in new.tables if table not in old.tables]
    pairs = sorted(((table, other) for table in gone for other in added), key=_distance)
    shared = _shared(old)
    for is_alike in (_are_same, partial(_resemble, shared)):
        for table, other in pairs:
            if (
                (table in gone and other in added)
                and _are_spread_alike(table, old, other, new)
                and is_alike(old.tables[table], new.tables[other])
                and ask(*_asked(table, other))
            ):
                gone.remove(table)
                added.remove(other)
                columns = old.tables[table]
                yield RenameTable(
                    table,
                    other,
                    tuple(_serial(columns)),
                    identities=tuple(_identities(columns)),
                )


def _distance(pair: tuple[str, str]) -> tuple[bool, bool]:
    """A sort key that puts tables of one schema first, and then those of one name."""
    (schema, name), (in_schema, other_name) = map(split_name, pair)
    return schema != in_schema, name != other_name


def _asked(table: str, other: str) -> tuple[str, str, str]:
    (schema, name), (in_schema, other_name) = split_name(table), split_name(other)
    return (schema, name, other_name) if schema == in_schema else ("", table, other)


def renamed_sequences(old: State, new: State, ask: AskRename) -> list[Rename]:
    """The sequences that have another name or are in another schema, as far as `ask` agrees.
    Those in the same schema and those with the same options are asked about first.
    """
    gone, added = _sequences(old, new), _sequences(new, old)
    pairs = [(each, other) for each in gone for other in added]
    found: list[Rename] = []
    for each, other in sorted(pairs, key=_sequence_distance):
        if (each in gone and other in added) and ask(*_asked(each.full_name, other.full_name)):
            gone.remove(each)
            added.remove(other)
            found.append(_renaming(each, each.named(other.full_name)))
    return found


def _sequence_distance(
    pair: tuple[SequenceDefinition, SequenceDefinition],
) -> tuple[bool, bool, bool]:
    each, other = pair
    return (*_distance((each.full_name, other.full_name)), each.named(other.full_name) != other)


def moved_types(old: State, new: State, ask: AskRename) -> tuple[list[AlterColumn], list[Move]]:
    """The enumerated types that are in another schema, with the same values, as far as `ask`
    agrees; and before them, the steps that remove defaults of such types. These are set again
    under the new name.
    """
    moved = [
        Move(each, other)
        for each, other in _pairs_of_enums(old, new)
        if ask(*_asked(each.full_name, other.full_name))
    ]
    defaults = [
        AlterColumn(table, name, spec, replace(spec, default=None))
        for table, columns in old.tables.items()
        for name, spec in columns.items()
        if spec.default is not None
        and any(isinstance(e.old, EnumDefinition) and e.old.is_of(spec.type) for e in moved)
    ]
    return defaults, moved


def _pairs_of_enums(old: State, new: State) -> Iterator[tuple[EnumDefinition, EnumDefinition]]:
    gone, added = (
        [
            each
            for name, each in state.objects.items()
            if isinstance(each, EnumDefinition) and name not in other.objects
        ]
        for state, other in ((old, new), (new, old))
    )
    for each in gone:
        for other in added:
            is_same = unqualified(each.full_name) == unqualified(other.full_name)
            if is_same and each.values == other.values:
                yield each, other


def _renaming(old: Definition, new: Definition) -> Rename:
    """The step that gives an object its new name, or that moves it to another schema."""
    schemas = [
        {claim.place for claim in each.claims if claim.kind == "relation"}
        for each in (old, new)
    ]
    return Rename(old, new) if schemas[0] == schemas[1] else Move(old, new)


def _sequences(state: State, other: State) -> list[SequenceDefinition]:
    """The sequences of a schema that another one does not have."""
    return [
        each
        for name, each in state.objects.items()
        if isinstance(each, SequenceDefinition) and name not in other.objects
    ]


def _are_same(old: Columns, new: Columns) -> bool:
    return old == new


def _resemble(shared: Columns, old: Columns, new: Columns) -> bool:
    before, after = (
        {name: spec for name, spec in columns.items() if shared.get(name) != spec}
        for columns in (old, new)
    )
    same = sum(after.get(name) == spec for name, spec in before.items())
    return old != new and same >= max(1, RESEMBLANCE * max(len(before), len(after)))


def _shared(state: State) -> Columns:
    """The columns that all tables have: no table is recognised by them."""
    first, *others = state.tables.values()
    return {
        name: spec
        for name, spec in first.items()
        if others and all(columns.get(name) == spec for columns in others)
    }


def _columns(old: State, new: State, ask: AskRename) -> Iterator[RenameColumn]:
    for table, columns in new.tables.items():
        before = old.tables.get(table, columns)
        gone = [name for name in before if name not in columns]
        added = [name for name in columns if name not in before]
        pairs = [(name, other) for name in gone for other in added]
        for is_alike in (_have_one_type, _is_cast):
            for name, other in pairs:
                if (
                    (name in gone and other in added)
                    and is_alike(before[name], columns[other])
                    and ask(table, name, other)
                ):
                    gone.remove(name)
                    added.remove(other)
                    yield RenameColumn(
                        table,
                        name,
                        other,
                        name in _serial(before),
                        identity=name in _identities(before),
                    )


def _with_partitioning(state: State, renames: Iterable[RenameColumn]) -> Iterator[RenameColumn]:
    """The same renames, with the partitioning of the tables whose key contains the column."""
    partitioned = dict(state.partitioned)
    for each in renames:
        spread = partitioned.get(each.table, "")
        renamed = _spread(spread, each.old, each.new)
        partitioned[each.table] = renamed
        yield replace(each, partition_by=renamed if renamed != spread else "")


def _are_spread_alike(table: str, old: State, other: str, new: State) -> bool:
    """Whether two tables have the same partitioning, if one column of it may be renamed."""
    before, after = old.partitioned.get(table), new.partitioned.get(other)
    if before is None or after is None or before == after:
        return before == after
    columns, others = old.tables[table], new.tables[other]
    gone = [name for name in columns if name not in others]
    added = [name for name in others if name not in columns]
    return any(_spread(before, name, to) == after for name in gone for to in added)


def _spread(partition_by: str, old: str, new: str) -> str:
    """The partitioning of a table with another name for a column."""
    return rewritten(partition_by, lambda each: (new,) if each.path == (old,) else each.path)


def _have_one_type(old: ColumnSpec, new: ColumnSpec) -> bool:
    return old.type == new.type


def _is_cast(old: ColumnSpec, new: ColumnSpec) -> bool:
    """Whether PostgreSQL casts each value to the other type without a conversion by hand."""
    return (
        old.type != new.type
        and old.identity == new.identity
        and is_cast_by_itself(old.type, new.type)
    )


def _serial(columns: Columns) -> list[str]:
    return [name for name, spec in columns.items() if spec.identity == "serial"]


def _identities(columns: Columns) -> list[str]:
    return [name for name, spec in columns.items() if spec.identity in {"always", "by default"}]


FOLLOWING = (
    ConstraintDefinition
    | DetailDefinition
    | GeneratedDefinition
    | IndexDefinition
    | PartitionDefinition
    | SequencePrivilegesDefinition
)


def followers(old: State, new: State, renames: Renames) -> list[Rename]:
    """The constraints, indexes, generated columns, partitions and details that are unchanged,
    or only have to be renamed.
    """
    names = _Names(renames, old)
    if names.sequences:
        names.require_current(new)
    return _freed_first(
        _renaming(definition, follower)
        for definition in old.objects.values()
        if isinstance(definition, FOLLOWING)
        and definition != new.objects.get(definition.name)
        and (follower := names.follower(definition, old, new)) is not None
    )


def _freed_first(steps: Iterable[Rename]) -> list[Rename]:
    """The steps in an order in which another one has freed each name before it is taken."""
    waiting, ordered = [*steps], list[Rename]()
    while waiting:
        taken = {claim for each in waiting for claim in each.frees}
        free = [each for each in waiting if not taken.intersection(each.takes)]
        ordered += free or waiting
        waiting = [each for each in waiting if each not in ordered]
    return ordered


def with_indexes(renames: Renames, followed: Sequence[Rename]) -> Renames:
    """The same renames, where a table that moves to another schema takes the new names of its
    indexes along.
    """
    return [
        replace(each, indexes=_indexes(each, followed))
        if isinstance(each, RenameTable) and each.is_moved
        else each
        for each in renames
    ]


def _indexes(step: RenameTable, followed: Sequence[Rename]) -> dict[str, str]:
    return {
        each.old.own_name: each.new.own_name
        for each in followed
        if isinstance(each, Move)
        and each.old.table == step.table
        and each.old.own_name != each.new.own_name
    }


def after(state: State, followed: Sequence[Rename]) -> State:
    """A schema after PostgreSQL has adapted the objects of renamed tables and columns."""
    becomes = {each.old.name: each.new for each in followed}
    objects = [becomes.get(name, each) for name, each in state.objects.items()]
    return State(state.tables, {each.name: each for each in objects}, state.partitioned)


def _sequence(table: str, column: str) -> Path:
    """The schema and the name of the sequence that PostgreSQL makes for a column."""
    return unquoted(split_name(table)[0]), sequence_name(table, column)


class _Names:
    """The names after some renames, of tables and of columns."""

    def __init__(self, renames: Renames, old: State) -> None:
        self.tables = {
            each.table: each.new for each in renames if isinstance(each, RenameTable)
        }
        self.columns = {
            (each.table, each.old): each.new
            for each in renames
            if isinstance(each, RenameColumn)
        }
        self.sequences = dict(self._sequences(old))

    def _sequences(self, old: State) -> Iterator[tuple[Path, Path]]:
        """The sequences that are renamed with a column or its table, by the names that
        PostgreSQL gave them.
        """
        for table, columns in old.tables.items():
            to = self.tables.get(table, table)
            for column in [*_serial(columns), *_identities(columns)]:
                new = self.columns.get((to, column), column)
                if (table, column) != (to, new):
                    yield _sequence(table, column), _sequence(to, new)

    def require_current(self, new: State) -> None:
        """Refuse a detail that calls a renamed sequence by its old name."""
        stale = self.sequences.keys() - {*self.sequences.values()}
        details = [each for each in new.objects.values() if isinstance(each, DetailDefinition)]
        for each in details if stale else ():
            for path in {mention.path for mention in mentions(each.create)} & stale:
                old, now = (
                    ".".join(map(identifier, name)) for name in (path, self.sequences[path])
                )
                raise ValueError(
                    f"{each.name} names the sequence {old}, which is renamed together with its "
                    f"table or its column: write {now} in its SQL."
                )

    def follower(self, definition: Definition, old: State, new: State) -> Definition | None:
        """The declared object that PostgreSQL makes of an old one, except for its name."""
        if isinstance(definition, PartitionDefinition):
            return self._partition(definition, old, new)
        if isinstance(definition, SequencePrivilegesDefinition):
            return self._privileges(definition, old, new)
        columns = self._columns_of(definition)
        if columns is None:
            return None
        for other in new.objects.values():
            if (
                type(other) is type(definition)
                and other.table == self.tables.get(definition.table, definition.table)
                and (other.name == definition.name or other.name not in old.objects)
                # Other objects name a generated column, so that it keeps its own name.
                and (definition.column is None or other.own_name == definition.own_name)
                and self._renamed(definition, columns, other.own_name) == other.create
            ):
                return other
        return None

    def _partition(
        self, definition: PartitionDefinition, old: State, new: State
    ) -> Definition | None:
        """The declared partition with the same bounds, of the same table."""
        former = {after: before for before, after in self.tables.items()}
        for other in new.objects.values():
            if (
                isinstance(other, PartitionDefinition)
                and (other.name == definition.name or other.name not in old.objects)
                and definition.is_renamed(other, former.get(other.parent, other.parent))
            ):
                return other
        return None

    def _privileges(
        self, definition: SequencePrivilegesDefinition, old: State, new: State
    ) -> Definition | None:
        """The declared privileges on the sequence of the same column."""
        table = self.tables.get(definition.table, definition.table)
        column = self.columns.get((table, definition.own_name), definition.own_name)
        name = f"{definition.kind} {table}.{column}"
        is_new = name == definition.name or name not in old.objects
        return new.objects.get(name) if is_new else None

    def _columns_of(self, definition: Definition) -> Mapping[str, str] | None:
        """The new names of its columns; None if two columns have one name."""
        if isinstance(definition, DetailDefinition):
            table = self.tables.get(definition.table, definition.table)
            return {old: new for (of, old), new in self.columns.items() if of == table}
        references = (
            definition.references if isinstance(definition, ForeignKeyDefinition) else None
        )
        names: dict[str, str] = {}
        for table, columns in merged(definition.uses or {}, references or {}).items():
            for column in columns:
                new = self.columns.get((self.tables.get(table, table), column), column)
                if names.setdefault(column, new) != new:
                    return None
        return names

    def _renamed(
        self, definition: Definition, columns: Mapping[str, str], own_name: str
    ) -> str:
        """The SQL of an object after the renames, under a name of its own."""
        schema = schema_of(definition.table)
        table = unqualified(definition.table)

        def change(mention: Mention) -> Path:
            path = mention.path
            if path in self.sequences:
                return self.sequences[path]
            if path[-1] == definition.own_name and path[:-1] in {(), (schema,)}:
                place = [self._table(schema, table)[0] for _ in path[:-1]]
                return (*place, own_name)
            if path[:-1] in {(), (table,)}:
                qualifier = [self._table(schema, each)[1] for each in path[:-1]]
                return (*qualifier, columns.get(path[-1], path[-1]))
            return (*self._table(path[0], path[1]), *path[2:])

        return rewritten(definition.create, change)

    def _table(self, schema: str, table: str) -> tuple[str, str]:
        """The schema and the name of a table after the renames."""
        full = f"{identifier(schema)}.{identifier(table)}"
        becomes, name = map(unquoted, split_name(self.tables.get(full, full)))
        return becomes, name
