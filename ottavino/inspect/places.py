"""What at most one object of a database can have."""

from collections.abc import Iterator

from ottavino.inspect.catalog import CatalogObject
from ottavino.inspect.rename import CONSTRAINTS
from ottavino.postgres.quoting import split_name

WITH_ROW_TYPE = {"table", "foreign table", "view", "materialized view"}
WITH_INDEX = {"primary key", "unique constraint", "exclusion constraint"}
ROUTINES = {"function", "procedure", "aggregate"}


def places(entry: CatalogObject) -> Iterator[tuple[str, str]]:
    """What at most one object can have: a name among those of several kinds, or the place of a
    table's primary key.
    """
    kind, name = entry.kind, entry.name
    if kind in {*WITH_ROW_TYPE, "sequence", "index"}:
        yield "relation", name
    if kind in {*WITH_ROW_TYPE, "type", "domain"}:
        yield "type", name
    if kind in ROUTINES:
        yield "routine", name
    if kind in CONSTRAINTS:
        yield "constraint", name
    if kind in WITH_INDEX:
        schema, *_, own_name = split_name(name, 3)
        yield "relation", f"{schema}.{own_name}"
    if kind == "primary key":
        yield kind, entry.part_of or ""
