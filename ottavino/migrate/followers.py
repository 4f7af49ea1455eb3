"""Finds the objects that follow what is renamed or moved to another schema.

PostgreSQL adapts constraints, indexes, generated columns, views and parsed functions to the
new name, but keeps their own names. So these are renamed as well if their names contain the old
one, and not created again: building an index of a large table takes minutes, a new constraint
is checked against each row, a new generated column is written to each, and a view that is
dropped loses what others were granted on it. A partition that is created again would lose its
rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.constraint import ConstraintDefinition, ForeignKeyDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition, merged, unqualified
from ottavino.declare.domain import DomainDefinition, DomainPartDefinition
from ottavino.declare.generated import GeneratedDefinition
from ottavino.declare.grant import PrivilegesDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.partition import PartitionDefinition
from ottavino.declare.sequence import SequencePrivilegesDefinition
from ottavino.declare.view_definition import ViewDefinition
from ottavino.migrate.renames import Renames, identities, serial
from ottavino.migrate.serial import sequence_name
from ottavino.migrate.state import State
from ottavino.migrate.steps import Move, Rename, RenameColumn, RenameTable
from ottavino.postgres.quoting import identifier, schema_of, split_name, unquoted
from ottavino.sql import Mention, Path, mentions, rewritten

Pair = tuple[Definition, Definition]
"""An object that moves or is renamed by itself, and its declaration under the new name."""

EARLY = DomainDefinition | DomainPartDefinition | FunctionDefinition | ViewDefinition
"""What follows before the tables change: it is there when objects are created that need it."""

FOLLOWING = (
    ConstraintDefinition
    | DetailDefinition
    | GeneratedDefinition
    | IndexDefinition
    | PartitionDefinition
    | PrivilegesDefinition
    | SequencePrivilegesDefinition
    | EARLY
)


def followers(old: State, new: State, names: "Names") -> list[Rename]:
    """The steps for the objects that are adapted to new names, or have one themselves."""
    if names.sequences:
        names.require_current(new)
    free, steps = new.copy(), list[Rename]()
    for definition in old.objects.values():
        if isinstance(definition, FOLLOWING) and definition != new.objects.get(definition.name):
            follower = names.follower(definition, old, free)
            if follower is not None and follower != definition:
                # Another object with the same SQL becomes another one.
                free.objects.pop(follower.name, None)
                steps.append(renaming(definition, follower))
    return freed_first(steps)


def renaming(old: Definition, new: Definition) -> Rename:
    """The step that gives an object its new name, or that moves it to another schema."""
    schemas = [
        {claim.place for claim in each.claims if claim.kind in {"relation", "function"}}
        for each in (old, new)
    ]
    return Rename(old, new) if schemas[0] == schemas[1] else Move(old, new)


def freed_first(steps: Iterable[Rename]) -> list[Rename]:
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


class Names:
    """The names after some renames, of tables and of columns."""

    def __init__(self, renames: Renames, old: State, moved: Iterable[Pair] = ()) -> None:
        self.moved = [*moved]
        self.tables = {
            each.table: each.new for each in renames if isinstance(each, RenameTable)
        } | {
            each.full_name: other.full_name
            for each, other in self.moved
            if isinstance(each, ViewDefinition)
        }
        self.columns = {
            (each.table, each.old): each.new
            for each in renames
            if isinstance(each, RenameColumn)
        }
        self.called = self.tables | {
            str(each.called): str(other.called) for each, other in self.moved
        }
        self.sequences = dict(self._sequences(old))
        self.paths = self.sequences | self._paths_of_moved(routines=False)
        self.routines = self._paths_of_moved(routines=True)

    def _paths_of_moved(self, *, routines: bool) -> dict[Path, Path]:
        return {
            _path(each): _path(other)
            for each, other in self.moved
            if isinstance(each, FunctionDefinition) == routines
        }

    def _sequences(self, old: State) -> Iterator[tuple[Path, Path]]:
        """The sequences that are renamed with a column or its table, by the names that
        PostgreSQL gave them.
        """
        for table, columns in old.tables.items():
            to = self.tables.get(table, table)
            for column in [*serial(columns), *identities(columns)]:
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
        match definition:
            case PartitionDefinition():
                return self._partition(definition, old, new)
            case SequencePrivilegesDefinition():
                return self._sequence_privileges(definition, old, new)
            case PrivilegesDefinition():
                return self._privileges(definition, old, new)
            case DomainDefinition() | DomainPartDefinition():
                return self.adapted(definition, new)
            case FunctionDefinition() | ViewDefinition():
                return self.adapted(definition, new)
            case _:
                return self._part_of_table(definition, old, new)

    def adapted(self, definition: Definition, new: State) -> Definition | None:
        """What PostgreSQL makes of a view, a routine, a domain or a part of one, if that can
        become what is declared. It adapts no body between quotation marks.
        """
        create = self._adapted(definition, definition.create)
        if create is None:
            return None
        adapted = replace(
            definition,
            name=f"{definition.kind} {self._named(definition)}",
            create=create,
            drop=self._text(definition.drop),
            uses={self.tables.get(t, t): each for t, each in (definition.uses or {}).items()},
            calls=tuple(self.called.get(each, each) for each in definition.calls),
        )
        other = new.objects.get(adapted.name)
        if isinstance(adapted, FunctionDefinition):
            # The name of an argument's type may be spelled in another way.
            drop = adapted.drop if other is None else other.drop
            adapted = replace(adapted, interface=self._text(adapted.interface), drop=drop)
        if other is None or (other != adapted and not self._changes(adapted, other)):
            return None
        return other if other == adapted else adapted

    def _changes(self, adapted: Definition, other: Definition) -> bool:
        """Whether it can be changed into what is declared without dropping it."""
        return not isinstance(adapted, DomainDefinition) and adapted.becomes(other)

    def _named(self, definition: Definition) -> str:
        """The new name of an object; that of a part of a domain begins with the domain's."""
        name = definition.full_name
        for each, other in self.moved:
            if type(each) is type(definition) and each.name == definition.name:
                return other.full_name
            if isinstance(each, DomainDefinition) and each.full_name in definition.calls:
                rest = name.removeprefix(each.full_name)
                name = name if rest.strip(".") == name else f"{other.full_name}{rest}"
        return self._text(name) if isinstance(definition, FunctionDefinition) else name

    def _part_of_table(
        self, definition: Definition, old: State, new: State
    ) -> Definition | None:
        columns = self._columns_of(definition)
        if columns is None:
            return None
        of_its_name = filter(None, [new.objects.get(definition.name)])
        for other in (*of_its_name, *new.objects.values()):
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

    def _adapted(self, definition: Definition, sql: str) -> str | None:
        """The SQL as PostgreSQL has it after the renames, without the body that it does not
        parse. None if that SQL would show an old name as an alias of the new one.
        """
        own, shown = _path(definition), list[Path]()

        def change(mention: Mention) -> Path:
            path = self._object(mention)
            if path[-1] != mention.path[-1] and mention.path != own:
                shown.append(path)
            return path

        changed = rewritten(sql, change, in_code=False)
        names_columns = isinstance(definition, ViewDefinition) or (
            isinstance(definition, FunctionDefinition) and definition.is_parsed
        )
        return None if shown and names_columns else changed

    def _text(self, sql: str) -> str:
        return rewritten(sql, self._object, in_code=False)

    def _object(self, mention: Mention) -> Path:
        """The path of a routine, a type or a relation after the renames."""
        path = mention.path
        if mention.is_call and path in self.routines:
            return self.routines[path]
        if path[:2] in self.paths:
            return (*self.paths[path[:2]], *path[2:])
        return path if len(path) == 1 else (*self._table(path[0], path[1]), *path[2:])

    def _partition(
        self, definition: PartitionDefinition, old: State, new: State
    ) -> Definition | None:
        """The declared partition with the same bounds, of the same table."""
        former = {after: before for before, after in self.tables.items()}
        for other in new.objects.values():
            if (
                isinstance(other, PartitionDefinition)
                and (other.name == definition.name or other.name not in old.objects)
                and (
                    definition.is_renamed(other, former.get(other.parent, other.parent))
                    or self._is_found_elsewhere(definition, other)
                )
            ):
                return other
        return None

    def _is_found_elsewhere(
        self, definition: PartitionDefinition, other: PartitionDefinition
    ) -> bool:
        """Whether two partitions with SQL of their own differ only in their names."""

        def change(mention: Mention) -> Path:
            is_own = mention.path == _path(definition)
            return _path(other) if is_own else self._object(mention)

        return rewritten(definition.create, change) == other.create

    def _privileges(
        self, definition: PrivilegesDefinition, old: State, new: State
    ) -> Definition | None:
        """The privileges on a table or a view under its new name. They may change then."""
        table = self.tables.get(definition.table, definition.table)
        columns = {before: now for (of, before), now in self.columns.items() if of == table}
        if table == definition.table and not columns:
            return None
        renamed = definition.after(table, columns, self.called)
        other = new.objects.get(renamed.name)
        if other is None or (other.name != definition.name and other.name in old.objects):
            return None
        return other if renamed.grants_the_same(other) else renamed

    def _sequence_privileges(
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
            if path in self.paths or (mention.is_call and path in self.routines):
                return self._object(mention)
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


def _path(definition: Definition) -> Path:
    """The name by which SQL calls a routine, a type, a sequence or a view."""
    if isinstance(definition, FunctionDefinition):
        return definition.schema, definition.own_name
    return schema_of(definition.full_name), unqualified(definition.full_name)
