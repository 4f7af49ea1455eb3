"""One of our objects that the database has under another name, or in another schema: the
statements that give it its own back, and the database as if it had it.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import NamedTuple

from ottavino.inspect.catalog import WITHOUT, Catalog, CatalogObject
from ottavino.inspect.fix import Fix, is_elsewhere
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

PROSE = {"comment"}
"""The facets that are prose."""

BETWEEN = "ottavino_between"
"""The name that a column has while another one gets its name."""

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


class Rename(NamedTuple):
    """One of our objects that the database has under another name."""

    entry: CatalogObject
    """The declared object."""
    was: CatalogObject
    """The same object in the database."""
    turn: int = 0
    """When it is renamed. Its name may be another one's before, and it names those."""

    @property
    def fix(self) -> Fix:
        """What restores the declared name."""
        if is_elsewhere(self.entry):
            return Fix(by_others=[self.statement])
        return Fix(first=[self.statement])

    @property
    def statement(self) -> str:
        """The statement that restores the declared name."""
        new, old = own_name(self.entry), own_name(self.was)
        kind, name = self.was.kind, self.was.name
        if kind == "schema":
            return f"alter schema {identifier(name)} rename to {identifier(self.entry.name)}"
        if kind == "column":
            return f"alter table {scope(self.was)} rename column {old} to {new}"
        if kind in CONSTRAINTS:
            return f"alter table {scope(self.was)} rename constraint {old} to {new}"
        if kind == "policy" and self.was.part_of is None:
            # Its name is that of its definition, which is not quoted.
            new, old = identifier(new), identifier(old)
        if kind in ON_TABLES:
            return f"alter {kind} {old} on {scope(self.was)} rename to {new}"
        statements: list[str] = []
        if new != old:
            statements.append(f"alter {kind} {name} rename to {bare(new)}")
        if scope(self.entry) != scope(self.was):
            place = scope(self.was)
            statements.append(f"alter {kind} {place}.{new} set schema {scope(self.entry)}")
        return ";\n".join(statements)


def called(catalog: Catalog, rename: Rename) -> Iterator[CatalogObject]:
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

    # Whatever moved along has that schema in its name, if not that of what was renamed.
    is_moved = scope(rename.was) != scope(rename.entry)
    old = scope(rename.was) if is_moved else bare(own_name(rename.was))
    return (_rewritten(each, old, change, change) for each in catalog.values())


def exchanged(catalog: Catalog, one: CatalogObject, other: CatalogObject) -> Catalog:
    """The same objects after two columns of a table have exchanged their names."""
    between = replace(one, name=f"{scope(one)}.{BETWEEN}")
    for was, new in ((one, between), (other, one), (between, other)):
        catalog = {str(each): each for each in called(catalog, Rename(new, was))}
    return catalog


def _paths(catalog: Catalog, rename: Rename) -> Iterator[tuple[Path, Path]]:
    """The renamed object's path and the declared one, and those of what a table takes along to
    another schema: its indexes, and the sequences of its columns.
    """
    was, new = path_of(rename.was.name), path_of(rename.entry.name)
    yield was, new
    if rename.entry.kind not in {"table", "materialized view"} or was[0] == new[0]:
        return
    for each in catalog.values():
        is_its_index = each.kind in INDEXES and each.part_of == str(rename.was)
        owner = each.facets.get("owned by", "")
        if is_its_index or (owner and path_of(owner)[:2] == was):
            yield (was[0], path_of(each.name)[-1]), (new[0], path_of(each.name)[-1])


def _with_part(entry: CatalogObject, rename: Rename) -> CatalogObject:
    """An object with the declared name in place of the renamed one's. The names of indexes and
    constraints are in few others: an index of a partition, a table's replica identity.
    """
    was, new = rename.was, rename.entry
    old_index, index = (f"using index {own_name(each)}" for each in (was, new))
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
    schema = path_of(was.name)[0]
    paths: dict[Path, Path] = {
        (schema, path_of(was.name)[-1]): (schema, path_of(new.name)[-1]),
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
    *table, old = path_of(rename.was.name)
    new = path_of(rename.entry.name)[-1]
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
        own_name(rename.was),
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


def place(entry: CatalogObject) -> str:
    """What it is in: its table, or its schema."""
    return entry.part_of or scope(entry)


def own_name(entry: CatalogObject) -> str:
    """Its name without its table or schema."""
    return _split(entry)[-1]


def scope(entry: CatalogObject) -> str:
    """The table or schema before its own name."""
    return ".".join(_split(entry)[:-1])


def _split(entry: CatalogObject) -> list[str]:
    is_on_table = entry.kind in {"column", *CONSTRAINTS, *ON_TABLES}
    return split_name(entry.name, 3 if is_on_table else 2)


def bare(name: str) -> str:
    """The name of a routine without its arguments."""
    return name.partition("(")[0]


def path_of(name: str) -> Path:
    """The parts of a name, without its quotation marks and the arguments of a routine."""
    return next(iter(mentions(bare(name)))).path
