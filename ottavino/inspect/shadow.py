"""A schema built in a corner of the database where nobody looks, to be rolled back.

PostgreSQL alone knows whether two ways of writing something are the same: it is asked to
take in what is declared, and to say what it has understood. The statements are those of a
migration, with another schema's name put into them, so nothing that is live is touched or
locked. A table elsewhere that they hang on, as `auth.users`, is copied from the catalogs.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from ottavino.declare.definition import identifier
from ottavino.errors import MigrationError, SettingsError
from ottavino.inspect.catalog import NOBODY, Catalog, Owner, read
from ottavino.migrate import bookkeeping
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State
from ottavino.postgres.address import Connection
from ottavino.postgres.supabase import has_auth

# The tables elsewhere that some statements name, as far as these can hang on them: by a
# column, or by a key. `like` would lock them, and ask for the right to read them.
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
    and nspname <> all($1) and nspname <> 'information_schema' and nspname !~ '^pg_'
    and position(format('%s.%s', nspname, relname) in $2) > 0
"""

# What extensions have put into schemas of ours. It is used where it is.
FROM_EXTENSIONS = """
with brought as (select classid, objid from pg_depend where deptype = 'e')
select proname from pg_proc join brought on objid = pg_proc.oid
where classid = 'pg_proc'::regclass and pronamespace::regnamespace::text = any($1)
union
select typname from pg_type join brought on objid = pg_type.oid
where classid = 'pg_type'::regclass and typnamespace::regnamespace::text = any($1)
"""


@dataclass(frozen=True, slots=True)
class ShadowDatabase:
    """The statements that build a schema somewhere else."""

    statements: list[str]
    names: dict[str, str]
    """For each schema that is made, the one for which it stands."""
    ours: list[str]
    """Those of them that what is declared is built in."""


async def built(
    connection: Connection, state: State, owner: Owner = NOBODY, *, bookkept: bool
) -> Catalog:
    """What PostgreSQL makes of a schema. The transaction's end removes it again."""
    shadow = await plan(connection, state, bookkept=bookkept)
    await _execute(connection, shadow.statements)
    return await read(connection, shadow.ours, shadow.names, owner)


async def plan(connection: Connection, state: State, *, bookkept: bool) -> ShadowDatabase:
    """How to build a schema in this database, with Piccolo's table of what ran or without."""
    ours = schemas(state)
    statements = [step.forwards() for step in changes(State(), state, _never_renamed)]
    if bookkept:
        statements.insert(0, bookkeeping.TABLE)
    elsewhere = await connection.fetch(ELSEWHERE, ours, "\n".join(statements))
    from_extensions = [str(row[0]) for row in await connection.fetch(FROM_EXTENSIONS, ours)]
    stand_ins = {name: _name() for name in [*ours, *(table["schema"] for table in elsewhere)]}
    patterns = [_everything_in(schema, from_extensions) for schema in ours]
    patterns += [_one_table(table["schema"], table["name"]) for table in elsewhere]
    places = re.compile("|".join(patterns))
    return ShadowDatabase(
        [
            *(f"create schema {name}" for name in stand_ins.values()),
            f"set local search_path = {', '.join(stand_ins[name] for name in ours)}, public",
            *(
                f"create table {stand_ins[table['schema']]}.{identifier(table['name'])} "
                f"({table['columns']})"
                for table in elsewhere
            ),
            *(places.sub(lambda place: stand_ins[place[0]], each) for each in statements),
        ],
        {stand_in: name for name, stand_in in stand_ins.items()},
        [stand_ins[name] for name in ours],
    )


async def check_privileges(connection: Connection) -> None:
    """Refuse a database, or a role, that a schema cannot be built with."""
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
            f"The role {role} may not make a schema, and what is declared is built in one "
            "before all is rolled back. Set DIRECT_URL to the role that migrates, or run: "
            f"grant create on database {database} to {role}"
        )


def schemas(state: State) -> list[str]:
    """The schemas that are ours: those in which tables are declared, and `public`."""
    return sorted({"public", *(table.partition(".")[0] for table in state.tables)})


def _name() -> str:
    return f"scratch_{secrets.token_hex(6)}"


def _everything_in(schema: str, from_extensions: Sequence[str]) -> str:
    but_for = "|".join(map(re.escape, from_extensions)) or "(?!)"
    return rf'(?<![\w.$]){re.escape(schema)}(?="?\.(?!"?(?:{but_for})\b))'


def _one_table(schema: str, table: str) -> str:
    return rf'(?<![\w.$]){re.escape(schema)}(?="?\."?{re.escape(table)}\b)'


async def _execute(connection: Connection, statements: Sequence[str]) -> None:
    """Run statements in one round trip; where one fails, find out which."""
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


def _never_renamed(table: str, old: str, new: str) -> bool:  # noqa: ARG001  # a question's form
    return False
