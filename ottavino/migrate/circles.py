"""Finds functions that exist only with tables that are changed, and defaults that call them.

Where such a function reads the table of the default, PostgreSQL can create neither first, and
can drop neither first. So the default is set once both exist, and removed before either is
dropped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.view_definition import ALL, ViewDefinition
from ottavino.migrate.state import State
from ottavino.migrate.steps import AlterColumn
from ottavino.migrate.uses import calls, is_about_rows_of

Columns = Mapping[str, tuple[str, ...]]


def defaults_in_circles(state: State, other: State) -> Iterator[AlterColumn]:
    """The steps that remove such defaults from a schema, if another one has other tables."""
    bound = [
        each for each in _bound_to_tables(state, other) if isinstance(each, FunctionDefinition)
    ]
    for table, columns in state.tables.items() if bound else ():
        for name, spec in columns.items():
            named = [each for each in bound if each.own_name in (spec.default or "")]
            if any(calls(spec.default, each) for each in named):
                yield AlterColumn(table, name, spec, replace(spec, default=None))


def _bound_to_tables(state: State, other: State) -> list[Definition]:
    """The functions and views that cannot exist with the tables of another schema, and those
    that need them.
    """
    left: list[Definition] = [
        each
        for each in state.objects.values()
        if isinstance(each, FunctionDefinition | ViewDefinition)
    ]
    bound = [each for each in left if is_bound(each, state, other)]
    while more := [each for each in left if each not in bound and any(map(each.needs, bound))]:
        bound += more
    return bound


def is_bound(definition: Definition, state: State, other: State) -> bool:
    """Whether a function or a view reads columns that another schema has not, or that have
    another type there. PostgreSQL looks up the names in a quoted body when it runs.
    """
    if isinstance(definition, FunctionDefinition):
        made = state.tables.keys() - other.tables.keys()
        if made and is_about_rows_of(definition, made):
            return True
        if not definition.is_parsed:
            return False
    elif definition != other.objects.get(definition.name):
        return True
    return not _has_columns(state, other, definition.uses or {})


def _has_columns(state: State, other: State, columns: Columns) -> bool:
    """Whether two schemas have some columns with the same types."""
    return all(
        _types(state, table, names) == _types(other, table, names)
        for table, names in columns.items()
    )


def _types(state: State, table: str, names: tuple[str, ...]) -> dict[str, str] | None:
    """The types of some columns of a table; None if there is no such table."""
    if table not in state.tables:
        return None
    types = {name: spec.type for name, spec in state.tables[table].items()}
    computed = {
        each.column[1]: each.create
        for each in state.objects.values()
        if each.column and each.column[0] == table
    }
    found = {**types, **computed}
    return found if ALL in names else {name: found[name] for name in names if name in found}
