"""The labels of enumerations: those that a database lacks, or has under other names."""

from dataclasses import replace

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.quoting import literal
from ottavino.sql import literals


def label_changes(database: CatalogObject, classes: CatalogObject) -> list[str]:
    """The statements that rename labels back, or add some. None can be removed or moved."""
    declared, there = _labels(classes), _labels(database)
    if renamed := renamed_labels(database, classes):
        return [
            f"alter type {classes.name} rename value {literal(old)} to {literal(new)}"
            for old, new in renamed.items()
        ]
    rest = iter(declared)
    if not all(label in rest for label in there):
        return []
    places = [
        f" before {literal(there[0])}" if there else "",
        *(f" after {literal(label)}" for label in declared),
    ]
    return [
        f"alter type {classes.name} add value {literal(label)}{place}"
        for label, place in zip(declared, places, strict=False)
        if label not in there
    ]


def renamed_labels(database: CatalogObject, classes: CatalogObject) -> dict[str, str]:
    """The declared name of each label that has another one. It keeps its place."""
    declared, there = _labels(classes), _labels(database)
    if len(declared) != len(there):
        return {}
    pairs = {old: new for old, new in zip(there, declared, strict=True) if old != new}
    is_moved = not {*pairs}.isdisjoint(declared)
    return {} if is_moved or len(pairs) == len(there) else pairs


def with_declared_labels(database: Catalog, declared: Catalog) -> Catalog:
    """A database as if the renamed labels had their declared names wherever they are used."""
    for name, classes in declared.items():
        if classes.kind == "type" and name in database:
            for old, new in renamed_labels(database[name], classes).items():
                used = [f"{literal(label)}::{classes.name}" for label in (old, new)]
                database = {key: _with(each, *used) for key, each in database.items()}
    return database


def _with(entry: CatalogObject, old: str, new: str) -> CatalogObject:
    facets = {name: value.replace(old, new) for name, value in entry.facets.items()}
    return replace(entry, facets=facets)


def _labels(entry: CatalogObject) -> list[str]:
    return literals(entry.facets.get("labels", ""))
