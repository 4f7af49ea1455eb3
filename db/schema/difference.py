"""One object that the classes, the files and the database do not agree on, and its mending."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from db.catalog import KINDS, Catalog, Thing

Odd = Literal["classes", "files", "database", "all"]

NEVER_REMADE = {"table", "foreign table", "column", "sequence", "materialized view"}
"""What holds rows is not removed and made again to change it."""


APART = {"foreign key"}
"""What needs more than the object that it is part of, and comes after both."""

OWN = " to its owner"
"""How the name of a privilege ends that nobody has to grant."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An object as each side knows it; None where it is not there."""

    classes: Thing | None
    files: Thing | None
    database: Thing | None
    parts: tuple[Thing, ...] = ()
    """What is made along with it, a table's columns."""

    @property
    def thing(self) -> Thing:
        """The object, as one of the sides knows it."""
        return next(side for side in (self.classes, self.database, self.files) if side)

    @property
    def odd(self) -> Odd:
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
    def mend(self) -> str | None:
        """The SQL that makes the database as the classes say; None if there is none to give.

        Empty where the database is right, and the files are not.
        """
        statements = self._mend()
        if statements is None:
            return None
        return "".join(f"{each};\n" for each in dict.fromkeys(statements)).rstrip()

    def _mend(self) -> list[str] | None:
        classes, database = self.classes, self.database
        if classes is None:
            return [database.removal] if database else []
        if database is None:
            return self._made(classes)
        differing = [
            name
            for name in {**classes.facets, **database.facets}
            if classes.facets.get(name) != database.facets.get(name)
        ]
        if all(name in classes.changes for name in differing):
            return [classes.changes[name] for name in differing]
        if classes.kind in NEVER_REMADE or (made := self._made(classes)) is None:
            return None
        return [database.removal, *made]

    def _made(self, thing: Thing) -> list[str] | None:
        if thing.creation is None:
            return None
        return [statement for each in (thing, *self.parts) for statement in each.made()]


def differences(classes: Catalog, files: Catalog, database: Catalog) -> list[Difference]:
    """What is not the same on all three sides, in an order in which it can be mended.

    What is part of an object that is missing or unexpected is not told beside it.
    """
    parts: dict[str, list[Thing]] = {}
    for thing in sorted(classes.values(), key=_place):
        if thing.part_of and thing.kind not in APART and not thing.name.endswith(OWN):
            parts.setdefault(thing.part_of, []).append(thing)
    found: dict[str, Difference] = {}
    for name in {**classes, **files, **database}:
        sides = (classes.get(name), files.get(name), database.get(name))
        if not _facets(sides[0]) == _facets(sides[1]) == _facets(sides[2]):
            found[name] = Difference(*sides, tuple(parts.get(name, ())))
    alone = [each for each in found.values() if not _is_told(each, found)]
    superfluous = [each for each in alone if each.classes is None]
    others = [each for each in alone if each.classes is not None]
    return [
        *sorted(superfluous, key=lambda each: _place(each.thing))[::-1],
        *sorted(others, key=lambda each: _place(each.thing)),
    ]


def _facets(thing: Thing | None) -> Mapping[str, str] | None:
    return None if thing is None else thing.facets


def _is_told(difference: Difference, found: Mapping[str, Difference]) -> bool:
    """Whether it is missing, or unexpected, because what it is part of is."""
    whole = found.get(difference.thing.part_of or "")
    if whole is None or difference.thing.kind in APART:
        return False
    return False in _there(whole) and _there(difference) == _there(whole)


def _there(difference: Difference) -> list[bool]:
    sides = (difference.classes, difference.files, difference.database)
    return [side is not None for side in sides]


def _place(thing: Thing) -> tuple[int, str]:
    return KINDS.index(thing.kind), thing.name
