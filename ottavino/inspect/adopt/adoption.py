"""Adopts tables of a database: reads them, writes classes, and compares the two."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ottavino.declare import members
from ottavino.declare.definition import Columns
from ottavino.errors import OttavinoError
from ottavino.inspect.adopt.class_source import ClassSource
from ottavino.inspect.adopt.column_source import sequences_of
from ottavino.inspect.adopt.dependencies import Dependencies, dependencies
from ottavino.inspect.adopt.extensions_beside import own_schemas
from ottavino.inspect.adopt.found import FoundSchema, FoundTable, found_schemas
from ottavino.inspect.adopt.imported import culprit, imported
from ottavino.inspect.adopt.lacking import (
    BESIDE,
    NEEDED,
    is_created_in,
    is_optional,
    lacking,
    whole_name,
)
from ottavino.inspect.adopt.project import Project
from ottavino.inspect.adopt.rare import FoundRare, found_rare
from ottavino.inspect.adopt.routines import ROUTINES
from ottavino.inspect.adopt.schemas import identities, other_schemas, used_schemas
from ottavino.inspect.adopt.sources import class_sources
from ottavino.inspect.adopt.tightening import CALLERS, Tightening, losses
from ottavino.inspect.adopt.writing import lost_writes
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.difference import Comparison, Difference
from ottavino.inspect.drift import find_drift
from ottavino.inspect.fix import PASSED_ON
from ottavino.inspect.kept import is_kept, without_kept
from ottavino.inspect.strangers import PLATFORM
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier, schema_of, split_name, unfit_schema

WHOLES = {"table", "column", "primary key", "view", "materialized view"}
"""The kinds of objects without which a class cannot be declared."""

IN_SCHEMAS = {*ROUTINES, "domain", "sequence", "type"}
"""The kinds of objects beside tables whose schemas are declared with them."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """The files to write, and the tables that are not adopted."""

    sources: dict[str, ClassSource]
    """The sources by module, in an order in which they can be imported."""
    state: State
    """The declared schema afterwards."""
    kept: dict[str, str]
    """Patterns of parts of the tables that no class declares, each with the reason."""
    refused: dict[str, str]
    """The tables that are not adopted, each with the reason."""
    besides: list[str] = field(default_factory=list[str])
    """Other objects in the schemas, which stay undeclared."""
    parts: Catalog = field(default_factory=Catalog)
    """What classes can declare."""
    schemas: Mapping[str, FoundSchema] = field(default_factory=dict[str, FoundSchema])
    """The schemas that the classes declare."""
    dependencies: Dependencies = field(default_factory=Dependencies)
    """What the objects of the database need of others."""
    rare: Sequence[FoundRare] = ()
    """The objects that only `Raw` declares."""
    relations: Columns = field(default_factory=dict[str, tuple[str, ...]])
    """The tables and views of the database with their columns, adopted or not."""
    tighter: State | None = None
    """The declared schema after access is tightened, if `sources` do so."""
    differing: Sequence[Difference] = ()
    """What was declared before and is otherwise in the database."""
    losses: list[str] = field(default_factory=list[str])
    """The privileges that roles lose by that."""


class NothingToAdopt(OttavinoError):
    """None of the named tables exists without being declared."""


async def adoption(  # noqa: PLR0913  # what is declared, what is there, and what is wanted
    connection: Connection,
    project: Project,
    catalog: Catalog,
    found: Sequence[FoundTable],
    *,
    whole: bool,
    others: Sequence[FoundTable] = (),
    kept: Collection[CatalogObject] = (),
) -> Adoption:
    """Write the classes of some tables, as far as their own drift is empty.

    The classes are built in a shadow database and compared. A part of a table that differs is
    listed in `keep`, and a table whose columns differ is not adopted. What needs one of these
    is not adopted either, and what needs one of the `others` that can never be, or what is
    `kept` already.
    """
    before = await find_drift(connection, project.state(), project.state(), kept=project.kept)
    known = {str(each.entry) for each in _found(before)}
    named = {schema_of(each.name) for each in catalog.values()}
    needs = await dependencies(connection, named)
    empty = await _empty_schemas(connection, project) if whole else set[str]()
    more = {*own_schemas(needs), *empty}
    of_rare = {*await used_schemas(connection, named)}
    schemas = await _new_schemas(connection, project, catalog, found, more | of_rare)
    never = {each.full_name for each in others if any(unsayable(each))}
    never |= {each.name for each in catalog.values() if each.kind == "foreign table"}
    declared = project.state()
    never |= {
        each.name
        for each in kept
        if each.kind in NEEDED
        and not {each.name, str(each)} & {*declared.tables, *declared.objects}
    }
    rare = await found_rare(connection, named | of_rare)
    numbering = await identities(connection)
    trial = _Trial(project, catalog, found, never, whole=whole, identities=numbering)
    while True:
        parts, tables = trial.possible()
        make = partial(
            class_sources,
            project,
            parts,
            schemas=schemas,
            dependencies=needs,
            rare=rare,
            whole=whole,
        )
        sources: dict[str, ClassSource] = {}
        try:
            sources = make(tables)
            with imported(sources) as classes:
                state = project.state(*classes)
            patterns = [*project.kept, *trial.kept]
            after = await find_drift(connection, state, state, kept=patterns)
        except Exception as error:
            # Whatever a declaration raises, it is about one table, and the others are adopted.
            if not tables:
                raise
            if not trial.is_without_it(error):
                table, reason = _failing(error, sources, tables, make)
                trial.refused[table] = reason
            continue
        differing = [each for each in _found(after) if str(each.entry) not in known]
        if not differing:
            trial.keep_openings([each.where for each in after.openings])
            left = [each for each in after.unknown if not is_kept(each, trial.kept)]
            besides = [str(each) for each in left if each not in after.on_ours]
            return Adoption(
                sources,
                state,
                trial.kept,
                trial.refused,
                besides,
                parts,
                schemas,
                needs,
                rare,
                differing=before.differences,
            )
        for each in differing:
            trial.give_up(each, tables)


@dataclass(slots=True)
class _Trial:
    """What is still tried, after what was given up for a reason."""

    project: Project
    catalog: Catalog
    found: Sequence[FoundTable]
    never: Collection[str]
    """Other tables that cannot be adopted."""
    whole: bool = field(kw_only=True)
    identities: Collection[str] = field(kw_only=True)
    """The sequences of identity columns."""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    kept: dict[str, str] = field(default_factory=dict[str, str])
    left_out: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.refused |= {e.full_name: reason for e in self.found for reason in unsayable(e)}

    def possible(self) -> tuple[Catalog, list[FoundTable]]:
        """The parts that classes declare, and the tables."""
        declared = self.project.state()
        while True:
            parts = {n: each for n, each in self.catalog.items() if n not in self.left_out}
            there = {**dict.fromkeys(declared.objects), **parts}
            ours = {*declared.tables}
            tables = _adoptable(self.found, there, ours, self.refused, self.identities)
            left_out = (self.catalog[e] for e in self.left_out if e in self.catalog)
            gone = {each.name for each in left_out if each.kind in NEEDED}
            without = lacking(self._about(tables, parts), {*self.refused, *self.never, *gone})
            if not without:
                return parts, tables
            for entry, needed in without.values():
                self._leave_out(entry, needed)

    def _about(self, tables: Sequence[FoundTable], parts: Catalog) -> Catalog:
        """The functions and types, the policies on tables of others, and the parts of some
        tables.
        """
        names = {each.full_name for each in tables}
        return {
            name: each
            for name, each in parts.items()
            if each.kind in BESIDE
            or (each.kind == "policy" and each.part_of not in self.catalog)
            or self._whose(each) in names
        }

    def _whose(self, entry: CatalogObject) -> str:
        """The table to which an object belongs, or which it is."""
        owners = {part.name: e.full_name for e in self.found for part in e.partitions}
        return owners.get(whole_name(entry), whole_name(entry))

    def _leave_out(self, entry: CatalogObject, needed: str) -> None:
        """Give up an object that needs a table that is not adopted."""
        self.left_out.add(str(entry))
        reason = f"needs {needed}, which is not adopted"
        if is_optional(entry):
            self.kept[pattern(entry)] = f"it {reason}"
        elif entry.kind not in BESIDE:
            subject = "it" if entry.part_of is None else f"its {entry}"
            self.refused[self._whose(entry)] = f"{subject} {reason}"
        elif self.whole:
            self.refused[str(entry)] = f"it {reason}"

    def is_without_it(self, error: Exception) -> bool:
        """Whether an error is about a function, a policy, a trigger or an index: then that is
        given up.
        """
        for name, each in self.catalog.items():
            if name not in self.left_out and is_created_in(str(error), each):
                self.left_out.add(name)
                if each.kind in ROUTINES:
                    self.refused[f"function {each.name}"] = str(error)
                else:
                    self.kept[pattern(each)] = str(error).rstrip(".")
                return True
        return False

    def keep_openings(self, found: Sequence[str]) -> None:
        """Keep the views and functions that are not adopted, and open what is: each would be an
        error in drift.
        """
        for where in found:
            name = where.removeprefix("materialized ").removeprefix("view ")
            if name in self.refused and not where.startswith("table "):
                reason = self.refused.pop(name)
                self.kept[escaped(where)] = f"it opens what is adopted, and {reason}"

    def give_up(self, difference: Difference, tables: Sequence[FoundTable]) -> None:
        """Keep the object that would not be the same, or else refuse its table."""
        entry = difference.entry
        if entry.kind == "schema":
            reason = f"the privileges or the comment of the {entry} would not be the same"
            within = [t.full_name for t in tables if t.schema_ == entry.name]
            self.refused |= dict.fromkeys(within or [tables[-1].full_name], reason)
            return
        whose = self._whose(entry)
        is_ours = any(whose == table.full_name for table in tables)
        is_whole = entry.kind in WHOLES or difference.database is None
        if is_whole or str(entry) in self.left_out:
            self.refused[whose if is_ours else _named(tables, entry.name)] = _reason(difference)
        else:
            self.left_out.add(str(entry))
            self.kept[pattern(entry)] = "no class can declare it"


def _failing(
    error: Exception,
    sources: Mapping[str, ClassSource],
    tables: Sequence[FoundTable],
    make: Callable[[Sequence[FoundTable]], object],
) -> tuple[str, str]:
    """The table that an error is about, and the reason why it is not adopted."""
    text = str(error) or type(error).__name__
    if isinstance(error, OttavinoError):
        return _declaring(sources, text) or _named(tables, text), text
    table = culprit(sources, error) if sources else _unwritten(tables, make)
    return table, f"it cannot be declared: {text}"


def _unwritten(
    tables: Sequence[FoundTable], make: Callable[[Sequence[FoundTable]], object]
) -> str:
    """The first table whose class cannot be written, or else the last one."""
    for each in tables:
        try:
            make([each])
        except Exception:  # noqa: BLE001  # the caller has its reason
            return each.full_name
    return tables[-1].full_name


def _reason(difference: Difference) -> str:
    """Why a difference refuses a table, and what to do about it where that is known."""
    entry, facets = difference.entry, difference.facets
    there = difference.database
    if "owner" in facets and there is not None and "owner" in entry.changes:
        owner, change = there.facets.get("owner"), entry.changes["owner"]
        if schema_of(entry.name) in PLATFORM:
            return f"the {entry} belongs to {owner}, which is Supabase's: leave it alone"
        return f"the {entry} belongs to the role {owner}: run `{change}` first"
    if entry.kind == "view" and "definition" in facets:
        return (
            f"the {entry} would not be the same if it were made of the query that PostgreSQL "
            "gives for it: replace it by a `select` that names its columns"
        )
    if there is not None and PASSED_ON in there.facets:
        what, _, role = entry.name.rpartition(" to ")
        return (
            f"{role} has passed the {entry} on to {there.facets[PASSED_ON]}, and a class "
            f"grants only as the owner: run `revoke grant option for {what} from {role} "
            "cascade`, and grant as the owner what is to stay"
        )
    return f"{entry} would not be the same ({', '.join(facets)})"


def _found(comparison: Comparison) -> Iterator[Difference]:
    """The differences, and what no class declares of the tables."""
    yield from comparison.differences
    yield from (Difference(None, None, each) for each in comparison.on_ours)


def tightened(made: Adoption, project: Project, *, whole: bool) -> Adoption:
    """The adopted classes with fewer grants; a second migration revokes the rest."""
    before = [each.table for each in made.sources.values()]
    after = [*map(Tightening(made.parts).of, before)]
    sources = class_sources(
        project,
        made.parts,
        after,
        made.schemas,
        made.dependencies,
        rare=made.rare,
        whole=whole,
    )
    with imported(sources) as classes:
        state = project.state(*classes)
    pairs = {a.full_name: (a, b) for a, b in zip(before, after, strict=True)}
    lost = [line for pair in pairs.values() for line in losses(*pair)]
    lost += lost_writes(made.parts, pairs, CALLERS)
    return replace(made, sources=sources, tighter=state, losses=lost)


def unsayable(table: FoundTable) -> Iterator[str]:
    """The reason why no class can be written for a table."""
    if {*table.name} & {*'."'}:
        yield "its name has a dot or a quotation mark"
    for reason in unfit_schema(table.schema_):
        yield (
            f"the name of its schema {reason}: rename it by "
            f"`alter schema {identifier(table.schema_)} rename to …`"
        )
    for each in table.partitions:
        for reason in unfit_schema(schema_of(each.name)):
            yield f"its partition {each.name} is in a schema whose name {reason}"
    if table.parents:
        yield (
            f"it inherits from {table.parents}, and a class declares all of its columns "
            f"itself: `alter table {table.full_name} no inherit …` gives it these, and takes "
            "its rows from the parent"
        )
    if table.of_type:
        yield (
            f"it is a table of the type {table.of_type}, and a class declares its columns "
            f"itself: `alter table {table.full_name} not of` leaves it as it is without the "
            "type"
        )


async def _empty_schemas(connection: Connection, project: Project) -> set[str]:
    """The schemas in which there is nothing yet, without those that are kept."""
    others = without_kept(await other_schemas(connection, ()), project.kept, {})
    return {each.name for each in others.values() if not each.facets}


async def _new_schemas(
    connection: Connection,
    project: Project,
    catalog: Catalog,
    found: Sequence[FoundTable],
    more: Collection[str],
) -> dict[str, FoundSchema]:
    """The schemas of some tables and of their types that are not declared."""
    types = [c.type for each in found for c in each.columns if c.labels]
    names = {name for each in found for name in each.schemas}
    names |= {schema_of(each) for each in types}
    names |= {schema_of(e.name) for e in catalog.values() if e.kind in IN_SCHEMAS}
    declared = project.state().objects
    # Migrations make the schema of the functions of members before anything else.
    new = {
        each
        for each in names.union(more) - {"public", members.SCHEMA}
        if f"schema {each}" not in declared
    }
    return await found_schemas(connection, new)


def _adoptable(
    found: Sequence[FoundTable],
    there: Mapping[str, CatalogObject | None],
    declared: Collection[str],
    refused: dict[str, str],
    identities: Collection[str],
) -> list[FoundTable]:
    """The tables that are not refused, after those are whose columns miss something."""
    while True:
        tables = [each for each in found if each.full_name not in refused]
        names = {*declared, *(each.full_name for each in tables)}
        lacking = {
            e.full_name: lack for e in tables for lack in _missing(e, there, names, identities)
        }
        if not lacking:
            return tables
        for name, lack in lacking.items():
            refused[name] = f"it needs {lack}"


def _missing(
    table: FoundTable,
    there: Mapping[str, CatalogObject | None],
    names: Collection[str],
    identities: Collection[str],
) -> Iterator[str]:
    """The domains and sequences that its columns need, and that no class declares, each with
    the reason.
    """
    for column in table.columns:
        if column.domain and not column.domain.of_extension:
            domain = f"domain {column.domain.name}"
            if domain not in there:
                yield f"{domain}, which is not adopted"
        for sequence in sequences_of(column):
            entry = there.get(f"sequence {sequence}")
            owner = entry.facets.get("owned by", "") if entry else ""
            owning = owner.rpartition(".")[0]
            if sequence in identities:
                yield (
                    f"sequence {sequence}, which numbers an identity column, so that no other "
                    "column can be declared with it: give the column a sequence of its own"
                )
            elif f"sequence {sequence}" not in there:
                yield f"sequence {sequence}, which is not adopted"
            elif owner and owning not in names:
                yield f"sequence {sequence} of {owning}, which is not adopted"


def pattern(entry: CatalogObject) -> str:
    """The pattern in `keep` that names this object alone."""
    return escaped(str(entry))


def escaped(name: str) -> str:
    """A pattern that only this name fits."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


def _declaring(sources: Mapping[str, ClassSource], error: str) -> str | None:
    """The table whose file declares the object that PostgreSQL refuses to make, if one does."""
    for name in re.findall(r'(?:"[^"]+"|\w)\.("[^"]+"|\w+)', error)[:1]:
        named = [
            each.table.full_name
            for each in sources.values()
            if each.table.full_name.endswith(f".{name}")
            or any(f".{name}" in line for line in each.lines)
        ]
        return next((each for each in named if each.endswith(f".{name}")), [*named, None][0])
    return None


def _named(tables: Sequence[FoundTable], text: str) -> str:
    """The table that a text names, or else the last one."""
    longest = sorted((each.full_name for each in tables), key=len, reverse=True)
    # PostgreSQL names what is built of it, in another schema.
    return next((n for n in longest if f".{split_name(n)[-1]}" in text), longest[-1])
