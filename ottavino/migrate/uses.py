"""Finds what hand-written SQL (conditions, expressions, bodies) uses of a schema. This is done
once, when a migration is generated. The file records it beside the SQL, so applying the file
needs no parser.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ottavino.declare.constraint import ForeignKeyDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Columns, Definition, merged
from ottavino.declare.trigger import body_of
from ottavino.declare.view_definition import ALL
from ottavino.migrate.state import State
from ottavino.sql import (
    Names,
    mentions,
    names_in_body,
    names_in_expression,
    names_in_statements,
    path_of,
    reads_all,
    selects_all,
)


def informed(state: State, besides: Columns | None = None) -> State:
    """The same schema, with everything that each object uses. `besides` are tables and views
    that are not declared yet, with their columns.
    """
    schema = _Schema.of(state, besides or {})
    objects = {name: schema.informed(each) for name, each in state.objects.items()}
    return State(state.tables, objects, state.partitioned)


def calls(default: str | None, function: FunctionDefinition) -> bool:
    """Whether the default of a column calls a function, or an overload of it."""
    return default is not None and names_in_expression(default).has_function(function.called)


def is_about_rows_of(function: FunctionDefinition, tables: Iterable[str]) -> bool:
    """Whether a function takes or returns rows of one of some tables."""
    names = names_in_body(function.interface, "plpgsql")
    return any(names.has_table(table) for table in tables)


def needs_others(definition: Definition) -> bool:
    """Whether it may need other objects of its kind, which its SQL names."""
    return definition.is_query or (
        isinstance(definition, FunctionDefinition)
        and (definition.is_parsed or "default" in definition.interface.lower())
    )


ROUTINES = {"function", "procedure"}


def _require_named(sql: str, view: Definition) -> None:
    """Refuse `*`, whose columns change with the table."""
    if names_in_statements(sql).is_exact and selects_all(sql):
        raise ValueError(
            f"The {view.kind} {view.full_name} reads `*`, which is other columns in another "
            "order once a table has changed: name each of them."
        )


@dataclass(frozen=True, slots=True)
class _Schema:
    """The names in a schema."""

    columns: Columns
    functions: tuple[str, ...]
    others: tuple[str, ...]
    """Names in SQL other than calls: types, views, sequences."""

    @classmethod
    def of(cls, state: State, besides: Columns) -> "_Schema":
        stored = {table: tuple(columns) for table, columns in state.tables.items()}
        computed = [each.column for each in state.objects.values() if each.column]
        functions: dict[str, None] = {}
        others: dict[str, None] = {}
        for each in state.objects.values():
            if each.called:
                (functions if each.kind in ROUTINES else others)[each.called] = None
        return cls(
            merged(besides, stored, *({table: (column,)} for table, column in computed)),
            tuple(functions),
            tuple(others),
        )

    def informed(self, definition: Definition) -> Definition:
        if definition.is_known:
            return definition
        if definition.uses is None:
            return self._read(definition)
        uses, called = [definition.uses], [*definition.calls]
        body = body_of(definition)
        for sql in definition.free:
            if body is not None and sql == body.sql:
                names = names_in_body(body.sql, body.language)
                # PostgreSQL looks up the names in a body when it runs, so nothing depends on
                # them.
                uses.append({t: () for t in self.columns if names.has_table(t)})
                called += self._of_interface(definition)
            elif definition.is_query:
                names = names_in_statements(sql)
                _require_named(sql, definition)
                uses.append(self._of_query(sql, names, definition))
                called += self._calls(names)
            else:
                names = names_in_expression(sql, definition.table)
                uses.append(self._uses(names, definition))
                called += self._calls(names)
        return definition.with_uses(merged(*uses), tuple(dict.fromkeys(called)))

    def _read(self, definition: Definition) -> Definition:
        """An object from a file without facts."""
        names = names_in_statements(definition.create)
        uses = self._uses(names, definition)
        if definition.is_query:
            uses = self._of_query(definition.create, names, definition)
        match definition:
            case FunctionDefinition(is_parsed=True):
                called = [*self._of_interface(definition), *self._calls(names)]
                others = [name for name in called if name != definition.called]
                return definition.with_uses(uses, tuple(dict.fromkeys(others)))
            case FunctionDefinition():
                called = tuple(self._of_interface(definition))
                return definition.with_uses(dict.fromkeys(uses, ()), called)
            case ForeignKeyDefinition(references=None):
                parents = {t: columns for t, columns in uses.items() if t != definition.table}
                key = replace(definition, references=parents or uses)
                return key.with_uses(uses, ())
            case _:
                return definition.with_uses(uses, self._calls(names))

    def _uses(self, names: Names, definition: Definition) -> Columns:
        uses = {
            table: tuple(column for column in columns if names.has_column(table, column))
            for table, columns in self.columns.items()
            if table == definition.table or names.has_table(table)
        }
        return {t: columns for t, columns in uses.items() if columns or t != definition.table}

    def _of_query(self, sql: str, names: Names, definition: Definition) -> Columns:
        """The columns that a query reads: with `*`, all that its tables have or will have."""
        uses = self._uses(names, definition)
        if names.is_exact and not reads_all(sql):
            return uses
        return {table: (*self.columns[table], ALL) for table in uses}

    def _calls(self, names: Names) -> tuple[str, ...]:
        return (
            *(name for name in self.functions if names.has_function(name)),
            *(name for name in self.others if names.has_table(name)),
        )

    def _of_interface(self, definition: Definition) -> Iterator[str]:
        """The types, tables and views that appear in a function's arguments or result, and the
        functions that the default of an argument calls.
        """
        if isinstance(definition, FunctionDefinition):
            names = names_in_body(definition.interface, "plpgsql")
            yield from (name for name in self._calls(names) if name != definition.called)
            # The name of an argument may be that of a table; a type has its schema before it.
            typed = {each.path for each in mentions(definition.interface)}
            yield from (table for table in self.columns if path_of(table) in typed)
