"""A migration: what a migration file returns, an id and its steps."""

import textwrap
from dataclasses import dataclass, field
from typing import Any, Required, Unpack

from ottavino.declare.column import ColumnSpec
from ottavino.declare.definition import Definition
from ottavino.declare.kinds import Facts, define, index_of
from ottavino.migrate.earlier import buildable
from ottavino.migrate.steps import (
    AddColumn,
    Alter,
    AlterColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    Execute,
    Move,
    Rename,
    RenameColumn,
    RenameTable,
    Replace,
    Step,
    Undo,
)

__all__ = ["ColumnSpec", "Migration"]


class Becomes(Facts):
    """What an object becomes that is renamed or moved: its name, its SQL and its facts, and its
    SQL and its facts before that.
    """

    new: Required[str]
    create: Required[str]
    drop: Required[str]
    old_create: Required[str]
    old_drop: Required[str]
    was: Required[Facts]


@dataclass(slots=True)
class Migration:
    """Collects steps in the order in which they are run. `backwards` undoes them in reverse.

    Names of objects begin with their kind (`policy public.documents.owner`), names of tables
    with their schema. Beside an object's SQL stand facts about it: the columns that it uses,
    and the functions that it calls. If a file leaves them out, the object is assumed to use
    every table.
    """

    migration_id: str
    description: str = ""
    steps: list[Step] = field(default_factory=list[Step])
    replaces: tuple[str, ...] = ()
    """The ids of the migrations that this one replaces."""

    def create_table(
        self, table: str, columns: dict[str, ColumnSpec], *, partition_by: str = ""
    ) -> None:
        """Add a table."""
        self._add(CreateTable(table, columns, partition_by))

    def drop_table(
        self, table: str, columns: dict[str, ColumnSpec], *, partition_by: str = ""
    ) -> None:
        """Remove a table. `backwards` creates it again with these columns."""
        self._add(Undo(CreateTable(table, columns, partition_by)))

    def rename_table(
        self,
        table: str,
        *,
        new: str,
        serial: tuple[str, ...] = (),
        indexes: dict[str, str] | None = None,
        identities: tuple[str, ...] = (),
    ) -> None:
        """Rename a table, or move it to another schema. Both names include its schema.

        The sequences of `serial` columns are renamed with it, and those of `identities` if they
        have the names that PostgreSQL gave them. If it moves, `indexes` are those that get
        other names with it.
        """
        self._add(RenameTable(table, new, serial, indexes, identities))

    def add_column(self, table: str, column: str, spec: ColumnSpec) -> None:
        """Add a column to a table."""
        self._add(AddColumn(table, column, spec))

    def drop_column(self, table: str, column: str, spec: ColumnSpec) -> None:
        """Remove a column. `backwards` creates it again with this definition."""
        self._add(Undo(AddColumn(table, column, spec)))

    def alter_column(  # noqa: PLR0913  # a column, before and after
        self,
        table: str,
        column: str,
        *,
        old: ColumnSpec,
        new: ColumnSpec,
        using: str | None = None,
        back: str | None = None,
    ) -> None:
        """Change a column's type, default or nullability.

        If the type changes, `using` is the SQL conversion of each value, and `back` the
        conversion for `backwards`. Without them, the values are cast.
        """
        self._add(AlterColumn(table, column, old, new, using, back))

    def rename_column(  # noqa: PLR0913  # what goes with it
        self,
        table: str,
        *,
        old: str,
        new: str,
        serial: bool = False,
        partition_by: str = "",
        identity: bool = False,
    ) -> None:
        """Rename a column, and with it the sequence of a `serial` one or of an `identity`.

        `partition_by` is the partitioning of the table after it, if that contains the column.
        """
        self._add(RenameColumn(table, old, new, serial, partition_by, identity))

    def create(self, name: str, create: str, *, drop: str, **facts: Unpack[Facts]) -> None:
        """Add an object."""
        self._add(Create(_definition(name, create, drop, facts)))

    def create_concurrently(  # an index, also in the form of older files
        self,
        name: str,
        create: str = "",
        *,
        drop: str = "",
        on: str = "",
        settings: tuple[str, ...] = (),
        **facts: Unpack[Facts],
    ) -> None:
        """Add an index concurrently, in a file that has no other step.

        `on` is the SQL after `on`, such as `public.notes using btree (title)`, and `settings`
        are applied after the creation. Older files have the statements for a transaction
        instead, as `create` and `drop`.
        """
        if on:
            index = index_of(name, _lines(on), settings, **facts)
        else:
            index = buildable(_definition(name, create, drop, facts))
        self._add(CreateConcurrently(index))

    def drop(self, name: str, drop: str, *, create: str, **facts: Unpack[Facts]) -> None:
        """Remove an object. `backwards` creates it again with `create`."""
        self._add(Undo(Create(_definition(name, create, drop, facts))))

    def replace(
        self,
        name: str,
        new: str,
        *,
        old: str,
        drop: str,
        was: Facts | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        """Change an object in place. `backwards` restores it with `old`.

        `was` are the facts of the old object, if they differ.
        """
        before = _definition(name, old, drop, facts if was is None else was)
        self._add(Replace(before, _definition(name, new, drop, facts)))

    def rename(self, name: str, **becomes: Unpack[Becomes]) -> None:
        """Rename an object, or record it as PostgreSQL has adapted it to other names."""
        self._add(Rename(*_renamed(name, becomes)))

    def move(self, name: str, **becomes: Unpack[Becomes]) -> None:
        """Move an object to another schema. An index or a key is recorded in the schema to
        which it moved with its table.
        """
        self._add(Move(*_renamed(name, becomes)))

    def alter(  # noqa: PLR0913  # both states, and the way between them
        self,
        name: str,
        forwards: str,
        *,
        backwards: str,
        old: str,
        new: str,
        drop: str,
        old_drop: str | None = None,
        was: Facts | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        """Change an object by statements of its own.

        `old` and `new` are the statements that would make it as it was and as it becomes.
        `old_drop` and `was` are its SQL and its facts before that, if they differ.
        """
        before = _definition(
            name, old, drop if old_drop is None else old_drop, facts if was is None else was
        )
        after = _definition(name, new, drop, facts)
        self._add(Alter(before, after, _dedent(forwards), _dedent(backwards)))

    def execute(self, forwards: str, *, backwards: str) -> None:
        """Run statements of your own. They see every row: migrations bypass policies."""
        self._add(Execute(_dedent(forwards), _dedent(backwards)))

    def _add(self, step: Step) -> None:
        # A name that PostgreSQL would truncate is refused here, before the run.
        step.forwards()
        self.steps.append(step)


def _renamed(name: str, becomes: Becomes) -> tuple[Definition, Definition]:
    """An object before and after it is renamed or moved."""
    stated: Any = dict(becomes)
    new, create, drop = (stated.pop(each) for each in ("new", "create", "drop"))
    before = (stated.pop(each) for each in ("old_create", "old_drop", "was"))
    return _definition(name, *before), _definition(new, create, drop, stated)


def _definition(name: str, create: str, drop: str, facts: Facts) -> Definition:
    return define(name, _dedent(create), _dedent(drop), **facts)


def _lines(sql: str) -> str:
    # The line end belongs to a comment at the end of the SQL.
    return textwrap.dedent(sql)[1:-1] if sql.startswith("\n") else sql


def _dedent(sql: str) -> str:
    # SQL that begins right after its quotation mark is not indented like the file.
    return (textwrap.dedent(sql) if sql.startswith("\n") else sql).strip()
