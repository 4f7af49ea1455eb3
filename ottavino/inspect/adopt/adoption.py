"""Adopts tables of a database: reads them, writes classes, and compares the two."""

import sys
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from piccolo.table import Table

import ottavino
from ottavino.declare.enum_type import EnumType
from ottavino.errors import OttavinoError
from ottavino.inspect.adopt.class_source import ClassSource, class_source
from ottavino.inspect.adopt.column_source import type_source
from ottavino.inspect.adopt.found import FoundTable, found_schemas
from ottavino.inspect.adopt.known import Enumeration, Known, Parent
from ottavino.inspect.adopt.routines import routines_beside
from ottavino.inspect.adopt.source import attribute, class_name, members
from ottavino.inspect.adopt.tightening import Tightening, losses
from ottavino.inspect.adopt.types_beside import TypesBeside
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.drift import find_drift
from ottavino.migrate.state import State, declared
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier

WHOLES = {"table", "column", "primary key", "view", "materialized view"}
"""The kinds that a class cannot be declared without."""
OF_PYTHON = {"Any", "Decimal", "Range", "StrEnum", "UUID", "dt"}
"""Names that a file imports beside those of `ottavino`."""


@dataclass(frozen=True, slots=True)
class Project:
    """The declared tables and objects, and the folder for new classes."""

    module: str
    """The package of the tables: `db.tables`."""
    tables: Sequence[type[Table]]
    objects: Sequence[Any]
    kept: Sequence[str]

    def state(self, *more: type[Table]) -> State:
        """The schema that is declared, with more tables or without."""
        return declared([*self.tables, *more], self.objects)


@dataclass(frozen=True, slots=True)
class Adoption:
    """The files to write, and the tables that are not adopted."""

    sources: dict[str, ClassSource]
    """The sources by module, in an order in which they can be imported."""
    state: State
    """The declared schema afterwards."""
    kept: list[str]
    """Patterns of parts of the tables that no class declares."""
    refused: dict[str, str]
    """The tables that are not adopted, each with the reason."""
    besides: list[str] = field(default_factory=list[str])
    """Other objects in the schemas, which stay undeclared."""
    parts: Catalog = field(default_factory=Catalog)
    """What classes can declare."""
    schemas: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The schemas that the classes declare, each with the roles that may use it."""
    tighter: State | None = None
    """All that is declared afterwards, where access is tightened: `sources` say so."""
    losses: list[str] = field(default_factory=list[str])
    """The privileges that roles lose by that."""


class NothingToAdopt(OttavinoError):
    """None of the named tables exists without being declared."""


async def adoption(
    connection: Connection,
    project: Project,
    catalog: Catalog,
    found: Sequence[FoundTable],
    *,
    whole: bool,
) -> Adoption:
    """Write the classes of some tables, as far as their own drift is empty.

    What differs when it is built again is taken out: a part of a table becomes one that is
    kept, and a table whose columns differ is not adopted.
    """
    before = await find_drift(connection, project.state(), project.state(), kept=project.kept)
    known = {str(each.entry) for each in before.differences}
    refused = {each.full_name: reason for each in found for reason in unsayable(each)}
    schemas = await _new_schemas(connection, project, found)
    kept: list[str] = []
    left_out: set[str] = set()
    owners = {part.name: each.full_name for each in found for part in each.partitions}
    while True:
        parts = {n: each for n, each in catalog.items() if n not in left_out}
        there = {*parts, *project.state().objects}
        for each in found:
            for domain in _missing_domains(each, there):
                refused.setdefault(each.full_name, f"it needs {domain}, which is not adopted")
        tables = [each for each in found if each.full_name not in refused]
        sources = _sources(project, parts, tables, schemas, whole=whole)
        try:
            with _imported(sources) as classes:
                state = project.state(*classes)
        except (ValueError, TypeError, SyntaxError, NameError, AttributeError) as error:
            culprit = _culprit(sources, error)
            refused[culprit] = f"it cannot be declared: {error}"
            continue
        try:
            after = await find_drift(connection, state, state, kept=[*project.kept, *kept])
        except OttavinoError as error:
            refused[_named(tables, str(error))] = str(error)
            continue
        differing = [each for each in after.differences if str(each.entry) not in known]
        if not differing:
            besides = [*map(str, after.unknown)]
            return Adoption(sources, state, kept, refused, besides, parts, schemas)
        for each in differing:
            entry = each.entry
            if entry.kind == "schema":
                reason = f"{entry} would not be the same ({', '.join(each.facets)})"
                within = [t.full_name for t in tables if t.schema_ == entry.name]
                refused |= dict.fromkeys(within or [tables[-1].full_name], reason)
                continue
            part = (entry.part_of or str(entry)).rpartition(" ")[2]
            whose = owners.get(part, part)
            is_ours = any(whose == table.full_name for table in tables)
            if str(entry) in left_out or entry.kind in WHOLES or each.database is None:
                reason = f"{entry} would not be the same ({', '.join(each.facets)})"
                refused[whose if is_ours else _named(tables, entry.name)] = reason
            else:
                left_out.add(str(entry))
                kept.append(pattern(entry))


def tightened(made: Adoption, project: Project, *, whole: bool) -> Adoption:
    """The adopted classes with fewer grants; a second migration revokes the rest."""
    before = [each.table for each in made.sources.values()]
    after = [*map(Tightening(made.parts).of, before)]
    sources = _sources(project, made.parts, after, made.schemas, whole=whole)
    with _imported(sources) as classes:
        state = project.state(*classes)
    lost = [line for pair in zip(before, after, strict=True) for line in losses(*pair)]
    return replace(made, sources=sources, tighter=state, losses=lost)


def unsayable(table: FoundTable) -> Iterator[str]:
    """Why no class can be written for a table."""
    if {*table.name} & {*'."'}:
        yield "its name has a dot or a quotation mark"
    for column in table.columns:
        if column.generated == "v":
            yield f"its column {column.name} is generated and not stored"


async def _new_schemas(
    connection: Connection, project: Project, found: Sequence[FoundTable]
) -> dict[str, tuple[str, ...]]:
    """The schemas of some tables and of their types that are not declared."""
    types = [c.type for each in found for c in each.columns if c.labels]
    names = {each.schema_ for each in found} | {each.partition(".")[0] for each in types}
    declared = project.state().objects
    new = {each for each in names - {"public"} if f"schema {each}" not in declared}
    return await found_schemas(connection, new)


def _missing_domains(table: FoundTable, there: Collection[str]) -> Iterator[str]:
    for column in table.columns:
        if column.domain and not column.domain.of_extension:
            domain = f"domain {column.domain.name}"
            if domain not in there:
                yield domain


def pattern(entry: CatalogObject) -> str:
    """The pattern in `keep` that names this object alone."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in str(entry))


def _sources(
    project: Project,
    catalog: Catalog,
    tables: Sequence[FoundTable],
    schemas: Mapping[str, tuple[str, ...]],
    *,
    whole: bool,
) -> dict[str, ClassSource]:
    ordered = _in_order(tables)
    known = Known(
        {each.qualified_name(): _parent(each) for each in _ours(project.tables)},
        _declared_enumerations(project.tables),
    )
    taken = {each.__name__ for each in project.tables} | {*ottavino.__all__} | OF_PYTHON
    names = [each.full_name for each in ordered]
    routines = routines_beside(catalog, names, project.state().objects, whole=whole)
    types = TypesBeside(catalog, schemas)
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
        beside = [*routines.sources(table.full_name), *types.of(table)]
        there = _with_parts(table, parts)
        written[module] = class_source(there, (module, name), parts, known, beside)
        if parent := _found_parent(table, name, module):
            known.parents[table.full_name] = parent
    return written


def _new_enumerations(
    table: FoundTable, module: str, taken: set[str], known: Known
) -> Iterator[Enumeration]:
    """The types of a table's columns that no class declares yet: its file does."""
    for each in table.columns:
        kind = each.type.removesuffix("[]")
        if each.labels and kind not in known.enumerations:
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
    full, schema = table.full_name, table.schema_
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


def _parent(table: Any) -> Parent:
    key = table._meta.primary_key
    return Parent(
        table.__module__,
        table.__name__,
        key._meta.name,
        key._meta.db_column_name,
        key.spec.type,
        type_source(key.spec.type).python,
    )


def _found_parent(table: FoundTable, name: str, module: str) -> Parent | None:
    columns = table.key.columns if table.key else None
    if columns is None or len(columns) != 1:
        return None
    (column,) = [each for each in table.columns if each.name == columns[0]]
    kind = type_source(column.type)
    return Parent(
        module, name, attribute(column.name, ()), column.name, column.type, kind.python
    )


def _module_name(
    table: FoundTable, written: Mapping[str, ClassSource], project: Project
) -> str:
    name = attribute(table.name, ())
    taken = {each.rpartition(".")[2] for each in written}
    taken |= {each.__module__.rpartition(".")[2] for each in project.tables}
    return name if name not in taken else f"{table.schema_}_{name}"


@contextmanager
def _imported(sources: Mapping[str, ClassSource]) -> Generator[list[type[Table]]]:
    """The classes, imported from their sources before the files are written."""
    made: list[type[Table]] = []
    before = {name: sys.modules.get(name) for name in sources}
    try:
        for name, source in sources.items():
            module = sys.modules[name] = ModuleType(name)
            exec(compile(source.text, name, "exec"), module.__dict__)  # noqa: S102  # we wrote it
            made.append(getattr(module, source.name))
        yield made
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module


def _culprit(sources: Mapping[str, ClassSource], error: Exception) -> str:
    """The table whose class raised an error: the first that the message names, or the last."""
    names = {each.name: each.table.full_name for each in sources.values()}
    for name, table in names.items():
        if str(error).startswith((f"{name}:", f"{name} ")):
            return table
    return next((t for t in names.values() if t in str(error)), [*names.values()][-1])


def _named(tables: Sequence[FoundTable], text: str) -> str:
    """The table that a text names, or the last."""
    longest = sorted((each.full_name for each in tables), key=len, reverse=True)
    # PostgreSQL names what is built of it, in another schema.
    return next((n for n in longest if f".{n.partition('.')[2]}" in text), longest[-1])
