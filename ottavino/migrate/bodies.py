"""Function bodies that still name what a migration drops or gives another name.

PostgreSQL looks the names in a body up when it runs. So it lets a column go that a function
uses, and the first call fails.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.trigger import TriggerDefinition, body_of
from ottavino.migrate.state import State
from ottavino.migrate.steps import AddColumn, CreateTable, RenameColumn, RenameTable, Step, Undo
from ottavino.sql import Names, names_in_body


class Gone(NamedTuple):
    """A table or a column that is dropped, or has another name afterwards."""

    table: str
    column: str | None
    becomes: str | None
    """Its new name; None if it is dropped."""

    def __str__(self) -> str:
        return self.table if self.column is None else f"{self.table}.{self.column}"


def stale_bodies(old: State, new: State, steps: Sequence[Step]) -> Iterator[tuple[str, bool]]:
    """A sentence for each body that names what is gone, and whether the body is unchanged."""
    gone = [*_gone(steps)]
    for definition in new.objects.values() if gone else ():
        body = body_of(definition)
        if body is None:
            continue
        names = names_in_body(body.sql, body.language)
        related = _related(definition, new)
        for each in gone:
            if _uses(names, each, related, new):
                yield (
                    _sentence(definition, each),
                    old.objects.get(definition.name) == definition,
                )


def _gone(steps: Sequence[Step]) -> Iterator[Gone]:
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


def _related(definition: Definition, state: State) -> set[str]:
    """The tables whose rows a function gets: as `old` and `new`, or as an argument."""
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


def _uses(names: Names, gone: Gone, related: set[str], state: State) -> bool:
    if gone.column is None:
        return names.has_table(gone.table)
    if not (names.has_table(gone.table) or gone.table in related):
        return False
    if names.is_exact:
        return names.has_column(gone.table, gone.column)
    # A word does not tell the table: another table of the body may have such a column.
    others = [table for table in state.tables if names.has_table(table) or table in related]
    is_others = any(gone.column in state.tables[table] for table in others)
    return gone.column in names.words and not is_others


def _sentence(definition: Definition, gone: Gone) -> str:
    what = "is dropped" if gone.becomes is None else f"becomes {gone.becomes}"
    return f"The body of {definition.name} names {gone}, which {what}"
