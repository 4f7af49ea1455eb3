"""The roles that policies and grants are for: Supabase's, the project's own, and `public`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from ottavino.declare.definition import Definition
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, literal
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN
from ottavino.setting import RESERVED_ROLES

MARK = "Made by Ottavino"
"""The comment of a role that a migration created and may drop."""


@dataclass(frozen=True, slots=True)
class RoleDefinition(Definition):
    """The definition of a role for migrations."""

    kind: ClassVar[str] = "role"
    is_shared: ClassVar[bool] = True
    rank: ClassVar[int] = -1
    precedes_tables: ClassVar[bool] = True

    @property
    def table(self) -> str:
        """Empty: a role belongs to no table."""
        return ""

    @property
    def tables(self) -> frozenset[str]:
        """Empty: a role touches no table."""
        return frozenset()


class ApiRole(str):
    """A role of the project's own, which `API_ROLES` names too: `EDITOR = ApiRole("editor")`.

    The first migration that names it creates it with NOLOGIN, and lets the logins of the
    service become it. An existing role is not changed, and is not dropped when it is no longer
    declared.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        """Refuse a name that a role of callers cannot have."""
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller checks types
            raise TypeError(f"An ApiRole has a name, and {name!r} is no text.")
        if identifier(name) != name or RESERVED_ROLES.fullmatch(name) or name in set(Role):
            raise ValueError(
                f"{name!r} cannot be the name of a role of the project's own: use lower-case "
                f"letters, digits and _, and no name of a PostgreSQL or Supabase role."
            )
        return super().__new__(cls, name)

    def __repr__(self) -> str:
        return f"ApiRole({str(self)!r})"

    def definition(self) -> RoleDefinition:
        """The role, and the logins that may become it."""
        return RoleDefinition(f"role {self}", _create(self), _drop(self), uses={})


class Everyone(str):
    """The role `public`, which every role is a member of."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "PUBLIC"


PUBLIC: Final = Everyone("public")
"""The role `public`: its privileges and policies apply to every role."""

AnyRole = Role | ApiRole | Everyone


def require_role(of: str, role: object) -> None:
    """Refuse a value that is not a role, such as the name of one."""
    if not isinstance(role, AnyRole):
        raise TypeError(
            f"A {of} names {role!r}, which is not a Role: write one of "
            f"{', '.join(f'Role.{each.name}' for each in Role)}, PUBLIC, or "
            'EDITOR = ApiRole("editor") for one of the project\'s own.'
        )


def own(roles: Iterable[AnyRole]) -> tuple[ApiRole, ...]:
    """The project's own roles among the given ones, each once."""
    return tuple(dict.fromkeys(each for each in roles if isinstance(each, ApiRole)))


def everybody(roles: Iterable[AnyRole]) -> str:
    """Supabase's roles and the project's own among the given ones, as a list for `revoke`."""
    return ", ".join([PUBLIC, *Role, *own(roles)])


def definitions_of(roles: Iterable[AnyRole]) -> Iterator[RoleDefinition]:
    """The definitions of the project's own roles among some."""
    return (each.definition() for each in own(roles))


def _create(role: str) -> str:
    logins = ", ".join(map(literal, (AUTHENTICATOR, LOGIN)))
    return f"""\
do $role$
declare
    login name;
begin
    if not exists (select from pg_catalog.pg_roles where rolname = {literal(role)}) then
        create role {role} nologin;
        comment on role {role} is {literal(MARK)};
        -- What may become the other roles of callers may become this one.
        for login in select rolname from pg_catalog.pg_roles where rolname in ({logins}) loop
            execute format('grant {role} to %I', login);
        end loop;
    end if;
end
$role$"""  # noqa: S608  # names of our own


def _drop(role: str) -> str:
    return f"""\
do $role$
begin
    if exists (
        select from pg_catalog.pg_roles
        where rolname = {literal(role)}
            and shobj_description(oid, 'pg_authid') = {literal(MARK)}
    ) then
        drop role {role};
    end if;
exception
    -- Another database of the server has something of it.
    when dependent_objects_still_exist then
        null;
end
$role$"""  # names of our own
