"""The sources of several classes, in an order in which they can be imported."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from piccolo.table import Table

import ottavino
from ottavino.declare.enum_type import EnumType
from ottavino.inspect.adopt.class_source import ClassSource, class_source
from ottavino.inspect.adopt.column_source import declared_type, type_source
from ottavino.inspect.adopt.dependencies import Dependencies
from ottavino.inspect.adopt.extensions_beside import ExtensionsBeside, extension_source
from ottavino.inspect.adopt.foreign import policies_beside
from ottavino.inspect.adopt.found import FoundSchema, FoundTable
from ottavino.inspect.adopt.known import Enumeration, Known, Parent
from ottavino.inspect.adopt.memberships import declared_members, found_members
from ottavino.inspect.adopt.project import Project
from ottavino.inspect.adopt.rare import FoundRare, RareBeside
from ottavino.inspect.adopt.routines import routines_beside
from ottavino.inspect.adopt.source import attribute, class_name, members
from ottavino.inspect.adopt.types_beside import TypesBeside, declared_types
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.quoting import identifier, schema_of

OF_PYTHON = {"Any", "Decimal", "Range", "StrEnum", "UUID", "dt"}
"""Names that a file imports beside those of `ottavino`."""


def class_sources(  # noqa: PLR0913  # what is declared, what is there, and what it needs
    project: Project,
    catalog: Catalog,
    tables: Sequence[FoundTable],
    schemas: Mapping[str, FoundSchema],
    dependencies: Dependencies,
    *,
    rare: Sequence[FoundRare] = (),
    whole: bool,
) -> dict[str, ClassSource]:
    """The sources by module: parents before their children, and views last."""
    ordered = _in_order(tables)
    known = Known(
        {each.qualified_name(): parent_of(each) for each in _ours(project.tables)},
        _declared_enumerations(project.tables),
        {each.table: each for each in declared_members(_ours(project.tables))},
    )
    new = [
        each
        for each in found_members(tables, catalog)
        if each.function not in project.state().objects
    ]
    known.members.update((each.table, each) for each in new)
    taken = {each.__name__ for each in project.tables} | {*ottavino.__all__} | OF_PYTHON
    names = [each.full_name for each in ordered]
    declared = {*project.state().objects, *(each.function for each in known.members.values())}
    routines = routines_beside(catalog, names, declared, rare, whole=whole)
    elsewhere = policies_beside(catalog, names, declared, routines, whole=whole)
    of_columns = {
        c.type.removesuffix("[]")
        for each in ordered
        for c in each.columns
        if c.labels and all(c.labels)
    }
    owners = {c.sequence: c for each in ordered for c in each.columns if c.sequence}
    made = {*declared_types(catalog, project.state().objects)}
    types = TypesBeside(catalog, of_columns | {*known.enumerations}, schemas, owners, made)
    extensions = ExtensionsBeside(dependencies, {*project.state().objects})
    others = RareBeside(rare, catalog, whole, {*project.state().objects})
    empty = [name for name, each in schemas.items() if each.is_empty]
    written: dict[str, ClassSource] = {}
    for table in ordered:
        name = class_name(table.name, taken)
        taken.add(name)
        module = f"{project.module}.{_module_name(table, written, project)}"
        for each in _new_enumerations(table, module, taken, known):
            known.enumerations[each.type] = each
        wholes = {f"{table.noun} {table.full_name}"}
        wholes |= {f"table {each.name}" for each in table.partitions}
        parts = [each for each in catalog.values() if each.part_of in wholes]
        called = routines.beside.get(table.full_name, ())
        there_before = {*types.declared}
        beside = [*routines.sources(table.full_name), *types.of(table, called, parts)]
        beside += types.schemas_of(empty)
        new_types = sorted(types.declared - there_before)
        beside += types.schemas_of(schema_of(each.partition(" ")[2]) for each in new_types)
        parts_of = [table.full_name, *(each.name for each in table.partitions)]
        objects = [*parts_of, *map(str, called), *new_types]
        used = extensions.new(objects, [each.creation or "" for each in called])
        named = [each.creation or "" for each in [*parts, *called]]
        named += [each.creation or "" for each in catalog.values() if str(each) in wholes]
        named += [c.default or "" for c in table.columns]
        needed = others.new([*named, *(each for each in beside)])
        beside += map(others.source, needed)
        beside += types.schemas_of(schema_of(each.name) for each in needed)
        beside += types.schemas_of(each.schema for each in used)
        beside += map(extension_source, used)
        beside += elsewhere.get(table.full_name, ())
        there = _with_parts(table, parts)
        made = written[module] = class_source(there, (module, name), parts, known, beside)
        if parent := _found_parent(made, module):
            known.parents[table.full_name] = parent
    return written


def _new_enumerations(
    table: FoundTable, module: str, taken: set[str], known: Known
) -> Iterator[Enumeration]:
    """The types of a table's columns that no class declares yet: its file does."""
    for each in table.columns:
        kind = each.type.removesuffix("[]")
        # An empty text is no value of an enumeration in Python.
        if each.labels and all(each.labels) and kind not in known.enumerations:
            name = class_name(kind.rpartition(".")[2].strip('"'), taken)
            taken.add(name)
            yield Enumeration(kind, module, name, members(each.labels))


def _with_parts(table: FoundTable, parts: Sequence[CatalogObject]) -> FoundTable:
    """A table without the constraints and indexes that are left out."""
    indexes = {each.name for each in parts if each.kind == "index"}
    there = {
        each.name
        for each in parts
        if each.kind in {"check constraint", "unique constraint", "foreign key"}
    }
    full, schema = table.full_name, identifier(table.schema_)
    constraints = [
        each
        for each in table.constraints
        if each.type in "px" or f"{full}.{identifier(each.name)}" in there
    ]
    left = [each for each in table.indexes if f"{schema}.{identifier(each.name)}" in indexes]
    return table.model_copy(update={"constraints": constraints, "indexes": left})


def _declared_enumerations(tables: Sequence[type[Table]]) -> dict[str, Enumeration]:
    """The types that columns have already, by their names."""
    found: dict[str, Enumeration] = {}
    for table in tables:
        columns: Any = table._meta.columns
        for each in [d for column in columns for d in getattr(column, "declares", ())]:
            if isinstance(each, EnumType):
                states = each.states
                names = {str(state.value): state.name for state in states}
                found.setdefault(
                    each.sql, Enumeration(each.sql, states.__module__, states.__name__, names)
                )
    return found


def _in_order(tables: Sequence[FoundTable]) -> list[FoundTable]:
    """Parents before their children, where that is possible, and views last."""
    by_name = {each.full_name: each for each in tables if each.noun == "table"}
    ordered: list[FoundTable] = []
    left = dict(by_name)
    while left:
        free = [
            each
            for each in left.values()
            if not any(
                key.parent in left and key.parent != each.full_name
                for key in each.constraints
                if key.type == "f"
            )
        ]
        # In a circle, the first table declares its key by names.
        chosen = free or [next(iter(left.values()))]
        ordered += chosen
        left = {n: each for n, each in left.items() if each not in chosen}
    return [*ordered, *(each for each in tables if each.noun != "table")]


def _ours(tables: Sequence[type[Table]]) -> Iterator[Any]:
    yield from (each for each in tables if hasattr(each, "qualified_name"))


def parent_of(table: Any) -> Parent:
    """A declared table as references may name it."""
    key = table._meta.primary_key
    return Parent(
        table.__module__,
        table.__name__,
        # Piccolo writes these names into SQL: formatted, they are other texts.
        str(key._meta.name),
        str(key._meta.db_column_name),
        key.spec.type,
        type_source(key.spec.type).python,
    )


def _found_parent(made: ClassSource, module: str) -> Parent | None:
    table = made.table
    columns = table.key.columns if table.key else None
    if columns is None or len(columns) != 1:
        return None
    (column,) = [each for each in table.columns if each.name == columns[0]]
    kind = type_source(column.type)
    return Parent(
        module,
        made.name,
        made.attributes[column.name],
        column.name,
        declared_type(column),
        kind.python,
    )


def _module_name(
    table: FoundTable, written: Mapping[str, ClassSource], project: Project
) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", table.name)
    # Some file systems do not tell upper case from lower case.
    name = attribute(words.lower(), ())
    taken = {each.rpartition(".")[2] for each in written}
    taken |= {each.__module__.rpartition(".")[2] for each in project.tables}
    schema = attribute(table.schema_.lower(), ())
    others = (f"{schema}_{name}{number or ''}" for number in count())
    return name if name not in taken else next(each for each in others if each not in taken)
