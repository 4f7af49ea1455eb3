"""Why an object cannot simply be created, so that a person has to decide."""

from collections.abc import Iterator, Mapping
from itertools import permutations

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.dependents import names
from ottavino.inspect.renames import CONSTRAINTS, Renamed, properties, rows
from ottavino.postgres.quoting import split_name

WITH_ROW_TYPE = {"table", "foreign table", "view", "materialized view"}
WITH_INDEX = {"primary key", "unique constraint", "exclusion constraint"}
ROUTINES = {"function", "procedure", "aggregate"}


def in_doubt(
    classes: Catalog, ours: Catalog, seen: Renamed, elsewhere: Mapping[str, str]
) -> Mapping[str, str]:
    """The missing objects that a person has to decide about, each with the reason. `elsewhere`
    maps each of our tables to a table of another schema with its name, if there is one.
    """
    missing = {name: each for name, each in classes.items() if name not in seen.catalog}
    needed = {
        name: "every row needs a value of it, and those that there were are lost. Add it with "
        "a value for each row"
        for name, each in missing.items()
        if _needs_values(each) and each.part_of in seen.catalog
    }
    renamed = {
        name: f"it may be {' or '.join(others)}, renamed"
        for name, others in seen.doubts.items()
    }
    moved = {
        name: f"it may be {other}, {'renamed' if name.startswith('schema ') else 'moved'}"
        for name, other in elsewhere.items()
        if name in missing
    }
    beside = {
        name: f"rows may belong to {stranger}, a partition that is not declared. Move them, "
        "and detach or declare that one"
        for name, each in classes.items()
        for stranger in _beside(each, ours, seen.catalog)
    }
    taken = {
        name: f"the {stranger}, which is not declared, is in its place. Rename, remove or "
        "declare that one"
        for name, stranger in _taken(classes, ours, seen.catalog)
    }
    exchanged = {
        name: f"its name may be exchanged with that of the {other}. Give both their names back"
        for name, other in _exchanged(classes, seen.catalog)
    }
    replaced = {
        name: f"another table has this name, and the {other} may be ours. Give both their "
        "names back"
        for name, other in _replaced(classes, ours, seen.catalog)
    }
    return {**needed, **beside, **renamed, **moved, **taken, **exchanged, **replaced}


def doubt(
    entry: CatalogObject | None,
    doubts: Mapping[str, str],
    classes: Catalog,
    ours: Catalog,
    database: Catalog,
) -> str | None:
    """The reason why an object, its parts and the objects that name it cannot simply be
    created.
    """
    if entry is None:
        return None
    if str(entry) in doubts:
        return doubts[str(entry)]
    for name in doubts:
        if name in {entry.part_of, _schema(entry)} or names(entry, name):
            if name in database and entry.part_of == name:
                return doubts[name]
            return f"it depends on the {name}, which has to be decided first"
    return _too_early(entry, ours, database) or _without_rows(entry, classes, database)


def _exchanged(classes: Catalog, database: Catalog) -> Iterator[tuple[str, str]]:
    """The columns of a table, by kind and name, of which each is as the class has the other.
    Casting their values may fail.
    """
    changed: dict[str | None, list[str]] = {}
    for name, each in classes.items():
        there = database.get(name)
        if each.kind != "column" or there is None:
            continue
        if each.facets.get("type") != there.facets.get("type"):
            changed.setdefault(each.part_of, []).append(name)
    for names_ in changed.values():
        for name, other in permutations(names_, 2):
            if properties(classes[name]) == properties(database[other]) and (
                properties(classes[other]) == properties(database[name])
            ):
                yield name, other


def _replaced(classes: Catalog, ours: Catalog, database: Catalog) -> Iterator[tuple[str, str]]:
    """The tables whose names others have, each with an unknown table that has their columns."""
    strangers = [
        each for name, each in database.items() if each.kind == "table" and name not in ours
    ]
    for name, each in classes.items() if strangers else ():
        if each.kind != "table" or name not in database:
            continue
        wanted = rows(classes, each)
        if rows(database, database[name]) != wanted:
            for other in strangers:
                if rows(database, other) == wanted:
                    yield name, str(other)


def _schema(entry: CatalogObject) -> str:
    """The schema that an object is in, by kind and name; for a schema itself, none."""
    whole = (entry.part_of or str(entry)).split(" ", 1)[-1]
    return f"schema {split_name(whole)[0]}" if "." in whole else ""


def _taken(classes: Catalog, ours: Catalog, database: Catalog) -> Iterator[tuple[str, str]]:
    """The objects in whose place the database has one of another kind or table, each with that
    one.
    """
    strangers = {
        place: name
        for name, each in database.items()
        if name not in ours
        for place in _places(each)
    }
    for name, each in classes.items():
        there = database.get(name)
        if there is not None and there.part_of != each.part_of and there.part_of not in ours:
            yield name, f"{there} of the {there.part_of}"
        if there is None:
            yield from ((name, strangers[p]) for p in _places(each) if p in strangers)


def _places(entry: CatalogObject) -> Iterator[tuple[str, str]]:
    """What at most one object can have: a name among those of several kinds, or the place of a
    table's primary key.
    """
    kind, name = entry.kind, entry.name
    if kind in {*WITH_ROW_TYPE, "sequence", "index"}:
        yield "relation", name
    if kind in {*WITH_ROW_TYPE, "type", "domain"}:
        yield "type", name
    if kind in ROUTINES:
        yield "routine", name
    if kind in CONSTRAINTS:
        yield "constraint", name
    if kind in WITH_INDEX:
        schema, _, own_name = split_name(name, 3)
        yield "relation", f"{schema}.{own_name}"
    if kind == "primary key":
        yield kind, entry.part_of or ""


def _beside(entry: CatalogObject, ours: Catalog, database: Catalog) -> Iterator[str]:
    """The unknown partitions of the table that a partition has to be attached to again."""
    parents = entry.facets.get("parents")
    there = database.get(str(entry))
    if "bounds" not in entry.facets or (there and there.facets.get("parents") == parents):
        return
    for name, each in database.items():
        if name not in ours and "bounds" in each.facets and each.facets["parents"] == parents:
            yield name


def _needs_values(entry: CatalogObject) -> bool:
    """Whether it is a column that no table with rows can be given."""
    given = {"default", "generated", "identity"} & entry.facets.keys()
    return entry.kind == "column" and entry.facets.get("null") == "refused" and not given


def _too_early(entry: CatalogObject | None, ours: Catalog, database: Catalog) -> str | None:
    """The reason why the database cannot have an object yet: it belongs to a table that is
    missing there, or that has another partition key.
    """
    if entry is None:
        return None
    parents = entry.facets.get("parents", "").split(", ")
    for name in [entry.part_of, *(f"table {each}" for each in parents)]:
        if name in ours and _key(ours, name) != _key(database, name):
            return f"it depends on the {name}, which has to be decided first"
    return _too_early(ours.get(entry.part_of or ""), ours, database)


def _key(catalog: Catalog, table: str) -> str | None:
    """The partition key of a table, if it has one."""
    return catalog[table].facets.get("partitioned") if table in catalog else None


def _without_rows(entry: CatalogObject, classes: Catalog, database: Catalog) -> str | None:
    """The reason why a foreign key cannot be created: the table that it refers to is missing,
    and is created without its rows.
    """
    if entry.kind != "foreign key" or entry.part_of not in database:
        return None
    for name, each in classes.items():
        if each.kind == "table" and name not in database and names(entry, name):
            return (
                f"the rows of the {name} are lost, to which rows of the {entry.part_of} may "
                "refer. Restore them, or remove what refers to them, and run this again"
            )
    return None
