"""Objects that are read from a database by queries of their own."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import asyncpg

from ottavino.declare.definition import Definition
from ottavino.declare.privilege import closings_of
from ottavino.declare.role import PUBLIC
from ottavino.inspect.catalog import WITHOUT, Catalog, CatalogObject
from ottavino.inspect.exposure import caller_roles
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier, literal, unquoted
from ottavino.settings import settings

MISSING = (
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedTableError,
)
"""Errors of a query that mean that its object does not exist."""

CURRENT = "current_user::regrole"
"""The role in a query whose default privileges it reads."""

ROLES = "select array_agg(rolname::text) from pg_roles where rolname = any($1)"

BESIDE = {
    "policy": "select polname::text from pg_policy where polrelid = to_regclass({table})",
    "published": """
select prrelid::regclass::text
from pg_publication_rel join pg_publication on pg_publication.oid = prpubid
where pubname = {name}
""",
}
"""Queries for the other policies of a table, and for the other tables of a publication."""

GRANTED = re.compile(r'((?:"(?:[^"]|"")+"|[^ ",:]+)) (\w+)(?:, |(?=: )|\Z)')
"""A role and its privilege, as the queries of schemas and default privileges list them."""

GRANTING = {"default-privileges": "default privilege", "schema": "schema privilege"}
"""The kinds whose queries list privileges, each of which is a property of its own, and what
those of roles that nothing declares are called.
"""


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
    api_roles = await connection.fetchval(ROLES, settings().api_roles) or ()
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
        facets, changes = {"definition": found}, dict(_changes(each))
        if each.kind in GRANTING:
            facets, changes = _granted(each, found)
        catalog[each.name] = CatalogObject(
            each.kind,
            each.full_name,
            None,
            # In a database it may name other objects than its declaration does.
            None if names is None else _creation(each, api_roles),
            each.drop,
            facets,
            changes,
        )
    return catalog


async def read_beside(connection: Connection, definitions: Iterable[Definition]) -> Catalog:
    """What some objects may be now that were renamed by hand, or whose tables were: the other
    policies of a table of others, and the other tables of a publication.
    """
    declared = {each.name: each for each in definitions if each.read and each.kind in BESIDE}
    catalog: Catalog = {}
    for each in declared.values():
        name, table = literal(each.own_name), literal(each.table)
        others = BESIDE[each.kind].format(name=name, table=table)
        for (other,) in await connection.fetch(others):
            entry, was = _beside(each, other)
            if str(entry) in declared or str(entry) in catalog:
                continue
            before, _, after = each.read.rpartition(literal(was))
            found = await _answer(connection, f"{before}{literal(other)}{after}")
            catalog[str(entry)] = replace(entry, facets={"definition": found or ""})
    return catalog


def _beside(definition: Definition, other: str) -> tuple[CatalogObject, str]:
    """An object of another name or table, and what its query has in place of that."""
    kind, table, name = definition.kind, definition.table, definition.own_name
    if kind == "policy":
        removal = f"drop policy {identifier(other)} on {table}"
        return CatalogObject(kind, f"{table}.{other}", None, None, removal, {}, {}), name
    removal = f"alter publication {identifier(name)} drop table {other}"
    whole = f"table {other}"
    return CatalogObject(kind, f"{other}.{name}", whole, None, removal, {}, {}), table


def _creation(definition: Definition, api_roles: Iterable[str]) -> str:
    """The statements that create it, and close a schema to the roles of callers that they do
    not name.
    """
    if definition.kind != "schema":
        return definition.create
    named = {unquoted(each.role) for each in closings_of(definition.create)}
    others = [identifier(each) for each in api_roles if each not in named]
    if not others:
        return definition.create
    on = f"schema {identifier(definition.full_name)}"
    return f"{definition.create};\nrevoke all on {on} from {', '.join(others)}"


def _changes(definition: Definition) -> Iterator[tuple[str, str]]:
    """The statement that gives an existing object its definition, if there is one."""
    if altered := definition.altered(definition):
        yield "definition", altered[0]
    elif definition.is_replaced:
        yield "definition", definition.create


async def schema_owners(connection: Connection) -> dict[str, str]:
    """The owners of the schemas that migrations have made, by kind and name. Those that were
    there before are the project's own.
    """
    if not await connection.fetchval(
        "select has_table_privilege(to_regclass('ottavino.made_schemas'), 'select')"
    ):
        return {}
    rows = await connection.fetch(
        "select nspname::text, pg_get_userbyid(nspowner)::text "
        "from pg_namespace join ottavino.made_schemas on name = nspname"
    )
    return {f"schema {name}": owner for name, owner in rows}


def with_owners(catalog: Catalog, owners: Mapping[str, str]) -> Catalog:
    """The objects with the owners of some schemas, by kind and name."""
    return {name: _owned(each, owners.get(name)) for name, each in catalog.items()}


def _owned(entry: CatalogObject, owner: str | None) -> CatalogObject:
    if owner is None:
        return entry
    name, role = identifier(entry.name), identifier(owner)
    change = {"owner": f"alter schema {name} owner to {role}"}
    return replace(
        entry,
        facets={**entry.facets, "owner": owner},
        changes={**entry.changes, **change},
    )


def without_others(
    database: Catalog, definitions: Iterable[Definition], ours: Catalog
) -> Catalog:
    """The objects with each privilege of a role that nothing declares as an unknown object of
    its own. Those of API roles are compared, whether they are declared or not.
    """
    closed_to = {
        each.name: {target.role for target in closings_of(each.create)}
        for each in definitions
        if each.kind in GRANTING
    }
    found = {**database}
    for name, roles in closed_to.items():
        if name not in database:
            continue
        entry = database[name]
        named = {_role(each) for each in (ours[name].facets if name in ours else ())}
        known = {*roles, *named, *caller_roles(), PUBLIC, ""}
        others = [each for each in entry.facets if _role(each) not in known]
        facets = {n: value for n, value in entry.facets.items() if n not in others}
        found[name] = replace(entry, facets=facets)
        unknown = (_privilege(entry, each) for each in others)
        # The catalog query reads `create` on a schema.
        found |= {str(each): each for each in unknown if _read(entry, each) not in database}
    return found


def _read(entry: CatalogObject, privilege: CatalogObject) -> str:
    """What the catalog query calls it, where it reads it."""
    return f"privilege {privilege.name.replace(' on ', f' on {entry.kind} ', 1)}"


def _privilege(entry: CatalogObject, facet: str) -> CatalogObject:
    privilege, _, role = facet.partition(" to ")
    removal = entry.changes[f"{WITHOUT}{facet}"]
    name = f"{privilege} on {entry.name} to {role}"
    return CatalogObject(GRANTING[entry.kind], name, None, None, removal, {}, {})


def _role(facet: str) -> str:
    """The role whose privilege a property is; empty for another property."""
    return facet.partition(" to ")[2]


def _granted(definition: Definition, found: str) -> tuple[dict[str, str], dict[str, str]]:
    """The privileges and the comment that a query has found, and the statements that give and
    take each.
    """
    facets: dict[str, str] = {}
    changes: dict[str, str] = {}
    before, on = _granting(definition)
    end = 0
    while entry := GRANTED.match(found, end):
        end = entry.end()
        role, privilege = PUBLIC if entry[1] == "-" else entry[1], entry[2]
        name = f"{privilege} to {role}"
        facets[name] = "granted"
        changes[name] = f"{before}grant {privilege} on {on} to {role}"
        changes[f"{WITHOUT}{name}"] = f"{before}revoke {privilege} on {on} from {role}"
    if found[end:].startswith(": "):
        facets["comment"] = comment = found[end + 2 :]
        changes["comment"] = f"comment on {on} is {literal(comment)}"
        changes[f"{WITHOUT}comment"] = f"comment on {on} is null"
    return facets, changes


def _granting(definition: Definition) -> tuple[str, str]:
    """The words before `grant`, and those after `on`."""
    if definition.kind == "schema":
        return "", f"schema {identifier(definition.full_name)}"
    schema, _, later = definition.full_name.rpartition(" ")
    return f"alter default privileges in schema {identifier(schema)} ", later


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
