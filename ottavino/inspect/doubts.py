"""Why an object cannot simply be created, so that a person has to decide."""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, permutations

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.dependents import depends, names
from ottavino.inspect.places import places
from ottavino.inspect.properties import properties
from ottavino.inspect.rename import exchanged, own_name
from ottavino.inspect.renames import Renamed
from ottavino.postgres.quoting import split_name


def in_doubt(
    classes: Catalog, ours: Catalog, seen: Renamed, elsewhere: Mapping[str, str]
) -> Mapping[str, str]:
    """The missing objects that a person has to decide about, each with the reason. `elsewhere`
    has those of our tables that may be in another schema, and of schemas that are missing.
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
        name: reason
        for name, reason in elsewhere.items()
        if name in missing or name not in classes
    }
    unfit = {
        name: f"the {column}, which is not declared, keeps it from being attached. Remove or "
        "declare it"
        for name, each in classes.items()
        for column in _unfit(each, ours, seen.catalog)
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
        if classes[name].part_of not in seen.replaced
    }
    swapped = {
        name: f"its name may be exchanged with that of the {other}. Give both their names back"
        for name, other in _exchanged(classes, seen.catalog)
    }
    found = {**needed, **unfit, **beside, **renamed, **moved, **taken, **swapped}
    return {**found, **seen.replaced}


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
        is_key = name in ours and depends(entry, ours[name])
        if name in {entry.part_of, _schema(entry)} or is_key or names(entry, name):
            if name in database and entry.part_of == name:
                return doubts[name]
            if name not in ours:
                return f"the {name} is missing, and {doubts[name]}"
            return f"it depends on the {name}, which has to be decided first"
    return _too_early(entry, ours, database) or _without_rows(entry, classes, database)


def _exchanged(classes: Catalog, database: Catalog) -> Iterator[tuple[str, str]]:
    """The columns, by kind and name, that may have each other's names, each with another one.
    Casting their values may fail.
    """
    tables: dict[str, list[str]] = {}
    for name, each in classes.items():
        if each.part_of is not None and name in database:
            tables.setdefault(each.part_of, []).append(name)
    for parts in tables.values():
        differing = {n for n in parts if properties(classes[n]) != properties(database[n])}
        if len(differing) > 1:
            yield from _in_a_ring(differing, classes, database)
            yield from _by_what_uses_them(parts, differing, classes, database)


def _in_a_ring(
    differing: Collection[str], classes: Catalog, database: Catalog
) -> Iterator[tuple[str, str]]:
    """The columns of other types that are as others of them are declared, all around."""
    left = {n: "" for n in differing if _type(classes[n]) != _type(database[n])}
    is_smaller = True
    while is_smaller:
        taken = {
            name: other
            for name, other in permutations(left, 2)
            if properties(classes[name]) == properties(database[other])
        }
        kept = {name: other for name, other in taken.items() if name in taken.values()}
        is_smaller, left = len(kept) < len(left), kept
    yield from left.items()


def _by_what_uses_them(
    parts: Collection[str], differing: Collection[str], classes: Catalog, database: Catalog
) -> Iterator[tuple[str, str]]:
    """Two columns of a type with which more is as declared if they exchange their names: what
    PostgreSQL writes with a column's name follows it.
    """
    there = {name: database[name] for name in parts}
    columns = [name for name in parts if classes[name].kind == "column"]
    for name, other in combinations(columns, 2):
        if _type(database[name]) != _type(database[other]):
            continue
        if not any(names(classes[n], c) for n in differing for c in (name, other)):
            continue
        swapped = exchanged(there, there[name], there[other])
        left = {n for n in parts if properties(classes[n]) != properties(swapped[n])}
        if left < {*differing} and len(left) + 1 < len(differing):
            yield from ((name, other), (other, name))


def _type(entry: CatalogObject) -> str | None:
    return entry.facets.get("type")


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
        for place in places(each)
    }
    for name, each in classes.items():
        there = database.get(name)
        if there is not None and there.part_of != each.part_of:
            yield name, f"{there} of the {there.part_of}"
        if there is None:
            yield from ((name, strangers[p]) for p in places(each) if p in strangers)


def _beside(entry: CatalogObject, ours: Catalog, database: Catalog) -> Iterator[str]:
    """The unknown partitions of the table that a partition has to be attached to again."""
    if _is_detached(entry, database):
        parents = entry.facets["parents"]
        for name, each in database.items():
            is_partition = name not in ours and "bounds" in each.facets
            if is_partition and each.facets["parents"] == parents:
                yield name


def _unfit(entry: CatalogObject, ours: Catalog, database: Catalog) -> Iterator[str]:
    """The unknown columns of a partition that its table does not have."""
    if _is_detached(entry, database):
        of_table = f"column {entry.facets['parents']}."
        for name, each in database.items():
            is_unknown = each.part_of == str(entry) and name not in ours
            is_column = is_unknown and each.kind == "column"
            if is_column and f"{of_table}{own_name(each)}" not in database:
                yield name


def _is_detached(entry: CatalogObject, database: Catalog) -> bool:
    """Whether it is a partition that has to be attached to its table again."""
    there = database.get(str(entry))
    is_there = there is not None and all(
        entry.facets.get(each) == there.facets.get(each) for each in ("parents", "bounds")
    )
    return "bounds" in entry.facets and not is_there


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
