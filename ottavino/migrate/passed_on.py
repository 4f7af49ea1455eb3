"""Says who has a privilege from a role that a migration revokes it from.

PostgreSQL revokes no privilege that a role has granted to others, unless it takes it from these
too. They are others' grants, so a person decides.
"""

import contextlib

import asyncpg

from ottavino.errors import OttavinoError
from ottavino.postgres import driver_errors as driver
from ottavino.postgres.connection import owner_connection

PASSED_ON = """
    with objects (named, address, of_column, acl, owner) as (
        select
            format('%I.%I', nspname, relname),
            format(
                '%s %I.%I', case relkind when 'S' then 'sequence' else 'table' end,
                nspname, relname
            ),
            null, relacl, relowner
        from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        union all
        select
            format('%I.%I', nspname, relname), format('table %I.%I', nspname, relname),
            attname, attacl, relowner
        from pg_attribute join pg_class on pg_class.oid = attrelid
            join pg_namespace on pg_namespace.oid = relnamespace
        where attacl is not null
        union all
        select
            format('%I.%I', nspname, proname),
            format('routine %I.%I(%s)', nspname, proname, oidvectortypes(proargtypes)),
            null, proacl, proowner
        from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
        union all
        select format('%I', nspname), format('schema %I', nspname), null, nspacl, nspowner
        from pg_namespace
        union all
        select
            format('%I.%I', nspname, typname), format('type %I.%I', nspname, typname), null,
            typacl, typowner
        from pg_type join pg_namespace on pg_namespace.oid = typnamespace
    )
    select
        grantor::regrole::text as by,
        case grantee when 0 then 'public' else grantee::regrole::text end as to,
        format(
            '%s on %s',
            string_agg(
                concat(lower(privilege_type), ' (' || quote_ident(of_column) || ')'), ', '
            ),
            address
        ) as what
    from objects, aclexplode(acl)
    where grantor <> owner and strpos($1, named) > 0
        and strpos($1, grantor::regrole::text) > 0
    group by grantor, grantee, address
    order by 1, 2, 3
"""


def is_passed_on(error: asyncpg.PostgresError) -> bool:
    """Whether a privilege was not revoked because its role has granted it to others."""
    # An object that others need is named in the details.
    return isinstance(error, asyncpg.DependentObjectsStillExistError) and not error.detail


async def passed_on(sql: str) -> str:
    """Sentences about the privileges that some SQL cannot revoke, and what to do; empty if they
    are not found.
    """
    # The transaction has failed, so another connection reads.
    with contextlib.suppress(OttavinoError, *driver.ERRORS):
        async with owner_connection("migrations") as connection:
            rows = await connection.fetch(PASSED_ON, sql)
        return "".join(_sentences(row["by"], row["to"], row["what"]) for row in rows)
    return ""


def _sentences(by: str, to: str, what: str) -> str:
    return (
        f" {by} has granted {what} to {to}. Take that back with `set role {by}; revoke {what} "
        f"from {to}; reset role`, and if {to} is to keep it, run `grant {what} to {to}` as the "
        "owner before. Then try again."
    )
