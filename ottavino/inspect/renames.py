"""Finds objects that were renamed by hand, or moved to another schema. They are renamed back:
they hold rows, or others use them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.dependents import names, users, users_in, with_declared_columns
from ottavino.inspect.labels import with_declared_labels
from ottavino.inspect.places import places
from ottavino.inspect.properties import columns_of_tables, properties_of_all
from ottavino.inspect.rename import (
    INDEXES,
    ON_TABLES,
    PARTS,
    Rename,
    bare,
    called,
    own_name,
    place,
    scope,
)

ROUTINES = {"function", "procedure"}

EXCHANGED = {"type", "domain", "table", "sequence", "view", "materialized view"}
"""The kinds of which two may have each other's names. What uses them stays with the object."""

OTHER_NAME = "another {} has this name, and the {} may be ours. Give both their names back"
TAKEN = "it may be the {}, renamed. Give that its own name back"
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


def renamed(
    declared: Catalog, database: Catalog, rows: Mapping[str, Collection[str]] | None = None
) -> Renamed:
    """Find the renamed objects: types first, then tables, and then what is in them. A view may
    be recognised only after another one that it reads. `rows` has our tables that are empty,
    each with those of others that may have its rows.
    """
    found = Renamed(with_declared_labels(database, declared), {}, {}, {}, {})
    before = -1
    while before < len(found.renames):
        before, found = len(found.renames), replace(found, doubts={}, replaced={})
        for kind in RENAMED:
            found = _Kind(declared, found, kind, rows or {}).renamed()
    return found


@dataclass(frozen=True)
class _Kind:
    """The objects of a kind, as they are declared and in a database."""

    declared: Catalog
    found: Renamed
    kind: str
    rows: Mapping[str, Collection[str]]

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
        if self.kind == "column":
            catalog = with_declared_columns(catalog, self.declared, renames.values())
        replaced = {**found.replaced, **dict(self._replaced(alike, pools))}
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
            for name, each in properties_of_all(self.declared, self.kind).items()
            if not self._waits(self.declared[name])
        }

    def _waits(self, entry: CatalogObject) -> bool:
        """Whether a person has to decide about its table, or about one above that. A sequence
        stays with the table of its column.
        """
        table = entry.part_of or ""
        if "owned by" in entry.facets:
            table = f"table {entry.facets['owned by'].rpartition('.')[0]}"
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
        return properties_of_all(self.catalog, self.kind)

    @cached_property
    def others(self) -> list[str]:
        """The objects of the database that may be declared ones."""
        return [
            name
            for name, each in self.theirs.items()
            if name not in self.ours or (each != self.ours[name] and self.kind in EXCHANGED)
        ]

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
        return [*alike, *self._resembling(entry)]

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
            or (self.kind == "table" and self._has_its_own(entry, other))
            or (self.kind == "sequence" and str(other) in self.rows.get(str(entry), ()))
        ]

    def _has_its_own(self, table: CatalogObject, other: CatalogObject) -> bool:
        """Whether a table has what is another's own: its indexes, the place of it among
        partitions, or what one that has its name lacks.
        """
        if str(table) not in self.catalog:
            return self._has_its_indexes(table, other)
        if _is_partition_instead(table, other):
            return True
        # A copy in another schema may have indexes of the same names.
        kinds = NEVER_COPIED | (OF_SCHEMA if scope(table) == scope(other) else set[str]())
        lacking = _parts(self.declared, table, kinds) - _parts(self.catalog, table, kinds)
        if not lacking.isdisjoint(_parts(self.catalog, other, kinds)):
            return True
        return str(other) in self.rows.get(str(table), ()) and not self._is_evident(table)

    def _is_evident(self, table: CatalogObject) -> bool:
        """Whether a table without rows has all that is declared of it. A partition is not
        evident if another table has rows within its bounds, which the default one has not.
        """
        return table.facets.get("bounds", "DEFAULT") == "DEFAULT" and all(
            name in self.catalog and self.catalog[name].facets == each.facets
            for name, each in self.declared.items()
            if str(table) in {name, each.part_of}
        )

    def _is_sure(
        self,
        name: str,
        pool: Sequence[CatalogObject],
        pools: Collection[Sequence[CatalogObject]],
    ) -> bool:
        """Whether a missing object is the only one that it may be, and can be renamed back."""
        entry, other = self.declared[name], pool[0]
        if not self._is_movable(entry, other):
            return False
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
        self,
        alike: Mapping[str, Sequence[CatalogObject]],
        pools: Mapping[str, Sequence[CatalogObject]],
    ) -> Iterator[tuple[str, str]]:
        """The objects that others may be that have their names."""
        there = [name for name in alike if name in self.catalog]
        instead = {name: self._instead(self.declared[name], alike[name]) for name in there}
        for name, others in {**pools, **instead}.items():
            # The object that has the name of another leaves its own, and is not that other one.
            for other in others:
                if str(other) in self.declared:
                    yield str(other), TAKEN.format(name)
        for name, others in instead.items():
            if others:
                yield name, OTHER_NAME.format(self.kind, others[0])
            elif self.kind == "table" and self._is_strange(self.declared[name]):
                yield name, STRANGE

    def _instead(
        self, entry: CatalogObject, alike: Sequence[CatalogObject]
    ) -> list[CatalogObject]:
        """The objects that an object may be now, if the one that has its name is another."""
        is_same = self.theirs[str(entry)] == self.ours[str(entry)]
        if self.kind == "column":
            return [each for each in alike if not is_same or self._is_used(each, entry)]
        found = self._evident(entry, [*alike, *self._resembling(entry)])
        # Many sequences count alike: what takes its numbers from one shows whose it is.
        return (
            found if found or is_same or self.kind == "sequence" else self._near(entry, alike)
        )

    def _is_used(self, other: CatalogObject, entry: CatalogObject) -> bool:
        """Whether something that differs names another column where it has to name one."""
        return any(
            there is not None and there.facets != each.facets and names(there, str(other))
            for each in users(entry, self.declared)
            for there in [self.catalog.get(str(each))]
        )

    def _near(
        self, entry: CatalogObject, alike: Sequence[CatalogObject]
    ) -> list[CatalogObject]:
        if self.kind in ROUTINES and users(entry, self.declared):
            return []
        if self.kind == "table":
            return [*alike]
        name = own_name(entry)
        return [x for x in alike if place(x) == place(entry) or own_name(x) == name]

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
        return columns_of_tables(self.declared), columns_of_tables(self.catalog)

    def _resembling(self, table: CatalogObject) -> Iterator[CatalogObject]:
        """The tables that may be another that was renamed and changed, by its columns, or its
        place among partitions. Of one that is missing, the indexes keep their names, which no
        other index of the schema can have.
        """
        declared = {*self.ours.values()}
        for name in self.theirs if self.kind == "table" else ():
            other = self.catalog[name]
            if name == str(table):
                continue
            if self._has_kept_indexes(table, other):
                yield other
                continue
            if name not in self.others or self.theirs[name] in declared:
                continue
            if _is_partition_instead(table, other):
                yield other
                continue
            if name in self.declared and not self._is_rather(table, other):
                continue
            both = (table, other)
            bounds = {each.facets["bounds"] for each in both if "bounds" in each.facets}
            if len(bounds) > 1 or len({each.facets.get("partitioned") for each in both}) > 1:
                continue
            ours, theirs = self._both_columns(table, other)
            if self._shared(table, other) > ALMOST * max(len(ours), len(theirs)):
                yield other

    def _has_kept_indexes(self, table: CatalogObject, other: CatalogObject) -> bool:
        """Whether a table has an index of a missing one, or the primary key of another."""
        is_missing = str(table) not in self.catalog
        if scope(table) != scope(other) or not (is_missing or str(other) in self.declared):
            return False
        kinds = INDEXES if is_missing else {"primary key"}
        lacking = _parts(self.declared, table, kinds) - _parts(self.catalog, table, kinds)
        lacking -= _parts(self.declared, other, kinds)
        return not lacking.isdisjoint(_parts(self.catalog, other, kinds))

    def _is_rather(self, table: CatalogObject, other: CatalogObject) -> bool:
        """Whether a table that has the name of a declared one is more like another."""
        named = self.declared[str(other)]
        return self._shared(table, other) > self._shared(named, other)

    def _shared(self, table: CatalogObject, other: CatalogObject) -> int:
        """How many columns of a table another one has."""
        ours, theirs = self._both_columns(table, other)
        return sum(theirs.get(column) == facets for column, facets in ours.items())

    def _has_its_indexes(self, table: CatalogObject, other: CatalogObject) -> bool:
        """Whether a table has any index of another, or the place of that among partitions."""
        if _is_partition_instead(table, other):
            return True
        indexes = _parts(self.declared, table, INDEXES)
        return not indexes.isdisjoint(_parts(self.catalog, other, INDEXES))


ALMOST = 0.5
"""Two tables may be the same if they share more than this part of their columns."""

OF_SCHEMA = {*INDEXES, "exclusion constraint", "statistics"}
"""The kinds of parts of a table of which a schema has one of each name."""

NEVER_COPIED = {"foreign key", *ON_TABLES}
"""The kinds that a table which is made like another does not get."""


def _is_partition_instead(table: CatalogObject, other: CatalogObject) -> bool:
    """Whether a table has the place of another among the partitions of a third."""
    places_of = [[each.facets.get(n) for n in ("parents", "bounds")] for each in (table, other)]
    return None not in places_of[0] and places_of[0] == places_of[1]


def _parts(catalog: Catalog, table: CatalogObject, kinds: Collection[str]) -> set[str]:
    """The names of the parts of a table that are of some kinds."""
    return {
        own_name(each)
        for each in catalog.values()
        if each.kind in kinds and each.part_of == str(table)
    }


def _is_of_others(entry: CatalogObject, declared: Catalog, catalog: Catalog) -> bool:
    """Whether a routine shares its name with another, or an unknown object calls it."""
    return any(
        (each.kind == entry.kind and bare(each.name) == bare(entry.name))
        or (str(each) not in declared and names(each, str(entry)))
        for each in catalog.values()
        if each != entry and each.part_of != str(entry)
    )
