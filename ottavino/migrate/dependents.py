"""Finds objects that have to be dropped and created again because something under them changes.

The type of a column cannot change while a policy uses it. A dropped generated column takes its
index along. A unique key cannot be dropped while a foreign key refers to it. Such objects are
dropped before the change and created again after it, although their own declaration is the
same.
"""

from collections.abc import Iterable, Sequence

from ottavino.declare.definition import Definition
from ottavino.migrate.state import State

Column = tuple[str, str]
"""A table with its schema, and the name of a column."""


def recreated(
    old: State,
    new: State,
    columns: set[Column],
    rebuilt: Iterable[str] = (),
    overloads: Sequence[Definition] = (),
) -> set[str]:
    """The names of the old objects that are dropped, for good or to be created again.

    `columns` are those that are dropped, renamed or given another type. `rebuilt` are objects
    that are made again by statements of their own. `overloads` are new functions that the calls
    of an old one can mean.
    """
    names = {
        name
        for name, definition in old.objects.items()
        if name not in new.objects or not definition.becomes(new.objects[name])
    }
    # One drop can require the next.
    while more := _held(old, {*names, *rebuilt}, columns, overloads) - names - {*rebuilt}:
        names |= more
    return names


def _held(
    old: State, names: Iterable[str], columns: set[Column], overloads: Sequence[Definition]
) -> set[str]:
    dropped = [old.objects[name] for name in names]
    columns = {*columns, *(each.column for each in dropped if each.column)}
    return {
        name
        for name, definition in old.objects.items()
        if any(definition.is_over(*column) for column in columns)
        or any(map(definition.needs, (*dropped, *overloads)))
    }
