"""Compares the classes, the files and the database, object by object."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ottavino.declare.role import PUBLIC
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.dependents import (
    VIEWS,
    Dependents,
    dependents,
    depends,
    lost_with,
    names,
    views_below,
)
from ottavino.inspect.difference import Comparison, Difference, facets_of, order_of, place_of
from ottavino.inspect.doubts import doubt, in_doubt
from ottavino.inspect.inheritance import inherited_from, tables_above
from ottavino.inspect.renames import Renamed, renamed
from ottavino.postgres.quoting import unquoted
from ottavino.settings import settings

APART = {"foreign key"}
"""The kinds that need a second table, and are created after both."""

NAMED = {"type", "domain", "sequence", "table", "function", "column", *VIEWS}
"""The kinds of objects that others wait for if a person has to decide about them."""

OWN = " to its owner"
"""The end of the names of privileges that an owner has without a grant."""


def compared(
    classes: Catalog,
    files: Catalog,
    database: Catalog,
    elsewhere: Mapping[str, str],
    rows: Mapping[str, Collection[str]] | None = None,
) -> Comparison:
    """The objects that differ between the three sides, in an order in which they can be fixed.

    The parts of an object that is missing or unexpected are not listed beside it. `elsewhere`
    has the reasons to leave tables and schemas to a person that may be elsewhere, and `rows`
    the tables of others that may have the rows of empty ones of ours.
    """
    ours = {**files, **classes}
    classes, files = (_without_made_for(each, ours) for each in (classes, files))
    both = {n: t for n, t in ours.items() if n in classes and n in files}
    seen = renamed(both, database, rows)
    seen = replace(seen, catalog=_compared_alone(seen.catalog, {**files, **classes}, ours))
    found = _differing(classes, files, ours, seen, in_doubt(classes, ours, seen, elsewhere))
    found = _of_undecided(_of_tables(found, seen.catalog))
    alone = [each for each in found.values() if not _is_implied(each, found)]
    unknown = [each.entry for each in alone if each.is_undeclared]
    differing, again = _with_dependents(
        [each for each in alone if not each.is_undeclared], classes, seen.catalog
    )
    superfluous = [each for each in differing if each.classes is None]
    others = [each for each in differing if each.classes is not None]
    return Comparison(
        [*sorted(superfluous, key=order_of)[::-1], *sorted(others, key=order_of)],
        sorted((each for each in unknown if not _is_of_another(each, ours)), key=place_of),
        ours=frozenset(ours),
        dependents=again,
        were=seen.were,
    )


def _differing(
    classes: Catalog,
    files: Catalog,
    ours: Catalog,
    seen: Renamed,
    doubts: Mapping[str, str],
) -> dict[str, Difference]:
    """The objects that differ, were renamed, or may have been replaced, by kind and name."""
    listed = {*seen.renames, *seen.replaced}
    return {
        name: Difference(
            *sides,
            _parts(classes, seen.catalog, name),
            _over(sides[0], sides[2], classes),
            seen.renames.get(name),
            doubt(sides[0], doubts, classes, ours, seen.catalog),
            _depth(sides[0], classes),
        )
        for name in {**classes, **files, **seen.catalog}
        for sides in [(classes.get(name), files.get(name), seen.catalog.get(name))]
        if not facets_of(sides[0]) == facets_of(sides[1]) == facets_of(sides[2])
        or name in listed
    }


def _with_dependents(
    differing: Sequence[Difference], classes: Catalog, database: Catalog
) -> tuple[list[Difference], list[Difference]]:
    """The differences, those with a doubt that others depend on, and the objects that their
    fixes have to create again.
    """
    depending: dict[str, Dependents] = {
        str(each.entry): _depending(each, classes, database)
        for each in differing
        if each.is_in_use
    }
    found = _waiting(
        replace(each, doubt=depending[name].doubt or each.doubt) if name in depending else each
        for each in differing
        for name in [str(each.entry)]
    )
    again = {
        str(other): _again(other, classes, database)
        for each in found
        if not each.undecided and str(each.entry) in depending
        for other in depending[str(each.entry)].declared
    }
    return found, [*again.values()]


def _waiting(differing: Iterable[Difference]) -> list[Difference]:
    """The differences, those that name an object with those that a person decides first."""
    found = {str(each.entry): each for each in differing}
    waiting = [each.entry for each in found.values() if each.undecided]
    for entry in waiting:
        for name, each in found.items():
            if each.classes is None or each.rename is not None or each.undecided:
                continue
            is_named = entry.kind in NAMED and names(each.classes, str(entry))
            if is_named or depends(each.classes, entry):
                doubt = f"it depends on the {entry}, which has to be decided first"
                found[name] = replace(each, doubt=doubt)
                if found[name].undecided:
                    waiting.append(each.entry)
    return [*found.values()]


MADE_FOR = "made for"


def _without_made_for(catalog: Catalog, ours: Catalog) -> Catalog:
    """The objects without the indexes and constraints that a partition has because its table
    has them: PostgreSQL names them, cuts long names short, and numbers names that are taken.
    """
    return {
        name: each if MADE_FOR not in each.facets else _by_itself(each)
        for name, each in catalog.items()
        if each.facets.get(MADE_FOR) not in ours
    }


def _compared_alone(database: Catalog, declared: Catalog, ours: Catalog) -> Catalog:
    """The same of a database. A partition that was detached by hand keeps what it had for its
    table, and a table that was attached has its own for that.
    """
    own = {name: _by_itself(each) for name, each in database.items() if name in declared}
    kept = {
        name
        for name, each in database.items()
        if name in ours and ours[name].facets.get("definition") == each.facets.get("definition")
    }
    others = {name: each for name, each in database.items() if name not in kept}
    return {**_without_made_for(others, ours), **own}


def _by_itself(entry: CatalogObject) -> CatalogObject:
    """An object of a partition that stays if that gets a table of its own."""
    facets = {name: value for name, value in entry.facets.items() if name != MADE_FOR}
    return replace(entry, facets=facets)


def _depending(difference: Difference, classes: Catalog, database: Catalog) -> Dependents:
    """What depends on an object that is dropped, or that gets another type."""
    entry = difference.entry
    if entry.kind == "column" and "generated" in difference.facets:
        for each in lost_with(entry, database):
            if str(each) not in classes:
                return Dependents([], f"the {each}, which is not declared, would be lost")
    return dependents(entry, classes, database)


def _again(entry: CatalogObject, classes: Catalog, database: Catalog) -> Difference:
    """The difference of an object that another one's fix drops first."""
    parts = _parts(classes, database, str(entry))
    return Difference(entry, entry, None, parts, is_dropped=True, depth=_depth(entry, classes))


def _over(
    classes: CatalogObject | None, database: CatalogObject | None, declared: Catalog
) -> tuple[CatalogObject, ...]:
    """The declared objects that are dropped along with a column that is generated otherwise."""
    if classes is None or database is None or "generated" not in classes.facets:
        return ()
    if classes.facets["generated"] == database.facets.get("generated"):
        return ()
    return tuple(sorted(lost_with(classes, declared), key=place_of))


def _parts(classes: Catalog, database: Catalog, whole: str) -> tuple[CatalogObject, ...]:
    """The objects that are created with an object, in an order in which they can be created:
    its declared parts, and those of others in the database. What only the database opens to
    callers is not opened again.
    """
    if whole not in classes:
        return ()
    parts = [
        entry
        for name, entry in {**database, **classes}.items()
        if entry.part_of == whole
        and entry.kind not in APART
        and not entry.name.endswith(OWN)
        and (name in classes or not _is_of_callers(entry))
    ]
    return tuple(sorted(parts, key=place_of))


def _is_of_callers(entry: CatalogObject) -> bool:
    """Whether it is a privilege of a role that callers have."""
    role = unquoted(entry.name.rpartition(" to ")[2])
    return entry.kind == "privilege" and role in {PUBLIC, *settings().roles}


def _depth(entry: CatalogObject | None, classes: Catalog) -> int:
    if entry is None:
        return 0
    return views_below(entry, classes) or tables_above(entry, classes)


def _of_tables(found: Mapping[str, Difference], database: Catalog) -> dict[str, Difference]:
    """The differences, those of partitions with that of their table, from there downwards."""
    linked: dict[str, Difference] = {}
    for name, each in sorted(found.items(), key=lambda item: item[1].depth):
        whole = next(
            (
                linked[other]
                for other in inherited_from(each.entry, database)
                if other in linked and _presence(linked[other]) == _presence(each)
            ),
            None,
        )
        doubt = each.doubt
        if whole is not None and whole.undecided:
            doubt = f"it depends on the {whole.entry}, which has to be decided first"
        linked[name] = replace(each, of_table=whole, doubt=doubt)
    return linked


def _of_undecided(found: Mapping[str, Difference]) -> dict[str, Difference]:
    """The differences, with a doubt for the parts of what a person has to decide about: nobody
    is granted anything on a view that somebody made otherwise.
    """
    undecided = {name for name, each in found.items() if each.undecided}
    return {
        name: replace(each, doubt=f"it depends on the {whole}, which has to be decided first")
        if (whole := each.entry.part_of) in undecided and name not in undecided
        else each
        for name, each in found.items()
    }


def _is_of_another(entry: CatalogObject, ours: Catalog) -> bool:
    """Whether an unknown object implies it, as its part or as the sequence of its column."""
    table = f"table {entry.facets.get('owned by', '').rpartition('.')[0]}"
    whole = table if "owned by" in entry.facets else entry.part_of
    return whole is not None and whole not in ours


def _is_implied(difference: Difference, found: Mapping[str, Difference]) -> bool:
    """Whether the object that it is part of has the same difference."""
    whole = found.get(difference.entry.part_of or "")
    if whole is None or difference.entry.kind in APART:
        return False
    if False not in _presence(whole):
        return False
    return _presence(difference) == _presence(whole) or _is_taken_along(difference)


def _is_taken_along(difference: Difference) -> bool:
    """Whether it is now part of another table, which may be the renamed one."""
    classes, database = difference.classes, difference.database
    return classes is not None and database is not None and classes.part_of != database.part_of


def _presence(difference: Difference) -> list[bool]:
    sides = (difference.classes, difference.files, difference.database)
    return [side is not None for side in sides]
