"""The steps that change tables and their columns."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ottavino.declare.column import ColumnSpec
from ottavino.declare.definition import Claim, renaming, unqualified
from ottavino.declare.moving import in_between, moving, renamed_index
from ottavino.errors import MigrationError
from ottavino.migrate.serial import (
    go_on,
    recorded_renaming,
    rename_own_sequence,
    rename_sequence,
    sequence_name,
)
from ottavino.migrate.state import Columns, State
from ottavino.postgres.quoting import identifier, literal, schema_of, split_name


class Operation(ABC):
    """A step: its SQL in both directions, and its effect on a schema."""

    __slots__ = ()

    @abstractmethod
    def forwards(self) -> str:
        """The SQL that runs the step."""

    @abstractmethod
    def backwards(self) -> str:
        """The SQL that undoes it."""

    @property
    def recorded(self) -> tuple[str, str]:
        """The SQL in both directions whose digest is recorded with an applied file. If a later
        version runs other SQL for the same step, this stays the same.
        """
        return self.forwards(), self.backwards()

    @abstractmethod
    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""

    @property
    @abstractmethod
    def tables(self) -> frozenset[str] | None:
        """Every table that it touches; None if unknown."""

    @property
    def subject(self) -> str | None:
        """The object that it changes, if the first line of its SQL does not name it."""
        return None

    @property
    def is_by_hand(self) -> bool:
        """Whether a person wrote or changed its SQL."""
        return False

    @property
    def takes(self) -> tuple[Claim, ...]:
        """The names that it creates in the database."""
        return ()

    @property
    def frees(self) -> tuple[Claim, ...]:
        """The names that it drops."""
        return ()


@dataclass(frozen=True, slots=True)
class CreateTable(Operation):
    """A new table with its columns."""

    table: str
    columns: Columns
    partition_by: str = ""

    def forwards(self) -> str:
        columns = ",\n".join(f"    {identifier(c)} {s.sql}" for c, s in self.columns.items())
        partitions = f" partition by {self.partition_by}" if self.partition_by else ""
        return f"create table {self.table} (\n{columns}\n){partitions}"

    def backwards(self) -> str:
        return f"drop table {self.table}"

    def replay(self, state: State) -> None:
        require_new(state.tables, self.table)
        state.tables[self.table] = dict(self.columns)
        if self.partition_by:
            state.partitioned[self.table] = self.partition_by

    @property
    def tables(self) -> frozenset[str]:
        return frozenset({self.table})

    @property
    def takes(self) -> tuple[Claim, ...]:
        return (relation(self.table),)


@dataclass(frozen=True, slots=True)
class RenameTable(Operation):
    """A table under another name, or in another schema."""

    table: str
    new: str
    serial: tuple[str, ...] = ()
    """The columns whose sequences have the name of the table in theirs."""
    indexes: dict[str, str] | None = None
    """If it moves to another schema: the new names of the indexes that are renamed with it,
    by their old ones. None in older files, whose indexes are renamed after it.
    """
    identities: tuple[str, ...] = ()
    """The identity columns, whose sequences PostgreSQL has named after the table. Older files
    have none, and leave the sequences their names.
    """

    @property
    def is_moved(self) -> bool:
        """Whether it gets into another schema."""
        return schema_of(self.table) != schema_of(self.new)

    def forwards(self) -> str:
        return self._rename(self.table, self.new, self.indexes)

    def backwards(self) -> str:
        if self.indexes is None:
            return self._rename(self.new, self.table, None)
        olds = {new: old for old, new in reversed(self.indexes.items())}
        return self._rename(self.new, self.table, olds)

    @property
    def recorded(self) -> tuple[str, str]:
        return self._recorded(self.table, self.new), self._recorded(self.new, self.table)

    def _recorded(self, old: str, new: str) -> str:
        sequences = (recorded_renaming(new, each) for each in self.serial)
        indexes = (f"{each} is {to}" for each, to in (self.indexes or {}).items())
        named = (f"{sequence_name(new, each)} numbers {each}" for each in self.identities)
        return ";\n".join([*renaming("table", old, new), *sequences, *indexes, *named])

    def _rename(self, old: str, new: str, indexes: Mapping[str, str] | None) -> str:
        if indexes is None:
            sequences = self._rename_sequences(new, old)
            return ";\n".join([*renaming("table", old, new), *sequences])
        renames = [renamed_index(*names) for names in indexes.items()]
        if unqualified(old) != unqualified(new):
            renames += self._rename_sequences(in_between(new), old)
        return moving("table", old, new, renames)

    def _rename_sequences(self, table: str, old: str) -> Iterator[str]:
        yield from (rename_sequence(table, each) for each in self.serial)
        for each in self.identities:
            yield rename_own_sequence(table, each, sequence_name(old, each))

    def replay(self, state: State) -> None:
        require_known(state.tables, self.table)
        require_new(state.tables, self.new)
        state.tables[self.new] = state.tables.pop(self.table)
        if self.table in state.partitioned:
            state.partitioned[self.new] = state.partitioned.pop(self.table)

    @property
    def tables(self) -> frozenset[str]:
        return frozenset({self.table, self.new})

    @property
    def takes(self) -> tuple[Claim, ...]:
        return (relation(self.new),)

    @property
    def frees(self) -> tuple[Claim, ...]:
        return (relation(self.table),)


@dataclass(frozen=True, slots=True)
class AddColumn(Operation):
    """A new column of a table that exists."""

    table: str
    column: str
    spec: ColumnSpec

    def forwards(self) -> str:
        column = f"{identifier(self.column)} {self.spec.sql}"
        return f"alter table {self.table}\n    add column {column}"

    def backwards(self) -> str:
        return f"alter table {self.table} drop column {identifier(self.column)}"

    def replay(self, state: State) -> None:
        require_known(state.tables, self.table)
        require_new(state.tables[self.table], self.column)
        state.tables[self.table][self.column] = self.spec

    @property
    def subject(self) -> str:
        return f"column {self.table}.{self.column}"

    @property
    def tables(self) -> frozenset[str]:
        return frozenset({self.table})

    @property
    def takes(self) -> tuple[Claim, ...]:
        return (Claim("column", self.table, self.column),)


@dataclass(frozen=True, slots=True)
class AlterColumn(Operation):
    """A column with another type, default or nullability."""

    table: str
    column: str
    old: ColumnSpec
    new: ColumnSpec
    using: str | None = None
    """The conversion of a value if the type changes, in SQL; without one, a cast."""
    back: str | None = None
    """The same for `backwards`."""

    @property
    def is_retyped(self) -> bool:
        """Whether its type changes."""
        return self.old.type != self.new.type

    def forwards(self) -> str:
        changed = self._change(self.old, self.new, self.using)
        return ";\n".join([changed, *self._numbers(self.old, self.new)])

    def backwards(self) -> str:
        changed = self._change(self.new, self.old, self.back)
        return ";\n".join([changed, *self._numbers(self.new, self.old)])

    @property
    def recorded(self) -> tuple[str, str]:
        return (
            self._change(self.old, self.new, self.using),
            self._change(self.new, self.old, self.back),
        )

    def replay(self, state: State) -> None:
        require_known(state.tables, self.table)
        require_known(state.tables[self.table], self.column)
        state.tables[self.table][self.column] = self.new

    @property
    def subject(self) -> str:
        return f"column {self.table}.{self.column}"

    @property
    def is_by_hand(self) -> bool:
        return self.using is not None or self.back is not None

    @property
    def tables(self) -> frozenset[str]:
        return frozenset({self.table})

    def _change(self, old: ColumnSpec, new: ColumnSpec, using: str | None) -> str:
        if old.type != new.type and old.identity and new.identity is None:
            # PostgreSQL looks at the new type before it drops the identity.
            plain = replace(old, identity=None)
            return f"{self._change(old, plain, None)};\n{self._altered(plain, new, using)}"
        if "serial" not in {old.identity, new.identity} or old.identity == new.identity:
            return self._altered(old, new, using)
        # Only an identity's sequence changes its type along with the column.
        counted = new if new.identity == "serial" else old
        sides = (replace(old, identity=None), replace(new, identity=None))
        rest = [] if sides[0] == sides[1] else [self._altered(*sides, using)]
        numbered = self._numbered(old, new, counted.type)
        parts = [*rest, numbered] if new.identity == "serial" else [numbered, *rest]
        return ";\n".join(parts)

    def _numbers(self, old: ColumnSpec, new: ColumnSpec) -> Iterator[str]:
        """The statements that make the sequence fit the column, which earlier versions did not
        run.
        """
        if old.identity is None and new.identity is not None:
            yield go_on(self.table, self.column)
        elif old.identity == new.identity == "serial" and old.type != new.type:
            schema, _ = split_name(self.table)
            sequence = identifier(sequence_name(self.table, self.column))
            yield f"alter sequence {schema}.{sequence} as {new.type}"

    def _numbered(self, old: ColumnSpec, new: ColumnSpec, type_: str) -> str:
        """The SQL that changes a serial column to an identity column or back, and continues its
        numbers.
        """
        lines = [*self._without_numbers(old), *self._with_numbers(new, type_)]
        body = "\n".join(f"    {line}" for line in lines)
        place = f"{self._named}::text, {literal(self.column)}"
        return (
            "do $$\n"
            "declare\n"
            f"    sequence text := pg_get_serial_sequence({place});\n"
            "    number bigint := 1;\n"
            f"begin\n{body}\nend\n$$"
        )

    def _without_numbers(self, old: ColumnSpec) -> Iterator[str]:
        if old.identity is None:
            return
        last = "select last_value + is_called::int from %s"
        yield f"execute format({literal(last)}, sequence) into number;"
        if old.identity == "serial":
            yield f"{self._alter} drop default;"
            yield "execute format('drop sequence %s', sequence);"
        else:
            yield f"{self._alter} drop identity;"

    def _with_numbers(self, new: ColumnSpec, type_: str) -> Iterator[str]:
        schema, _ = split_name(self.table)
        column = identifier(self.column)
        sequence = identifier(sequence_name(self.table, self.column))
        of = literal(f"{schema}.{sequence}")
        if new.identity == "serial":
            owned = f"owned by {self.table}.{column}"
            yield f"create sequence {schema}.{sequence} as {type_} {owned};"
            yield f"perform setval({of}::regclass, number, false);"
            yield f"{self._alter} set default nextval({of}::regclass);"
        elif new.identity is not None:
            yield f"{self._alter} add generated {new.identity} as identity;"
            restart = literal("alter table %s alter column %I restart with %s")
            given = f"{self._named}, {literal(self.column)}, number"
            yield f"execute format({restart}, {given});"

    @property
    def _alter(self) -> str:
        return f"alter table {self.table} alter column {identifier(self.column)}"

    @property
    def _named(self) -> str:
        # Due to the cast, a shadow database recognises the literal as a name.
        return f"{literal(self.table)}::regclass"

    def _altered(self, old: ColumnSpec, new: ColumnSpec, using: str | None) -> str:
        column = identifier(self.column)
        retyped = old.type != new.type
        actions: list[str] = []
        if old.identity is not None and new.identity is None:
            actions.append("drop identity")
        # A default of the old type may not fit the new one.
        if old.default is not None and (retyped or new.default is None):
            actions.append("drop default")
        if old.identity is not None and new.identity not in {None, old.identity}:
            # The sequence continues.
            actions.append(f"set generated {new.identity}")
        if retyped:
            # Two user-defined types can be converted only through text.
            through = "::text" if "." in old.type and "." in new.type else ""
            value = using or f"{column}{through}::{new.type}"
            actions.append(f"type {new.type} using {value}")
        if new.default is not None and (retyped or old.default != new.default):
            actions.append(f"set default {new.default}")
        if old.null != new.null:
            actions.append("drop not null" if new.null else "set not null")
        if old.identity is None and new.identity is not None:
            actions.append(f"add generated {new.identity} as identity")
        return f"alter table {self.table}\n" + ",\n".join(
            f"    alter column {column} {action}" for action in actions
        )


@dataclass(frozen=True, slots=True)
class RenameColumn(Operation):
    """A renamed column."""

    table: str
    old: str
    new: str
    serial: bool = False
    """Whether its sequence has the name of the column in its own."""
    partition_by: str = ""
    """The partitioning of the table after it, if that contains the column."""
    identity: bool = False
    """Whether it is an identity column, whose sequence PostgreSQL has named after it."""

    def forwards(self) -> str:
        return self._rename(self.old, self.new)

    def backwards(self) -> str:
        return self._rename(self.new, self.old)

    @property
    def recorded(self) -> tuple[str, str]:
        return (
            self._rename(self.old, self.new, recorded_renaming),
            self._rename(self.new, self.old, recorded_renaming),
        )

    def _rename(
        self, old: str, new: str, renaming: Callable[[str, str], str] = rename_sequence
    ) -> str:
        names = f"{identifier(old)} to {identifier(new)}"
        sequences = [renaming(self.table, new)] if self.serial else []
        if self.identity:
            named = sequence_name(self.table, old)
            sequences = [rename_own_sequence(self.table, new, named)]
        return ";\n".join([f"alter table {self.table} rename column {names}", *sequences])

    def replay(self, state: State) -> None:
        require_known(state.tables, self.table)
        columns = state.tables[self.table]
        require_known(columns, self.old)
        require_new(columns, self.new)
        state.tables[self.table] = {
            self.new if name == self.old else name: spec for name, spec in columns.items()
        }
        if self.partition_by:
            require_known(state.partitioned, self.table)
            state.partitioned[self.table] = self.partition_by

    @property
    def tables(self) -> frozenset[str]:
        return frozenset({self.table})

    @property
    def takes(self) -> tuple[Claim, ...]:
        return (Claim("column", self.table, self.new),)

    @property
    def frees(self) -> tuple[Claim, ...]:
        return (Claim("column", self.table, self.old),)


def relation(table: str) -> Claim:
    """The name of a table among the relations of its schema."""
    return Claim("relation", schema_of(table), unqualified(table))


def require_new(there: Mapping[str, object], name: str) -> None:
    """Refuse to create an object that the schema already has."""
    if name in there:
        raise MigrationError(f"makes {name}, which is there already")


def require_known(there: Mapping[str, object], name: str) -> None:
    """Refuse to change an object that the schema does not have."""
    if name not in there:
        raise MigrationError(f"changes {name}, which no earlier file makes")
