"""Finds renamed tables and columns, and the objects that follow them.

When a table or a column is renamed, PostgreSQL adapts its constraints, indexes and generated
columns, but keeps their names. So these are renamed as well if their names contain the old one,
and not created again: building an index of a large table takes minutes, a new constraint is
checked against each row, and a new generated column is written to each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import partial

from ottavino.declare.constraint import ConstraintDefinition, ForeignKeyDefinition
from ottavino.declare.definition import Definition, merged, unqualified
from ottavino.declare.generated import GeneratedDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.migrate.state import Columns, State
from ottavino.migrate.steps import Rename, RenameColumn, RenameTable, Step
from ottavino.postgres.quoting import identifier
from ottavino.sql import Mention, Path, rewritten

AskRename = Callable[[str, str, str], bool]
"""Called with a table and two columns, or a schema and two tables: is the second the first one
under another name?"""

Renames = Sequence[RenameTable | RenameColumn]

RESEMBLANCE = 0.5
"""Two tables may be the same, renamed and changed, if they share this part of their columns."""


def find_renames(old: State, new: State, ask: AskRename) -> Renames:
    """The renamed tables, and then the renamed columns, as far as `ask` agrees."""
    tables = [*_tables(old, new, ask)]
    between = replayed(State(dict(old.tables)), tables)
    return [*tables, *_columns(between, new, ask)]


def replayed(state: State, steps: Sequence[Step]) -> State:
    """The schema after some steps."""
    state = deepcopy(state)
    for step in steps:
        step.replay(state)
    return state


def _tables(old: State, new: State, ask: AskRename) -> Iterator[RenameTable]:
    if not old.tables:
        return
    gone = [table for table in old.tables if table not in new.tables]
    added = [table for table in new.tables if table not in old.tables]
    shared = _shared(old)
    for is_alike in (_are_same, partial(_resemble, shared)):
        for table, other in [(table, other) for table in gone for other in added]:
            schema, name = table.split(".", 1)
            in_schema, other_name = other.split(".", 1)
            if (
                (table in gone and other in added and schema == in_schema)
                and is_alike(old.tables[table], new.tables[other])
                and ask(schema, name, other_name)
            ):
                gone.remove(table)
                added.remove(other)
                yield RenameTable(table, other, tuple(_serial(old.tables[table])))


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
        added = [name for name in columns if name not in before]
        for gone in [name for name in before if name not in columns]:
            alike = [name for name in added if columns[name].type == before[gone].type]
            renamed = next((name for name in alike if ask(table, gone, name)), None)
            if renamed is not None:
                yield RenameColumn(table, gone, renamed, gone in _serial(before))
                added.remove(renamed)


def _serial(columns: Columns) -> list[str]:
    return [name for name, spec in columns.items() if spec.identity == "serial"]


def followers(old: State, new: State, renames: Renames) -> list[Rename]:
    """The constraints, indexes and generated columns that are unchanged, or only have to be
    renamed.
    """
    names = _Names(renames)
    return [
        Rename(definition, follower)
        for definition in old.objects.values()
        if isinstance(definition, ConstraintDefinition | IndexDefinition | GeneratedDefinition)
        and definition != new.objects.get(definition.name)
        and (follower := names.follower(definition, old, new)) is not None
    ]


def after(state: State, followed: Sequence[Rename]) -> State:
    """A schema after PostgreSQL has adapted the objects of renamed tables and columns."""
    becomes = {each.old.name: each.new for each in followed}
    objects = [becomes.get(name, each) for name, each in state.objects.items()]
    return State(state.tables, {each.name: each for each in objects}, state.partitioned)


class _Names:
    """The names after some renames, of tables and of columns."""

    def __init__(self, renames: Renames) -> None:
        self.tables = {
            each.table: each.new for each in renames if isinstance(each, RenameTable)
        }
        self.columns = {
            (each.table, each.old): each.new
            for each in renames
            if isinstance(each, RenameColumn)
        }

    def follower(self, definition: Definition, old: State, new: State) -> Definition | None:
        """The declared object that PostgreSQL makes of an old one, except for its name."""
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

    def _columns_of(self, definition: Definition) -> Mapping[str, str] | None:
        """The new names of its columns; None if two columns have one name."""
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
        schema = definition.table.split(".", 1)[0]
        table = unqualified(definition.table)

        def change(mention: Mention) -> Path:
            path = mention.path
            if path[-1] == definition.own_name and path[:-1] in {(), (schema,)}:
                return (*path[:-1], own_name)
            if path[:-1] in {(), (table,)}:
                qualifier = [self._table(schema, each) for each in path[:-1]]
                return (*qualifier, columns.get(path[-1], path[-1]))
            return (path[0], self._table(*path[:2]), *path[2:])

        return rewritten(definition.create, change)

    def _table(self, schema: str, table: str) -> str:
        full = f"{schema}.{identifier(table)}"
        return unqualified(self.tables.get(full, full))
