"""Reads objects from the system catalogs, whatever made them.

One SQL file for each kind, in the folder `sql`, reads the catalogs. Each gives the same for its
kind: a name, the facets (what PostgreSQL deparses), and the statements that would make,
remove or change the object.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

import asyncpg

from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import literal
from ottavino.settings import settings

KINDS = (
    "schema",
    "extension",
    "default-privileges",
    "raw",
    "type",
    "domain",
    "sequence",
    "table",
    "foreign table",
    "function",
    "procedure",
    "aggregate",
    "column",
    "primary key",
    "unique constraint",
    "check constraint",
    "exclusion constraint",
    "index",
    "foreign key",
    "statistics",
    "view",
    "materialized view",
    "rule",
    "policy",
    "trigger",
    "event trigger",
    "publication",
    "published",
    "privilege",
    "schema privilege",
    "default privilege",
    "cron-job",
)
"""The kinds in an order in which objects can be created. In reverse order they can be dropped.
"""

AFTERWARDS = {
    "column comments",
    "column defaults",
    "comment",
    "compression",
    "estimates",
    "field comments",
    "fires",
    "owner",
    "partitions",
    "row security",
    "row security of its owner",
    "statistics",
    "storage",
}
"""The facets that the statement which creates an object does not set."""

TIED = {
    "bounds",
    "clustered",
    "index options",
    "index tablespace",
    "owned by",
    "parents",
    "replica identity",
    "tablespace",
    "toast options",
}
"""The facets that are set when all other objects exist: the sequence of a column, the table of
a partition, the index of a replica identity.
"""

WITHOUT = "without "
"""The prefix of the change that takes a property from an object that has it. Its statement is
that of the database's side, and runs before the one that gives the declared property.
"""

CHANGED = "changed "
"""The prefix of the change that gives a property to an object with another value of it."""

AGAIN = "again "
"""The prefix of the change that follows after an object was created again: a table gets back
the replica identity that it lost with its index, and a sequence its last number.
"""

_PREPARED: WeakKeyDictionary[Connection, str] = WeakKeyDictionary()
"""The name of the prepared query of each connection."""

_SQL = Path(__file__).parent / "sql"


def _query() -> str:
    kinds = [path for path in sorted(_SQL.glob("*.sql")) if path.stem != "ours"]
    objects = "\nunion all\n".join(path.read_text("utf-8") for path in kinds)
    return (
        f"{(_SQL / 'ours.sql').read_text('utf-8')}\n"
        "select kind, name, part_of, creation, removal,\n"
        "    jsonb_object_agg(facet, value) filter (where value is not null) as facets,\n"
        "    jsonb_object_agg(facet, change) filter (where change is not null) as changes\n"
        f"from (\n{objects}\n) as entry\n"
        "group by kind, name, part_of, creation, removal"
    )


QUERY = _query()


@dataclass(frozen=True, slots=True)
class CatalogObject:
    """One object of a database, and the SQL that would create, drop or change it."""

    kind: str
    name: str
    part_of: str | None
    """The object that it belongs to, as a column to its table."""
    creation: str | None
    removal: str
    facets: Mapping[str, str]
    """Its properties without the defaults: a trigger that fires has no facet `fires`."""
    changes: Mapping[str, str]
    """For each facet, the statement that gives it to an object of this name."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    def made(self) -> Iterator[str]:
        """The statements that create it."""
        if self.creation is not None:
            yield self.creation
            for facet in sorted(AFTERWARDS & self.facets.keys() & self.changes.keys()):
                yield self.changes[facet]

    def tied(self) -> Iterator[str]:
        """The statements that follow when all other objects exist."""
        for facet in sorted(TIED & self.facets.keys() & self.changes.keys()):
            yield self.changes[facet]
        yield from (text for name, text in self.changes.items() if name.startswith(AGAIN))


Catalog = dict[str, CatalogObject]
"""Objects by kind and name."""


class Owner(NamedTuple):
    """Two roles by their oids. Objects of `builder` are reported as objects of `owner`."""

    builder: int
    owner: int


NOBODY = Owner(0, 0)


async def read(
    connection: Connection,
    schemas: Iterable[str],
    names: Mapping[str, str] | None = None,
    owner: Owner = NOBODY,
) -> Catalog:
    """The objects in some schemas. `names` maps a schema to the name under which it is
    reported.

    No lock is kept that a writer would wait for. Every name is written with its schema: the
    search path is empty from here to the end of the transaction.
    """
    catalog: Catalog = {}
    for row in await _rows(connection, schemas, owner):
        kind, name, part_of, creation, removal, facets, changes = (
            _renamed(text, names or {}) for text in row
        )
        entry = CatalogObject(
            kind or "",
            name or "",
            part_of,
            creation,
            removal or "",
            json.loads(facets or "{}"),
            json.loads(changes or "{}"),
        )
        catalog[str(entry)] = entry
    return catalog


async def _rows(
    connection: Connection, schemas: Iterable[str], owner: Owner
) -> list[asyncpg.Record]:
    """The rows of the query. Its plan costs more than its run, so it is planned once on each
    connection, and again when schemas have been made or dropped, without a search for the best
    order of its many joins.
    """
    planning = (
        "set local search_path = ''; set local plan_cache_mode = force_generic_plan; "
        "set local join_collapse_limit = 1; set local from_collapse_limit = 1"
    )
    name = _PREPARED.get(connection)
    if name is None:
        name = _PREPARED[connection] = f"catalog_{secrets.token_hex(6)}"
        planning += f"; prepare {name} (text[], oid, oid, text[]) as {QUERY}"
    await connection.execute(planning)
    names, roles = (", ".join(map(literal, each)) for each in (schemas, settings().roles))
    return await connection.fetch(
        f"execute {name} (array[{names}]::text[], {owner.builder}, {owner.owner}, "
        f"array[{roles}]::text[])"
    )


def _renamed(text: str | None, names: Mapping[str, str]) -> str | None:
    for name, wanted in names.items():
        text = None if text is None else text.replace(name, wanted)
    return text
