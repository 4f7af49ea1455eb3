"""The commands of the app `db`: `piccolo db lay_auth`."""

import asyncio

from db.connection import migration_address
from db.errors import in_a_sentence
from db.local.supabase import has_auth, lay
from db.settings import settings


def lay_auth() -> None:
    """Lay Supabase's roles and its schema auth in a PostgreSQL that has none.

    DIRECT_URL, or else DATABASE_URL, has to connect as a role that may make roles.
    """
    with in_a_sentence():
        asyncio.run(_lay_auth())


async def _lay_auth() -> None:
    connection = await migration_address().connect("lay_auth", settings().connect_timeout)
    try:
        if await has_auth(connection):
            print("The database has a schema auth already; nothing was changed.")
            return
        await lay(connection)
        print("Laid the roles, and the schema auth.")
    finally:
        await connection.close()
