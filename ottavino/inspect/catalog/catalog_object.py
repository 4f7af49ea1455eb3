"""Objects as the system catalogs describe them, whatever made them.

One SQL file for each kind, in the folder `sql`, asks the catalogs. Each says the same of its
kind: a name, the facets (what PostgreSQL deparses), and the statements that would make,
remove or change the object.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ottavino.postgres.connection import Connection

KINDS = (
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
    "foreign key",
    "index",
    "statistics",
    "view",
    "materialized view",
    "rule",
    "policy",
    "trigger",
    "event trigger",
    "privilege",
)
"""In an order in which they can be made: the reverse is one in which they can be removed."""

AFTERWARDS = {
    "comment",
    "counts",
    "fires",
    "owned by",
    "owner",
    "replica identity",
    "row security",
    "row security of its owner",
    "statistics",
}
"""The facets that a statement which makes an object does not say."""

_SQL = Path(__file__).parent / "sql"


def _query() -> str:
    kinds = [path for path in sorted(_SQL.glob("*.sql")) if path.stem != "ours"]
    objects = "\nunion all\n".join(path.read_text("utf-8") for path in kinds)
    return (
        f"{(_SQL / 'ours.sql').read_text('utf-8')}\n"
        "select kind, name, part_of, creation, removal,\n"
        "    jsonb_object_agg(facet, value) filter (where value is not null) as facets,\n"
        "    jsonb_object_agg(facet, change) filter (where change is not null) as changes\n"
        f"from (\n{objects}\n) as thing\n"
        "group by kind, name, part_of, creation, removal"
    )


QUERY = _query()


@dataclass(frozen=True, slots=True)
class CatalogObject:
    """One object: what it is like, and the SQL that would make, remove or change it."""

    kind: str
    name: str
    part_of: str | None
    """The object that it goes with, a column with its table."""
    creation: str | None
    removal: str
    facets: Mapping[str, str]
    """Only what is not the default is there: a trigger that fires has no facet `fires`."""
    changes: Mapping[str, str]
    """For each facet, the statement that gives another object of this name the same one."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    def made(self) -> Iterator[str]:
        """The statements that make it."""
        if self.creation is not None:
            yield self.creation
            for facet in sorted(AFTERWARDS & self.facets.keys() & self.changes.keys()):
                yield self.changes[facet]


Catalog = dict[str, CatalogObject]
"""Objects by kind and name."""


class Owner(NamedTuple):
    """Whose a thing is called: what belongs to the one role is told as the other's. Oids."""

    builder: int
    owner: int


NOBODY = Owner(0, 0)


async def read(
    connection: Connection,
    schemas: Iterable[str],
    names: Mapping[str, str] | None = None,
    owner: Owner = NOBODY,
) -> Catalog:
    """What is in some schemas; `names` are other names to call schemas by.

    Nothing stays locked that a writer would wait for. Every name is written with its
    schema: the search path is empty from here to the end of the transaction.
    """
    await connection.execute("set local search_path = ''")
    catalog: Catalog = {}
    for row in await connection.fetch(QUERY, list(schemas), *owner):
        kind, name, part_of, creation, removal, facets, changes = (
            _renamed(text, names or {}) for text in row
        )
        thing = CatalogObject(
            kind or "",
            name or "",
            part_of,
            creation,
            removal or "",
            json.loads(facets or "{}"),
            json.loads(changes or "{}"),
        )
        catalog[str(thing)] = thing
    return catalog


def _renamed(text: str | None, names: Mapping[str, str]) -> str | None:
    for name, wanted in names.items():
        text = None if text is None else text.replace(name, wanted)
    return text
