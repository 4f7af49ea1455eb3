"""An object that differs between the classes, the files and the database, and its fix."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ottavino.inspect.catalog import KINDS, Catalog, CatalogObject
from ottavino.inspect.finding import Finding
from ottavino.inspect.fix import Fix, altered, script
from ottavino.inspect.renames import PROSE, Rename, Renamed, renamed
from ottavino.sql import mentions

Outlier = Literal["classes", "files", "database", "all"]

APART = {"foreign key"}
"""The kinds that need a second table, and are created after both."""

OWN = " to its owner"
"""The end of the names of privileges that an owner has without a grant."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An object on each of the three sides; None if it is missing there."""

    classes: CatalogObject | None
    files: CatalogObject | None
    database: CatalogObject | None
    parts: tuple[CatalogObject, ...] = ()
    """The objects that are created with it, such as the columns of a table."""
    rename: Rename | None = None
    """The rename, if the database has the object under another name; `database` then has the
    declared name.
    """
    doubt: str | None = None
    """Why a person has to decide before a fix can be given."""

    @property
    def entry(self) -> CatalogObject:
        """The object on a side that has it."""
        return next(side for side in (self.classes, self.database, self.files) if side)

    @property
    def outlier(self) -> Outlier:
        """The side that differs from the two others; None if all differ."""
        classes, files, database = map(_facets, (self.classes, self.files, self.database))
        if classes == files:
            return "database"
        if files == database:
            return "classes"
        return "files" if classes == database else "all"

    @property
    def facets(self) -> list[str]:
        """The facets that differ between the sides."""
        sides = [_facets(side) or {} for side in (self.classes, self.files, self.database)]
        names = dict.fromkeys(name for side in sides for name in side)
        return [name for name in names if len({side.get(name) for side in sides}) > 1]

    @property
    def is_undeclared(self) -> bool:
        """Whether only the database has it."""
        return self.classes is None and self.files is None

    @property
    def undecided(self) -> str | None:
        """The reason why a person has to decide about it. None if there is a fix."""
        if self.outlier != "database" or self.rename is not None or self.is_undeclared:
            return None
        if self.doubt is not None:
            return self.doubt
        if self.database is None and "partitioned" in self.entry.facets:
            return "a partitioned table is created with its columns, as its migration does it"
        return None if self._fix() else "it may hold data that exists nowhere else"

    @property
    def fix(self) -> Fix:
        """The SQL that makes it what the classes and the files declare. If those two differ,
        there is none: a migration has to be written, or undone.
        """
        if self.outlier != "database" or (self.doubt is not None and self.rename is None):
            return Fix()
        rename = Fix(first=[self.rename.statement]) if self.rename else Fix()
        return rename + (self._fix() or Fix())

    def _fix(self) -> Fix | None:
        classes, database = self.classes, self.database
        if classes is not None and database is not None:
            return altered(database, classes, self._made(classes))
        if classes is not None:
            made = self._made(classes)
            # A serial column is made before the sequence can belong to it.
            return None if made is None else Fix(making=made, last=[*classes.tied()])
        # What is not declared is removed by a migration, or by hand.
        return None

    def _made(self, entry: CatalogObject) -> list[str] | None:
        if entry.creation is None:
            return None
        return [statement for each in (entry, *self.parts) for statement in each.made()]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, and the objects that are not ours."""

    differences: list[Difference]
    unknown: list[CatalogObject] = field(default_factory=list[CatalogObject])
    """The objects that are not declared, and that no migration made, without the parts of
    others. They are not changed.
    """
    ours: frozenset[str] = frozenset()
    """The objects that the classes declare or that the files make, by kind and name."""
    openings: list[Finding] = field(default_factory=list[Finding])
    """The findings about unknown objects that let somebody reach the rows of ours."""
    owner: str = ""
    """The role that owns our tables."""

    @property
    def on_ours(self) -> list[CatalogObject]:
        """The unknown objects that are parts of ours, and unknown privileges."""
        return [each for each in self.unknown if each.part_of or each.kind == "privilege"]

    def with_superseded(self, names: Collection[str]) -> "Comparison":
        """The same, with unknown objects of some names as ours: applied migrations made them,
        and pending ones remove them.
        """
        ours = [each for each in self.unknown if str(each) in names]
        return replace(
            self,
            differences=[*(Difference(None, None, each) for each in ours), *self.differences],
            unknown=[each for each in self.unknown if each not in ours],
            openings=[each for each in self.openings if each.where not in names],
        )

    @property
    def fix(self) -> str | None:
        """The SQL that fixes everything that a person does not have to decide."""
        last_first = sorted(self.differences, key=lambda each: _place(each.entry))[::-1]
        fix = sum((each.fix for each in self.differences), Fix())
        removal = [statement for each in last_first for statement in each.fix.removal]
        return script(replace(fix, removal=removal), self.owner) if fix else None


def compared(
    classes: Catalog, files: Catalog, database: Catalog, elsewhere: Mapping[str, str]
) -> Comparison:
    """The objects that differ between the three sides, in an order in which they can be fixed.

    The parts of an object that is missing or unexpected are not listed beside it. `elsewhere`
    maps each of our tables to a table of another schema with its name, if there is one.
    """
    ours = {**files, **classes}
    seen = renamed({n: t for n, t in ours.items() if n in classes and n in files}, database)
    found = {
        name: Difference(*sides, _parts(classes, name), seen.renames.get(name), doubt)
        for name in {**classes, **files, **seen.catalog}
        for sides in [(classes.get(name), files.get(name), seen.catalog.get(name))]
        for doubt in [_doubt(sides[0], seen, elsewhere) or _too_early(sides[0], ours, seen)]
        if not _facets(sides[0]) == _facets(sides[1]) == _facets(sides[2])
        or name in seen.renames
    }
    alone = [each for each in found.values() if not _is_implied(each, found)]
    unknown = [each.entry for each in alone if each.is_undeclared]
    differing = [each for each in alone if not each.is_undeclared]
    superfluous = [each for each in differing if each.classes is None]
    others = [each for each in differing if each.classes is not None]
    return Comparison(
        [
            *sorted(superfluous, key=lambda each: _place(each.entry))[::-1],
            *sorted(others, key=lambda each: _place(each.entry)),
        ],
        sorted((each for each in unknown if not _is_of_another(each, ours)), key=_place),
        ours=frozenset(ours),
    )


def _parts(classes: Catalog, whole: str) -> tuple[CatalogObject, ...]:
    """The objects that are created with an object, in an order in which they can be created."""
    if whole not in classes:
        return ()
    parts = [
        entry
        for entry in classes.values()
        if entry.part_of == whole and entry.kind not in APART and not entry.name.endswith(OWN)
    ]
    return tuple(sorted(parts, key=_place))


def _doubt(
    entry: CatalogObject | None, seen: Renamed, elsewhere: Mapping[str, str]
) -> str | None:
    """The reason why an object, its parts and the objects that name it cannot simply be
    created.
    """
    if entry is None:
        return None
    doubts = {
        name: f"it may be {' or '.join(others)}, renamed"
        for name, others in seen.doubts.items()
    }
    doubts |= {
        name: f"it may be {other}, moved"
        for name, other in elsewhere.items()
        if name not in seen.catalog
    }
    if str(entry) in doubts:
        return doubts[str(entry)]
    for name in doubts:
        if entry.part_of == name or _names(entry, name):
            return f"it depends on the {name}, which has to be decided first"
    return None


def _too_early(entry: CatalogObject | None, ours: Catalog, seen: Renamed) -> str | None:
    """The reason why the database cannot have an object yet: it belongs to a table that is
    missing there, or that has another partition key.
    """
    if entry is None:
        return None
    parents = entry.facets.get("parents", "").split(", ")
    for name in [entry.part_of, *(f"table {each}" for each in parents)]:
        if name in ours and _key(ours, name) != _key(seen.catalog, name):
            return f"it depends on the {name}, which has to be decided first"
    return _too_early(ours.get(entry.part_of or ""), ours, seen)


def _key(catalog: Catalog, table: str) -> str | None:
    """The partition key of a table, if it has one."""
    return catalog[table].facets.get("partitioned") if table in catalog else None


def _names(entry: CatalogObject, other: str) -> bool:
    """Whether an object may name another. If in doubt, it does, and a person decides."""
    kind, _, name = other.partition(" ")
    (wanted,) = (each.path for each in mentions(name))
    facets = [value for facet, value in entry.facets.items() if facet not in PROSE]
    named = {each.path for text in (entry.creation or "", *facets) for each in mentions(text)}
    if kind != "column":
        return any(path[: len(wanted)] == wanted for path in named)
    *table, column = wanted
    is_near = entry.part_of == f"table {name.rpartition('.')[0]}" or any(
        path[: len(table)] == (*table,) for path in named
    )
    return is_near and any(path[-1] == column for path in named)


def _is_of_another(entry: CatalogObject, ours: Catalog) -> bool:
    """Whether an unknown object implies it, as its part or as the sequence of its column."""
    table = f"table {entry.facets.get('owned by', '').rpartition('.')[0]}"
    whole = table if "owned by" in entry.facets else entry.part_of
    return whole is not None and whole not in ours


def _facets(entry: CatalogObject | None) -> Mapping[str, str] | None:
    return None if entry is None else entry.facets


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


def _place(entry: CatalogObject) -> tuple[int, str]:
    return KINDS.index(entry.kind), entry.name
