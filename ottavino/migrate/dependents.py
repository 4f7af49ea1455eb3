"""What PostgreSQL would not let stay as it is while something under it changes.

A policy keeps its column from changing its type, a generated column takes its index along
when it goes, a foreign key holds the key that it refers to. Such objects are dropped before
the change and made anew after it, though their own declaration has not changed.
"""

from collections.abc import Iterable

from ottavino.migrate.state import State

Column = tuple[str, str]
"""A table with its schema, and the name of a column."""


def recreated(old: State, new: State, columns: set[Column]) -> set[str]:
    """The names of the old objects that are dropped: for good, or to be made anew.

    `columns` are those that are dropped, renamed or given another type.
    """
    names = {
        name
        for name, definition in old.objects.items()
        if name not in new.objects or not definition.becomes(new.objects[name])
    }
    # One drop can require the next.
    while more := _held(old, names, columns) - names:
        names |= more
    return names


def _held(old: State, names: Iterable[str], columns: set[Column]) -> set[str]:
    dropped = [old.objects[name] for name in names]
    columns = {*columns, *(each.column for each in dropped if each.column)}
    return {
        name
        for name, definition in old.objects.items()
        if any(definition.is_over(*column) for column in columns)
        or any(definition.needs(each) for each in dropped)
    }
