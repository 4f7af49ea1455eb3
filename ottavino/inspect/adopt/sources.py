"""The sources of several classes, in an order in which they can be imported."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from piccolo.table import Table

import ottavino
from ottavino.declare.enum_type import EnumType
from ottavino.inspect.adopt.beside import Beside
from ottavino.inspect.adopt.class_source import ClassSource, class_source
from ottavino.inspect.adopt.column_source import declared_type, type_source
from ottavino.inspect.adopt.dependencies import Dependencies
from ottavino.inspect.adopt.extensions_beside import ExtensionsBeside
from ottavino.inspect.adopt.foreign import policies_beside
from ottavino.inspect.adopt.found import FoundSchema, FoundTable
from ottavino.inspect.adopt.known import Enumeration, Known, Parent
from ottavino.inspect.adopt.memberships import declared_members, found_members
from ottavino.inspect.adopt.objects_source import ObjectsSource, enumeration, objects_source
from ottavino.inspect.adopt.project import Project
from ottavino.inspect.adopt.rare import FoundRare, RareBeside
from ottavino.inspect.adopt.routines import routines_beside
from ottavino.inspect.adopt.source import attribute, class_name
from ottavino.inspect.adopt.types_beside import TypesBeside, declared_types
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.quoting import identifier

OF_PYTHON = {"Any", "Decimal", "Range", "StrEnum", "UUID", "dt"}
"""Names that a file imports beside those of `ottavino`."""

Source = ClassSource | ObjectsSource
"""The source of a file."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is around the tables that are adopted."""

    schemas: Mapping[str, FoundSchema] = field(default_factory=dict[str, FoundSchema])
    """The schemas to declare."""
    dependencies: Dependencies = field(default_factory=Dependencies)
    """What the objects of the database need of others."""
    rare: Sequence[FoundRare] = ()
    """The objects that only `Raw` declares."""
    picked: Collection[str] = ()
    """The objects to declare, beside a table or not."""


def class_sources(
    project: Project, catalog: Catalog, tables: Sequence[FoundTable], around: Around
) -> dict[str, Source]:
    """The sources by module: parents before their children, views after tables, and last the
    objects that belong to no table.
    """
    ordered = _in_order(tables)
    known = _known(project, catalog, ordered)
    taken = {each.__name__ for each in project.tables} | {*ottavino.__all__} | OF_PYTHON
    beside = _beside(project, catalog, ordered, around, known)
    written: dict[str, Source] = {}
    for table in ordered:
        name = class_name(table.name, taken)
        taken.add(name)
        module = _module_name(table, written, project)
        for each in _new_enumerations(table, module, taken, known, beside.types.declared):
            known.enumerations[each.type] = each
        wholes = {f"{table.noun} {table.full_name}"}
        wholes |= {f"table {each.name}" for each in table.partitions}
        parts = [each for each in catalog.values() if each.part_of in wholes]
        made = written[module] = class_source(
            _with_parts(table, parts), (module, name), parts, known, beside.of(table, parts)
        )
        if parent := _found_parent(made, module):
            known.parents[table.full_name] = parent
    if others := objects_source(beside, known, _objects_module(written, project), taken):
        written[others.module] = others
    return written


def _known(project: Project, catalog: Catalog, tables: Sequence[FoundTable]) -> Known:
    declared = project.state().objects
    known = Known(
        {each.qualified_name(): parent_of(each) for each in _ours(project.tables)},
        _declared_enumerations(project),
        {each.table: each for each in declared_members(_ours(project.tables))},
    )
    new = [each for each in found_members(tables, catalog) if each.function not in declared]
    known.members.update((each.table, each) for each in new)
    return known


def _beside(
    project: Project,
    catalog: Catalog,
    tables: Sequence[FoundTable],
    around: Around,
    known: Known,
) -> Beside:
    declared = {*project.state().objects}
    functions = {*declared, *(each.function for each in known.members.values())}
    names = [each.full_name for each in tables]
    routines = routines_beside(catalog, names, functions, around.rare, around.picked)
    columns = [column for each in tables for column in each.columns]
    kinds = {c.type.removesuffix("[]") for c in columns if c.labels and all(c.labels)}
    owners = {c.sequence: c for c in columns if c.sequence}
    there = {*declared_types(catalog, declared)}
    return Beside(
        catalog,
        around.picked,
        routines,
        policies_beside(catalog, names, functions, routines, around.picked),
        TypesBeside(catalog, kinds | {*known.enumerations}, around.schemas, owners, there),
        ExtensionsBeside(around.dependencies, {*declared}),
        RareBeside(around.rare, catalog, {*declared}),
        [name for name, each in around.schemas.items() if each.is_empty],
    )


def _new_enumerations(
    table: FoundTable,
    module: str,
    taken: set[str],
    known: Known,
    declared: Collection[str],
) -> Iterator[Enumeration]:
    """The types of a table's columns that no class declares yet: its file does. One that is
    declared by its SQL stays so.
    """
    for each in table.columns:
        kind = each.type.removesuffix("[]")
        is_new = kind not in known.enumerations and f"type {kind}" not in declared
        # An empty text is no value of an enumeration in Python.
        if each.labels and all(each.labels) and is_new:
            yield enumeration(kind, each.labels, module, taken)


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


def _declared_enumerations(project: Project) -> dict[str, Enumeration]:
    """The types that columns have already, or that are declared without one, by their names."""
    found: dict[str, Enumeration] = {}
    columns = [column for table in project.tables for column in _columns(table)]
    declared = [d for column in columns for d in getattr(column, "declares", ())]
    for each in [*declared, *project.objects]:
        if isinstance(each, EnumType):
            states = each.states
            names = {str(state.value): state.name for state in states}
            there = Enumeration(each.sql, states.__module__, states.__name__, names)
            found.setdefault(each.sql, there)
    return found


def _columns(table: type[Table]) -> list[Any]:
    return [*table._meta.columns]


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


def _module_name(table: FoundTable, written: Collection[str], project: Project) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", table.name)
    # Some file systems do not tell upper case from lower case.
    name = attribute(words.lower(), ())
    schema = attribute(table.schema_.lower(), ())
    others = (f"{schema}_{name}{number or ''}" for number in count())
    return _free([name], others, written, project)


def _objects_module(written: Collection[str], project: Project) -> str:
    return _free(["objects"], (f"objects_{each}" for each in count(2)), written, project)


def _free(
    names: Sequence[str], others: Iterator[str], written: Collection[str], project: Project
) -> str:
    """The module of the first of some names that no file has."""
    taken = {each.rpartition(".")[2] for each in written} | {*project.files}
    taken |= {each.__module__.rpartition(".")[2] for each in project.tables}
    name = next(each for each in chain(names, others) if each not in taken)
    return f"{project.module}.{name}"
