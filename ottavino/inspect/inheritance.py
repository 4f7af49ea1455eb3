"""What a partition has because its table has it. PostgreSQL changes both by one statement, and
refuses one that is about the partition alone.
"""

from collections.abc import Iterator

from ottavino.inspect.catalog import AFTERWARDS, Catalog, CatalogObject

INHERITED = {"column", "check constraint"}
"""The kinds of objects that a partition has in common with its table. Others have a facet that
says what they are made for, and are not compared.
"""

CHANGED_WITH = {"definition", "generated", "identity", "null", "type", "collation"}
"""The facets that a statement about the table changes on its partitions."""

MADE_AGAIN_BY = {"definition", "generated"}
"""Those of them whose statement makes the object again."""

GIVEN_ALONE = ("default", "null")
"""The facets that a partition may have otherwise than its table."""


def inherited_from(entry: CatalogObject, database: Catalog) -> Iterator[str]:
    """The objects of other tables, by kind and name, that an object may be inherited from."""
    table = database.get(entry.part_of or "")
    if table is None or entry.kind not in INHERITED or "parents" not in table.facets:
        return
    for parent in table.facets["parents"].split(", "):
        yield f"{entry.kind} {parent}{entry.name.removeprefix(table.name)}"


def tables_above(entry: CatalogObject, catalog: Catalog) -> int:
    """How many tables its table is a part of, one above the other."""
    table = entry if entry.kind == "table" else catalog.get(entry.part_of or "")
    parents = "" if table is None else table.facets.get("parents", "")
    return max(
        (
            1 + tables_above(catalog[name], catalog)
            for name in (f"table {each}" for each in parents.split(", "))
            if name in catalog
        ),
        default=0,
    )


def own_settings(entry: CatalogObject, of_table: CatalogObject) -> list[str]:
    """The statements that follow after the one that gives a partition what its table has."""
    differing = [
        name for name in GIVEN_ALONE if entry.facets.get(name) != of_table.facets.get(name)
    ]
    names = [*differing, *sorted(AFTERWARDS & entry.facets.keys())]
    return [entry.changes[name] for name in names if name in entry.changes]
