"""Objects that are read from a database by queries of their own."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import asyncpg

from ottavino.declare.definition import Definition
from ottavino.inspect.catalog import WITHOUT, Catalog, CatalogObject
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier, literal

MISSING = (
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedTableError,
)
"""Errors of a query that mean that its object does not exist."""

CURRENT = "current_user::regrole"
"""The role in a query whose default privileges it reads."""

# A declaration revokes from the roles that it names. Others may have been granted something.
TAKING = {
    "schema": """
        select
            format('revoke all on schema %I from %s', nspname, string_agg(distinct role, ', '))
        from pg_namespace,
            aclexplode(nspacl) as entry,
            lateral (
                select case grantee when 0 then 'public' else grantee::regrole::text end as role
            ) as named
        where nspname = $1 and grantee <> nspowner
        group by nspname
    """,
    "default-privileges": """
        select format(
            'alter default privileges in schema %s revoke all on %s from %s',
            defaclnamespace::regnamespace, kind, string_agg(distinct role, ', ')
        )
        from pg_default_acl,
            aclexplode(defaclacl) as entry,
            lateral (
                select case defaclobjtype
                    when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                    else 'types'
                end as kind,
                case grantee when 0 then 'public' else grantee::regrole::text end as role
            ) as named
        where concat_ws(' ', defaclnamespace::regnamespace, kind) = $1
            and grantee <> defaclrole and defaclrole = current_user::regrole
        group by defaclnamespace, kind
    """,
}
"""For each kind of what grants something, a query for the statement that takes it."""


def _as_it_is(definition: Definition) -> str:
    return definition.read


async def read_queried(
    connection: Connection,
    definitions: Iterable[Definition],
    query_of: Callable[[Definition], str] = _as_it_is,
    names: Mapping[str, str] | None = None,
    owner: str | None = None,
) -> Catalog:
    """The objects as a database has them; missing ones are left out. Default privileges are
    those of the role `owner`, or of the connected one.

    In a shadow database `query_of` gives a query for what stands for an object, and `names`
    says by which name to report it.
    """
    role = "current_user" if owner is None else literal(identifier(owner))
    catalog: Catalog = {}
    renamed: Mapping[str, str] = {} if names is None else names
    for each in definitions:
        if not each.read:
            continue
        found = each.expected if names is not None else None
        if found is None:
            query = query_of(each).replace(CURRENT, f"{role}::regrole")
            found = await _answer(connection, query)
        if found is None:
            continue
        for name, wanted in renamed.items():
            found = found.replace(name, wanted)
        changes = dict(_changes(each))
        if names is None and (taking := await _taking(connection, each, role)):
            changes[f"{WITHOUT}definition"] = taking
        facets = {"definition": found}
        catalog[each.name] = CatalogObject(
            each.kind, each.full_name, None, each.create, each.drop, facets, changes
        )
    return catalog


def _changes(definition: Definition) -> Iterator[tuple[str, str]]:
    """The statement that gives an existing object its definition, if there is one."""
    if altered := definition.altered(definition):
        yield "definition", altered[0]
    elif definition.is_replaced:
        yield "definition", definition.create


async def _taking(connection: Connection, definition: Definition, role: str) -> str | None:
    """The statement that takes from all roles what they were granted with an object."""
    if definition.kind not in TAKING:
        return None
    query = TAKING[definition.kind].replace(CURRENT, f"{role}::regrole")
    return await connection.fetchval(query, definition.full_name)


async def _answer(connection: Connection, query: str) -> str | None:
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        found = await connection.fetchval(query)
    except MISSING:
        found = None
    finally:
        # A query that fails must not make the others fail.
        await savepoint.rollback()
    return None if found is None else str(found)
