"""What somebody gave another name by hand: its rows are there, so nothing is made anew."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.sql import Mention, Path, mentions, rewritten

INCIDENTAL = {"comment", "owner", "owned by"}
"""What a column or a sequence may have another of, and still be the same."""

INDEXES = {"index", "primary key", "unique constraint"}

NAMED_BY_COLUMN = {"column", "privilege"}
"""What has a column in its own name."""

EXPRESSIONS = {"default", "definition", "generated", "using", "with check"}
"""The facets that are SQL over the columns of a table."""

PROSE = {"comment"}
"""The facets that somebody wrote for people."""


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
    """The objects of a database, in whose names and SQL a renamed one has its declared name."""
    if rename.thing.kind == "column":
        return (
            _with_column(each, rename) if each.part_of == rename.was.part_of else each
            for each in catalog.values()
        )
    new, was = _path(rename.thing.name), _path(rename.was.name)

    def change(mention: Mention) -> Path:
        path = mention.path
        return (*new, *path[len(was) :]) if path[: len(was)] == was else path

    return (
        _rewritten(each, _own_name(rename.was), change, change) for each in catalog.values()
    )


def _with_column(thing: CatalogObject, rename: Rename) -> CatalogObject:
    """An object of a table, a column of which has its declared name."""
    *table, old = _path(rename.was.name)
    new = _path(rename.thing.name)[-1]
    qualifiers = [(), (table[-1],), (*table,), ("new",), ("old",)]

    def in_expression(mention: Mention) -> Path:
        *qualifier, name = mention.path
        return (
            (*qualifier, new) if name == old and (*qualifier,) in qualifiers else mention.path
        )

    def in_statement(mention: Mention) -> Path:
        # By itself the name may be that of a policy or a role as well.
        is_column = mention.is_enclosed or len(mention.path) > 1
        return in_expression(mention) if is_column else mention.path

    def unchanged(mention: Mention) -> Path:
        return mention.path

    statements = in_statement if thing.kind in NAMED_BY_COLUMN else unchanged
    return _rewritten(
        thing,
        _own_name(rename.was),
        statements,
        in_expression,
        EXPRESSIONS & thing.facets.keys(),
    )


Change = Callable[[Mention], Path]


def _rewritten(
    thing: CatalogObject,
    old: str,
    in_statements: Change,
    in_facets: Change,
    facets: Collection[str] | None = None,
) -> CatalogObject:
    """An object with other names in its statements, and in some facets or all but prose."""
    facets = thing.facets.keys() - PROSE if facets is None else facets

    def changed(text: str, change: Change = in_statements) -> str:
        # Most texts do not even contain the word, and need not be taken apart.
        return rewritten(text, change) if old.lower() in text.lower() else text

    return replace(
        thing,
        name=changed(thing.name),
        part_of=None if thing.part_of is None else changed(thing.part_of),
        creation=None if thing.creation is None else changed(thing.creation),
        removal=changed(thing.removal),
        facets={
            name: changed(value, in_facets) if name in facets else value
            for name, value in thing.facets.items()
        },
        changes={name: changed(value) for name, value in thing.changes.items()},
    )


def _path(name: str) -> Path:
    """The parts of a name, without its quotation marks."""
    (mention,) = mentions(name)
    return mention.path
