"""Installs what Supabase adds to a PostgreSQL: its roles, and `auth` with its users."""

from pathlib import Path
from uuid import UUID

import asyncpg

from ottavino.errors import SettingsError
from ottavino.postgres.connection import Connection
from ottavino.postgres.local import is_marked
from ottavino.postgres.supabase import AUTH_ADMIN, MIGRATOR, has_auth

SQL = (Path(__file__).parent / "supabase.sql").read_text("utf-8")

# `set role` leaves out the role's settings, so its search path is set with it.
BECOME_AUTH_ADMIN = f"set local role {AUTH_ADMIN}; set local search_path = auth"

# The columns that Supabase's own sign-up fills.
SIGN_UP = """
insert into auth.users (
    id, aud, role, email, email_confirmed_at, created_at, updated_at,
    raw_app_meta_data, raw_user_meta_data
)
values (
    gen_random_uuid(), 'authenticated', 'authenticated', $1::text, now(), now(), now(),
    '{"provider": "email", "providers": ["email"]}',
    jsonb_build_object('email', $1::text, 'full_name', $2::text)
)
on conflict do nothing
"""

FIND = "select id from auth.users where email = $1 and not is_sso_user"


async def ensure_auth(connection: Connection) -> None:
    """Install `auth` in a local database that has none. Any other database without `auth` is
    refused.

    A database without `auth` that is not marked is most likely not the one that was meant.
    """
    if await has_auth(connection):
        return
    if not await is_marked(connection):
        raise SettingsError(
            "The database has no auth schema, so it is not a Supabase database, and it is "
            "not marked as a local one: check DATABASE_URL and DIRECT_URL."
        )
    await install(connection)


# A superuser may install what another role then migrates: as the owner of the database, or as
# Supabase's own name for it. Another superuser needs no grants.
MIGRATORS = """
select rolname::text from pg_roles
where rolname = current_user
    or not rolsuper and rolname = $1
    or not rolsuper and oid = (
        select datdba from pg_database where datname = current_database()
    )
order by rolname <> current_user, rolname
"""


async def install(connection: Connection, migrator: str | None = None) -> None:
    """Install what is missing of Supabase's roles and of `auth`, in one transaction.

    `migrator` will own the tables. If it does not exist, it is made as Supabase has it: no
    superuser, and not bound by row level security. If it is not named, the connecting role may
    own them, the owner of the database, and `postgres`, if there is one.
    """
    named = [(migrator,)] if migrator else await connection.fetch(MIGRATORS, MIGRATOR)
    roles = [str(name) for (name,) in named]
    try:
        async with connection.transaction():
            for role in roles:
                await connection.execute(_for(role))
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingsError(
            f"The database has no auth schema, and the role {roles[0]} may not make one: "
            "connect as a superuser once, or use DATABASE_URL=embedded."
        ) from error


async def create_user(connection: Connection, email: str, full_name: str) -> UUID:
    """Find the user with this address, or sign one up as the auth service would.

    It takes a connection outside a transaction, whose role is a superuser or
    `supabase_auth_admin`. The row is written as the latter, so a trigger that breaks sign-up on
    Supabase breaks it here.
    """
    address = email.strip().lower()
    async with connection.transaction():
        try:
            await connection.execute(BECOME_AUTH_ADMIN)
        except asyncpg.InsufficientPrivilegeError as error:
            raise SettingsError(
                "Only the auth service signs users up: let DIRECT_URL log in as a superuser, "
                f"or give {AUTH_ADMIN} the same password."
            ) from error
        await connection.execute(SIGN_UP, address, full_name)
        return await connection.fetchval(FIND, address)


def _for(role: str) -> str:
    """The SQL with its one variable filled in, as psql would."""
    identifier = '"' + role.replace('"', '""') + '"'
    literal = "'" + role.replace("'", "''") + "'"
    return SQL.replace(':"migrator"', identifier).replace(":'migrator'", literal)
