"""Whether a database is marked as a local one, for development alone. Its address proves
nothing: a loopback address may be a tunnel or a pooler to production. So the mark is a setting
in the database that only a superuser can make. The role `postgres` of a Supabase project is not
a superuser. The setting names the server, so a copy of the database on another server is not
marked, and a dump of its contents leaves the setting out.
"""

import asyncpg

from ottavino.errors import SettingsError
from ottavino.postgres.address import Address, caller_address, migration_address
from ottavino.postgres.connection import Connection, connected

SETTING = "ottavino.local"

# Not `current_setting`, which anybody can set for their own session.
MARKED_SERVER = """
select split_part(setting, '=', 2)
from pg_catalog.pg_db_role_setting, unnest(setconfig) as setting
where setdatabase = (
    select oid from pg_catalog.pg_database where datname = current_database()
)
    and setrole = 0 and split_part(setting, '=', 1) = $1
"""

SERVER = "select system_identifier::text from pg_catalog.pg_control_system()"

MARK = "select format('alter database %I set %s = %L', $1::text, $2::text, $3::text)"


class NotLocal(SettingsError):
    """A command for local databases was run on a database without the mark."""

    def __init__(self, address: Address) -> None:
        super().__init__(
            f"The database {address.database} at {address.where} is not marked as a local one, "
            "so it may be in production. No users and tokens are made for it, and nothing in "
            "it was changed. If it is for development alone, mark it once, with DIRECT_URL "
            "as a "
            "superuser: piccolo db mark_local."
        )


async def mark(connection: Connection, database: str) -> None:
    """Mark a database of the connection's server as a local one; only a superuser can."""
    server = await connection.fetchval(SERVER)
    statement = await connection.fetchval(MARK, database, SETTING, server)
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingsError(
            f"Only a superuser can mark the database {database} as a local one: let DIRECT_URL "
            "log in as one for this command."
        ) from error


async def is_marked(connection: Connection) -> bool:
    """Whether the database of a connection is marked, on this server, as a local one."""
    marked = await connection.fetchval(MARKED_SERVER, SETTING)
    # The server's identifier is read only if there is a mark: the role may not be allowed to
    # read it.
    return marked is not None and marked == await connection.fetchval(SERVER)


async def is_local() -> bool:
    """Whether both databases are marked: that of DATABASE_URL, and that of DIRECT_URL."""
    return await _first_not_local() is None


async def require_local() -> None:
    """Raise `NotLocal` unless both databases are marked."""
    if address := await _first_not_local():
        raise NotLocal(address)


async def require_marked(connection: Connection, address: Address) -> None:
    """Raise `NotLocal` unless the database that a connection has reached is marked."""
    if not await is_marked(connection):
        raise NotLocal(address)


async def _first_not_local() -> Address | None:
    for address in (caller_address(), migration_address()):
        async with connected(address, "local") as connection:
            if not await is_marked(connection):
                return address
    return None
