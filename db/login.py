"""What the login of the service may do in the database: enough to serve, and not too much."""

from dataclasses import dataclass

from db.connection import Connection, service_address
from db.errors import SettingsError
from db.settings import settings

QUERY = """
with wanted as (
    select name, roles.oid, roles.rolsuper or roles.rolbypassrls as bypasses
    from unnest($1::text[]) as name
    left join pg_catalog.pg_roles as roles on roles.rolname = name
)
select
    current_user::text as login,
    (
        select rolsuper or rolbypassrls from pg_catalog.pg_roles where rolname = current_user
    ) as bypasses,
    exists (
        select from pg_catalog.pg_class
        where relkind in ('r', 'p') and relnamespace = to_regnamespace('public')
            and relowner = (select oid from pg_catalog.pg_roles where rolname = current_user)
    ) as owns,
    array(
        select name from wanted
        where oid is null or not pg_has_role(
            current_user,
            oid,
            -- From version 16 on, a member may be one who cannot become the role.
            case when current_setting('server_version_num')::int < 160000
                then 'member' else 'set' end
        )
    ) as unreachable,
    array(select name from wanted where bypasses and name <> 'service_role') as unbound
"""


@dataclass(frozen=True, slots=True)
class Login:
    """The login of the service, as the database sees it."""

    name: str
    bypasses: bool
    """Whether row security does not bind it: a superuser, or BYPASSRLS."""
    owns: bool
    """Whether a table is its own."""
    unreachable: list[str]
    """The roles that a caller may have, and that it cannot become."""
    unbound: list[str]
    """Those that row security does not bind, `service_role` aside."""

    def check(self) -> None:
        """Refuse a login that cannot serve, and a role that no rule would hold for."""
        if self.unreachable:
            names = ", ".join(self.unreachable)
            raise SettingsError(
                f"The role {self.name}, which DATABASE_URL names, cannot become {names}. "
                f"Grant it: grant {names} to {self.name}; where there are no such roles, "
                "`piccolo db lay_auth` makes Supabase's."
            )
        if self.unbound:
            raise SettingsError(
                f"Row security does not bind {', '.join(self.unbound)}: a caller with this "
                "role would see the rows of everybody. Take BYPASSRLS from it, or the role "
                "out of API_ROLES."
            )

    @property
    def warning(self) -> str | None:
        """What this login may beyond what it needs, if anything."""
        rights = {"is not bound by row security": self.bypasses, "owns tables": self.owns}
        found = " and ".join(right for right, has in rights.items() if has)
        if not found:
            return None
        return (
            f"The role {self.name}, which DATABASE_URL names, {found}. Every caller's queries "
            "still run as that caller; a role that can become the API roles and no more, like "
            "Supabase's authenticator, would keep a mistake from reaching further."
        )


async def service_login() -> Login:
    """Ask the database about the login of the service."""
    connection = await service_address().connect("start", settings().connect_timeout)
    try:
        return await _login(connection)
    finally:
        await connection.close(timeout=settings().connect_timeout)


async def _login(connection: Connection) -> Login:
    row = await connection.fetchrow(QUERY, list(settings().roles))
    if row is None:
        raise AssertionError("A query without a table has one row.")
    return Login(
        name=row["login"],
        bypasses=row["bypasses"],
        owns=row["owns"],
        unreachable=row["unreachable"],
        unbound=row["unbound"],
    )
