"""The logins and the schema `auth` of a Supabase project."""

from ottavino.postgres.connection import Connection

LOGIN = "ottavino"
"""The login of Ottavino's own, which serves. It can become any caller but `service_role`."""
AUTHENTICATOR = "authenticator"
"""Supabase's login for the API. It can become `service_role` too."""
MIGRATOR = "postgres"
"""The login that migrates. It is not a superuser, so it is not the role that `initdb` creates.
"""
SUPERUSER = "supabase_admin"
AUTH_ADMIN = "supabase_auth_admin"
"""The login that signs users up."""

HAS_AUTH = """
select exists (
    select from pg_catalog.pg_class
    where relnamespace = to_regnamespace('auth') and relname = 'users'
) and exists (
    select from pg_catalog.pg_proc
    where pronamespace = to_regnamespace('auth') and proname = 'uid' and pronargs = 0
)
"""


async def has_auth(connection: Connection) -> bool:
    """Whether the database has `auth.users` and `auth.uid()`, as every Supabase project has."""
    return bool(await connection.fetchval(HAS_AUTH))
