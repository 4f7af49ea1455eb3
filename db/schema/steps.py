"""The steps of a migration. Each knows its SQL both ways, and what it makes of a schema."""

from collections.abc import Mapping
from dataclasses import dataclass

from db.errors import MigrationError
from db.objects.column import Shape
from db.objects.definition import Definition, identifier
from db.schema.state import Columns, State


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A new table with its columns."""

    table: str
    columns: Columns

    def forwards(self) -> str:
        """The SQL."""
        columns = ",\n".join(f"    {identifier(c)} {s.sql}" for c, s in self.columns.items())
        return f"create table {self.table} (\n{columns}\n)"

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return f"drop table {self.table}"

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        _require_new(state.tables, self.table)
        state.tables[self.table] = dict(self.columns)


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column of a table that exists."""

    table: str
    column: str
    shape: Shape

    def forwards(self) -> str:
        """The SQL."""
        column = f"{identifier(self.column)} {self.shape.sql}"
        return f"alter table {self.table}\n    add column {column}"

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return f"alter table {self.table} drop column {identifier(self.column)}"

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        _require_known(state.tables, self.table)
        _require_new(state.tables[self.table], self.column)
        state.tables[self.table][self.column] = self.shape


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """Another type, default or nullability of a column."""

    table: str
    column: str
    old: Shape
    new: Shape

    def forwards(self) -> str:
        """The SQL."""
        return self._change(self.old, self.new)

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return self._change(self.new, self.old)

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        _require_known(state.tables, self.table)
        _require_known(state.tables[self.table], self.column)
        state.tables[self.table][self.column] = self.new

    def _change(self, old: Shape, new: Shape) -> str:
        column = identifier(self.column)
        retyped = old.type != new.type
        actions: list[str] = []
        # A default of the old type may not fit the new one.
        if old.default is not None and (retyped or new.default is None):
            actions.append("drop default")
        if retyped:
            actions.append(f"type {new.type} using {column}::{new.type}")
        if new.default is not None and (retyped or old.default != new.default):
            actions.append(f"set default {new.default}")
        if old.null != new.null:
            actions.append("drop not null" if new.null else "set not null")
        return f"alter table {self.table}\n" + ",\n".join(
            f"    alter column {column} {action}" for action in actions
        )


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """Another name of a column; its values stay."""

    table: str
    old: str
    new: str

    def forwards(self) -> str:
        """The SQL."""
        return _rename(self.table, self.old, self.new)

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return _rename(self.table, self.new, self.old)

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        _require_known(state.tables, self.table)
        columns = state.tables[self.table]
        _require_known(columns, self.old)
        _require_new(columns, self.new)
        state.tables[self.table] = {
            self.new if name == self.old else name: shape for name, shape in columns.items()
        }


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
        _require_new(state.objects, self.definition.name)
        state.objects[self.definition.name] = self.definition


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
        _require_known(state.objects, self.new.name)
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
                _require_known(state.tables, table)
                del state.tables[table]
            case AddColumn(table, column):
                _require_known(state.tables, table)
                _require_known(state.tables[table], column)
                del state.tables[table][column]
            case Create(definition):
                _require_known(state.objects, definition.name)
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


Step = CreateTable | AddColumn | AlterColumn | RenameColumn | Create | Replace | Undo | Execute


def _rename(table: str, old: str, new: str) -> str:
    return f"alter table {table} rename column {identifier(old)} to {identifier(new)}"


def _require_new(there: Mapping[str, object], name: str) -> None:
    if name in there:
        raise MigrationError(f"makes {name}, which is there already")


def _require_known(there: Mapping[str, object], name: str) -> None:
    if name not in there:
        raise MigrationError(f"changes {name}, which no file before it makes")
