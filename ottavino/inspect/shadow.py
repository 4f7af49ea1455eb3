"""The shadow database: what is declared, built in schemas of its own, and rolled back.

Only PostgreSQL knows whether two ways of writing something are the same. So it is given what
is declared, and asked what it has understood. The statements are those of a migration, with
the name of another schema in them: nothing that is live is touched or locked. A table of
another schema that they refer to, such as `auth.users`, is copied from the catalogs.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from ottavino.errors import MigrationError, SettingsError
from ottavino.inspect.catalog import NOBODY, Catalog, Owner, read
from ottavino.migrate import bookkeeping
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier
from ottavino.postgres.supabase import has_auth
from ottavino.sql import Mention, Path, mentions, rewritten

# Tables of other schemas that statements name, as far as one can refer to them: by a column,
# or by a key. `like` would lock them, and need the right to read them.
ELSEWHERE = """
select
    nspname as schema,
    relname as name,
    concat_ws(
        ', ',
        (
            select string_agg(
                format('%I %s', attname, format_type(atttypid, atttypmod)), ', '
                order by attnum
            )
            from pg_attribute
            where attrelid = pg_class.oid and attnum > 0 and not attisdropped
        ),
        (
            select string_agg(format('unique (%s)', columns), ', ')
            from pg_index, lateral (
                select string_agg(quote_ident(attname), ', ' order by place) as columns
                from unnest(indkey::int2[]) with ordinality as key (number, place)
                join pg_attribute on attrelid = indrelid and attnum = number
                where place <= indnkeyatts
            ) as key
            where indrelid = pg_class.oid
                and indisunique and indimmediate and indpred is null and indexprs is null
        )
    ) as columns
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p')
    and nspname <> all($1::text[]) and nspname <> 'information_schema' and nspname !~ '^pg_'
    and format('%s.%s', nspname, relname) = any($2::text[])
"""

# What extensions have put into our schemas. It is used where it is.
FROM_EXTENSIONS = """
with extension as (select classid, objid from pg_depend where deptype = 'e')
select nspname as schema, proname as name
from pg_proc
join extension on classid = 'pg_proc'::regclass and objid = pg_proc.oid
join pg_namespace on pg_namespace.oid = pronamespace
where nspname = any($1::text[])
union
select nspname, typname
from pg_type
join extension on classid = 'pg_type'::regclass and objid = pg_type.oid
join pg_namespace on pg_namespace.oid = typnamespace
where nspname = any($1::text[])
"""


@dataclass(frozen=True, slots=True)
class ShadowDatabase:
    """The statements that build it."""

    statements: list[str]
    names: dict[str, str]
    """For each schema that is made, the one that it stands for."""
    ours: list[str]
    """Those of them in which what is declared is built."""


async def built(
    connection: Connection, state: State, owner: Owner = NOBODY, *, bookkept: bool
) -> Catalog:
    """What PostgreSQL makes of a schema. The end of the transaction removes it again."""
    shadow = await plan(connection, state, bookkept=bookkept)
    await _execute(connection, shadow.statements)
    return await read(connection, shadow.ours, shadow.names, owner)


async def plan(connection: Connection, state: State, *, bookkept: bool) -> ShadowDatabase:
    """How to build a schema in this database, with Piccolo's table of what ran or without."""
    ours = schemas(state)
    statements = [step.forwards() for step in changes(State(), state, _never_renamed)]
    if bookkept:
        statements.insert(0, bookkeeping.TABLE)
    named = {".".join(each.path[:2]) for sql in statements for each in mentions(sql)}
    elsewhere = await connection.fetch(ELSEWHERE, ours, list(named))
    from_extensions = await connection.fetch(FROM_EXTENSIONS, ours)
    stand_ins = {name: _name() for name in [*ours, *(table["schema"] for table in elsewhere)]}
    moved = _moved(
        stand_ins,
        copied={(table["schema"], table["name"]) for table in elsewhere},
        kept={(row["schema"], row["name"]) for row in from_extensions},
    )
    return ShadowDatabase(
        [
            *(f"create schema {name}" for name in stand_ins.values()),
            f"set local search_path = {', '.join(stand_ins[name] for name in ours)}, public",
            *(_copy(table, stand_ins[table["schema"]]) for table in elsewhere),
            *(rewritten(sql, moved) for sql in statements),
        ],
        {stand_in: name for name, stand_in in stand_ins.items()},
        [stand_ins[name] for name in ours],
    )


def _moved(
    stand_ins: Mapping[str, str], copied: set[tuple[str, str]], kept: set[tuple[str, str]]
) -> Callable[[Mention], Path]:
    """What puts another schema before a name, if the object is built or copied there."""
    of_others = {schema for schema, _ in copied}

    def change(mention: Mention) -> Path:
        match mention.path:
            case (schema, name, *rest) if schema in stand_ins and (
                (schema, name) in copied if schema in of_others else (schema, name) not in kept
            ):
                return (stand_ins[schema], name, *rest)
            case path:
                return path

    return change


def _copy(table: asyncpg.Record, schema: str) -> str:
    return f"create table {schema}.{identifier(table['name'])} ({table['columns']})"


async def check_privileges(connection: Connection) -> None:
    """Refuse a database without `auth`, or a role that may not create a schema."""
    if not await has_auth(connection):
        raise SettingsError(
            "The database has no auth.users: point DIRECT_URL at a Supabase project, or "
            "install the schema auth with `piccolo db install_auth`."
        )
    may_create, role, database = await connection.fetchrow(
        "select has_database_privilege(current_database(), 'create'), "
        "quote_ident(current_user), quote_ident(current_database())"
    ) or (False, "", "")
    if not may_create:
        raise SettingsError(
            f"The role {role} may not create a schema. What is declared is built in one, and "
            "rolled back. Set DIRECT_URL to the role that migrates, or run: "
            f"grant create on database {database} to {role}"
        )


def schemas(state: State) -> list[str]:
    """Our schemas: those in which tables are declared, and `public`."""
    return sorted({"public", *(table.partition(".")[0] for table in state.tables)})


def _name() -> str:
    return f"shadow_{secrets.token_hex(6)}"


async def _execute(connection: Connection, statements: Sequence[str]) -> None:
    """Run statements in one round trip. If one fails, find out which, and raise its error."""
    try:
        async with connection.transaction():
            await connection.execute("\n;\n".join(statements))
    except asyncpg.PostgresError:
        for statement in statements:
            try:
                await connection.execute(statement)
            except asyncpg.PostgresError as error:
                first_line = statement.partition("\n")[0]
                raise MigrationError(f"PostgreSQL refuses `{first_line}`: {error}.") from error


def _never_renamed(table: str, old: str, new: str) -> bool:  # noqa: ARG001  # what `changes` calls
    return False
