"""What default privileges of the database grant in a shadow database: nothing on what is
declared, since every declared object says who may use it. SQL by hand relies on them.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from ottavino.inspect.catalog import Owner
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier

# Those in single schemas do not apply: a shadow database has schemas of its own.
WITHHELD = """
do $withheld$
declare
    given record;
begin
    for given in
        select distinct
            case defaclobjtype
                when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                when 'T' then 'types' else 'schemas'
            end as later,
            case grantee when 0 then 'public' else grantee::pg_catalog.regrole::text end as role
        from pg_catalog.pg_default_acl
        join pg_catalog.pg_roles on pg_roles.oid = defaclrole and rolname = current_user,
        pg_catalog.aclexplode(defaclacl)
        where defaclnamespace = 0 and defaclobjtype in ('r', 'S', 'f', 'T', 'n')
            and grantee <> defaclrole
            -- PostgreSQL itself grants these.
            and not (grantee = 0 and defaclobjtype in ('f', 'T'))
    loop
        execute pg_catalog.format(
            'alter default privileges revoke all on %s from %s', given.later, given.role
        );
    end loop;
end
$withheld$
"""
"""Ends all default privileges of the connected role, until the open transaction is rolled back.
"""

# The default privileges for objects that the role in the parameter makes in a schema.
DEFAULT_PRIVILEGES = """
select distinct
    privilege_type as privilege,
    case defaclobjtype
        when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
        else 'types'
    end as later,
    case grantee when 0 then 'public' else grantee::regrole::text end as role
from pg_default_acl
left join pg_namespace on pg_namespace.oid = defaclnamespace,
aclexplode(defaclacl) as entry
where (nspname = $2 or defaclnamespace = 0) and defaclobjtype in ('r', 'S', 'f', 'T')
    and grantee <> defaclrole
    and defaclrole = case $1::oid
        when 0 then (select oid from pg_roles where rolname = current_user) else $1::oid
    end
"""


class Given(NamedTuple):
    """A default privilege, as the statements name it that grant and revoke it."""

    within: str
    privilege: str
    role: str


async def given_by_default(
    connection: Connection, names: Mapping[str, str], owner: Owner
) -> list[Given]:
    """The default privileges that apply in some schemas, for the stand-in of each."""
    return [
        Given(
            f"alter default privileges in schema {identifier(stand_in)}",
            f"{row['privilege']} on {row['later']}",
            row["role"],
        )
        for stand_in, name in names.items()
        for row in await connection.fetch(DEFAULT_PRIVILEGES, owner.owner, name)
    ]


@asynccontextmanager
async def giving(connection: Connection, given: Sequence[Given]) -> AsyncGenerator[None]:
    """A block in which some default privileges apply."""
    for within, privilege, role in given:
        await connection.execute(f"{within} grant {privilege} to {role}")
    yield
    for within, privilege, role in given:
        await connection.execute(f"{within} revoke {privilege} from {role}")
