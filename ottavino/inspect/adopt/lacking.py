"""The objects that need a table or view that is not adopted, and so no migration creates."""

from collections.abc import Collection, Iterator, Mapping

from ottavino.inspect.adopt.routines import ROUTINES
from ottavino.inspect.catalog import KINDS, CatalogObject
from ottavino.postgres.quoting import split_name
from ottavino.sql import mentions, path_of
from ottavino.sql.names import Path

OPTIONAL = {
    "check constraint",
    "exclusion constraint",
    "foreign key",
    "index",
    "policy",
    "rule",
    "trigger",
}
"""The kinds of parts that a table can be declared without."""

BESIDE = {*ROUTINES, "domain", "type"}
"""The kinds of objects that are declared beside the tables that need them."""

NEEDED = {*BESIDE, "sequence", "table", "view", "materialized view"}
"""The kinds of objects that the SQL of others names."""


def lacking(
    catalog: Mapping[str, CatalogObject],
    gone: Collection[str],
    calls: Mapping[str, Collection[str]],
) -> dict[str, tuple[CatalogObject, str]]:
    """The objects that need one of some relations and functions, by themselves or through
    others, each with what it needs. `calls` has the functions that objects call, each with its
    arguments, as far as PostgreSQL knows.
    """
    there = {*gone}
    found: dict[str, tuple[CatalogObject, str]] = {}
    while True:
        by_path: dict[Path, list[str]] = {}
        for name in there:
            by_path.setdefault(path_of(name.partition("(")[0]), []).append(name)
        more = {
            name: (each, needed)
            for name, each in catalog.items()
            if name not in found and by_path
            for needed in [next(_needed(each, by_path, calls), None)]
            if needed is not None
        }
        if not more:
            return found
        found |= more
        there |= {each.name for each, _ in more.values() if each.kind in NEEDED}


def _needed(
    entry: CatalogObject,
    by_path: Mapping[Path, Collection[str]],
    calls: Mapping[str, Collection[str]],
) -> Iterator[str]:
    """What it needs of some relations and functions by their names without arguments."""
    is_beside = entry.part_of is None and entry.kind in BESIDE
    called = calls.get(str(entry) if is_beside else whole_name(entry), ())
    for path in _needs(entry):
        known = {each for each in called if path_of(each.partition("(")[0]) == path}
        # In a body there are only names.
        yield from (each for each in by_path.get(path, ()) if not known or each in known)


def whole_name(entry: CatalogObject) -> str:
    """The name of the table or view to which an object belongs, or which it is."""
    name = entry.part_of or str(entry)
    kind = next(each for each in KINDS if name.startswith(f"{each} "))
    return name.removeprefix(f"{kind} ")


def is_optional(entry: CatalogObject) -> bool:
    """Whether its table can be declared without it, and gives no access that it had not."""
    return entry.kind in OPTIONAL and entry.facets.get("mode") != "restrictive"


def is_created_in(error: str, entry: CatalogObject) -> bool:
    """Whether an error shows the first line of the statement that creates a function, a type or
    a sequence, or a part that its table can be declared without.
    """
    line = error.partition("`: ")[0]
    words = [each.lower() for each in line.split()]
    if entry.kind in ROUTINES:
        called = split_name(entry.name.partition("(")[0])[-1]
        return entry.kind in words[3:6] and f".{called}(" in line
    own_name = split_name(entry.name, 3)[-1]
    if entry.kind in NEEDED - OPTIONAL and entry.part_of is None:
        is_of_kind = words[3:4] == [entry.kind] and entry.kind in {*BESIDE, "sequence"}
        return is_of_kind and f".{own_name} " in f"{line} "
    is_named = f" {own_name} " in f"{line} "
    return is_optional(entry) and entry.kind in words[3:6] and is_named


def _needs(entry: CatalogObject) -> Iterator[Path]:
    """The names in its SQL with their schemas; of a body that is read only when it runs,
    none.
    """
    facets = entry.facets
    texts = [entry.creation or "", facets.get("default", ""), facets.get("generated", "")]
    if entry.kind in ROUTINES and facets.get("language") != "sql":
        texts = [facets.get("arguments", ""), facets.get("returns", "")]
    own = {path_of(entry.name.partition("(")[0]), path_of(whole_name(entry))}
    for text in texts:
        for each in mentions(text):
            # Only in a body is a name without its schema.
            path = each.path[:2] if each.path[1:] else ("public", *each.path)
            if path not in own:
                yield path
