"""Finds objects that were renamed by hand, or moved to another schema. They are renamed back:
they hold rows, or others use them.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ottavino.inspect.catalog import WITHOUT, Catalog, CatalogObject
from ottavino.inspect.fix import Fix, is_elsewhere
from ottavino.inspect.labels import with_declared_labels
from ottavino.postgres.quoting import identifier, split_name
from ottavino.sql import Mention, Path, mentions, rewritten

INCIDENTAL = {"comment", "owner", "owned by"}
"""The facets that may differ between two columns or sequences that are the same."""

OF_STATE = {
    "clustered",
    "fires",
    "index options",
    "index tablespace",
    "not enforced on",
    "options",
    "partitions",
    "statistics",
    "tablespace",
}
"""The facets that may differ between two parts of a table that are the same."""

INDEXES = {"index", "primary key", "unique constraint"}

NAMED_BY_COLUMN = {"column", "privilege"}
"""The kinds whose names contain a column."""

EXPRESSIONS = {"default", "definition", "generated", "partitioned", "using", "with check"}
"""The facets that contain SQL over the columns of a table."""

OF_PARTITIONS = ("bounds", "partitioned")
"""The facets that say which rows a table has of another, and by what it is divided itself."""

PROSE = {"comment"}
"""The facets that are prose."""


ROUTINES = {"function", "procedure"}
WITHOUT_ROWS = {*ROUTINES, "view"}
"""The kinds of objects that lose nothing if they are created again."""

CONSTRAINTS = (
    "primary key",
    "unique constraint",
    "exclusion constraint",
    "check constraint",
    "foreign key",
)
ON_TABLES = ("rule", "policy", "trigger")
PARTS = (*CONSTRAINTS, "index", "statistics", *ON_TABLES)
"""The kinds of what a table has beside its columns."""

RENAMED = (
    "type",
    "domain",
    *sorted(ROUTINES),
    "table",
    "sequence",
    "column",
    "view",
    "materialized view",
    *PARTS,
)
"""The kinds that are renamed back, those that others name before them."""


class Rename(NamedTuple):
    """One of our objects that the database has under another name."""

    entry: CatalogObject
    """The declared object."""
    was: CatalogObject
    """The same object in the database."""

    @property
    def fix(self) -> Fix:
        """What restores the declared name."""
        if is_elsewhere(self.entry):
            return Fix(by_others=[self.statement])
        return Fix(first=[self.statement])

    @property
    def statement(self) -> str:
        """The statement that restores the declared name."""
        new, old = _own_name(self.entry), _own_name(self.was)
        kind, name = self.was.kind, self.was.name
        if kind == "schema":
            return f"alter schema {identifier(name)} rename to {identifier(self.entry.name)}"
        if kind == "column":
            return f"alter table {_scope(self.was)} rename column {old} to {new}"
        if kind in CONSTRAINTS:
            return f"alter table {_scope(self.was)} rename constraint {old} to {new}"
        if kind in ON_TABLES:
            return f"alter {kind} {old} on {_scope(self.was)} rename to {new}"
        if new == old:
            return f"alter {kind} {name} set schema {_scope(self.entry)}"
        return f"alter {kind} {name} rename to {_bare(new)}"


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
    """Find the renamed objects: types first, then tables, and then what is in them. A view may
    be recognised only after another one that it reads.
    """
    found, before = Renamed(with_declared_labels(database, declared), {}, {}, {}), -1
    while before < len(found.renames):
        before, found = len(found.renames), replace(found, doubts={})
        for kind in RENAMED:
            found = _renamed(declared, found, kind, rows if kind == "table" else _facets)
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

    def is_near(other: CatalogObject, entry: CatalogObject) -> bool:
        return _place(other) == _place(entry) or _is_moved(other, entry)

    def is_same(other: CatalogObject, entry: CatalogObject) -> bool:
        return is_near(other, entry) and (features(declared, entry) == features(catalog, other))

    def resembles(other: CatalogObject, entry: CatalogObject) -> bool:
        return is_near(other, entry) and _resembles(declared, entry, catalog, other)

    missing = {
        n: each for n, each in declared.items() if each.kind == kind and n not in catalog
    }
    others = [each for n, each in catalog.items() if each.kind == kind and n not in declared]
    if missing and kind in ROUTINES:
        others = [each for each in others if not _is_of_others(each, declared, catalog)]
    same = {
        name: [other for other in others if is_same(other, entry)]
        for name, entry in missing.items()
    }
    if kind != "table":
        return same
    rest = [each for each in others if not any(each in found for found in same.values())]
    return {
        name: [*found, *(other for other in rest if resembles(other, missing[name]))]
        for name, found in same.items()
    }


def _is_moved(other: CatalogObject, entry: CatalogObject) -> bool:
    """Whether one may be the other in another schema."""
    is_alone = entry.part_of is None and entry.kind not in ON_TABLES
    return is_alone and _own_name(other) == _own_name(entry)


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
    bounds = {each.facets["bounds"] for each in (table, other) if "bounds" in each.facets}
    if len(bounds) > 1 or table.facets.get("partitioned") != other.facets.get("partitioned"):
        return False
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


def rows(catalog: Catalog, table: CatalogObject) -> Mapping[str, object]:
    """The columns of a table, and which rows it has. All partitions have those columns."""
    partition = {f"{name} of it": table.facets.get(name) for name in OF_PARTITIONS}
    return {**_columns(catalog, table), **partition}


def _columns(catalog: Catalog, table: CatalogObject) -> Mapping[str, object]:
    return {
        _own_name(each): _near(_facets(catalog, each))
        for each in catalog.values()
        if each.kind == "column" and each.part_of == str(table)
    }


SEQUENCE = re.compile(r"""(?<=\(')("(?:[^"]|"")+"|\w+)\.""")
"""The schema before the name of a sequence in a default."""


def _near(facets: Mapping[str, object]) -> Mapping[str, object]:
    """The properties of a column. The sequence that counts it may move along with its table."""
    if "default" not in facets:
        return facets
    return {**facets, "default": SEQUENCE.sub("", str(facets["default"]))}


def _facets(_: Catalog, entry: CatalogObject) -> Mapping[str, object]:
    return properties(entry)


def properties(entry: CatalogObject) -> Mapping[str, object]:
    """The properties that an object keeps when it is renamed."""
    incidental = INCIDENTAL | OF_STATE if entry.kind in PARTS else INCIDENTAL
    facets = {name: value for name, value in entry.facets.items() if name not in incidental}
    if entry.kind in PARTS and entry.kind not in CONSTRAINTS and "definition" in facets:
        # PostgreSQL writes the name after its first keywords: `CREATE INDEX name ON …`.
        name = entry.name if entry.kind == "statistics" else _own_name(entry)
        facets["definition"] = facets["definition"].replace(f" {name} ", " ", 1)
    return facets


def _place(entry: CatalogObject) -> str:
    """What it is in: its table, or its schema."""
    return entry.part_of or _scope(entry)


def _own_name(entry: CatalogObject) -> str:
    """Its name without its table or schema."""
    return _split(entry)[-1]


def _scope(entry: CatalogObject) -> str:
    """The table or schema before its own name."""
    return ".".join(_split(entry)[:-1])


def _split(entry: CatalogObject) -> list[str]:
    is_on_table = entry.kind in {"column", *CONSTRAINTS, *ON_TABLES}
    return split_name(entry.name, 3 if is_on_table else 2)


def _called(catalog: Catalog, rename: Rename) -> Iterator[CatalogObject]:
    """The objects of a database, with the declared names in place of the renamed ones."""
    if rename.entry.kind == "column":
        return (
            _with_column(each, rename)
            if rename.was.part_of in {each.part_of, str(each)}
            else each
            for each in catalog.values()
        )
    if rename.entry.kind in PARTS:
        return (_with_part(each, rename) for each in catalog.values())
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
    if rename.entry.kind not in {"table", "materialized view"} or was[0] == new[0]:
        return
    for each in catalog.values():
        is_its_index = each.kind in INDEXES and each.part_of == str(rename.was)
        owner = each.facets.get("owned by", "")
        if is_its_index or (owner and _path(owner)[:2] == was):
            yield (was[0], _path(each.name)[-1]), (new[0], _path(each.name)[-1])


def _with_part(entry: CatalogObject, rename: Rename) -> CatalogObject:
    """An object with the declared name in place of the renamed one's. The names of indexes and
    constraints are in few others: an index of a partition, a table's replica identity.
    """
    was, new = rename.was, rename.entry
    old_index, index = (f"using index {_own_name(each)}" for each in (was, new))
    if entry != was:
        facets = {
            name: str(new) if (name, value) == ("made for", str(was)) else value
            for name, value in entry.facets.items()
        }
        if str(entry) == was.part_of and facets.get("replica identity") == old_index:
            facets["replica identity"] = index
        return replace(entry, facets=facets)
    state = {name: value for name, value in was.facets.items() if name in OF_STATE | INCIDENTAL}
    same = {name: new.facets[name] for name in was.facets if name not in state}
    schema = _path(was.name)[0]
    paths: dict[Path, Path] = {
        (schema, _path(was.name)[-1]): (schema, _path(new.name)[-1]),
    }
    # The other statements are those of the declared object.
    taking = {
        name: rewritten(text, lambda mention: paths.get(mention.path, mention.path))
        for name, text in was.changes.items()
        if name.startswith(WITHOUT)
    }
    return replace(new, facets={**same, **state}, changes={**new.changes, **taking})


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
