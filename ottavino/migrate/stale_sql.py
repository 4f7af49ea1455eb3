"""Finds views, policies and other SQL that still name a dropped or renamed table, column or
function.
PostgreSQL adapts its own objects to a new name. The text in the classes is not adapted, so a
new database could not be built from it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition, unqualified
from ottavino.declare.raw import RawDefinition
from ottavino.declare.trigger import body_of
from ottavino.migrate.bodies import Gone, all_gone, is_there, otherwise
from ottavino.migrate.state import State
from ottavino.migrate.steps import Create, Rename, Step, Undo
from ottavino.sql import Names, mentions, names_in_expression, names_in_statements, path_of


class StaleSql(NamedTuple):
    """SQL that names a dropped or renamed thing."""

    of: str
    """The object or the column whose SQL it is."""
    gone: Gone


def stale_sql(new: State, steps: Sequence[Step]) -> Iterator[StaleSql]:
    """The declared SQL that names a dropped or renamed thing, unless a comment states that the
    name is another one.
    """
    gone = [each for each in all_gone(steps) if not is_there(each, new)]
    functions = [each for each in _gone_functions(steps) if not _is_made(each, new)]
    for definition in new.objects.values() if gone or functions else ():
        yield from _found(definition, gone)
        body = body_of(definition)
        for sql in definition.free:
            if body is None or sql != body.sql:
                names = _names(definition, sql)
                used = [each for each in gone if _uses(names, each, new)]
                for each in [*used, *_called(names, functions)]:
                    if otherwise(each) not in sql:
                        yield StaleSql(definition.name, each)
    for table, columns in new.tables.items() if functions else ():
        for name, spec in columns.items():
            default = spec.default or ""
            for each in _called(names_in_expression(default), functions) if default else ():
                if otherwise(each) not in default:
                    yield StaleSql(f"the default of {table}.{name}", each)


def _gone_functions(steps: Sequence[Step]) -> Iterator[Gone]:
    """The functions that some steps drop, rename or move."""
    for step in steps:
        match step:
            case Undo(Create(FunctionDefinition() as old)):
                yield Gone(old.called, None, None)
            case Rename(FunctionDefinition() as old, FunctionDefinition() as becomes):
                yield Gone(old.called, None, becomes.called)
            case _:
                pass


def _is_made(function: Gone, new: State) -> bool:
    """Whether there is a function of this name still, or SQL of a person that may make one."""
    return is_there(function, new) or any(
        isinstance(each, RawDefinition | DetailDefinition)
        and unqualified(function.table) in each.create
        for each in new.objects.values()
    )


def _called(names: Names, functions: Sequence[Gone]) -> Iterator[Gone]:
    """The functions that some SQL certainly calls."""
    yield from (each for each in functions if names.is_exact and names.has_function(each.table))


def _found(definition: Definition, gone: Sequence[Gone]) -> Iterator[StaleSql]:
    """The tables that its statements name, as those of an `AsFound` do by an old name."""
    tables = [each for each in gone if each.column is None]
    sql = definition.create
    if body_of(definition) is not None or not any(unqualified(e.table) in sql for e in tables):
        return
    named = {mention.path[:2] for mention in mentions(sql)}
    for each in tables:
        if path_of(each.table) in named and otherwise(each) not in sql:
            yield StaleSql(definition.name, each)


def _names(definition: Definition, sql: str) -> Names:
    if definition.is_query:
        return names_in_statements(sql)
    return names_in_expression(sql, definition.table)


def _uses(names: Names, gone: Gone, new: State) -> bool:
    """Whether the SQL certainly names it, which is unknown for words that cannot be parsed."""
    if not names.is_exact:
        return False
    if gone.column is None:
        return names.has_table(gone.table)
    return names.has_column(gone.table, gone.column) and not any(
        gone.column in columns and names.has_table(table)
        for table, columns in new.tables.items()
    )
