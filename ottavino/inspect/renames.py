"""Finds objects that were renamed by hand, or moved to another schema. They are renamed back:
they hold rows, or others use them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.quoting import split_name
from ottavino.sql import Mention, Path, mentions, rewritten

INCIDENTAL = {"comment", "owner", "owned by"}
"""The facets that may differ between two columns or sequences that are the same."""

INDEXES = {"index", "primary key", "unique constraint"}

NAMED_BY_COLUMN = {"column", "privilege"}
"""The kinds whose names contain a column."""

EXPRESSIONS = {"default", "definition", "generated", "partitioned", "using", "with check"}
"""The facets that contain SQL over the columns of a table."""

PROSE = {"comment"}
"""The facets that are prose."""


ROUTINES = {"function", "procedure"}
WITHOUT_ROWS = {*ROUTINES, "view"}
"""The kinds of objects that lose nothing if they are created again."""

RENAMED = ("type", "domain", *sorted(ROUTINES), "table", "sequence", "column", "view")
"""The kinds that are renamed back, those that others name before them."""


class Rename(NamedTuple):
    """One of our objects that the database has under another name."""

    entry: CatalogObject
    """The declared object."""
    was: CatalogObject
    """The same object in the database."""

    @property
    def statement(self) -> str:
        """The statement that restores the declared name."""
        new, old = _own_name(self.entry), _own_name(self.was)
        if self.entry.kind == "column":
            table = (self.was.part_of or "").partition(" ")[2]
            return f"alter table {table} rename column {old} to {new}"
        if new == old:
            schema = split_name(self.entry.name)[0]
            return f"alter {self.was.kind} {self.was.name} set schema {schema}"
        return f"alter {self.was.kind} {self.was.name} rename to {_bare(new)}"


@dataclass(frozen=True, slots=True)
class Renamed:
    """A database as if every renamed object had its declared name."""

    catalog: Catalog
    renames: dict[str, Rename]
    """The renamed objects, by kind and declared name."""
    doubts: dict[str, list[str]]
    """Missing objects, each with the undeclared objects that it may be now."""
    were: dict[str, str]
    """What the database calls the objects of the catalog that have another name in it."""


def renamed(declared: Catalog, database: Catalog) -> Renamed:
    """Find the renamed objects: types first, then tables, and then what is in them."""
    found = Renamed(database, {}, {}, {})
    for kind in RENAMED:
        found = _renamed(declared, found, kind, _columns if kind == "table" else _facets)
    return found


Features = Callable[[Catalog, CatalogObject], Mapping[str, object]]
"""The properties that an object keeps when it is renamed."""


def _renamed(declared: Catalog, found: Renamed, kind: str, features: Features) -> Renamed:
    candidates = _candidates(declared, found.catalog, kind, features)
    catalog, renames, doubts = found.catalog, dict(found.renames), dict(found.doubts)
    were = dict(found.were)
    for name, others in candidates.items():
        entry = declared[name]
        match others:
            case [other] if _is_candidate_once(other, candidates) and (
                features(declared, entry) == features(catalog, other)
            ):
                renames[name] = Rename(entry, other)
                called = [*_called(catalog, renames[name])]
                for old, each in zip(catalog, called, strict=True):
                    if str(each) != old:
                        were[str(each)] = were.pop(old, old)
                catalog = {str(each): each for each in called}
            case [_, *_] if kind not in WITHOUT_ROWS:
                doubts[name] = [str(other) for other in others]
            case _:
                pass
    return Renamed(catalog, renames, doubts, were)


def _candidates(
    declared: Catalog, catalog: Catalog, kind: str, features: Features
) -> dict[str, list[CatalogObject]]:
    """For each missing object of a kind, the undeclared ones that may be it."""

    def may_be(other: CatalogObject, entry: CatalogObject) -> bool:
        is_near = _place(other) == _place(entry) or _is_moved(other, entry)
        return is_near and (
            features(declared, entry) == features(catalog, other)
            or (kind == "table" and _resembles(declared, entry, catalog, other))
        )

    missing = {
        n: each for n, each in declared.items() if each.kind == kind and n not in catalog
    }
    others = [each for n, each in catalog.items() if each.kind == kind and n not in declared]
    if missing and kind in ROUTINES:
        others = [each for each in others if not _is_of_others(each, declared, catalog)]
    return {
        name: [other for other in others if may_be(other, entry)]
        for name, entry in missing.items()
    }


def _is_moved(other: CatalogObject, entry: CatalogObject) -> bool:
    """Whether one may be the other in another schema."""
    return entry.part_of is None and _own_name(other) == _own_name(entry)


def _is_of_others(entry: CatalogObject, declared: Catalog, catalog: Catalog) -> bool:
    """Whether a routine shares its name with another, or an unknown object calls it. Many
    functions of triggers have the same body.
    """
    called = _path(entry.name)
    return any(
        (each.kind == entry.kind and _path(each.name) == called)
        or (
            str(each) not in declared
            and any(called == m.path for text in each.facets.values() for m in mentions(text))
        )
        for each in catalog.values()
        if each != entry and each.part_of != str(entry)
    )


def _is_candidate_once(
    other: CatalogObject, candidates: Mapping[str, Sequence[CatalogObject]]
) -> bool:
    return sum(str(other) in map(str, each) for each in candidates.values()) == 1


ALMOST = 0.5
"""Two tables may be the same if they share more than this part of their columns."""


def _resembles(
    declared: Catalog, table: CatalogObject, catalog: Catalog, other: CatalogObject
) -> bool:
    """Whether a table may be another that was renamed and changed, by its columns or indexes.

    An index keeps its name when its table is renamed, and no other index can have it.
    """
    ours, theirs = _columns(declared, table), _columns(catalog, other)
    same = sum(theirs.get(name) == facets for name, facets in ours.items())
    return same > ALMOST * max(len(ours), len(theirs)) or bool(
        _indexes(declared, table) & _indexes(catalog, other)
    )


def _indexes(catalog: Catalog, table: CatalogObject) -> set[str]:
    return {
        _own_name(each)
        for each in catalog.values()
        if each.kind in INDEXES and each.part_of == str(table)
    }


def _columns(catalog: Catalog, table: CatalogObject) -> Mapping[str, object]:
    return {
        _own_name(each): _near(_facets(catalog, each), split_name(table.name)[0])
        for each in catalog.values()
        if each.kind == "column" and each.part_of == str(table)
    }


def _near(facets: Mapping[str, object], schema: str) -> Mapping[str, object]:
    """The properties of a column. The sequence that counts it may move along with its table."""
    if "default" not in facets:
        return facets
    return {**facets, "default": str(facets["default"]).replace(f"('{schema}.", "('")}


def _facets(catalog: Catalog, entry: CatalogObject) -> Mapping[str, object]:  # noqa: ARG001  # the signature of `_columns`
    return {name: value for name, value in entry.facets.items() if name not in INCIDENTAL}


def _place(entry: CatalogObject) -> str:
    """The scope in which its name is unique: its table, or its schema."""
    return entry.part_of or split_name(entry.name)[0]


def _own_name(entry: CatalogObject) -> str:
    """Its name without its table or schema."""
    table = (entry.part_of or "").partition(" ")[2]
    schema = split_name(table or entry.name)[0]
    return entry.name.removeprefix(f"{table}.").removeprefix(f"{schema}.")


def _called(catalog: Catalog, rename: Rename) -> Iterator[CatalogObject]:
    """The objects of a database, with the declared names in place of the renamed ones."""
    if rename.entry.kind == "column":
        return (
            _with_column(each, rename)
            if rename.was.part_of in {each.part_of, str(each)}
            else each
            for each in catalog.values()
        )
    paths = dict(_paths(catalog, rename))

    def change(mention: Mention) -> Path:
        new = paths.get(mention.path[:2])
        return mention.path if new is None else (*new, *mention.path[2:])

    is_moved = _is_moved(rename.was, rename.entry)
    old = split_name(rename.was.name)[0] if is_moved else _bare(_own_name(rename.was))
    return (_rewritten(each, old, change, change) for each in catalog.values())


def _paths(catalog: Catalog, rename: Rename) -> Iterator[tuple[Path, Path]]:
    """The renamed object's path and the declared one, and those of what a table takes along to
    another schema: its indexes, and the sequences of its columns.
    """
    was, new = _path(rename.was.name), _path(rename.entry.name)
    yield was, new
    if rename.entry.kind != "table" or was[0] == new[0]:
        return
    for each in catalog.values():
        is_its_index = each.kind in INDEXES and each.part_of == str(rename.was)
        owner = each.facets.get("owned by", "")
        if is_its_index or (owner and _path(owner)[:2] == was):
            yield (was[0], _path(each.name)[-1]), (new[0], _path(each.name)[-1])


def _with_column(entry: CatalogObject, rename: Rename) -> CatalogObject:
    """An object of a table, with the declared name in place of a renamed column's."""
    *table, old = _path(rename.was.name)
    new = _path(rename.entry.name)[-1]
    qualifiers = [(), (table[-1],), (*table,), ("new",), ("old",)]

    def in_expression(mention: Mention) -> Path:
        *qualifier, name = mention.path
        return (
            (*qualifier, new) if name == old and (*qualifier,) in qualifiers else mention.path
        )

    def in_statement(mention: Mention) -> Path:
        # An unqualified name may also be that of a policy or a role.
        is_column = mention.is_enclosed or len(mention.path) > 1
        return in_expression(mention) if is_column else mention.path

    def unchanged(mention: Mention) -> Path:
        return mention.path

    statements = in_statement if entry.kind in NAMED_BY_COLUMN else unchanged
    return _rewritten(
        entry,
        _own_name(rename.was),
        statements,
        in_expression,
        EXPRESSIONS & entry.facets.keys(),
    )


Change = Callable[[Mention], Path]


def _rewritten(
    entry: CatalogObject,
    old: str,
    in_statements: Change,
    in_facets: Change,
    facets: Collection[str] | None = None,
) -> CatalogObject:
    """A copy with names replaced in its statements and in the given facets (by default all
    except prose).
    """
    facets = entry.facets.keys() - PROSE if facets is None else facets

    def changed(text: str, change: Change = in_statements) -> str:
        # Most texts do not contain the word, and are not parsed.
        return rewritten(text, change) if old.lower() in text.lower() else text

    return replace(
        entry,
        name=changed(entry.name),
        part_of=None if entry.part_of is None else changed(entry.part_of),
        creation=None if entry.creation is None else changed(entry.creation),
        removal=changed(entry.removal),
        facets={
            name: changed(value, in_facets) if name in facets else value
            for name, value in entry.facets.items()
        },
        changes={name: changed(value) for name, value in entry.changes.items()},
    )


def _bare(name: str) -> str:
    """The name of a routine without its arguments."""
    return name.partition("(")[0]


def _path(name: str) -> Path:
    """The parts of a name, without its quotation marks and the arguments of a routine."""
    return next(iter(mentions(_bare(name)))).path
