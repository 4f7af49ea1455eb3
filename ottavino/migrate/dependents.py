"""What PostgreSQL would not let stay as it is while something under it changes.

A policy keeps its column from changing its type, a generated column takes its index along
when it goes, a foreign key holds the key that it refers to. Such objects make way for the
change, and come back after it, though nothing was changed in their own declaration.
"""

import re
from collections.abc import Iterable

from ottavino.declare.definition import Definition
from ottavino.migrate.state import State

UNBOUND = {"function", "row-security"}
"""What no column holds: a function looks its names up when it runs."""

Column = tuple[str, str]
"""A table with its schema, and the name of a column."""


def recreated(old: State, new: State, columns: set[Column]) -> set[str]:
    """The names of the old objects that are dropped: for good, or to be made anew.

    `columns` are those that are dropped, renamed or given another type.
    """
    names = {
        name
        for name, definition in old.objects.items()
        if name not in new.objects or _is_another(definition, new.objects[name])
    }
    # One drop can ask for the next.
    while more := _held(old, names, columns) - names:
        names |= more
    return names


def calls(sql: str, function: Definition) -> bool:
    """Whether a piece of SQL calls a function, or one of the same name."""
    name = function.name.partition("(")[0].rpartition(".")[2]
    return _word(name, sql)


def needs(definition: Definition, other: Definition) -> bool:
    """Whether an object cannot be there without another."""
    match other.kind:
        case "function":
            return calls(definition.create, other)
        case "unique" | "primary-key" | "index" if definition.kind == "foreign-key":
            parent = definition.create.partition("references ")[2].partition(" ")[0]
            is_key = not other.create.startswith("create index")
            return is_key and _word(parent, other.create)
        case _:
            return False


def signature_names(function: Definition, tables: Iterable[str]) -> bool:
    """Whether a function takes or returns rows of one of some tables."""
    signature = _signature(function).partition("(")[2]
    return any(_word(table.rpartition(".")[2], signature) for table in tables)


def _is_another(old: Definition, new: Definition) -> bool:
    """Whether an object cannot be changed in place, without what depends on it noticing."""
    match old.kind:
        case "privileges" | "comment":
            return False
        case "function":
            return _signature(old) != _signature(new)
        case _:
            return old != new


def _signature(function: Definition) -> str:
    """What is called and what comes back, which `create or replace` does not change."""
    return function.create.partition("\nlanguage ")[0]


def _held(old: State, names: Iterable[str], columns: set[Column]) -> set[str]:
    dropped = [old.objects[name] for name in names]
    columns = {*columns, *(_generated(each) for each in dropped if each.kind == "generated")}
    return {
        name
        for name, definition in old.objects.items()
        if definition.kind not in UNBOUND
        and (
            any(_names(definition, *column) for column in columns)
            or any(needs(definition, each) for each in dropped)
        )
    }


def _names(definition: Definition, table: str, column: str) -> bool:
    """Whether an object speaks of a column, or seems to: one too many does no harm."""
    name = table.rpartition(".")[2]
    return _word(name, definition.create) and _word(column, definition.create)


def _generated(definition: Definition) -> Column:
    table, _, column = definition.name.partition(" ")[2].rpartition(".")
    return table, column


def _word(text: str, sql: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", sql, re.IGNORECASE) is not None
