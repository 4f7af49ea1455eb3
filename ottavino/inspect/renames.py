"""What somebody gave another name by hand: its rows are there, so nothing is made anew."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from ottavino.inspect.catalog import Catalog, CatalogObject

INCIDENTAL = {"comment", "owner", "owned by"}
"""What a column or a sequence may have another of, and still be the same."""

INDEXES = {"index", "primary key", "unique constraint"}

NAMED_BY_COLUMN = {"column", "privilege"}


class Rename(NamedTuple):
    """An object of ours that the database has under another name."""

    thing: CatalogObject
    """As it is declared."""
    was: CatalogObject

    @property
    def statement(self) -> str:
        """What gives it back the name that is declared."""
        new = _own_name(self.thing)
        if self.thing.kind == "column":
            table = (self.was.part_of or "").partition(" ")[2]
            return f"alter table {table} rename column {_own_name(self.was)} to {new}"
        return f"alter {self.was.kind} {self.was.name} rename to {new}"


@dataclass(frozen=True, slots=True)
class Renamed:
    """A database as if what has another name in it had the one that is declared."""

    catalog: Catalog
    renames: dict[str, Rename]
    """By the name that is declared, with its kind."""
    doubts: dict[str, list[str]]
    """What is missing, and what it may be now: more than one could be, or not quite."""


def renamed(declared: Catalog, database: Catalog) -> Renamed:
    """What has another name: a table first, and then what is in it."""
    found = Renamed(database, {}, {})
    for kind, shape in (("table", _columns), ("sequence", _facets), ("column", _facets)):
        found = _renamed(declared, found, kind, shape)
    return found


ColumnSpec = Callable[[Catalog, CatalogObject], Mapping[str, object]]


def _renamed(declared: Catalog, found: Renamed, kind: str, shape: ColumnSpec) -> Renamed:
    catalog = found.catalog
    missing = [each for name, each in declared.items() if name not in catalog]
    others = [each for name, each in catalog.items() if name not in declared]
    missing, others = (
        [each for each in side if each.kind == kind] for side in (missing, others)
    )
    alike = {
        str(each): [
            other
            for other in others
            if _place(other) == _place(each)
            and (
                shape(declared, each) == shape(catalog, other)
                or (kind == "table" and _resembles(declared, each, catalog, other))
            )
        ]
        for each in missing
    }
    renames, doubts = dict(found.renames), dict(found.doubts)
    for each in missing:
        candidates = alike[str(each)]
        rivals = [
            name
            for name, those in alike.items()
            if {*map(str, those)} & {*map(str, candidates)}
        ]
        match candidates:
            case [other] if len(rivals) == 1 and shape(declared, each) == shape(catalog, other):
                renames[str(each)] = Rename(each, other)
                catalog = {str(new): new for new in _called(catalog, renames[str(each)])}
            case [_, *_]:
                doubts[str(each)] = [str(other) for other in candidates]
            case _:
                pass
    return Renamed(catalog, renames, doubts)


ALMOST = 0.5
"""Which part of the columns of two tables is the same where one may be the other."""


def _resembles(
    declared: Catalog, table: CatalogObject, catalog: Catalog, other: CatalogObject
) -> bool:
    """Whether a table may be another that was changed since: by its columns, or its indexes.

    Indexes keep their names when their table gets another, and no other index can have them.
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
        _own_name(each): _facets(catalog, each)
        for each in catalog.values()
        if each.kind == "column" and each.part_of == str(table)
    }


def _facets(catalog: Catalog, thing: CatalogObject) -> Mapping[str, object]:  # noqa: ARG001  # as of tables
    return {name: value for name, value in thing.facets.items() if name not in INCIDENTAL}


def _place(thing: CatalogObject) -> str:
    """Where its name is one of a kind: its table, or its schema."""
    return thing.part_of or thing.name.partition(".")[0]


def _own_name(thing: CatalogObject) -> str:
    """Its name without that of the table or the schema that it is in."""
    table = (thing.part_of or "").partition(" ")[2]
    schema = (table or thing.name).partition(".")[0]
    return thing.name.removeprefix(f"{table}.").removeprefix(f"{schema}.")


def _called(catalog: Catalog, rename: Rename) -> Iterator[CatalogObject]:
    """The objects of a database, with what they say of a renamed one."""
    new, was = rename
    if new.kind != "column":
        return (_replaced(each, {was.name: new.name}) for each in catalog.values())
    old, name = _own_name(was), _own_name(new)
    # By itself it may be the name of a policy or a role as well.
    places = {was.name: new.name, f"({old})": f"({name})"}
    return (
        _replaced(each, places if each.kind in NAMED_BY_COLUMN else {}, {old: name})
        if each.part_of == was.part_of
        else each
        for each in catalog.values()
    )


def _replaced(
    thing: CatalogObject, names: Mapping[str, str], in_facets: Mapping[str, str] | None = None
) -> CatalogObject:
    """An object in whose words some names stand for others: in all, or in what it is like."""

    def changed(text: str, names: Mapping[str, str] = names) -> str:
        for old, new in names.items():
            text = re.sub(
                rf'(?<![\w"$]){re.escape(old)}(?![\w"$])', lambda _, new=new: new, text
            )
        return text

    return replace(
        thing,
        name=changed(thing.name),
        part_of=None if thing.part_of is None else changed(thing.part_of),
        creation=None if thing.creation is None else changed(thing.creation),
        removal=changed(thing.removal),
        facets={
            name: changed(value, in_facets or names) for name, value in thing.facets.items()
        },
        changes={name: changed(value) for name, value in thing.changes.items()},
    )
