"""What a migration file consists of: an id, and the steps that it adds up."""

import textwrap
from dataclasses import dataclass, field

from ottavino.declare.column import ColumnSpec
from ottavino.declare.definition import Definition
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    Execute,
    RenameColumn,
    RenameTable,
    Replace,
    Step,
    Undo,
)

__all__ = ["ColumnSpec", "Migration"]


@dataclass(slots=True)
class Migration:
    """Collects steps in the order in which they are taken; backwards undoes them in reverse.

    Names of objects begin with their kind (`policy public.documents.owner`), names of
    tables with their schema.
    """

    migration_id: str
    description: str = ""
    steps: list[Step] = field(default_factory=list[Step])

    def create_table(self, table: str, columns: dict[str, ColumnSpec]) -> None:
        """Add a table."""
        self._add(CreateTable(table, columns))

    def drop_table(self, table: str, columns: dict[str, ColumnSpec]) -> None:
        """Remove a table; the columns are what `backwards` makes it with again."""
        self._add(Undo(CreateTable(table, columns)))

    def rename_table(self, table: str, *, new: str) -> None:
        """Give a table another name, written with its schema, which stays the same."""
        self._add(RenameTable(table, new))

    def add_column(self, table: str, column: str, spec: ColumnSpec) -> None:
        """Add a column to a table."""
        self._add(AddColumn(table, column, spec))

    def drop_column(self, table: str, column: str, spec: ColumnSpec) -> None:
        """Remove a column; the shape is what `backwards` makes it with again."""
        self._add(Undo(AddColumn(table, column, spec)))

    def alter_column(
        self, table: str, column: str, *, old: ColumnSpec, new: ColumnSpec
    ) -> None:
        """Change a column's type, default or nullability."""
        self._add(AlterColumn(table, column, old, new))

    def rename_column(self, table: str, *, old: str, new: str) -> None:
        """Give a column another name."""
        self._add(RenameColumn(table, old, new))

    def create(self, name: str, create: str, *, drop: str) -> None:
        """Add an object."""
        self._add(Create(_definition(name, create, drop)))

    def create_concurrently(self, name: str, create: str, *, drop: str) -> None:
        """Add an index while others write: in a file that has no other step."""
        self._add(CreateConcurrently(_definition(name, create, drop)))

    def drop(self, name: str, drop: str, *, create: str) -> None:
        """Remove an object; `create` is what `backwards` makes it with again."""
        self._add(Undo(Create(_definition(name, create, drop))))

    def replace(self, name: str, new: str, *, old: str, drop: str) -> None:
        """Change an object in place; `old` is what `backwards` makes of it again."""
        self._add(Replace(_definition(name, old, drop), _definition(name, new, drop)))

    def execute(self, forwards: str, *, backwards: str) -> None:
        """Run statements of your own. They see every row: migrations bypass policies."""
        self._add(Execute(_dedent(forwards), _dedent(backwards)))

    def _add(self, step: Step) -> None:
        # A name that PostgreSQL would cut off is refused here, before anything has run.
        step.forwards()
        self.steps.append(step)


def _definition(name: str, create: str, drop: str) -> Definition:
    return Definition(name, _dedent(create), _dedent(drop))


def _dedent(sql: str) -> str:
    return textwrap.dedent(sql).strip()
