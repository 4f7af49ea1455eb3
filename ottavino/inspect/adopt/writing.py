"""What functions write with the rights of their callers, and which callers lose that."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile

from ottavino.declare.role import PUBLIC
from ottavino.declare.tokens import Token, tokens
from ottavino.inspect.adopt.found import FoundTable
from ottavino.inspect.adopt.lacking import whole_name
from ottavino.inspect.adopt.routines import ROUTINES, calls
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.sql.names import Path, path_of

WRITES = {
    ("delete", "from"): ("delete",),
    ("insert", "into"): ("insert",),
    ("merge", "into"): ("insert", "update", "delete"),
    ("update",): ("update",),
}
"""The privileges that a statement needs, by its first words."""
NO_TABLE = {"nowait", "of", "on", "or", "set", "skip"}
"""The words after `update` where it begins no statement."""

Changed = Mapping[str, tuple[FoundTable, FoundTable]]
"""The tables by their names, each before and after access is tightened."""


def lost_writes(catalog: Catalog, changed: Changed, roles: Collection[str]) -> Iterator[str]:
    """A sentence for each trigger or function that fails for a role afterwards, since it writes
    a table as its caller.
    """
    for function in catalog.values():
        if function.kind not in ROUTINES or function.facets.get("security") != "invoker":
            continue
        for command, table in _written(function, changed):
            losing = {role for role in roles if _loses(role, command, changed[table])}
            lost = f"`{command}` on {table}"
            for role in sorted(losing):
                yield from _by_triggers(catalog, function, changed, role, lost)
                if function.facets.get("returns") != "trigger" and _may_call(
                    catalog, function, role
                ):
                    yield f"{role} can no longer call {function.name}, which needs {lost}"


def _by_triggers(
    catalog: Catalog, function: CatalogObject, changed: Changed, role: str, lost: str
) -> Iterator[str]:
    for trigger in catalog.values():
        table = whole_name(trigger)
        if trigger.kind != "trigger" or table not in changed:
            continue
        if not calls(trigger.creation or "", function):
            continue
        kept = {each.privilege for each in changed[table][1].privileges if each.role == role}
        words = (word.text for word in tokens(trigger.creation or ""))
        fires = {*takewhile(lambda word: word != "on", words)}
        for command in sorted(kept & fires):
            yield (
                f"{role} can no longer {command} rows of {table}: its trigger {trigger.name} "
                f"calls {function.name} as the caller, which needs {lost}"
            )


def _loses(role: str, command: str, tables: tuple[FoundTable, FoundTable]) -> bool:
    before, after = (
        any(e.role in {role, PUBLIC} and e.privilege == command for e in each.privileges)
        for each in tables
    )
    return before and not after


def _may_call(catalog: Catalog, function: CatalogObject, role: str) -> bool:
    given = [
        e for e in catalog.values() if e.part_of == str(function) and e.kind == "privilege"
    ]
    return any(each.name.endswith((f" to {role}", f" to {PUBLIC}")) for each in given)


def _written(function: CatalogObject, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """The commands of a body, each with the table that it is for."""
    body = function.facets.get("body", "")
    found = [*tokens(body)]
    texts = [each.text if each.kind == "word" else "" for each in found]
    for words, commands in WRITES.items():
        for at in range(len(found) - len(words)):
            first = at + len(words)
            if tuple(texts[at:first]) == words and texts[first] not in NO_TABLE:
                path = _path(body, found[first : first + 2])
                named = (name for name in names if _is(path, name))
                yield from ((command, name) for name in named for command in commands)


def _path(body: str, words: Sequence[Token]) -> Path:
    first, *rest = words
    is_qualified = any(body[first.end : each.start] == "." for each in rest)
    return tuple(each.text for each in (words if is_qualified else [first]))


def _is(path: Path, name: str) -> bool:
    return path == path_of(name)[-len(path) :]
