"""What the objects of a database need of others: tables, and extensions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ottavino.postgres.connection import Connection
from ottavino.sql import mentions

DEPENDENCIES = (Path(__file__).parent / "dependencies.sql").read_text("utf-8")

EXTENSIONS = """
select
    extname, nspname, nspowner = current_user::regrole,
    array(
        select required.extname::text
        from pg_depend join pg_extension as required on required.oid = refobjid
        where classid = 'pg_extension'::regclass and objid = pg_extension.oid
            and refclassid = 'pg_extension'::regclass
        order by required.extname
    )
from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
"""

# PostgreSQL does not record what a body names. A name that PostgreSQL has itself is its own.
NAMES = """
select nspname, proname, extname
from pg_depend
join pg_extension on pg_extension.oid = refobjid
join pg_proc on classid = 'pg_proc'::regclass and pg_proc.oid = objid
join pg_namespace on pg_namespace.oid = pronamespace
where refclassid = 'pg_extension'::regclass and deptype = 'e' and nspname <> 'pg_catalog'
    and not exists (
        select from pg_proc as own
        where own.proname = pg_proc.proname and own.pronamespace = 'pg_catalog'::regnamespace
    )
union
select nspname, typname, extname
from pg_depend
join pg_extension on pg_extension.oid = refobjid
join pg_type on classid = 'pg_type'::regclass and pg_type.oid = objid
join pg_namespace on pg_namespace.oid = typnamespace
where refclassid = 'pg_extension'::regclass and deptype = 'e' and nspname <> 'pg_catalog'
"""


class FoundExtension(NamedTuple):
    """An installed extension."""

    name: str
    schema: str
    has_own_schema: bool
    """Whether its schema belongs to the role that migrates."""
    requires: list[str]
    """The extensions that have to be there before it."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What objects need. A table or view has its name, and any other has its kind before it."""

    relations: Mapping[str, set[str]] = field(default_factory=dict[str, set[str]])
    """The tables and views that an object needs."""
    calls: Mapping[str, set[str]] = field(default_factory=dict[str, set[str]])
    """The functions that an object calls, each with its arguments, without those that a body
    names.
    """
    of_extensions: Mapping[str, set[str]] = field(default_factory=dict[str, set[str]])
    """The extensions that an object needs, without those that a body names."""
    extensions: Mapping[str, FoundExtension] = field(default_factory=dict[str, FoundExtension])
    """The installed extensions."""
    names: Mapping[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    """The extensions by the names of their functions and types, with a schema or without."""

    def needed(self, objects: Iterable[str], texts: Iterable[str]) -> list[FoundExtension]:
        """The extensions that some objects and some SQL need, each after what it requires."""
        named = {self.names.get(each.path[:2]) for text in texts for each in mentions(text)}
        used = {name for each in objects for name in self.of_extensions.get(each, ())}
        found: dict[str, FoundExtension] = {}
        for name in sorted(used.union(filter(None, named))):
            found |= {each.name: each for each in self._with_required(name)}
        return [*found.values()]

    def _with_required(self, name: str) -> Iterator[FoundExtension]:
        for each in self.extensions[name].requires:
            yield from self._with_required(each)
        yield self.extensions[name]


async def dependencies(connection: Connection, schemas: Iterable[str]) -> Dependencies:
    """What the objects in some schemas need."""
    await connection.execute("set local search_path = ''")
    relations: dict[str, set[str]] = {}
    of_extensions: dict[str, set[str]] = {}
    calls: dict[str, set[str]] = {}
    for name, relation, extension, called in await connection.fetch(DEPENDENCIES, [*schemas]):
        if relation is not None:
            relations.setdefault(name, set()).add(relation)
        if extension is not None:
            of_extensions.setdefault(name, set()).add(extension)
        if called is not None:
            calls.setdefault(name, set()).add(called)
    found = [FoundExtension(*row) for row in await connection.fetch(EXTENSIONS)]
    names: dict[tuple[str, ...], str] = {}
    for schema, name, extension in await connection.fetch(NAMES):
        names |= {(schema, name): extension, (name,): extension}
    extensions = {each.name: each for each in found}
    return Dependencies(relations, calls, of_extensions, extensions, names)
