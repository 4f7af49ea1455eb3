"""Finds what was moved by hand out of our schemas, and our schemas that were renamed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import asyncpg

from ottavino.inspect.catalog import Catalog, CatalogObject, read
from ottavino.inspect.comparing import compared
from ottavino.inspect.difference import Comparison, Difference
from ottavino.inspect.numbers import numbers_elsewhere
from ottavino.inspect.rename import Rename
from ottavino.inspect.rows import rows_elsewhere
from ottavino.inspect.strangers import PLATFORM
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import schema_of, split_name, unquoted

MOVABLE = {
    "domain",
    "function",
    "materialized view",
    "procedure",
    "sequence",
    "table",
    "type",
    "view",
}
"""The kinds of objects that `set schema` moves."""

NAMED = """
with named as (
    select relnamespace as schema, relname::text as name, relkind in ('r', 'p') as is_table
    from pg_class
    union all
    select pronamespace, proname::text, false from pg_proc
    union all
    select typnamespace, typname::text, false from pg_type where typelem = 0
)
"""

# The schemas of others that have any of some names, or nothing if there are no names.
WITH_ANY = """
    select nspname::text
    from pg_namespace
    where nspname <> all($2::text[])
        and nspname !~ '^(pg|ottavino)_' and nspname not in ('information_schema', 'ottavino')
        and exists (
            select from named where schema = pg_namespace.oid
                and (name = any($1::text[]) or cardinality($1) = 0)
        ) = (cardinality($1) > 0)
"""

# A schema that we lack, with the only one of others that has each name of what was in it: among
# others if these are tables, and else alone, because a function of some name may be anybody's.
RENAMED = """
    select min(nspname::text)
    from pg_namespace
    where not exists (select from pg_namespace where nspname = $1)
        and nspname <> all($3::text[])
        and not exists (
            select from unnest($2::text[]) as wanted
            where wanted not in (
                select name from named
                where schema = pg_namespace.oid and (is_table or not $4)
            )
        )
        and (
            $4
            or not exists (
                select from named where schema = pg_namespace.oid and name <> all($2::text[])
            )
        )
    having count(*) = 1
"""


# Tables with the names of ours in other schemas: one of ours may have been moved there.
ELSEWHERE = """
    select format('table %s', wanted), format('table %I.%I', nspname, relname)
    from unnest($1::text[]) as wanted
    join pg_class on relname = (parse_ident(wanted))[2] and relkind in ('r', 'p')
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname <> all($2::text[]) and nspname <> 'information_schema' and nspname !~ '^pg_'
        and nspname not like 'shadow\\_%'
"""


def names_within(states: Iterable[State]) -> Iterator[tuple[str, str, bool]]:
    """The schema and the name of each relation and routine, and whether it is a table."""
    for state in states:
        for table in state.tables:
            yield schema_of(table), unquoted(split_name(table)[-1]), True
        for claim in (claim for each in state.objects.values() for claim in each.claims):
            if claim.kind in {"function", "relation"}:
                yield claim.place, claim.name, False


async def renamed_back(
    connection: Connection, within: Collection[str], named: Collection[tuple[str, str, bool]]
) -> dict[str, str]:
    """Give our renamed schemas their names in this transaction: what is in them is compared as
    if it had never had another place. Returns the names that they have, by those.
    """
    found: dict[str, str] = {}
    for schema in within:
        tables = {name for place, name, is_table in named if place == schema and is_table}
        names = tables or {name for place, name, _ in named if place == schema}
        if not names:
            continue
        others = [*within, *PLATFORM]
        other = await connection.fetchval(
            NAMED + RENAMED, schema, [*names], others, bool(tables)
        )
        if other is None:
            continue
        try:
            async with connection.transaction():
                await connection.execute(Rename(_schema(schema), _schema(other)).statement)
        except asyncpg.InsufficientPrivilegeError:
            continue
        found[schema] = other
    return found


async def _renamed_otherwise(
    connection: Connection, within: Collection[str], ours: Catalog
) -> dict[str, str]:
    """The schemas that we lack, by kind and name, which may be others that have something of
    the names of what was in them, or nothing either, or that nothing creates.
    """
    there = {name for (name,) in await connection.fetch("select nspname from pg_namespace")}
    found: dict[str, str] = {}
    for schema in {*within} - there:
        names = {
            unquoted(part.partition("(")[0])
            for each in ours.values()
            if each.kind != "column" and schema_of(each.name) == schema
            for part in split_name(each.name, 3)[1:]
        }
        rows = await connection.fetch(NAMED + WITH_ANY, [*names], [*within, *PLATFORM])
        entry = str(_schema(schema))
        if rows:
            others = " or ".join(sorted(f"schema {row[0]}" for row in rows))
            found[entry] = f"it may be {others}, renamed"
        elif entry not in ours:
            found[entry] = "no class declares it. Create it"
    return found


def with_renamed(comparison: Comparison, schemas: Mapping[str, str]) -> list[Difference]:
    """The differences, with those of renamed schemas, which are the first to be fixed."""
    found = {str(each.entry): each for each in comparison.differences}
    for new, old in schemas.items():
        entry, was = _schema(new), _schema(old)
        difference = found.get(str(entry), Difference(entry, entry, entry))
        renamed = Difference(
            difference.classes or entry,
            difference.files or entry,
            difference.database or entry,
            rename=Rename(entry, was),
        )
        found = {str(entry): renamed, **{n: d for n, d in found.items() if n != str(entry)}}
    return [*found.values()]


def _schema(name: str) -> CatalogObject:
    return CatalogObject("schema", name, None, None, "", {}, {})


@dataclass(frozen=True, slots=True)
class Displaced:
    """What may have been moved out of our schemas by hand."""

    objects: Catalog
    """The objects of other schemas that are of the kinds of missing ones of ours, with their
    parts.
    """
    not_ours: frozenset[str]
    """Those that are found with the others of these schemas, if they stay there."""
    schemas: Mapping[str, str]
    """Our schemas that were renamed, each with the name that it has."""
    elsewhere: Mapping[str, str]
    """The reasons to leave tables that may be elsewhere, and schemas that are missing, to a
    person.
    """
    rows: Mapping[str, Collection[str]]
    """Our tables that are empty, each with those of others that may have its rows, and our
    sequences, each with those that have given the numbers of rows in its place.
    """

    def with_beside(self, others: Catalog) -> "Displaced":
        """The same, with objects of others that ours may have been."""
        return replace(
            self,
            objects={**self.objects, **others},
            not_ours=self.not_ours | {*others},
        )

    def compared(self, classes: Catalog, files: Catalog, database: Catalog) -> Comparison:
        """The three sides compared, with these objects in the database."""
        found = compared(classes, files, database, self.elsewhere, self.rows)
        unknown = [
            each
            for each in found.unknown
            # Those of tables that nobody publishes are none of ours.
            if str(each) not in self.not_ours and each.kind != "published"
        ]
        were = {f"schema {new}": f"schema {old}" for new, old in self.schemas.items()}
        return replace(
            found,
            differences=with_renamed(found, self.schemas),
            unknown=unknown,
            were={**found.were, **were},
        )


async def displaced(
    connection: Connection,
    within: Collection[str],
    schemas: Mapping[str, str],
    ours: Catalog,
    database: Catalog,
) -> Displaced:
    """Look for what is missing in our schemas in those of others."""
    tables = [each.name for each in ours.values() if each.kind == "table"]
    others = await connection.fetch(ELSEWHERE, tables, [*within])
    otherwise = await _renamed_otherwise(connection, within, ours)
    partitions = {name for name, _ in others if "bounds" in ours[name].facets}
    numbers = await numbers_elsewhere(connection, ours)
    objects = await _moved_away(
        connection, within, ours, database, is_replaced=bool(partitions or numbers)
    )
    return Displaced(
        objects,
        frozenset({*objects} - {*database}),
        schemas,
        {**otherwise, **{name: f"it may be {other}, moved" for name, other in others}},
        {**await rows_elsewhere(connection, ours, {**database, **objects}), **numbers},
    )


async def _moved_away(
    connection: Connection,
    within: Collection[str],
    ours: Catalog,
    database: Catalog,
    *,
    is_replaced: bool,
) -> Catalog:
    """The objects in schemas of others that ours may be, as far as ours differ, or may have
    been replaced by others that do not differ.
    """
    rows = await connection.fetch("select nspname::text from pg_namespace")
    there = {row[0] for row in rows}
    missing = MOVABLE if is_replaced else _missing(ours, database, there)
    schemas = [
        each
        for each in there - {*within, *PLATFORM, "information_schema", "ottavino"}
        if not each.startswith("pg_")
    ]
    if not missing or not schemas:
        return {}
    elsewhere = await read(connection, schemas)
    found = {
        name
        for name, each in elsewhere.items()
        if each.kind in missing and each.part_of is None
    }
    return {n: each for n, each in elsewhere.items() if n in found or each.part_of in found}


def _missing(ours: Catalog, database: Catalog, schemas: Collection[str]) -> set[str]:
    """The kinds of which others may have one of ours."""
    missing = {
        each.kind
        for name, each in ours.items()
        if each.kind in MOVABLE
        and each.part_of is None
        and name not in database
        # Nothing can be moved back to a schema that is gone.
        and schema_of(each.name) in schemas
    }
    if any(n in database and database[n].facets != each.facets for n, each in ours.items()):
        # What differs may have been made in the place of another, which it or others may use.
        return MOVABLE
    parts = (n for n, each in ours.items() if each.part_of in database)
    return missing | ({"table"} if any(n not in database for n in parts) else set[str]())
