"""Finds function bodies that still name a table or column that a migration drops or renames.

PostgreSQL looks up the names in a body when it runs. It therefore drops a column that a
function uses, and the first call fails. So each statement of a body is checked with the tables
that it names.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ottavino.declare.database_function import FunctionBody, FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.trigger import TriggerDefinition, body_of
from ottavino.migrate.state import State
from ottavino.migrate.steps import AddColumn, CreateTable, RenameColumn, RenameTable, Step, Undo
from ottavino.sql import Part, names_in_body, parts_of_body


class Stale(NamedTuple):
    """A body that names a dropped or renamed table or column."""

    sentence: str
    is_certain: bool
    """Whether its call certainly fails. Otherwise the word may be a column of another table in
    the statement.
    """
    otherwise: str
    """The comment by which a body states that the name is another one."""


class Gone(NamedTuple):
    """A table or a column that is dropped or renamed."""

    table: str
    column: str | None
    becomes: str | None
    """Its new name; None if it is dropped."""

    @property
    def end(self) -> str:
        """The change of the table or column, as the end of a sentence."""
        return "is dropped" if self.becomes is None else f"becomes {self.becomes}"

    def __str__(self) -> str:
        return self.table if self.column is None else f"{self.table}.{self.column}"


def stale_bodies(new: State, steps: Sequence[Step]) -> Iterator[Stale]:
    """The bodies that name a dropped or renamed thing, unless a comment states that the name is
    another one.
    """
    gone = [each for each in all_gone(steps) if not is_there(each, new)]
    for definition in new.objects.values() if gone else ():
        if (source := body_of(definition)) is None:
            continue
        body = _Body.of(source, _related(definition, new), new)
        for each in gone:
            comment = otherwise(each)
            uses = {body.uses(part, each) for part in body.parts} - {None}
            if uses and comment not in source.sql:
                yield Stale(_sentence(definition, each), True in uses, comment)


def otherwise(gone: Gone) -> str:
    """The comment by which a body states that the name is another one."""
    return f"-- not {gone}"


def all_gone(steps: Sequence[Step]) -> Iterator[Gone]:
    """The tables and columns that some steps drop or rename."""
    for step in steps:
        match step:
            case RenameColumn(table, column, becomes):
                yield Gone(table, column, becomes)
            case Undo(AddColumn(table, column)):
                yield Gone(table, column, None)
            case RenameTable(table, becomes):
                yield Gone(table, None, becomes)
            case Undo(CreateTable(table)):
                yield Gone(table, None, None)
            case _:
                pass


def is_there(gone: Gone, new: State) -> bool:
    """Whether something else has the name now."""
    if columns := new.tables.get(gone.table):
        return gone.column is None or gone.column in columns
    return any(each.called == gone.table for each in new.objects.values())


def _related(definition: Definition, state: State) -> set[str]:
    """The tables whose rows a function receives, as `old` and `new` or as an argument."""
    if isinstance(definition, TriggerDefinition):
        return {definition.table}
    of_triggers = {
        each.table
        for each in state.objects.values()
        if isinstance(each, TriggerDefinition) and each.needs(definition)
    }
    if not isinstance(definition, FunctionDefinition):
        return of_triggers
    types = names_in_body(definition.interface, "plpgsql")
    return of_triggers | {table for table in state.tables if types.has_table(table)}


@dataclass(frozen=True, slots=True)
class _Body:
    """The statements of a body, with the tables of the new schema."""

    parts: Sequence[Part]
    given: Collection[str]
    """The tables whose rows the function receives."""
    schema: State

    @classmethod
    def of(cls, source: FunctionBody, given: Collection[str], schema: State) -> "_Body":
        return cls([*parts_of_body(source.sql, source.language)], given, schema)

    def uses(self, part: Part, gone: Gone) -> bool | None:
        """Whether a statement names a dropped or renamed thing: True, False if it only may,
        None if not.
        """
        if gone.column is None:
            return True if part.names.has_table(gone.table) else None
        if self._has_field(part, gone.table, gone.column):
            return True
        if not part.names.has_table(gone.table):
            return None
        if part.names.is_exact and gone.column not in part.bare:
            return part.names.has_column(gone.table, gone.column) or None
        if gone.column not in part.bare | part.names.words:
            return None
        return not self._has_column(part.names.has_table, gone.column)

    def _has_field(self, part: Part, table: str, column: str) -> bool:
        """Whether a column is read from a variable that holds a row of its table."""
        variables = {of for of, name in part.fields if name == column}
        if variables & {"new", "old"} and table in self.given:
            return True
        return bool(variables - {"new", "old"}) and (
            self._is_about(table) and not self._has_column(self._is_about, column)
        )

    def _is_about(self, table: str) -> bool:
        return table in self.given or any(part.names.has_table(table) for part in self.parts)

    def _has_column(self, among: Callable[[str], bool], column: str) -> bool:
        """Whether one of the tables has a column with this name."""
        return any(
            column in columns for table, columns in self.schema.tables.items() if among(table)
        )


def _sentence(definition: Definition, gone: Gone) -> str:
    return f"The body of {definition.name} names {gone}, which {gone.end}"
