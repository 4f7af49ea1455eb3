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
        objects (
            kind, oid, number, schema, name, address, of_column, acl, owner, by_itself
        ) as (
            select
                kind, oid, 0, nspname, relname, address, null, relacl, relowner,
                acldefault(case kind when 'sequence' then 's' else 'r' end::"char", relowner)
            from relations
            union all
            select kind, oid, attnum, nspname, relname, address, attname, attacl, relowner, null
            from relations join pg_attribute on attrelid = oid
            where attnum > 0 and not attisdropped
            union all
            select
                'function', pg_proc.oid, 0, nspname, proname,
                format('routine %I.%I(%s)', nspname, proname, oidvectortypes(proargtypes)),
                null, proacl, proowner, acldefault('f', proowner)
            from pg_proc join schemas on schemas.oid = pronamespace
            where prokind <> 'a'
            union all
            select
                'type', pg_type.oid, 0, nspname, typname,
                format('type %I.%I', nspname, typname),
                null, typacl, typowner, acldefault('T', typowner)
            from pg_type join schemas on schemas.oid = typnamespace
            where typtype in ('e', 'd', 'r')
            union all
            select 'schema', oid, 0, nspname, '', format('schema %I', nspname), null, nspacl,
                nspowner, acldefault('n', nspowner)
            from schemas
            union all
            -- What is granted on later objects is there without a row, as nothing.
            select
                'default', schemas.oid, ascii(letter), nspname, '', noun, null, defaclacl,
                current_user::regrole, null
            from schemas
            cross join (
                values ('r', 'tables'), ('S', 'sequences'), ('f', 'functions'), ('T', 'types')
            ) as later (letter, noun)
            left join pg_default_acl on defaclnamespace = schemas.oid
                and defaclobjtype::text = letter and defaclrole = current_user::regrole
        )
    select
        kind, objects.oid::bigint, number::int, schema, name, address, of_column,
        pg_get_userbyid(owner)::text as owner,
        case grantee when 0 then 'public' when owner then '' else pg_get_userbyid(grantee)::text
        end as role,
        lower(privilege_type) as privilege, is_grantable,
        case grantor when owner then '' else pg_get_userbyid(grantor)::text end as grantor
    from objects left join lateral (
        select grantee, privilege_type, is_grantable, grantor
        from aclexplode(coalesce(acl, by_itself)) where grantee <> owner
        union all
        -- What the owner has by itself, and not any more.
        select grantee, privilege_type, false, grantor
        from aclexplode(by_itself)
        where grantee = owner and privilege_type not in (
            select privilege_type from aclexplode(coalesce(acl, by_itself))
            where grantee = owner
        )
    ) as granted on true
"""

AS_ANOTHER = """
do $as_another$
declare
    before text := current_setting('role');
begin
    set local role {role};
    {statement};
    perform set_config('role', before, true);
exception when insufficient_privilege or invalid_parameter_value then
    null;
end
$as_another$
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


OWNER = ""
"""The owner of an object, whose name may differ between objects."""


class Right(NamedTuple):
    """A privilege of a role; the option to grant it to others is a right of its own. Of the
    owner, a privilege that it has taken from itself.
    """

    role: str
    privilege: str
    is_option: bool = False
    grantor: str = OWNER

    @property
    def by_owner(self) -> "Right":
        """The same, granted by the owner."""
        return Right(self.role, self.privilege, self.is_option)


class Held(NamedTuple):
    """An object, and the rights of others than its owner."""

    place: Place
    rights: frozenset[Right]
    owner: str = OWNER


Access = Mapping[Number, Held]
"""Who may do what, with each object and each column, also where nobody was granted anything."""


async def read(connection: Connection) -> Access:
    """Who may do what now."""
    found: dict[Number, tuple[Place, set[Right], str]] = {}
    for row in await connection.fetch(ACCESS):
        kind, oid, number, *names, owner, role, privilege, is_grantable, grantor = row
        empty: set[Right] = set()
        place = Place(kind, *names)
        _, rights, _ = found.setdefault((kind, oid, number), (place, empty, owner))
        if role is not None:
            for is_option in {False, is_grantable}:
                rights.add(Right(role, privilege, is_option, grantor))
    return {
        number: Held(place, frozenset(rights), owner)
        for number, (place, rights, owner) in found.items()
    }


def granting(held: Held, rights: Iterable[Right]) -> Iterator[str]:
    """The statements that grant some rights, each as the role that has granted it. What that
    one may not grant now is left out.
    """
    given = {*rights}
    for grantor in sorted({each.grantor for each in given}):
        for role, options, privileges in _by_role(e for e in given if e.grantor == grantor):
            option = " with grant option" if options else ""
            grant = f"{_named(held.place, 'grant', privileges)} to {role}{option}"
            yield grant if grantor == OWNER else _as_another(grantor, grant)
    if taken := _of_owner(given):
        yield f"{_named(held.place, 'revoke', taken)} from {identifier(held.owner)}"


def revoking(held: Held, rights: Iterable[Right]) -> Iterator[str]:
    """The statements that revoke some rights."""
    given = {*rights}
    whole = {each for each in given if not each.is_option}
    # With a privilege goes its option.
    options = {each for each in given - whole if Right(each.role, each.privilege) not in whole}
    for role, is_option, privileges in _by_role(whole | options):
        option = "grant option for " if is_option else ""
        yield f"{_named(held.place, f'revoke {option}'.strip(), privileges)} from {role}"
    if taken := _of_owner(given):
        yield f"{_named(held.place, 'grant', taken)} to {identifier(held.owner)}"


def _as_another(role: str, statement: str) -> str:
    return AS_ANOTHER.format(role=identifier(role), statement=statement).strip()


def _of_owner(rights: Iterable[Right]) -> list[str]:
    return sorted(each.privilege for each in rights if each.role == OWNER)


def _by_role(rights: Iterable[Right]) -> Iterator[tuple[str, bool, list[str]]]:
    def of(right: Right) -> tuple[str, bool]:
        return right.role, right.is_option

    others = [each for each in rights if each.role != OWNER]
    for (role, is_option), each in groupby(sorted(others, key=of), of):
        name = role if role == "public" else identifier(role)
        yield name, is_option, sorted(right.privilege for right in each)


def _named(place: Place, verb: str, privileges: Iterable[str]) -> str:
    column = f" ({identifier(place.column)})" if place.column else ""
    what = ", ".join(f"{each}{column}" for each in privileges)
    before = f"alter default privileges in schema {identifier(place.schema)} "
    return f"{before if place.kind == 'default' else ''}{verb} {what} on {place.address}"
