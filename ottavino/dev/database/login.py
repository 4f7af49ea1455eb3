"""Creates the login of the service in a local database."""

import asyncpg

from ottavino.errors import SettingsError
from ottavino.migrate import platform
from ottavino.postgres.address import migration_address
from ottavino.postgres.connection import owner_connection
from ottavino.postgres.local import require_marked
from ottavino.postgres.login_sql import made_login


async def make_login(name: str) -> None:
    """Create the login without a password, and give the database the key it signs with."""
    address = migration_address()
    async with owner_connection("login") as connection:
        # For any other database a person has to read the SQL first, and set a password.
        await require_marked(connection, address)
        try:
            async with connection.transaction():
                await platform.install(connection)
                await connection.execute(made_login(name, None))
        except asyncpg.InsufficientPrivilegeError as error:
            raise SettingsError(
                f"The role {address.user} cannot make the login {name}: {error}. Let "
                "DIRECT_URL log in as the role that made it, or as a superuser."
            ) from error
