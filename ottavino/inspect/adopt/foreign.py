"""Policies on tables that the project does not own, such as `storage.objects`."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from ottavino.declare.role import PUBLIC
from ottavino.identity import Role
from ottavino.inspect.adopt.draft import found_source
from ottavino.inspect.adopt.routines import ALONE, Routines, calls
from ottavino.inspect.adopt.source import call, sql, string, tuple_of
from ottavino.inspect.catalog import Catalog, CatalogObject, read
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import unquoted
from ottavino.sql import mentions
from ottavino.sql.names import path_of

DECLARED = ("realtime", "storage")
"""The schemas of the platform whose tables are made for policies of projects."""

# What an extension has made belongs to no role of the project, and its policies are its own.
SCHEMAS = """
select distinct nspname
from pg_policy
join pg_class on pg_class.oid = polrelid
join pg_namespace on pg_namespace.oid = relnamespace
where nspname <> all($1::text[])
    and (nspowner <> current_user::regrole or nspname = any($2::text[]))
"""


async def policies_elsewhere(connection: Connection, within: Iterable[str]) -> Catalog:
    """The policies in schemas of other owners, without some schemas."""
    rows = await connection.fetch(SCHEMAS, [*within], [*DECLARED])
    if not rows:
        return {}
    catalog = await read(connection, [name for (name,) in rows])
    return {name: each for name, each in catalog.items() if each.kind == "policy"}


def policies_beside(
    catalog: Catalog,
    tables: Sequence[str],
    known: Collection[str],
    routines: Routines,
    picked: Collection[str],
) -> dict[str, list[str]]:
    """The sources of the policies, each beside the first table that it names, or whose function
    it calls; else beside none, if it is `picked`.

    `known` are the objects that are declared already.
    """
    found: dict[str, list[str]] = {}
    for each in catalog.values():
        if each.kind != "policy" or each.name.partition(".")[0] not in DECLARED:
            continue
        if each.part_of is None or f"table {_table(each)}" in catalog:
            continue
        named = {".".join(mention.path[:2]) for mention in mentions(each.creation or "")}
        calling = [
            table
            for table, functions in routines.beside.items()
            if any(calls(each.creation or "", function) for function in functions)
        ]
        users = [name for name in tables if ".".join(path_of(name)) in named]
        users += calling
        users += [ALONE] if str(each) in picked else []
        if users and declared_name(each) not in known:
            found.setdefault(users[0], []).append(_source(each))
    return found


def declared_name(policy: CatalogObject) -> str:
    """The name that a policy has in migrations."""
    table = _table(policy)
    return f"policy {table}.{unquoted(policy.name.removeprefix(f'{table}.'))}"


def _table(policy: CatalogObject) -> str:
    return (policy.part_of or "").partition(" ")[2]


def _source(policy: CatalogObject) -> str:
    facets = policy.facets
    has_condition = "using" in facets or "with check" in facets
    is_for_callers = {*facets["roles"].split(", ")} <= {*map(str, Role), str(PUBLIC)}
    if "comment" in facets or not (has_condition and is_for_callers):
        create = ";\n".join(policy.made())
        return found_source("AsFound", declared_name(policy), create, policy.removal)
    return call("ForeignPolicy", *_arguments(policy), indent=8)


def _arguments(policy: CatalogObject) -> Iterator[str]:
    facets, table = policy.facets, _table(policy)
    yield f"on={string(table)}"
    yield f"name={string(unquoted(policy.name.removeprefix(f'{table}.')))}"
    if facets["command"] != "all":
        yield f"command={string(facets['command'])}"
    roles = facets["roles"].split(", ")
    if roles != [Role.AUTHENTICATED]:
        names = ["PUBLIC" if each == PUBLIC else f"Role.{Role(each).name}" for each in roles]
        yield f"to={names[0] if len(names) == 1 else tuple_of(names)}"
    for argument, facet in (("using", "using"), ("check", "with check")):
        if facet in facets:
            yield f"{argument}={sql(facets[facet])}"
    if facets["mode"] == "restrictive":
        yield "restrictive=True"
