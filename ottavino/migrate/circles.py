"""Finds defaults that call a function whose parsed body reads their table or column.

PostgreSQL can create neither the column with its default nor the function first, and can drop
neither first. So the default is set once both exist, and removed before either is dropped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ottavino.declare.database_function import FunctionDefinition
from ottavino.migrate.state import State
from ottavino.migrate.steps import AlterColumn
from ottavino.migrate.uses import calls

Columns = Mapping[str, tuple[str, ...]]


def defaults_in_circles(state: State, other: State) -> Iterator[AlterColumn]:
    """The steps that remove such defaults from a schema, if another one lacks what the function
    reads.
    """
    changed = [
        each
        for name, each in state.objects.items()
        if isinstance(each, FunctionDefinition)
        and each != other.objects.get(name)
        and not has_columns(other, each.uses or {})
    ]
    for table, columns in state.tables.items() if changed else ():
        for name, spec in columns.items():
            named = [each for each in changed if each.own_name in (spec.default or "")]
            if any(calls(spec.default, each) and each.is_parsed for each in named):
                yield AlterColumn(table, name, spec, replace(spec, default=None))


def has_columns(state: State, columns: Columns) -> bool:
    """Whether a schema has these columns."""
    return columns.keys() <= state.tables.keys() and all(
        {*names} <= {*state.tables[table]} for table, names in columns.items()
    )
