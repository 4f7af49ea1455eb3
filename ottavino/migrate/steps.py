"""The steps of a migration. Each knows its SQL both ways, and what it makes of a schema."""

from dataclasses import dataclass

from ottavino.declare.definition import Definition
from ottavino.migrate.state import State
from ottavino.migrate.table_steps import (
    AddColumn,
    AlterColumn,
    CreateTable,
    RenameColumn,
    RenameTable,
    require_known,
    require_new,
)

__all__ = [
    "AddColumn",
    "AlterColumn",
    "Create",
    "CreateConcurrently",
    "CreateTable",
    "Execute",
    "RenameColumn",
    "RenameTable",
    "Replace",
    "Step",
    "Undo",
]


@dataclass(frozen=True, slots=True)
class Create:
    """A new object."""

    definition: Definition

    def forwards(self) -> str:
        """The SQL."""
        return self.definition.create

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return self.definition.drop

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        require_new(state.objects, self.definition.name)
        state.objects[self.definition.name] = self.definition


@dataclass(frozen=True, slots=True)
class CreateConcurrently:
    """A new index that is built while others write, which no transaction can hold."""

    definition: Definition

    def forwards(self) -> str:
        """The SQL."""
        return self.definition.create.replace("index", "index concurrently", 1)

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return self.definition.drop.replace("index", "index concurrently", 1)

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        self.inside.replay(state)

    @property
    def statements(self) -> list[str]:
        """The same one by one: together they would be a transaction."""
        build, *settings = self.forwards().split(";\nalter index ")
        return [build, *(f"alter index {each}" for each in settings)]

    @property
    def name(self) -> str:
        """The index as SQL names it, with its schema."""
        return self.definition.drop.removeprefix("drop index ")

    @property
    def table(self) -> str:
        """The table that it is over."""
        return self.definition.create.partition(" on ")[2].partition(" ")[0]

    @property
    def inside(self) -> Create:
        """The same in a transaction, which does for a table that nobody else has seen."""
        return Create(self.definition)


@dataclass(frozen=True, slots=True)
class Replace:
    """Another body of an object that PostgreSQL changes in place."""

    old: Definition
    new: Definition

    def forwards(self) -> str:
        """The SQL."""
        return self.new.create

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return self.old.create

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        require_known(state.objects, self.new.name)
        state.objects[self.new.name] = self.new


@dataclass(frozen=True, slots=True)
class Undo:
    """A step taken back: what a drop is, of a table, a column or an object."""

    step: CreateTable | AddColumn | Create

    def forwards(self) -> str:
        """The SQL."""
        return self.step.backwards()

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return self.step.forwards()

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        match self.step:
            case CreateTable(table):
                require_known(state.tables, table)
                del state.tables[table]
            case AddColumn(table, column):
                require_known(state.tables, table)
                require_known(state.tables[table], column)
                del state.tables[table][column]
            case Create(definition):
                require_known(state.objects, definition.name)
                del state.objects[definition.name]


@dataclass(frozen=True, slots=True)
class Execute:
    """Statements written by hand, for the rows rather than for the schema."""

    sql: str
    undo: str

    def forwards(self) -> str:
        """The SQL."""
        return self.sql

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return self.undo

    def replay(self, state: State) -> None:
        """Leave the schema as it is."""


Step = (
    CreateTable
    | RenameTable
    | AddColumn
    | AlterColumn
    | RenameColumn
    | Create
    | CreateConcurrently
    | Replace
    | Undo
    | Execute
)
