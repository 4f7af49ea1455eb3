"""A schema built in a corner of the database where nobody looks, to be rolled back.

PostgreSQL alone knows whether two ways of writing something are the same: it is asked to
take in what is declared, and to say what it has understood. The statements are those of a
migration, with another schema's name put into them, so nothing that is live is touched or
locked. A table elsewhere that they hang on, as `auth.users`, is copied from the catalogs.
"""

import re
import secrets
from collections.abc import Sequence

import asyncpg

from db.catalog import Catalog, read
from db.connection import Connection
from db.errors import MigrationError
from db.objects.definition import identifier
from db.schema.apply import BOOKKEEPING
from db.schema.changes import changes
from db.schema.state import State

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
BROUGHT = """
with brought as (select classid, objid from pg_depend where deptype = 'e')
select proname from pg_proc join brought on objid = pg_proc.oid
where classid = 'pg_proc'::regclass and pronamespace::regnamespace::text = any($1)
union
select typname from pg_type join brought on objid = pg_type.oid
where classid = 'pg_type'::regclass and typnamespace::regnamespace::text = any($1)
"""


async def built(connection: Connection, state: State, *, bookkept: bool) -> Catalog:
    """What PostgreSQL makes of a schema. The transaction's end removes it again."""
    ours = schemas(state)
    statements = [step.forwards() for step in changes(State(), state, _never_renamed)]
    if bookkept:
        statements.insert(0, BOOKKEEPING)
    elsewhere = await connection.fetch(ELSEWHERE, ours, "\n".join(statements))
    brought = [str(row[0]) for row in await connection.fetch(BROUGHT, ours)]
    scratch = {name: _name() for name in [*ours, *(table["schema"] for table in elsewhere)]}
    patterns = [_everything_in(schema, brought) for schema in ours]
    patterns += [_one_table(table["schema"], table["name"]) for table in elsewhere]
    places = re.compile("|".join(patterns))
    await _execute(
        connection,
        [
            *(f"create schema {name}" for name in scratch.values()),
            f"set local search_path = {', '.join(scratch[name] for name in ours)}, public",
            *(
                f"create table {scratch[table['schema']]}.{identifier(table['name'])} "
                f"({table['columns']})"
                for table in elsewhere
            ),
            *(places.sub(lambda place: scratch[place[0]], each) for each in statements),
        ],
    )
    names = {stand_in: name for name, stand_in in scratch.items()}
    return await read(connection, [scratch[name] for name in ours], names)


def schemas(state: State) -> list[str]:
    """The schemas that are ours: those in which tables are declared, and `public`."""
    return sorted({"public", *(table.partition(".")[0] for table in state.tables)})


def _name() -> str:
    return f"scratch_{secrets.token_hex(6)}"


def _everything_in(schema: str, brought: Sequence[str]) -> str:
    but_for = "|".join(map(re.escape, brought)) or "(?!)"
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
