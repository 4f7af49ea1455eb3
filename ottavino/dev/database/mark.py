"""The mark by which a database says that it is a local one, for development alone.

Where a database answers says nothing of it: behind a loopback address may be a tunnel, or a
pooler in the same container, to production. So the database itself has to say it, by a
setting that only a superuser can give it, which `postgres` of a Supabase project is not. The
setting names the server, so a copy of the database on another one is not marked; a dump of
what is in a database leaves it out.
"""

from typing import TYPE_CHECKING

import asyncpg

from ottavino.errors import SettingsError

if TYPE_CHECKING:
    from ottavino.postgres.address import Connection

SETTING = "ottavino.local"

# Not `current_setting`, which anybody can set for their own session.
NAMED = """
select split_part(setting, '=', 2)
from pg_catalog.pg_db_role_setting, unnest(setconfig) as setting
where setdatabase = (
    select oid from pg_catalog.pg_database where datname = current_database()
)
    and setrole = 0 and split_part(setting, '=', 1) = $1
"""

SERVER = "select system_identifier::text from pg_catalog.pg_control_system()"

MARK = "select format('alter database %I set %s = %L', $1::text, $2::text, $3::text)"


async def is_marked(connection: "Connection") -> bool:
    """Whether the database of a connection is marked, on this server, as a local one."""
    named = await connection.fetchval(NAMED, SETTING)
    # Only where there is a mark is the server asked, which may refuse it.
    return named is not None and named == await connection.fetchval(SERVER)


async def mark(connection: "Connection", database: str) -> None:
    """Mark a database of the connection's server as a local one. Needs a superuser."""
    server = await connection.fetchval(SERVER)
    statement = await connection.fetchval(MARK, database, SETTING, server)
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingsError(
            f"Only a superuser can mark the database {database} as a local one: let DIRECT_URL "
            "log in as one for this command."
        ) from error
