"""Adopts what is wanted of a database: reads it, writes classes, and compares the two."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ottavino.declare import members
from ottavino.declare.definition import Columns
from ottavino.inspect.adopt.adoptable import unsayable
from ottavino.inspect.adopt.class_source import ClassSource
from ottavino.inspect.adopt.dependencies import dependencies
from ottavino.inspect.adopt.extensions_beside import own_schemas
from ottavino.inspect.adopt.foreign import declared_name
from ottavino.inspect.adopt.found import FoundSchema, found_schemas
from ottavino.inspect.adopt.imported import imported
from ottavino.inspect.adopt.lacking import NEEDED
from ottavino.inspect.adopt.project import Declared, Project
from ottavino.inspect.adopt.rare import FoundRare, found_rare
from ottavino.inspect.adopt.routines import ROUTINES
from ottavino.inspect.adopt.schemas import identities, other_schemas, used_schemas
from ottavino.inspect.adopt.scope import Scope
from ottavino.inspect.adopt.sources import Around, Source, class_sources
from ottavino.inspect.adopt.tightening import CALLERS, Tightening, losses
from ottavino.inspect.adopt.trial import Trial
from ottavino.inspect.adopt.wanted import LOOSE
from ottavino.inspect.adopt.writing import lost_writes
from ottavino.inspect.catalog import Catalog
from ottavino.inspect.difference import Comparison, Difference
from ottavino.inspect.drift import find_drift
from ottavino.inspect.kept import is_kept, without_kept
from ottavino.migrate.state import State, declared
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import schema_of

IN_SCHEMAS = {*ROUTINES, "domain", "sequence", "type"}
"""The kinds of objects beside tables whose schemas are declared with them."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """The files to write, and what is not adopted."""

    sources: dict[str, Source]
    """The sources by module, in an order in which they can be imported."""
    state: State
    """The declared schema afterwards."""
    kept: dict[str, str]
    """Patterns of parts of the tables that no class declares, each with the reason."""
    refused: dict[str, str]
    """The tables and other objects that are not adopted, each with the reason."""
    besides: list[str]
    """Other objects in the schemas, which stay undeclared."""
    alone: list[str]
    """The adopted objects that belong to no table."""
    parts: Catalog
    """What classes can declare."""
    around: Around
    """What is around the tables."""
    relations: Columns = field(default_factory=dict[str, tuple[str, ...]])
    """The tables and views of the database with their columns, adopted or not."""
    tighter: State | None = None
    """The declared schema after access is tightened, if `sources` do so."""
    differing: Sequence[Difference] = ()
    """What was declared before and is otherwise in the database."""
    losses: list[str] = field(default_factory=list[str])
    """The privileges that roles lose by that."""

    @property
    def classes(self) -> list[ClassSource]:
        """The sources of tables and views."""
        return [each for each in self.sources.values() if isinstance(each, ClassSource)]


async def adoption(connection: Connection, project: Project, scope: Scope) -> Adoption:
    """Write the classes of what is wanted, as far as its own drift is empty.

    The classes are built in a shadow database and compared. A part of a table that differs is
    listed in `keep`, and a table whose columns differ is not adopted. What needs one of these
    is not adopted either, and what needs a table that can never be, or what is kept already.
    """
    before = await find_drift(connection, project.state(), project.state(), kept=project.kept)
    known = {str(each.entry) for each in _found(before)}
    around = await _around(connection, project, scope, before)
    trial = await _trial(connection, project, scope, around)
    while True:
        parts, tables = trial.possible()
        make = partial(class_sources, project, parts, around=around)
        sources: dict[str, Source] = {}
        try:
            sources = make(tables)
            with imported(sources) as made:
                state, alone = project.state(*made), _alone(made)
            kept = [*project.kept, *trial.kept]
            after = await find_drift(connection, state, state, kept=kept)
        except Exception as error:  # noqa: BLE001  # whatever a declaration raises is about one object
            trial.give_up_for(error, sources, tables, make)
            continue
        differing = [each for each in _found(after) if str(each.entry) not in known]
        if not differing:
            break
        for each in differing:
            trial.give_up(each, tables)
    trial.keep_openings([each.where for each in after.openings])
    left = [each for each in after.unknown if not is_kept(each, trial.kept)]
    besides = [str(each) for each in left if each not in after.on_ours]
    told = (trial.kept_parts(), trial.refused, besides, alone)
    return Adoption(sources, state, *told, parts, around, differing=before.differences)


def _alone(made: Sequence[Declared]) -> list[str]:
    objects = [each for others in made if isinstance(others, tuple) for each in others]
    return [each.removeprefix("raw ") for each in declared((), objects).objects]


async def _around(
    connection: Connection, project: Project, scope: Scope, before: Comparison
) -> Around:
    """What is around the tables. A pattern that names nothing is refused."""
    named = {schema_of(e.name) for e in scope.catalog.values() if e.kind != "cron-job"}
    needs = await dependencies(connection, named)
    of_rare = {*await used_schemas(connection, named)}
    rare = await found_rare(connection, named | of_rare)
    picked, empty = _picked(scope, project, before, rare), await _empty(connection, project)
    tables = [(each.noun, each.full_name) for each in scope.found]
    scope.wanted.require_some(
        [*tables, *picked.values()],
        empty,
        [(e.kind, e.name) for n, e in scope.catalog.items() if n in before.ours],
    )
    empty = empty if scope.wanted.is_all else empty & scope.wanted.wholes
    more = {*own_schemas(needs), *empty, *of_rare}
    return Around(await _schemas(connection, project, scope, more), needs, rare, [*picked])


def _picked(
    scope: Scope, project: Project, before: Comparison, rare: Sequence[FoundRare]
) -> dict[str, tuple[str, str]]:
    """The kinds and the names of the objects that are wanted and not declared, and that belong
    to no table.
    """
    declared, foreign = {*before.ours, *project.state().objects}, scope.foreign
    found = {
        name: (each.kind, each.name)
        for name, each in scope.catalog.items()
        if each.kind in LOOSE and "owned by" not in each.facets and name not in declared
        # The policies on tables of the project belong to these.
        if each.kind != "policy" or (name in foreign and declared_name(each) not in declared)
    }
    found |= {str(e): (e.kind, e.name) for e in rare if e.declared not in declared}
    return {name: each for name, each in found.items() if scope.wanted.has(*each)}


async def _trial(
    connection: Connection, project: Project, scope: Scope, around: Around
) -> Trial:
    declared = project.state()
    never = {each.full_name for each in scope.undeclared if any(unsayable(each))}
    never |= {each.name for each in scope.catalog.values() if each.kind == "foreign table"}
    never |= {
        each.name
        for each in scope.kept
        if each.kind in NEEDED
        and not {each.name, str(each)} & {*declared.tables, *declared.objects}
    }
    return Trial(
        project,
        scope.catalog,
        scope.found,
        never,
        around.picked,
        is_all=scope.wanted.is_all,
        identities=await identities(connection),
        calls=around.dependencies.calls,
    )


async def _empty(connection: Connection, project: Project) -> set[str]:
    """The schemas in which there is nothing yet, without those that are kept."""
    others = without_kept(await other_schemas(connection, ()), project.kept, {})
    return {each.name for each in others.values() if not each.facets}


async def _schemas(
    connection: Connection, project: Project, scope: Scope, more: Collection[str]
) -> Mapping[str, FoundSchema]:
    """The schemas of some tables and of their types that are not declared."""
    types = [c.type for each in scope.found for c in each.columns if c.labels]
    names = {name for each in scope.found for name in each.schemas}
    names |= {schema_of(each) for each in types}
    names |= {schema_of(e.name) for e in scope.catalog.values() if e.kind in IN_SCHEMAS}
    declared = project.state().objects
    # Migrations make the schema of the functions of members before anything else.
    new = {
        each
        for each in names.union(more) - {"public", members.SCHEMA}
        if f"schema {each}" not in declared
    }
    return await found_schemas(connection, new)


def _found(comparison: Comparison) -> Iterator[Difference]:
    """The differences, and what no class declares of the tables."""
    yield from comparison.differences
    yield from (Difference(None, None, each) for each in comparison.on_ours)


def tightened(made: Adoption, project: Project) -> Adoption:
    """The adopted classes with fewer grants; a second migration revokes the rest."""
    before = [each.table for each in made.classes]
    after = [*map(Tightening(made.parts).of, before)]
    sources = class_sources(project, made.parts, after, around=made.around)
    with imported(sources) as declared:
        state = project.state(*declared)
    pairs = {a.full_name: (a, b) for a, b in zip(before, after, strict=True)}
    lost = [line for pair in pairs.values() for line in losses(*pair)]
    lost += lost_writes(made.parts, pairs, CALLERS)
    return replace(made, sources=sources, tighter=state, losses=lost)
