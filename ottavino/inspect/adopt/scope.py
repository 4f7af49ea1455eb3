"""What is read of a database before some of it is adopted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ottavino.declare.view_definition import ViewDefinition
from ottavino.inspect.adopt.adoptable import unsayable
from ottavino.inspect.adopt.foreign import policies_elsewhere
from ottavino.inspect.adopt.found import FoundTable, found_tables
from ottavino.inspect.adopt.jobs import found_jobs
from ottavino.inspect.adopt.memberships import also_asked
from ottavino.inspect.adopt.project import Project
from ottavino.inspect.adopt.schemas import with_helpers, with_types
from ottavino.inspect.adopt.wanted import Wanted
from ottavino.inspect.catalog import Catalog, CatalogObject, read
from ottavino.inspect.kept import without_kept
from ottavino.inspect.shadow import schemas
from ottavino.inspect.strangers import PLATFORM
from ottavino.postgres.connection import Connection


@dataclass(frozen=True, slots=True)
class Scope:
    """What is there, and what of it is to be adopted."""

    catalog: Catalog
    """The objects of the schemas that matter, without the kept ones."""
    found: Sequence[FoundTable]
    """The tables and views to adopt."""
    wanted: Wanted = field(default_factory=Wanted)
    undeclared: Sequence[FoundTable] = ()
    """All tables and views that no class declares."""
    kept: Collection[CatalogObject] = ()
    """The objects that the project keeps."""
    within: Collection[str] = ()
    """The schemas that were read."""
    asked: Mapping[str, str] = field(default_factory=dict[str, str])
    """The tables of members that are adopted too, each with the table that asks for it."""

    @property
    def foreign(self) -> Catalog:
        """The policies on tables of others."""
        return {
            name: each
            for name, each in self.catalog.items()
            if each.kind == "policy" and each.part_of not in self.catalog
        }


async def read_scope(connection: Connection, project: Project, wanted: Wanted) -> Scope:
    """Read what is wanted, and what it needs in other schemas."""
    within = {*schemas(project.state()), *(wanted.schemas - {*PLATFORM})}
    undeclared = _undeclared(await found_tables(connection, within), project)
    found = [each for each in undeclared if wanted.has(each.noun, each.full_name)]
    asked: dict[str, str] = {}
    while True:
        within |= {s for e in found if not any(unsayable(e)) for s in e.schemas}
        within = await with_helpers(connection, within, found)
        there = await with_types(connection, within, await read(connection, within))
        catalog = without_kept(there, project.kept, {})
        more = also_asked(found, undeclared, catalog)
        if not more:
            break
        found = [*found, *(each for each in undeclared if each.full_name in more)]
        asked |= more
    left_alone = [each for name, each in there.items() if name not in catalog]
    here = {*catalog}
    others = {**await policies_elsewhere(connection, within), **await found_jobs(connection)}
    others = without_kept(others, project.kept, {})
    is_named = not wanted.is_all
    found = [each for each in found if f"{each.noun} {each.full_name}" in here or is_named]
    return Scope({**catalog, **others}, found, wanted, undeclared, left_alone, within, asked)


def _undeclared(found: Sequence[FoundTable], project: Project) -> list[FoundTable]:
    state = project.state()
    views = (each for each in state.objects.values() if isinstance(each, ViewDefinition))
    ours = {*state.tables, *(each.full_name for each in views)}
    return [each for each in found if each.full_name not in ours]
