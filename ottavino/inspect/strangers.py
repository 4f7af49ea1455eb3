"""Finds the objects of others outside of our schemas: a team's own schemas, policies on the
tables of Supabase's services, publications.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from ottavino.declare.raw import RawDefinition
from ottavino.inspect.catalog import CatalogObject
from ottavino.inspect.exposure import caller_roles
from ottavino.inspect.finding import Finding
from ottavino.inspect.kept import is_accepted
from ottavino.migrate.state import State
from ottavino.migrate.statements import statement_texts, statements
from ottavino.migrate.steps import Execute, Step
from ottavino.postgres.connection import Connection
from ottavino.sql import Mention, mentions

STRANGERS = (Path(__file__).parent / "strangers.sql").read_text("utf-8")

ACCESS = (Path(__file__).parent / "strangers_access.sql").read_text("utf-8")

THERE = """
select array(select name from unnest($1::text[]) as name where to_regclass(name) is not null)
"""

PLATFORM = (
    "_analytics",
    "_realtime",
    "_supavisor",
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "net",
    "pgbouncer",
    "pgmq",
    "pgmq_public",
    "pgsodium",
    "pgsodium_masks",
    "pgtle",
    "realtime",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "vault",
)
"""The schemas that a Supabase project has before its team makes any."""

SUPABASES = (
    "grant_pg_cron_access",
    "grant_pg_graphql_access",
    "grant_pg_net_access",
    "pgrst_ddl_watch",
    "pgrst_drop_watch",
    "set_graphql_placeholder",
)
"""Supabase's functions that belong to the role `postgres` in older projects."""

EXTENSIONS = (
    "pg_graphql",
    "pg_net",
    "pg_stat_statements",
    "pgcrypto",
    "pgjwt",
    "pgsodium",
    "plpgsql",
    "supabase_vault",
    "uuid-ossp",
)
"""The extensions that a Supabase project has before its team makes any."""

CREATED = {
    "aggregate",
    "class",
    "collation",
    "configuration",
    "conversion",
    "dictionary",
    "domain",
    "exists",
    "extension",
    "family",
    "function",
    "language",
    "method",
    "policy",
    "procedure",
    "publication",
    "schema",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "table",
    "trigger",
    "type",
    "view",
    "wrapper",
}
"""The words before the name of what a statement creates. `exists` ends `if not exists`."""

WITHOUT_NAMES = {"cast", "operator", "transform"}
"""The kinds whose names are not identifiers."""


async def strangers(connection: Connection, schemas: Collection[str]) -> list[CatalogObject]:
    """The objects outside of some schemas that neither PostgreSQL, nor Supabase, nor an
    extension brings.
    """
    await connection.execute("set local search_path = ''")
    rows = await connection.fetch(STRANGERS, [*schemas], PLATFORM, SUPABASES, EXTENSIONS)
    return [
        CatalogObject(row["kind"], row["name"], None, None, "", {"stored": row["stored"]}, {})
        for row in rows
    ]


async def access_by(
    connection: Connection,
    unknown: Iterable[CatalogObject],
    tables: Collection[str],
    kept: Collection[str],
) -> list[Finding]:
    """A warning about each unknown object that may let callers reach rows of other users in our
    tables.
    """
    names = {str(each) for each in unknown if not is_accepted(str(each), kept)}
    roles = sorted(caller_roles())
    there = await connection.fetchval(THERE, [*tables])
    return [
        Finding("warning", "OTT116", where, f"No class declares the {where}. {row['opens']}")
        for row in await connection.fetch(ACCESS, roles, there)
        if (where := f"{row['kind']} {row['name']}") in names
    ]


def not_ours(
    found: Iterable[CatalogObject], ours: Collection[str], hand_written: Collection[str]
) -> list[CatalogObject]:
    """The objects that are neither in `ours`, by kind and name, nor created by any of the
    hand-written statements of migrations and `Raw`.
    """
    created = [(text, {*_created(text)}) for text in hand_written]

    def is_ours(each: CatalogObject) -> bool:
        stored = f"{each.kind} {each.facets['stored']}"
        return {str(each), stored} & {*ours} != set() or any(
            _creates(each, *statement) for statement in created
        )

    return [each for each in found if not is_ours(each)]


def hand_written(steps: Iterable[Step], state: State) -> list[str]:
    """The statements of `migration.execute` and of `Raw` that create something."""
    raw = [each for each in state.objects.values() if isinstance(each, RawDefinition)]
    texts = [each.sql for each in steps if isinstance(each, Execute)]
    return [
        text
        for sql in [*texts, *(each.create for each in raw)]
        for text in statement_texts(sql)
        if next(statements(text))[:1] == ["create"]
    ]


def _creates(entry: CatalogObject, text: str, created: set[tuple[str, ...]]) -> bool:
    if entry.kind in WITHOUT_NAMES:
        name = entry.name.partition("(")[0] or entry.name.strip("()")
        return entry.kind in next(statements(text))[:2] and all(
            word in text for word in name.rpartition(".")[2].split(" as ")
        )
    return _path(entry) in created


def _path(entry: CatalogObject) -> tuple[str, ...]:
    """The parts of its name, without the arguments of a function."""
    found = next(iter(mentions(entry.name.partition("(")[0])), None)
    return found.path if found else (entry.name,)


def _created(text: str) -> Iterator[tuple[str, ...]]:
    """The path of the name that a statement creates; of a policy or trigger, after that of its
    table.
    """
    found: list[Mention] = [*mentions(text)]
    named = next((each.path for each in found if each.after in CREATED), None)
    if named is None:
        return
    yield named
    for table in [each.path for each in found if each.after == "on"][:1]:
        yield (*table, *named)
