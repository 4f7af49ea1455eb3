"""Reads who may do what with the objects of a database, and grants and revokes it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier

ACCESS = """
    with
        schemas as (
            select oid, nspname, nspacl, nspowner from pg_namespace
            where nspname not in ('information_schema', 'ottavino')
                and left(nspname, 3) <> 'pg_'
        ),
        relations as (
            select
                pg_class.oid, nspname, relname, relacl, relowner,
                case relkind
                    when 'S' then 'sequence'
                    when 'v' then 'view'
                    when 'm' then 'materialized view'
                    else 'table'
                end as kind,
                format(
                    '%s %I.%I', case relkind when 'S' then 'sequence' else 'table' end,
                    nspname, relname
                ) as address
            from pg_class join schemas on schemas.oid = relnamespace
            where relkind in ('r', 'p', 'f', 'v', 'm', 'S')
        ),
        objects (kind, oid, number, schema, name, address, of_column, acl, owner) as (
            select kind, oid, 0, nspname, relname, address, null, relacl, relowner
            from relations
            union all
            select kind, oid, attnum, nspname, relname, address, attname, attacl, relowner
            from relations join pg_attribute on attrelid = oid
            where attnum > 0 and not attisdropped
            union all
            select
                'function', pg_proc.oid, 0, nspname, proname,
                format('routine %I.%I(%s)', nspname, proname, oidvectortypes(proargtypes)),
                null, coalesce(proacl, acldefault('f', proowner)), proowner
            from pg_proc join schemas on schemas.oid = pronamespace
            where prokind <> 'a'
            union all
            select
                'type', pg_type.oid, 0, nspname, typname,
                format('type %I.%I', nspname, typname),
                null, coalesce(typacl, acldefault('T', typowner)), typowner
            from pg_type join schemas on schemas.oid = typnamespace
            where typtype in ('e', 'd', 'r')
            union all
            select 'schema', oid, 0, nspname, '', format('schema %I', nspname), null, nspacl,
                nspowner
            from schemas
            union all
            -- What is granted on later objects is there without a row, as nothing.
            select
                'default', schemas.oid, ascii(letter), nspname, '', noun, null, defaclacl,
                current_user::regrole
            from schemas
            cross join (
                values ('r', 'tables'), ('S', 'sequences'), ('f', 'functions'), ('T', 'types')
            ) as later (letter, noun)
            left join pg_default_acl on defaclnamespace = schemas.oid
                and defaclobjtype::text = letter and defaclrole = current_user::regrole
        )
    select
        kind, objects.oid::bigint, number::int, schema, name, address, of_column,
        case grantee when 0 then 'public' else pg_get_userbyid(grantee)::text end as role,
        lower(privilege_type) as privilege, is_grantable
    from objects left join lateral (
        select * from aclexplode(acl) where grantee <> owner
    ) as granted on true
"""

Number = tuple[str, int, int]
"""The number of an object, or of a column of it, which it keeps under another name."""


class Place(NamedTuple):
    """An object, or a column of it, by its names."""

    kind: str
    schema: str
    name: str
    address: str
    """Its name in a statement that grants: `table public.notes`, and `tables` for defaults."""
    column: str | None = None

    @property
    def named(self) -> "Named":
        """What a statement of a migration names by the same name."""
        return Named(self.kind if self.kind in APART else "relation", self.schema, self.name)


class Named(NamedTuple):
    """An object, or all functions of a name."""

    kind: str
    schema: str
    name: str


APART = {"function", "type", "schema", "default"}
"""The kinds of objects that are no relations."""


class Right(NamedTuple):
    """A privilege of a role; the option to grant it to others is a right of its own."""

    role: str
    privilege: str
    is_option: bool = False


class Held(NamedTuple):
    """An object, and the rights of others than its owner."""

    place: Place
    rights: frozenset[Right]


Access = Mapping[Number, Held]
"""Who may do what, with each object and each column, also where nobody was granted anything."""


async def read(connection: Connection) -> Access:
    """Who may do what now."""
    found: dict[Number, tuple[Place, set[Right]]] = {}
    for row in await connection.fetch(ACCESS):
        kind, oid, number, *names, role, privilege, is_grantable = row
        empty: set[Right] = set()
        _, rights = found.setdefault((kind, oid, number), (Place(kind, *names), empty))
        if role is not None:
            rights.add(Right(role, privilege))
            rights.update([Right(role, privilege, is_option=True)] if is_grantable else [])
    return {number: Held(place, frozenset(rights)) for number, (place, rights) in found.items()}


def granting(place: Place, rights: Iterable[Right]) -> Iterator[str]:
    """The statements that grant some rights."""
    for role, options, privileges in _by_role(rights):
        option = " with grant option" if options else ""
        yield f"{_named(place, 'grant', privileges)} to {role}{option}"


def revoking(place: Place, rights: Iterable[Right]) -> Iterator[str]:
    """The statements that revoke some rights."""
    given = {*rights}
    whole = {each for each in given if not each.is_option}
    # With a privilege goes its option.
    options = {each for each in given - whole if Right(each.role, each.privilege) not in whole}
    for role, is_option, privileges in _by_role(whole | options):
        option = "grant option for " if is_option else ""
        yield f"{_named(place, f'revoke {option}'.strip(), privileges)} from {role}"


def _by_role(rights: Iterable[Right]) -> Iterator[tuple[str, bool, list[str]]]:
    def of(right: Right) -> tuple[str, bool]:
        return right.role, right.is_option

    for (role, is_option), each in groupby(sorted(rights, key=of), of):
        name = role if role == "public" else identifier(role)
        yield name, is_option, sorted(right.privilege for right in each)


def _named(place: Place, verb: str, privileges: Iterable[str]) -> str:
    column = f" ({identifier(place.column)})" if place.column else ""
    what = ", ".join(f"{each}{column}" for each in privileges)
    before = f"alter default privileges in schema {identifier(place.schema)} "
    return f"{before if place.kind == 'default' else ''}{verb} {what} on {place.address}"
