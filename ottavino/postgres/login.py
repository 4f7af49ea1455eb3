"""Checks the rights of the service's login: it needs those for serving, and should have no
others.
"""

from dataclasses import dataclass

from ottavino.errors import SettingsError
from ottavino.identity import Identity
from ottavino.postgres.address import caller_address
from ottavino.postgres.claims import signed
from ottavino.postgres.connection import Connection, connected
from ottavino.settings import settings

# From version 16 on, a member of a role may be unable to become that role.
CAN_BECOME = """
    case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end
"""

QUERY = f"""
with wanted as (
    select name, roles.oid, roles.rolsuper or roles.rolbypassrls as bypasses
    from unnest($1::text[]) as name
    left join pg_catalog.pg_roles as roles on roles.rolname = name
)
select
    session_user::text as login,
    array(
        select name from wanted
        where oid is null or not pg_has_role(session_user, oid, {CAN_BECOME})
    ) as unreachable,
    array(select name from wanted where bypasses) as unbound,
    (
        select rolsuper or rolbypassrls from pg_catalog.pg_roles where rolname = session_user
    ) as bypasses,
    exists (
        select from pg_catalog.pg_class
        where relkind in ('r', 'p') and relnamespace = to_regnamespace('public')
            and pg_has_role(session_user, relowner, 'member')
    ) as owns,
    array(
        select rolname::text from pg_catalog.pg_roles
        where rolname <> session_user and rolname <> all ($1)
            and pg_has_role(session_user, oid, 'member')
        order by rolname
    ) as others,
    exists (
        select from unnest($1::text[] || session_user::text) as name
        where to_regrole(quote_ident(name)) is not null
            and has_schema_privilege(name, 'public', 'create')
    ) as creates,
    array(
        select split_part(setting, '=', 1)
        from pg_catalog.pg_db_role_setting, unnest(setconfig) as setting
        where setrole = (select oid from pg_catalog.pg_roles where rolname = session_user)
    ) as settings,
    to_regprocedure('ottavino.verified()') is not null as installed
"""  # noqa: S608  # a condition of our own

VERIFIED = """
with claims as materialized (
    select
        set_config('role', $1, true),
        set_config('request.jwt.claims', $2, true),
        set_config('ottavino.signature', $3, true)
)
select ottavino.verified() from claims
"""


@dataclass(frozen=True, slots=True)
class Login:
    """The login of the service, as the database sees it."""

    name: str
    unreachable: list[str]
    """The roles of callers that the login cannot become."""
    unbound: list[str]
    """The roles of callers that bypass row level security."""
    bypasses: bool
    """Whether the login itself bypasses row level security, as a superuser or by BYPASSRLS."""
    owns: bool
    """Whether the login owns a table, itself or through a role that it can become."""
    others: list[str]
    """The roles that the login can become, without those of callers."""
    creates: bool
    """Whether the login or a caller can create objects in the schema `public`."""
    settings: list[str]
    """The initial settings of its connections."""
    is_known: bool
    """Whether the database has a key for it, so that claims have to be signed."""
    signs: bool
    """Whether its signatures with `CLAIMS_KEY` are accepted."""

    def check(self) -> None:
        """Refuse a login that cannot serve, or that could do more than serve."""
        if self.unreachable:
            names = ", ".join(self.unreachable)
            raise SettingsError(
                f"The role {self.name}, which DATABASE_URL names, cannot become {names}. "
                f"Grant it: grant {names} to {self.name}; where there are no such roles, "
                "`piccolo db install_auth` makes Supabase's."
            )
        if self.unbound:
            raise SettingsError(
                f"Row security does not bind {', '.join(self.unbound)}: a caller with this "
                "role would see the rows of everybody. Take BYPASSRLS from it, or the role "
                "out of API_ROLES."
            )
        if self.excess and not settings().privileged_login:
            raise SettingsError(
                f"The role {self.name}, which DATABASE_URL names, {self.excess}: an SQL "
                f"injection in a function would reach the rows of all users. `piccolo db "
                f"login` makes a login that can only become the callers' roles; "
                f"PRIVILEGED_LOGIN=on serves with this one in spite of that."
            )
        if self.is_known and not self.signs:
            raise SettingsError(
                f"The database has a key for the role {self.name}, and CLAIMS_KEY is another "
                f"one, so no caller would see a row. Set CLAIMS_KEY to the database's key, "
                f"or give the database this one with `piccolo db login`."
            )

    @property
    def excess(self) -> str:
        """The unnecessary rights, as the end of a sentence."""
        rights = {
            "is not bound by row security": self.bypasses,
            "owns tables": self.owns,
            f"can become {', '.join(self.others)}": bool(self.others),
            "can make objects in the schema public, or a caller can": self.creates,
        }
        return " and ".join(right for right, has in rights.items() if has)

    @property
    def warnings(self) -> list[str]:
        """A sentence for each missing protection."""
        found: list[str] = []
        if self.excess:
            found.append(
                f"The role {self.name}, which DATABASE_URL names, {self.excess}. Every "
                "caller's queries still run as that caller; an SQL injection in a function "
                "reaches everybody's rows."
            )
        if not self.is_known:
            found.append(
                f"The database has no key for the role {self.name}: an SQL injection in a "
                "function could name another user. Set CLAIMS_KEY and run `piccolo db login`."
            )
        if self.settings:
            found.append(
                f"The role {self.name} has settings of its own, which every transaction begins "
                f"with: {', '.join(self.settings)}. Take them away unless you gave them: "
                f"alter role {self.name} reset all."
            )
        return found


async def service_login() -> Login:
    """Read the rights of the service's login from the database."""
    async with connected(caller_address(), "start") as connection:
        return await _login(connection)


async def _login(connection: Connection) -> Login:
    row = await connection.fetchrow(QUERY, list(settings().caller_roles))
    if row is None:
        raise AssertionError("A query without a table has one row.")
    installed = row["installed"] and not row["unreachable"]
    return Login(
        name=row["login"],
        unreachable=row["unreachable"],
        unbound=row["unbound"],
        bypasses=row["bypasses"],
        owns=row["owns"],
        others=row["others"],
        creates=row["creates"],
        settings=row["settings"],
        is_known=installed and not await _is_verified(connection, signature="00"),
        signs=installed and await _is_verified(connection, signature=None),
    )


async def _is_verified(connection: Connection, *, signature: str | None) -> bool:
    """Whether the database accepts a visitor's claims, signed or with another signature."""
    visitor = Identity.anonymous()
    claims, right = signed(visitor)
    return await connection.fetchval(
        VERIFIED, visitor.role, claims, right if signature is None else signature
    )
