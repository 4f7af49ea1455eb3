"""Making the login of the service in a database that is a local one."""

import asyncpg

from db.connection import migration_address
from db.errors import SettingsError
from db.local.databases import require_marked
from db.login_sql import made_login
from db.schema import platform
from db.settings import settings


async def make_login(name: str) -> None:
    """Make the login, without a password, and give the database the key it signs with."""
    address = migration_address()
    connection = await address.connect("login", settings().connect_timeout)
    try:
        # Elsewhere it needs a password, and somebody who reads the SQL before it runs.
        await require_marked(connection, address)
        async with connection.transaction():
            await platform.install(connection)
            await connection.execute(made_login(name, None))
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingsError(
            f"The role {address.user} cannot make the login {name}: {error}. Let DIRECT_URL "
            "log in as the role that made it, or as a superuser."
        ) from error
    finally:
        await connection.close()
