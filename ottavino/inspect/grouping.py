"""Lists many objects in few lines: one for each schema, with counts and a few names."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ottavino.inspect.catalog import CatalogObject
from ottavino.postgres.quoting import split_name
from ottavino.sql import mentions

MANY = 10
"""The number of objects of a schema above which they are counted."""

NAMED = 3
"""The number of names beside a count."""

PLURALS = {"index": "indexes", "policy": "policies", "aggregate": "aggregates"}


def grouped(objects: Sequence[CatalogObject]) -> Iterator[str]:
    """The objects, each by its name; those of a schema with many of them in one line. Parts of
    other objects are always named.
    """
    by_schema: dict[str, list[CatalogObject]] = defaultdict(list)
    for each in objects:
        by_schema[_schema(each)].append(each)
    for schema, within in by_schema.items():
        if len(within) > MANY and schema:
            yield _counted(schema, within)
        else:
            yield from map(str, within)


def _schema(entry: CatalogObject) -> str:
    """The schema of an object; nothing for a part of another, or for one without a schema."""
    match next((each.path for each in mentions(entry.name)), ()):
        case (schema, _) if entry.part_of is None and entry.kind != "cast":
            return schema
        case _:
            return ""


def _counted(schema: str, objects: Sequence[CatalogObject]) -> str:
    kinds: dict[str, list[str]] = defaultdict(list)
    for each in objects:
        kinds[each.kind].append(split_name(each.name)[-1])
    return f"schema {schema}: {'; '.join(_of_kind(kind, kinds[kind]) for kind in kinds)}"


def _of_kind(kind: str, names: Sequence[str]) -> str:
    plural = kind if len(names) == 1 else PLURALS.get(kind, f"{kind}s")
    named, others = names[:NAMED], len(names) - NAMED
    more = f" and {others} more" if others > 0 else ""
    return f"{len(names)} {plural} ({', '.join(named)}{more})"
