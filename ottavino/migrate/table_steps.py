"""The steps that change tables and their columns. Each knows its SQL both ways."""

from collections.abc import Mapping
from dataclasses import dataclass

from ottavino.declare.column import ColumnSpec
from ottavino.declare.definition import identifier
from ottavino.errors import MigrationError
from ottavino.migrate.state import Columns, State


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
        require_new(state.tables, self.table)
        state.tables[self.table] = dict(self.columns)


@dataclass(frozen=True, slots=True)
class RenameTable:
    """Another name of a table, in the schema where it is; its rows stay."""

    table: str
    new: str

    def forwards(self) -> str:
        """The SQL."""
        return _rename_table(self.table, self.new)

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return _rename_table(self.new, self.table)

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        require_known(state.tables, self.table)
        require_new(state.tables, self.new)
        state.tables[self.new] = state.tables.pop(self.table)


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column of a table that exists."""

    table: str
    column: str
    spec: ColumnSpec

    def forwards(self) -> str:
        """The SQL."""
        column = f"{identifier(self.column)} {self.spec.sql}"
        return f"alter table {self.table}\n    add column {column}"

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return f"alter table {self.table} drop column {identifier(self.column)}"

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        require_known(state.tables, self.table)
        require_new(state.tables[self.table], self.column)
        state.tables[self.table][self.column] = self.spec


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """Another type, default or nullability of a column."""

    table: str
    column: str
    old: ColumnSpec
    new: ColumnSpec

    def forwards(self) -> str:
        """The SQL."""
        return self._change(self.old, self.new)

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return self._change(self.new, self.old)

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        require_known(state.tables, self.table)
        require_known(state.tables[self.table], self.column)
        state.tables[self.table][self.column] = self.new

    def _change(self, old: ColumnSpec, new: ColumnSpec) -> str:
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
        return _rename_column(self.table, self.old, self.new)

    def backwards(self) -> str:
        """The SQL that undoes it."""
        return _rename_column(self.table, self.new, self.old)

    def replay(self, state: State) -> None:
        """Change a schema as the SQL changes the database."""
        require_known(state.tables, self.table)
        columns = state.tables[self.table]
        require_known(columns, self.old)
        require_new(columns, self.new)
        state.tables[self.table] = {
            self.new if name == self.old else name: spec for name, spec in columns.items()
        }


def require_new(there: Mapping[str, object], name: str) -> None:
    """Refuse to make what a schema has."""
    if name in there:
        raise MigrationError(f"makes {name}, which is there already")


def require_known(there: Mapping[str, object], name: str) -> None:
    """Refuse to change what a schema has not."""
    if name not in there:
        raise MigrationError(f"changes {name}, which no file before it makes")


def _rename_table(old: str, new: str) -> str:
    return f"alter table {old} rename to {new.rpartition('.')[2]}"


def _rename_column(table: str, old: str, new: str) -> str:
    return f"alter table {table} rename column {identifier(old)} to {identifier(new)}"
