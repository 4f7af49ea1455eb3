"""One object that the classes, the files and the database do not agree on, and its fix."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Literal

from ottavino.inspect.catalog import KINDS, Catalog, CatalogObject
from ottavino.inspect.fix import HOLDS_ROWS, Fix, altered, script
from ottavino.inspect.renames import PROSE, Rename, Renamed, renamed
from ottavino.sql import mentions

Outlier = Literal["classes", "files", "database", "all"]

APART = {"foreign key"}
"""What needs more than the object that it is part of, and comes after both."""

OWN = " to its owner"
"""How the name of a privilege ends that nobody has to grant."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An object as each side knows it; None where it is not there."""

    classes: CatalogObject | None
    files: CatalogObject | None
    database: CatalogObject | None
    parts: tuple[CatalogObject, ...] = ()
    """What is made along with it, a table's columns."""
    rename: Rename | None = None
    """Where the database has it under another name: `database` is what it is but for that."""
    doubt: str | None = None
    """Why no statement can be given, where more has to be known."""

    @property
    def thing(self) -> CatalogObject:
        """The object, as one of the sides knows it."""
        return next(side for side in (self.classes, self.database, self.files) if side)

    @property
    def outlier(self) -> Outlier:
        """The side with which the two others do not agree."""
        classes, files, database = map(_facets, (self.classes, self.files, self.database))
        if classes == files:
            return "database"
        if files == database:
            return "classes"
        return "files" if classes == database else "all"

    @property
    def facets(self) -> list[str]:
        """What there is to say of it: the facets that are not the same on every side."""
        sides = [_facets(side) or {} for side in (self.classes, self.files, self.database)]
        names = dict.fromkeys(name for side in sides for name in side)
        return [name for name in names if len({side.get(name) for side in sides}) > 1]

    @property
    def undecided(self) -> str | None:
        """Why a person has to decide what becomes of it, if that is so."""
        if self.outlier != "database" or self.rename is not None:
            return None
        if self.doubt is not None:
            return self.doubt
        return None if self._fix() else "it may hold what is nowhere else"

    @property
    def fix(self) -> Fix:
        """The SQL that makes the database as the classes and the files say.

        Where those do not agree, a migration has to be written, or taken back: there is none.
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
            return None if made is None else Fix(making=made)
        if database is None or database.kind in HOLDS_ROWS:
            return None
        return Fix(removal=[database.removal])

    def _made(self, thing: CatalogObject) -> list[str] | None:
        if thing.creation is None:
            return None
        return [statement for each in (thing, *self.parts) for statement in each.made()]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, and what is none of our business."""

    differences: list[Difference]
    unknown: list[CatalogObject] = field(default_factory=list[CatalogObject])
    """What nothing declares and no file makes: it is left alone."""
    owner: str = ""
    """Who owns what is ours."""

    @property
    def fix(self) -> str | None:
        """What makes the database as it is declared, but for what a person has to decide."""
        last_first = sorted(self.differences, key=lambda each: _place(each.thing))[::-1]
        fix = sum((each.fix for each in self.differences), Fix())
        removal = [statement for each in last_first for statement in each.fix.removal]
        return script(replace(fix, removal=removal), self.owner) if fix else None

    def but_for(self, kept: Collection[str]) -> "Comparison":
        """The same without what may be there besides, by patterns of its name."""
        return replace(
            self,
            differences=[
                each
                for each in self.differences
                if each.classes or each.files or not _matches(each.thing, kept)
            ],
            unknown=[each for each in self.unknown if not _matches(each, kept)],
        )


def compared(
    classes: Catalog, files: Catalog, database: Catalog, elsewhere: Mapping[str, str]
) -> Comparison:
    """What is not the same on all three sides, in an order in which it can be fixed.

    What is part of an object that is missing or unexpected is not told beside it. `elsewhere`
    names tables in schemas of others that have the name of one of ours.
    """
    ours = {**files, **classes}
    seen = renamed({n: t for n, t in ours.items() if n in classes and n in files}, database)
    found = {
        name: Difference(*sides, _parts(classes, name), seen.renames.get(name), doubt)
        for name in {**classes, **files, **seen.catalog}
        for sides in [(classes.get(name), files.get(name), seen.catalog.get(name))]
        for doubt in [_doubt(sides[0], seen, elsewhere)]
        if not _facets(sides[0]) == _facets(sides[1]) == _facets(sides[2])
        or name in seen.renames
    }
    alone = [each for each in found.values() if not _is_told(each, found)]
    unknown = [each.thing for each in alone if _is_unknown(each, ours)]
    differing = [each for each in alone if not _is_unknown(each, ours)]
    superfluous = [each for each in differing if each.classes is None]
    others = [each for each in differing if each.classes is not None]
    return Comparison(
        [
            *sorted(superfluous, key=lambda each: _place(each.thing))[::-1],
            *sorted(others, key=lambda each: _place(each.thing)),
        ],
        # What is part of another goes without saying.
        sorted((each for each in unknown if each.part_of is None), key=_place),
    )


def _parts(classes: Catalog, whole: str) -> tuple[CatalogObject, ...]:
    """What is made along with an object, in an order in which it can be."""
    if whole not in classes:
        return ()
    parts = [
        thing
        for thing in classes.values()
        if thing.part_of == whole and thing.kind not in APART and not thing.name.endswith(OWN)
    ]
    return tuple(sorted(parts, key=_place))


def _doubt(
    thing: CatalogObject | None, seen: Renamed, elsewhere: Mapping[str, str]
) -> str | None:
    """Why an object is not simply made, or what is part of it, or names it."""
    if thing is None:
        return None
    doubts = {name: f"{' and '.join(others)} may be it" for name, others in seen.doubts.items()}
    doubts |= {
        name: f"{other} may be it"
        for name, other in elsewhere.items()
        if name not in seen.catalog
    }
    if str(thing) in doubts:
        return doubts[str(thing)]
    for name in doubts:
        if thing.part_of == name or _names(thing, name):
            return f"it hangs on the {name}, which comes first"
    return None


def _names(thing: CatalogObject, other: str) -> bool:
    """Whether an object seems to name another. If in doubt it does: then a person decides."""
    kind, _, name = other.partition(" ")
    (wanted,) = (each.path for each in mentions(name))
    facets = [value for facet, value in thing.facets.items() if facet not in PROSE]
    named = {each.path for text in (thing.creation or "", *facets) for each in mentions(text)}
    if kind != "column":
        return any(path[: len(wanted)] == wanted for path in named)
    *table, column = wanted
    is_near = thing.part_of == f"table {name.rpartition('.')[0]}" or any(
        path[: len(table)] == (*table,) for path in named
    )
    return is_near and any(path[-1] == column for path in named)


def _is_unknown(difference: Difference, ours: Catalog) -> bool:
    """Whether it is no part of anything of ours, nor a right that opens a schema of ours."""
    thing = difference.thing
    if difference.classes is not None or difference.files is not None:
        return False
    return thing.part_of not in ours if thing.part_of else thing.kind != "privilege"


def _matches(thing: CatalogObject, patterns: Collection[str]) -> bool:
    return any(
        fnmatchcase(name, each) for each in patterns for name in (thing.name, str(thing))
    )


def _facets(thing: CatalogObject | None) -> Mapping[str, str] | None:
    return None if thing is None else thing.facets


def _is_told(difference: Difference, found: Mapping[str, Difference]) -> bool:
    """Whether it is missing, or unexpected, because what it is part of is."""
    whole = found.get(difference.thing.part_of or "")
    if whole is None or difference.thing.kind in APART:
        return False
    if False not in _there(whole):
        return False
    return _there(difference) == _there(whole) or _is_taken_along(difference)


def _is_taken_along(difference: Difference) -> bool:
    """Whether a table that has another name now, perhaps, has it."""
    classes, database = difference.classes, difference.database
    return classes is not None and database is not None and classes.part_of != database.part_of


def _there(difference: Difference) -> list[bool]:
    sides = (difference.classes, difference.files, difference.database)
    return [side is not None for side in sides]


def _place(thing: CatalogObject) -> tuple[int, str]:
    return KINDS.index(thing.kind), thing.name
