"""Finds objects that were renamed by hand, or moved to another schema. They are renamed back:
they hold rows, or others use them.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.dependents import names, users, users_in
from ottavino.inspect.labels import with_declared_labels
from ottavino.inspect.places import places
from ottavino.inspect.rename import (
    CONSTRAINTS,
    INCIDENTAL,
    INDEXES,
    OF_STATE,
    ON_TABLES,
    PARTS,
    Rename,
    bare,
    called,
    own_name,
    place,
    scope,
)

OF_PARTITIONS = ("bounds", "partitioned")
"""The facets that say which rows a table has of another, and by what it is divided itself."""

ROUTINES = {"function", "procedure"}

EXCHANGED = {"type", "domain", "table", "view", "materialized view"}
"""The kinds of which two may have each other's names. Columns, rows and readers stay with the
object.
"""

OTHER_NAME = "another {} has this name, and the {} may be ours. Give both their names back"
STRANGE = (
    "another table may have this name: it has none of the declared columns. Rename or remove "
    "that one"
)

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


@dataclass(frozen=True, slots=True)
class Renamed:
    """A database as if every renamed object had its declared name."""

    catalog: Catalog
    renames: dict[str, Rename]
    """The renamed objects, by kind and declared name."""
    doubts: dict[str, list[str]]
    """Missing objects, each with the other objects that it may be now."""
    were: dict[str, str]
    """What the database calls the objects of the catalog that have another name in it."""
    replaced: dict[str, str]
    """The objects whose names others may have, each with what is said of it."""


def renamed(declared: Catalog, database: Catalog) -> Renamed:
    """Find the renamed objects: types first, then tables, and then what is in them. A view may
    be recognised only after another one that it reads.
    """
    found = Renamed(with_declared_labels(database, declared), {}, {}, {}, {})
    before = -1
    while before < len(found.renames):
        before, found = len(found.renames), replace(found, doubts={}, replaced={})
        for kind in RENAMED:
            found = _Kind(declared, found, kind).renamed()
    return found


@dataclass(frozen=True)
class _Kind:
    """The objects of a kind, as they are declared and in a database."""

    declared: Catalog
    found: Renamed
    kind: str

    def renamed(self) -> Renamed:
        """The same database, with the declared names of this kind."""
        found, alike = self.found, self._alike()
        pools = {
            name: self._pool(name, others)
            for name, others in alike.items()
            if name not in self.catalog
        }
        doubts, renames, were = {**found.doubts}, {**found.renames}, {**found.were}
        catalog = self.catalog
        for name, pool in pools.items():
            if not pool:
                continue
            if not self._is_sure(name, pool, pools.values()):
                doubts[name] = [str(each) for each in pool]
                continue
            renames[name] = Rename(self.declared[name], pool[0], 1 + len(renames))
            changed = [*called(catalog, renames[name])]
            for old, each in zip(catalog, changed, strict=True):
                if str(each) != old:
                    were[str(each)] = were.pop(old, old)
            catalog = {str(each): each for each in changed}
        replaced = {**found.replaced, **dict(self._replaced(alike))}
        return Renamed(catalog, renames, doubts, were, replaced)

    @property
    def catalog(self) -> Catalog:
        """The objects of the database."""
        return self.found.catalog

    @cached_property
    def ours(self) -> Mapping[str, str]:
        """The properties of each declared object of the kind. Those in a table whose name
        another one may have are not looked for.
        """
        return {
            name: each
            for name, each in _properties(self.declared, self.kind).items()
            if not self._waits(self.declared[name])
        }

    def _waits(self, entry: CatalogObject) -> bool:
        """Whether a person has to decide about its table, or about one above that."""
        table = entry.part_of or ""
        if table in self.found.replaced or table in self.found.doubts:
            return True
        above = self.declared.get(table)
        parents = "" if above is None else above.facets.get("parents", "")
        return any(
            self._waits(replace(entry, part_of=f"table {parent}"))
            for parent in parents.split(", ")
            if parent
        )

    @cached_property
    def theirs(self) -> Mapping[str, str]:
        """The properties of each object of the kind in the database."""
        return _properties(self.catalog, self.kind)

    @cached_property
    def others(self) -> list[str]:
        """The objects of the database that may be declared ones."""
        return [
            name
            for name, each in self.theirs.items()
            if name not in self.ours or (each != self.ours[name] and self._is_exchanged(name))
        ]

    def _is_exchanged(self, name: str) -> bool:
        """Whether another one may have its name. Rows are led back to their partitions."""
        return self.kind in EXCHANGED and "bounds" not in self.declared[name].facets

    def _alike(self) -> dict[str, list[CatalogObject]]:
        """For each declared object, the others that have its properties."""
        by_properties: dict[str, list[CatalogObject]] = {}
        for name in self.others:
            by_properties.setdefault(self.theirs[name], []).append(self.catalog[name])
        return {
            name: [
                other
                for other in by_properties.get(properties, [])
                if str(other) != name and self._is_movable(self.declared[name], other)
            ]
            for name, properties in self.ours.items()
        }

    def _is_movable(self, entry: CatalogObject, other: CatalogObject) -> bool:
        """Whether one can have been the other: a part stays in its table, and a sequence with
        the table of its column.
        """
        if place(entry) == place(other):
            return True
        is_alone = entry.part_of is None and self.kind not in ON_TABLES
        return is_alone and "owned by" not in other.facets

    def _pool(self, name: str, alike: Sequence[CatalogObject]) -> list[CatalogObject]:
        """The objects that a missing one may be now."""
        entry = self.declared[name]
        if evident := self._evident(entry, alike):
            return evident
        if instead := self._evident(entry, self._unknown):
            # It was changed, too.
            return instead
        if self.kind in ROUTINES and alike and self._is_dropped_for_users(entry):
            # Many functions of triggers have the same body.
            return []
        return [*alike, *(self._resembling(entry) if self.kind == "table" else ())]

    @property
    def _unknown(self) -> list[CatalogObject]:
        return [
            self.catalog[name]
            for name in self.others
            if name not in self.declared and self.kind not in {*PARTS, "column"}
        ]

    def _is_dropped_for_users(self, entry: CatalogObject) -> bool:
        """Whether a missing object has users, and none of these may be elsewhere."""
        using = users(entry, self.declared)
        return bool(using) and not any(
            str(each) not in self.catalog
            and (each.part_of is None or each.part_of not in self.catalog)
            for each in using
        )

    def _evident(
        self, entry: CatalogObject, alike: Sequence[CatalogObject]
    ) -> list[CatalogObject]:
        """Those that are used in the place of an object, or have its indexes or rows."""
        using = users_in(entry, self.declared, self.catalog) if alike else []
        if any(names(each, str(entry)) for each in using):
            using = []
        return [
            other
            for other in alike
            if any(names(each, str(other)) for each in using)
            or (
                self.kind == "table"
                and str(entry) not in self.catalog
                and self._has_its_indexes(entry, other)
            )
        ]

    def _is_sure(
        self,
        name: str,
        pool: Sequence[CatalogObject],
        pools: Collection[Sequence[CatalogObject]],
    ) -> bool:
        """Whether a missing object is the only one that it may be, and can be renamed back."""
        entry, other = self.declared[name], pool[0]
        is_once = sum(other in each for each in pools) == 1
        is_alike = self.theirs[str(other)] == self.ours[name]
        if len(pool) > 1 or not is_once or not is_alike or str(other) in self.declared:
            return False
        if not self._is_free(entry, other):
            return False
        if self._evident(entry, pool):
            return True
        if self.kind in ROUTINES and _is_of_others(other, self.declared, self.catalog):
            return False
        return scope(entry) == scope(other) or own_name(entry) == own_name(other)

    def _is_free(self, entry: CatalogObject, other: CatalogObject) -> bool:
        """Whether the schema is there, and nothing else has the name."""
        schema = f"schema {scope(entry)}"
        if schema in self.declared and schema not in self.catalog:
            return False
        on_the_way = entry
        if entry.part_of is None and self.kind not in ON_TABLES:
            on_the_way = replace(entry, name=f"{scope(other)}.{own_name(entry)}")
        wanted = {*places(entry), *places(on_the_way)}
        return all(
            wanted.isdisjoint(places(each)) for each in self.catalog.values() if each != other
        )

    def _replaced(
        self, alike: Mapping[str, Sequence[CatalogObject]]
    ) -> Iterator[tuple[str, str]]:
        """The objects that others may be that have their names."""
        for name, others in alike.items():
            if name not in self.catalog or self.kind == "column":
                continue
            entry = self.declared[name]
            # Many sequences count alike: what takes its numbers from one shows whose it is.
            is_same = self.kind == "sequence" or self.theirs[name] == self.ours[name]
            found = self._evident(entry, others) if is_same else self._near(name, others)
            if found:
                yield name, OTHER_NAME.format(self.kind, found[0])
            elif self.kind == "table" and self._is_strange(entry):
                yield name, STRANGE

    def _near(self, name: str, alike: Sequence[CatalogObject]) -> list[CatalogObject]:
        entry = self.declared[name]
        found = self._evident(entry, alike)
        if found or (self.kind in ROUTINES and users(entry, self.declared)):
            return found
        is_table = self.kind == "table"
        return [each for each in alike if is_table or place(each) == place(entry)]

    def _is_strange(self, table: CatalogObject) -> bool:
        ours, theirs = self._both_columns(table, table)
        return bool({*theirs} - {*ours}) and not any(
            each in theirs.values() for each in ours.values()
        )

    def _both_columns(
        self, table: CatalogObject, other: CatalogObject
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        ours, theirs = self.columns
        return ours.get(str(table), {}), theirs.get(str(other), {})

    @cached_property
    def columns(self) -> tuple[Mapping[str, Mapping[str, str]], ...]:
        """The columns of each table, on both sides."""
        return _columns(self.declared), _columns(self.catalog)

    def _resembling(self, table: CatalogObject) -> Iterator[CatalogObject]:
        """The tables that may be another that was renamed and changed, by its columns or
        indexes. An index keeps its name when its table is renamed, and no other index of the
        schema can have it.
        """
        declared = {*self.ours.values()}
        for name in self.others:
            other = self.catalog[name]
            if name in self.declared or self.theirs[name] in declared:
                continue
            bounds = {
                each.facets["bounds"] for each in (table, other) if "bounds" in each.facets
            }
            is_divided_otherwise = table.facets.get("partitioned") != other.facets.get(
                "partitioned"
            )
            if len(bounds) > 1 or is_divided_otherwise:
                continue
            ours, theirs = self._both_columns(table, other)
            same = sum(theirs.get(column) == facets for column, facets in ours.items())
            if same > ALMOST * max(len(ours), len(theirs)) or (
                scope(table) == scope(other) and self._has_its_indexes(table, other)
            ):
                yield other

    def _has_its_indexes(self, table: CatalogObject, other: CatalogObject) -> bool:
        """Whether a table has any index of another, or the place of that among partitions."""
        place_of = [
            (each.facets.get("parents"), each.facets.get("bounds")) for each in (table, other)
        ]
        if None not in place_of[0] and place_of[0] == place_of[1]:
            return True
        return not _indexes(self.declared, table).isdisjoint(_indexes(self.catalog, other))


ALMOST = 0.5
"""Two tables may be the same if they share more than this part of their columns."""


def _indexes(catalog: Catalog, table: CatalogObject) -> set[str]:
    return {
        own_name(each)
        for each in catalog.values()
        if each.kind in INDEXES and each.part_of == str(table)
    }


def _is_of_others(entry: CatalogObject, declared: Catalog, catalog: Catalog) -> bool:
    """Whether a routine shares its name with another, or an unknown object calls it."""
    return any(
        (each.kind == entry.kind and bare(each.name) == bare(entry.name))
        or (str(each) not in declared and names(each, str(entry)))
        for each in catalog.values()
        if each != entry and each.part_of != str(entry)
    )


SEQUENCE = re.compile(r"""(?<=\(')("(?:[^"]|"")+"|\w+)\.""")
"""The schema before the name of a sequence in a default."""


def _columns(catalog: Catalog) -> dict[str, dict[str, str]]:
    """The properties of the columns of each table. The sequence that counts one may move along
    with the table.
    """
    found: dict[str, dict[str, str]] = {}
    for each in catalog.values():
        if each.kind == "column":
            facets = dict(properties(each))
            if "default" in facets:
                facets["default"] = SEQUENCE.sub("", facets["default"])
            found.setdefault(each.part_of or "", {})[own_name(each)] = _text(facets)
    return found


def _properties(catalog: Catalog, kind: str) -> dict[str, str]:
    """The properties that each object of a kind keeps when it is renamed. A table has its
    columns, and is for the rows of a partition.
    """
    entries = {name: each for name, each in catalog.items() if each.kind == kind}
    if kind != "table":
        return {name: _text(properties(each)) for name, each in entries.items()}
    columns = _columns(catalog)
    return {
        name: _text(
            {"columns": columns.get(name)} | {n: each.facets.get(n) for n in OF_PARTITIONS}
        )
        for name, each in entries.items()
    }


def _text(facets: Mapping[str, object]) -> str:
    return json.dumps(facets, sort_keys=True)


def properties(entry: CatalogObject) -> dict[str, str]:
    """The properties that an object keeps when it is renamed."""
    incidental = INCIDENTAL | OF_STATE if entry.kind in PARTS else INCIDENTAL
    facets = {name: value for name, value in entry.facets.items() if name not in incidental}
    is_of_others = entry.kind == "policy" and entry.part_of is None
    has_name = entry.kind in PARTS and entry.kind not in CONSTRAINTS and not is_of_others
    if has_name and "definition" in facets:
        # PostgreSQL writes the name after its first keywords: `CREATE INDEX name ON …`.
        name = entry.name if entry.kind == "statistics" else own_name(entry)
        facets["definition"] = facets["definition"].replace(f" {name} ", " ", 1)
    return facets
