"""The steps of a migration, each with its SQL in both directions and its effect on a schema."""

from dataclasses import dataclass, replace

from ottavino.declare.definition import Claim, Definition
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.index import Build, IndexDefinition
from ottavino.declare.type_definition import TypeDefinition
from ottavino.migrate.column_steps import AddColumn, AlterColumn, RenameColumn
from ottavino.migrate.state import State
from ottavino.migrate.table_steps import (
    CreateTable,
    Operation,
    RenameTable,
    require_known,
    require_new,
)
from ottavino.postgres.quoting import identifier, split_name

__all__ = [
    "AddColumn",
    "Alter",
    "AlterColumn",
    "Create",
    "CreateConcurrently",
    "CreateTable",
    "Execute",
    "Move",
    "Rename",
    "RenameColumn",
    "RenameTable",
    "Replace",
    "Step",
    "Undo",
]


@dataclass(frozen=True, slots=True)
class Create(Operation):
    """A new object."""

    definition: Definition

    def forwards(self) -> str:
        return self.definition.create

    def backwards(self) -> str:
        return self.definition.drop

    def replay(self, state: State) -> None:
        require_new(state.objects, self.definition.name)
        state.objects[self.definition.name] = self.definition

    @property
    def subject(self) -> str:
        return self.definition.name

    @property
    def is_by_hand(self) -> bool:
        return self.definition.is_by_hand

    @property
    def tables(self) -> frozenset[str] | None:
        return self.definition.tables

    @property
    def takes(self) -> tuple[Claim, ...]:
        return self.definition.claims


@dataclass(frozen=True, slots=True)
class CreateConcurrently(Operation):
    """A new index that is built concurrently, outside of any transaction."""

    definition: IndexDefinition

    @property
    def build(self) -> Build:
        """The SQL that runs outside of any transaction."""
        if self.definition.build is None:
            raise TypeError(f"{self.definition.name} has no SQL to build it concurrently.")
        return self.definition.build

    def forwards(self) -> str:
        return self.build.create

    def backwards(self) -> str:
        return self.build.drop

    def replay(self, state: State) -> None:
        self.inside.replay(state)

    @property
    def tables(self) -> frozenset[str] | None:
        return self.definition.tables

    @property
    def takes(self) -> tuple[Claim, ...]:
        return self.definition.claims

    @property
    def name(self) -> str:
        """The index as SQL names it, with its schema."""
        schema, own_name = split_name(self.definition.full_name)
        return f"{schema}.{identifier(own_name)}"

    @property
    def table(self) -> str:
        """The indexed table."""
        return self.definition.over

    @property
    def inside(self) -> Create:
        """The same step in a transaction, for a table that no other session has seen."""
        return Create(self.definition)


@dataclass(frozen=True, slots=True)
class Change(Operation):
    """A step that changes an object without dropping it."""

    old: Definition
    new: Definition

    def replay(self, state: State) -> None:
        require_known(state.objects, self.new.name)
        state.objects[self.new.name] = self.new

    @property
    def subject(self) -> str:
        return self.new.name

    @property
    def is_by_hand(self) -> bool:
        return self.old.is_by_hand or self.new.is_by_hand

    @property
    def tables(self) -> frozenset[str] | None:
        if self.old.tables is None or self.new.tables is None:
            return None
        return self.old.tables | self.new.tables


@dataclass(frozen=True, slots=True)
class Replace(Change):
    """A step that replaces the definition of an object in place."""

    def forwards(self) -> str:
        return self.new.replacing(self.old)

    def backwards(self) -> str:
        return self.old.replacing(self.new)

    @property
    def recorded(self) -> tuple[str, str]:
        return self.new.create, self.old.create


@dataclass(frozen=True, slots=True)
class Rename(Change):
    """An object under another name, or one that PostgreSQL has adapted after something that it
    uses was renamed or moved. If its own name stays the same, there is no SQL.
    """

    def forwards(self) -> str:
        return self.new.rename(self.old.own_name, self.new.own_name)

    def backwards(self) -> str:
        return self.new.rename(self.new.own_name, self.old.own_name)

    def replay(self, state: State) -> None:
        require_known(state.objects, self.old.name)
        state.objects = {
            (self.new.name if name == self.old.name else name): (
                self.new if name == self.old.name else each
            )
            for name, each in state.objects.items()
        }

    @property
    def takes(self) -> tuple[Claim, ...]:
        return tuple(each for each in self.new.claims if each not in self.old.claims)

    @property
    def frees(self) -> tuple[Claim, ...]:
        return tuple(each for each in self.old.claims if each not in self.new.claims)


@dataclass(frozen=True, slots=True)
class Move(Rename):
    """An object in another schema, and perhaps under another name. An index or a key moves with
    its table, and has no SQL of its own.
    """

    def forwards(self) -> str:
        return self.new.move_from(self.old.full_name)

    def backwards(self) -> str:
        return self.old.move_from(self.new.full_name)

    def replay(self, state: State) -> None:
        # Called without `super()`, which does not work in a dataclass with slots.
        Rename.replay(self, state)
        match self.old, self.new:
            case TypeDefinition() as old, TypeDefinition() as new:
                for columns in state.tables.values():
                    for name, spec in columns.items():
                        if old.is_of(spec.type):
                            columns[name] = replace(spec, type=new.like(spec.type))
            case _:
                pass

    @property
    def recorded(self) -> tuple[str, str]:
        return self.new.create, self.old.create


@dataclass(frozen=True, slots=True)
class Alter(Change):
    """A step that changes an object by statements of its own, in both directions."""

    sql: str
    undo: str

    @property
    def added_to(self) -> str | None:
        """The type to which values are added, which can be used only after a commit."""
        match self.old, self.new:
            case EnumDefinition(values=old), EnumDefinition(values=new) if {*old} < {*new}:
                return self.new.name
            case _:
                return None

    def forwards(self) -> str:
        return self.sql

    def backwards(self) -> str:
        return self.undo


@dataclass(frozen=True, slots=True)
class Undo(Operation):
    """A step in reverse, such as dropping a table, a column or an object."""

    step: CreateTable | AddColumn | Create

    def forwards(self) -> str:
        return self.step.backwards()

    def backwards(self) -> str:
        return self.step.forwards()

    def replay(self, state: State) -> None:
        match self.step:
            case CreateTable(table):
                require_known(state.tables, table)
                del state.tables[table]
                state.partitioned.pop(table, None)
            case AddColumn(table, column):
                require_known(state.tables, table)
                require_known(state.tables[table], column)
                del state.tables[table][column]
            case Create(definition):
                require_known(state.objects, definition.name)
                del state.objects[definition.name]

    @property
    def subject(self) -> str | None:
        return self.step.subject

    @property
    def is_by_hand(self) -> bool:
        return self.step.is_by_hand

    @property
    def tables(self) -> frozenset[str] | None:
        return self.step.tables

    @property
    def frees(self) -> tuple[Claim, ...]:
        return self.step.takes


@dataclass(frozen=True, slots=True)
class Execute(Operation):
    """Hand-written statements, which are for rows rather than for the schema."""

    sql: str
    undo: str

    def forwards(self) -> str:
        return self.sql

    def backwards(self) -> str:
        return self.undo

    def replay(self, state: State) -> None:
        """Leave the schema as it is."""

    @property
    def is_by_hand(self) -> bool:
        return True

    @property
    def tables(self) -> None:
        """Unknown: a function that it calls can change any table."""
        return


Step = (
    CreateTable
    | RenameTable
    | AddColumn
    | AlterColumn
    | RenameColumn
    | Create
    | CreateConcurrently
    | Rename
    | Move
    | Replace
    | Alter
    | Undo
    | Execute
)
