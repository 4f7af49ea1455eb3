"""The steps that change tables and their columns."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ottavino.declare.definition import Claim, renaming, unqualified
from ottavino.declare.moving import in_between, moving, renamed_index
from ottavino.errors import MigrationError
from ottavino.migrate.serial import (
    recorded_renaming,
    rename_own_sequence,
    rename_sequence,
    sequence_name,
)
from ottavino.migrate.state import Columns, State
from ottavino.postgres.quoting import identifier, schema_of


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
