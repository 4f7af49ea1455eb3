"""The commands `piccolo db install_auth|mark_local|login`."""

import asyncio
import secrets

from ottavino.dev.database.login import make_login
from ottavino.dev.database.supabase import install
from ottavino.errors import in_a_sentence
from ottavino.postgres.address import migration_address
from ottavino.postgres.connection import owner_connection
from ottavino.postgres.local import mark
from ottavino.postgres.login_sql import made_login
from ottavino.postgres.supabase import LOGIN, has_auth

PASSWORD_BYTES = 24
"""The length of a generated password, which is never typed."""


def install_auth() -> None:
    """Install Supabase's roles and its schema auth in a PostgreSQL that has none.

    DIRECT_URL, or else DATABASE_URL, has to connect as a role that may create roles.
    """
    with in_a_sentence():
        asyncio.run(_install_auth())


def mark_local() -> None:
    """Mark the database as a local one, which is only for development.

    `piccolo functions serve` then migrates it and makes two users in it, and tokens are given
    for it. DIRECT_URL, or else DATABASE_URL, has to connect as a superuser.
    """
    with in_a_sentence():
        asyncio.run(_mark_local())


def login(name: str = LOGIN, run: bool = False) -> None:
    """Print the SQL that makes the login for DATABASE_URL, and lets it sign with CLAIMS_KEY.

    Run it as the role that migrates. Each call generates a new password.

    :param name:
        The name of the login.
    :param run:
        Run it in a local database instead.
    """
    with in_a_sentence():
        if run:
            asyncio.run(make_login(name))
            print(f"The role {name} can become its callers, and signs with CLAIMS_KEY.")
        else:
            print(made_login(name, secrets.token_urlsafe(PASSWORD_BYTES)))


async def _install_auth() -> None:
    async with owner_connection("install_auth") as connection:
        if await has_auth(connection):
            print("The database has a schema auth already; nothing was changed.")
            return
        await install(connection)
        print("Installed the roles, and the schema auth.")


async def _mark_local() -> None:
    address = migration_address()
    async with owner_connection("mark_local") as connection:
        await mark(connection, address.database)
    print(f"Marked the database {address.database} at {address.host} as a local one.")
