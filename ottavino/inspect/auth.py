"""Whether the schema `auth` is Supabase's own, or the one of our embedded database.

Policies rely on `auth.uid()`. So its definition, its owner, and everything else that changes
what it returns is compared with known good versions.
"""

from collections.abc import Iterator, Sequence

import asyncpg

from ottavino.inspect.finding import Finding
from ottavino.postgres.connection import Connection
from ottavino.postgres.supabase import AUTH_ADMIN, SUPERUSER

FUNCTIONS = """
select
    proname::text as name,
    prosrc as body,
    lanname::text as language,
    case provolatile when 's' then 'stable' when 'i' then 'immutable' else 'volatile' end
        as volatility,
    prosecdef as definer,
    proisstrict as strict,
    format_type(prorettype, null) as returns,
    pg_get_userbyid(proowner)::text as owner,
    array_to_string(proconfig, ', ') as settings
from pg_proc
join pg_language on pg_language.oid = prolang
where pronamespace = to_regnamespace('auth') and pronargs = 0
"""

USERS = """
select
    relrowsecurity as guarded,
    pg_get_userbyid(relowner)::text as owner,
    pg_get_userbyid(nspowner)::text as schema_owner,
    array(
        select polname::text from pg_policy where polrelid = pg_class.oid order by polname
    ) as policies,
    array(
        select rulename::text from pg_rewrite where ev_class = pg_class.oid order by rulename
    ) as rules,
    array(
        select format('%s %s', attname, format_type(atttypid, atttypmod))
        from pg_attribute
        where attrelid = pg_class.oid and attnum > 0 and not attisdropped
    ) as columns,
    array(
        select rolname::text
        from pg_roles
        where rolname = any($1::text[]) and not rolsuper and (
            has_any_column_privilege(pg_roles.oid, pg_class.oid, 'select, insert, update')
            or has_table_privilege(pg_roles.oid, pg_class.oid, 'delete, truncate, trigger')
            or has_schema_privilege(pg_roles.oid, relnamespace, 'create')
        )
        order by rolname
    ) as admitted
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where pg_class.oid = to_regclass('auth.users')
"""

OWNERS = {AUTH_ADMIN, SUPERUSER}
"""The owners of the objects in `auth` on a Supabase project."""

COLUMNS = ("id uuid", "raw_user_meta_data jsonb")
"""The columns of `auth.users` that our tables and triggers use."""

CLAIMS = {"uid": ("sub", "uuid"), "role": ("role", "text"), "email": ("email", "text")}
"""For each function, the claim that it reads, and the type that it returns."""


def _known() -> dict[str, tuple[str, set[str]]]:
    """For each function its type, and its known bodies, without white space."""

    def setting(name: str) -> str:
        return f"nullif(current_setting('request.jwt.{name}',true),'')"

    known = {
        "jwt": ("jsonb", {f"selectcoalesce({setting('claim')},{setting('claims')})::jsonb"})
    }
    for name, (claim, returns) in CLAIMS.items():
        alone, of_all = setting(f"claim.{claim}"), f"{setting('claims')}::jsonb->>'{claim}'"
        known[name] = (
            returns,
            {
                # The body in a new project, before its auth service has run.
                f"select{alone}::{returns}",
                # The body that the auth service writes, which the embedded database has too.
                f"selectcoalesce({alone},({of_all}))::{returns}",
                f"selectcoalesce({alone},{of_all})::{returns}",
                *([f"selectcoalesce({alone},{of_all})"] if returns == "text" else []),
            },
        )
    return known


KNOWN = _known()


async def auth(connection: Connection, roles: Sequence[str]) -> list[Finding]:
    """The differences of `auth`. `roles` are the roles that a caller may become."""
    functions = {row["name"]: row for row in await connection.fetch(FUNCTIONS)}
    found = {f"auth.{name}()": _function(name, functions.get(name)) for name in KNOWN}
    found["auth.users"] = _users(await connection.fetchrow(USERS, roles))
    return [
        Finding(
            "error",
            "OTT105" if where == "auth.users" else "OTT104",
            where,
            f"{where} differs from Supabase's: {', '.join(differences)}.",
        )
        for where, said in found.items()
        if (differences := [*said])
    ]


def _function(name: str, row: asyncpg.Record | None) -> Iterator[str]:
    if row is None:
        yield "it is missing"
        return
    returns, bodies = KNOWN[name]
    if "".join(row["body"].split()).removesuffix(";") not in bodies:
        yield "its body differs"
    if (row["language"], row["volatility"]) != ("sql", "stable"):
        yield f"it is {row['volatility']}, in {row['language']}"
    if row["returns"] != returns:
        yield f"it returns {row['returns']}"
    if row["definer"]:
        yield "it runs with the privileges of its owner"
    if row["strict"]:
        yield "it is strict"
    if row["settings"] not in {None, 'search_path=""'}:
        yield f"it sets {row['settings']}"
    if row["owner"] not in OWNERS:
        yield f"{row['owner']} owns it"


def _users(row: asyncpg.Record | None) -> Iterator[str]:
    if row is None:
        yield "it is missing"
        return
    if not row["guarded"]:
        yield "its row level security is disabled"
    if row["policies"]:
        yield f"it has policies ({', '.join(row['policies'])})"
    if row["rules"]:
        yield f"it has rules ({', '.join(row['rules'])})"
    for role in row["admitted"]:
        yield f"{role} has privileges on it"
    for column in COLUMNS:
        if column not in row["columns"]:
            yield f"it has no column {column}"
    if row["owner"] not in OWNERS:
        yield f"{row['owner']} owns it"
    if row["schema_owner"] not in OWNERS:
        yield f"{row['schema_owner']} owns its schema"
