"""The properties that an object keeps when it is renamed: by them it is recognised."""

import json
import re
from collections.abc import Mapping

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.rename import CONSTRAINTS, INCIDENTAL, OF_STATE, PARTS, own_name

OF_PARTITIONS = ("bounds", "partitioned")
"""The facets that say which rows a table has of another, and by what it is divided itself."""

SEQUENCE = re.compile(r"""(?<=\(')("(?:[^"]|"")+"|\w+)\.""")
"""The schema before the name of a sequence in a default."""


def columns_of_tables(catalog: Catalog) -> dict[str, dict[str, str]]:
    """The properties of the columns of each table. The sequence that counts one may move along
    with the table.
    """
    found: dict[str, dict[str, str]] = {}
    for each in catalog.values():
        if each.kind == "column":
            facets = dict(properties(each))
            if "default" in facets:
                facets["default"] = SEQUENCE.sub("", facets["default"])
            found.setdefault(each.part_of or "", {})[own_name(each)] = _text(facets)
    return found


def properties_of_all(catalog: Catalog, kind: str) -> dict[str, str]:
    """The properties that each object of a kind keeps when it is renamed. A table has its
    columns, and is for the rows of a partition.
    """
    entries = {name: each for name, each in catalog.items() if each.kind == kind}
    if kind != "table":
        return {name: _text(properties(each)) for name, each in entries.items()}
    columns = columns_of_tables(catalog)
    return {
        name: _text(
            {"columns": columns.get(name)} | {n: each.facets.get(n) for n in OF_PARTITIONS}
        )
        for name, each in entries.items()
    }


def _text(facets: Mapping[str, object]) -> str:
    return json.dumps(facets, sort_keys=True)


def properties(entry: CatalogObject) -> dict[str, str]:
    """The properties that an object keeps when it is renamed."""
    incidental = INCIDENTAL | OF_STATE if entry.kind in PARTS else INCIDENTAL
    facets = {name: value for name, value in entry.facets.items() if name not in incidental}
    is_of_others = entry.kind == "policy" and entry.part_of is None
    has_name = entry.kind in PARTS and entry.kind not in CONSTRAINTS and not is_of_others
    if has_name and "definition" in facets:
        # PostgreSQL writes the name after its first keywords: `CREATE INDEX name ON …`.
        name = entry.name if entry.kind == "statistics" else own_name(entry)
        facets["definition"] = facets["definition"].replace(f" {name} ", " ", 1)
    return facets
