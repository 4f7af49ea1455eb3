"""The powers of the API roles and their logins beyond grants and policies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from ottavino.identity import Role
from ottavino.inspect.finding import Finding
from ottavino.postgres import local
from ottavino.postgres.connection import Connection
from ottavino.postgres.supabase import AUTH_ADMIN, AUTHENTICATOR, LOGIN, MIGRATOR
from ottavino.settings import settings

POWERS = (Path(__file__).parent / "powers.sql").read_text("utf-8")

# The settings with which a session begins: those of the roles, the database and the server.
SETTINGS = """
select
    case
        when setrole <> 0 then format('role %s', setrole::regrole)
        when setdatabase <> 0 then format('database %I', current_database())
        else 'server'
    end as whose,
    split_part(setting, '=', 1) as name,
    substr(setting, strpos(setting, '=') + 1) as value
from pg_db_role_setting, unnest(setconfig) as setting
where setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and (setrole = 0 or pg_get_userbyid(setrole) = any($1::text[]))
union all
-- Those of its files. Only some roles may read all of them.
select 'server', name, setting
from pg_settings
where source in ('command line', 'configuration file', 'environment variable')
    and setting <> boot_val
    and exists (select from unnest($2::text[]) as prefix where starts_with(name, prefix))
order by whose, name
"""

SERVER_WIDE = "has rights of PostgreSQL's own that no grant on a table bounds"

HARMLESS = (
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "lock_timeout",
    "statement_timeout",
    "transaction_timeout",
    # Settings that only Supabase's extensions and its API read.
    "graphql.",
    "pgrst.",
    "safeupdate.",
    local.SETTING,
)
"""The prefixes of settings that do not change what a statement does."""

LIBRARIES = {"supautils", "safeupdate", "$libdir/plugins/safeupdate"}
"""Libraries that Supabase loads into sessions. They only refuse more statements."""

GRAVE = (
    "allow_system_table_mods",
    "default_transaction_",
    "lo_compat_privileges",
    "local_preload_libraries",
    "request.",
    "role",
    "row_security",
    "session_authorization",
    "session_preload_libraries",
    "session_replication_role",
    "transform_null_equals",
)
"""The prefixes of settings that change who a caller is, or what a statement does."""


OTHERS = (MIGRATOR, AUTH_ADMIN)
"""The logins that migrate, and that sign users up."""

LOGINS = (AUTHENTICATOR, LOGIN)
"""The logins that become callers: Supabase's, and ours, which cannot become `service_role`."""


@dataclass(frozen=True, slots=True)
class Power:
    """A power that a role has, by itself or as a member of another."""

    column: str
    says: str
    by_right: tuple[str, ...] = ()
    """The roles that are meant to have it."""


INHERITED = (
    Power("superuser", "is a superuser, for whom no policy or grant counts"),
    Power("bypasses", "is not bound by row level security", (Role.SERVICE_ROLE,)),
    Power("owns", "owns tables, and can disable their row level security"),
    Power("makes_roles", "may create and change roles"),
    Power("makes_databases", "may create databases"),
    Power("replicates", "may copy the server by replication"),
)
OWN = (
    *INHERITED,
    Power("logs_in", "may log in, and then call itself any user", LOGINS),
)


async def powers(connection: Connection, schemas: Sequence[str]) -> list[Finding]:
    """The powers that these roles have beyond Supabase's, and the settings made for them."""
    roles = [*settings().roles, *LOGINS]
    found = [
        finding
        for row in await connection.fetch(POWERS, roles, schemas)
        # The powers of another of these roles are reported for that role.
        if not _passed(row) & {*roles}
        for finding in (_own(row) if len(row["way"]) == 1 else _as_member(row))
    ]
    set_for = await connection.fetch(SETTINGS, [*roles, *OTHERS], GRAVE)
    return [*found, *(finding for row in set_for if (finding := _setting(**row)))]


def _passed(row: asyncpg.Record) -> set[str]:
    """The roles through which a role has a power. A login is meant to become its callers."""
    role, *way = row["way"]
    if role == LOGIN:
        return {*way} - {Role.SERVICE_ROLE}
    return {*(way if role == AUTHENTICATOR else way[:-1])}


def _own(row: asyncpg.Record) -> Iterator[Finding]:
    """The powers that a role has by itself."""
    role = row["role"]
    for power in OWN:
        if row[power.column] and role not in power.by_right:
            yield Finding("error", "OTT101", role, f"The role {role} {power.says}.")


def _as_member(row: asyncpg.Record) -> Iterator[Finding]:
    """The powers that a role has as a member of another, directly or through others."""
    role, *between, holder = row["way"]
    says = [power.says for power in INHERITED if row[power.column]]
    if holder.startswith("pg_"):
        says.append(SERVER_WIDE)
    if says:
        through = f", through {' and '.join(between)}" if between else ""
        yield Finding(
            "error",
            "OTT102",
            role,
            f"The role {role} is a member of {holder}{through}, which {' and '.join(says)}.",
        )


def _setting(whose: str, name: str, value: str) -> Finding | None:
    libraries = {each.strip() for each in value.replace('"', "").split(",")}
    known = name.endswith("preload_libraries") and libraries <= LIBRARIES
    of_others = whose in {f"role {each}" for each in OTHERS}
    if known or name.startswith(HARMLESS) or (of_others and not name.startswith(GRAVE)):
        return None
    if name.startswith(GRAVE):
        means = "which changes who a caller is, or what a statement does"
    elif "." in name:
        means = "which every caller can read: keep no secret there"
    else:
        means = "which differs from the database that the tests run on"
    # Without its value, which may be the secret.
    return Finding(
        "error" if name.startswith(GRAVE) else "warning",
        "OTT103",
        f"{whose}: {name}",
        f"The {whose} has a setting {name}, {means}.",
    )
