"""Objects that name others: they are dropped before those, and created again after them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from ottavino.inspect.catalog import KINDS, Catalog, CatalogObject
from ottavino.inspect.rename import EXPRESSIONS, PROSE, Rename, path_of, place
from ottavino.postgres.quoting import identifier
from ottavino.sql import Mention, Path, mentions, rewritten

KEYS = {"primary key", "unique constraint", "index"}
"""The kinds that foreign keys depend on."""

VIEWS = {"view", "materialized view"}

ROUTINES = {"function", "procedure"}

OVER_COLUMNS = {*VIEWS, "rule", "policy", "trigger"}
"""The kinds because of which PostgreSQL refuses to drop a column, or to change its type."""

MADE_AGAIN = {*OVER_COLUMNS, "foreign key", "check constraint", "index"} - {"materialized view"}
"""The kinds that can be created again without losing anything."""

DEPENDING = {*MADE_AGAIN, "materialized view", "column", "domain", "exclusion constraint"}

LOST_WITH_COLUMN = {
    *KEYS,
    "check constraint",
    "exclusion constraint",
    "foreign key",
    "privilege",
    "statistics",
}
"""The kinds that are dropped along with a column."""


class Dependents(NamedTuple):
    """The declared objects that depend on one, and the reason not to create them again."""

    declared: list[CatalogObject]
    doubt: str | None


def dependents(root: CatalogObject, classes: Catalog, database: Catalog) -> Dependents:
    """The objects in a database that depend on one, directly or through views."""
    found: dict[str, CatalogObject] = {}
    waiting = [root]
    for entry in waiting:
        for other in database.values():
            name = str(other)
            if name in found or other == entry or not depends(other, entry):
                continue
            if name not in classes:
                return Dependents([], f"the {name}, which is not declared, depends on it")
            if other.kind not in MADE_AGAIN:
                return Dependents([], f"the {name} depends on it")
            found[name] = classes[name]
            waiting.append(classes[name])
    return Dependents([*found.values()], None)


def depends(entry: CatalogObject, other: CatalogObject) -> bool:
    """Whether an object keeps another from being dropped, as far as their texts say."""
    match other.kind:
        case kind if kind in KEYS:
            table = _path((other.part_of or "").partition(" ")[2])
            return entry.kind == "foreign key" and _refers(entry, table, _key(other))
        case "column":
            return entry.kind in OVER_COLUMNS and names(entry, str(other))
        case "view" | "function" | "procedure" | "aggregate":
            return entry.kind in DEPENDING and names(entry, str(other))
        case _:
            return False


def _refers(foreign_key: CatalogObject, table: Path, columns: Collection[str]) -> bool:
    """Whether a foreign key refers to some columns of a table."""
    # The columns before it are those of the table that has the constraint.
    referred = foreign_key.facets.get("definition", "").partition(" REFERENCES ")[2]
    named, *others = mentions(referred)
    return named.path == table and {*columns} <= {each.path[-1] for each in others}


def _key(entry: CatalogObject) -> list[str]:
    """The columns of a key or an index, without those that it includes."""
    definition = entry.facets.get("definition", "")
    columns = definition.partition(" USING ")[2] or definition
    names = (each.path[-1] for each in mentions(columns[columns.index("(") :]))
    return [*takewhile(lambda name: name != "include", names)]


def lost_with(column: CatalogObject, catalog: Catalog) -> Iterator[CatalogObject]:
    """The objects of a table that are dropped along with a column."""
    for each in catalog.values():
        is_beside = each.part_of == column.part_of and each.kind in LOST_WITH_COLUMN
        if is_beside and names(each, str(column)):
            yield each


def views_below(
    entry: CatalogObject,
    catalog: Mapping[str, CatalogObject],
    above: Collection[CatalogObject] = (),
) -> int:
    """How many views are below a view, or below a function that cannot be created before them.
    There may be such functions between two views.
    """
    if entry.kind in VIEWS:
        below = VIEWS | ROUTINES
    elif entry.kind in ROUTINES:
        entry, below = _signature(entry), VIEWS
    else:
        return 0
    above = [*above, entry]
    depths = [
        (each, views_below(each, catalog, above))
        for each in catalog.values()
        if each.kind in below and each not in above and names(entry, str(each))
    ]
    return max((1 + depth for each, depth in depths if depth or each.kind in VIEWS), default=0)


def _signature(routine: CatalogObject) -> CatalogObject:
    """A function with no more than what PostgreSQL looks up when it is created. It stores the
    body without reading it, unless that is written as SQL and not as a literal.
    """
    facets = {name: routine.facets.get(name) or "" for name in ("arguments", "returns")}
    if (body := routine.facets.get("body", "")).startswith(("BEGIN ATOMIC", "RETURN")):
        facets["body"] = body
    return replace(routine, creation=None, facets=facets)


FOLLOWING = {
    *DEPENDING,
    "table",
    "statistics",
    "unique constraint",
}
"""The kinds that PostgreSQL writes with the new name of what they use."""


def users(entry: CatalogObject, catalog: Catalog) -> list[CatalogObject]:
    """The objects of others that use one by whatever name it has."""
    return [
        each
        for each in catalog.values()
        if each.kind in FOLLOWING
        and each != entry
        and each.part_of != str(entry)
        and names(each, str(entry))
    ]


def users_in(entry: CatalogObject, declared: Catalog, database: Catalog) -> list[CatalogObject]:
    """What a database has of the users of a declared object, and what is there instead."""
    using = users(entry, declared)
    beside = {(each.kind, _whole(each)) for each in using if _whole(each)}
    found = {str(each) for each in using}
    return [
        each
        for name, each in database.items()
        if name in found or (name not in declared and (each.kind, _whole(each)) in beside)
    ]


def _whole(entry: CatalogObject) -> str | None:
    """The table that it is on, also if that is one of others."""
    return place(entry) if entry.kind == "policy" else entry.part_of


def with_declared_columns(
    database: Catalog, declared: Catalog, renames: Collection[Rename]
) -> Catalog:
    """A database as if what is in no table, such as a view, named renamed columns by their
    declared names, where this makes it as declared.
    """
    columns = [each for each in renames if each.entry.kind == "column"]
    return {
        name: _with_columns(each, ours, naming)
        if (ours := declared.get(name))
        and ours.part_of is None
        and ours.facets != each.facets
        and (naming := [column for column in columns if names(ours, str(column.entry))])
        else each
        for name, each in database.items()
    }


def _with_columns(
    entry: CatalogObject, ours: CatalogObject, renames: Collection[Rename]
) -> CatalogObject:
    pairs = [(path_of(was.name)[-1], path_of(new.name)[-1]) for new, was, _ in renames]
    back, forth = dict(pairs), {new: old for old, new in pairs}
    facets = {**entry.facets}
    for facet in EXPRESSIONS & facets.keys() & ours.facets.keys():
        there, wanted = facets[facet], ours.facets[facet]
        if _with_names(there, back) == wanted or there == _with_names(wanted, forth):
            facets[facet] = wanted
    return replace(entry, facets=facets)


def _with_names(text: str, names: Mapping[str, str]) -> str:
    """A query with other names of columns. That of a column of a view stays, and PostgreSQL
    writes it where it is another one.
    """

    def change(mention: Mention) -> Path:
        *qualifier, name = mention.path
        return (*qualifier, names.get(name, name))

    text = rewritten(text, change)
    for name in map(identifier, names.values()):
        text = text.replace(f"{name} AS {name}", name)
    return text


def names(entry: CatalogObject, other: str) -> bool:
    """Whether an object may name another. If in doubt, it does."""
    kind = max((each for each in KINDS if other.startswith(f"{each} ")), key=len)
    name = other.removeprefix(f"{kind} ")
    wanted = _path(name)
    facets = [value for facet, value in entry.facets.items() if facet not in PROSE]
    word = wanted[-1].replace('"', '""').lower()
    named = {
        each.path
        for text in (entry.creation or "", *facets)
        # Most texts do not contain the word, and are not parsed.
        if word in text.lower()
        for each in mentions(text)
    }
    if kind != "column":
        return any(path[: len(wanted)] == wanted for path in named)
    *table, column = wanted
    is_near = entry.part_of == f"table {name.rpartition('.')[0]}" or any(
        path[: len(table)] == (*table,) for path in named
    )
    return is_near and any(path[-1] == column for path in named)


def _path(name: str) -> Path:
    """The parts of a name, without the arguments of a function."""
    return next(iter(mentions(name.partition("(")[0]))).path
