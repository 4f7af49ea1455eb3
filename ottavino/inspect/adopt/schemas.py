"""The schemas of a database that a team has made, beside those whose tables are adopted."""

import json
from collections.abc import Iterable, Sequence

from ottavino.declare.members import SCHEMA
from ottavino.inspect.adopt.found import FoundTable
from ottavino.inspect.adopt.routines import ROUTINES
from ottavino.inspect.adopt.types_beside import literals_within
from ottavino.inspect.catalog import Catalog, CatalogObject, read
from ottavino.postgres.connection import Connection
from ottavino.sql import mentions

# Schemas of the role that migrates: those of the platform belong to other roles. What an
# extension has made does not count.
OTHERS = """
with made as (
    select relnamespace as schema, 'tables' as what, oid, 'pg_class'::regclass as class
    from pg_class where relkind in ('r', 'p', 'v', 'm') and not relispartition
    union all
    select pronamespace, 'functions', oid, 'pg_proc'::regclass from pg_proc
    union all
    select typnamespace, 'types', pg_type.oid, 'pg_type'::regclass
    from pg_type left join pg_class on pg_class.oid = typrelid
    where typtype in ('e', 'd', 'r') or (typtype = 'c' and relkind = 'c')
    union all
    select relnamespace, 'sequences', oid, 'pg_class'::regclass
    from pg_class
    where relkind = 'S' and not exists (
        select from pg_depend
        where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype in ('a', 'i')
    )
)
select nspname, coalesce(jsonb_object_agg(what, number) filter (where what is not null), '{}')
from (
    select nspname, pg_namespace.oid, what, count(*)::text as number
    from pg_namespace
    left join made on pg_namespace.oid = made.schema and (class, made.oid) not in (
        select classid, objid from pg_depend where deptype = 'e'
    )
    -- An earlier owner of the tables may have made that of the functions of members.
    where (nspowner = current_user::regrole or nspname = 'ottavino_members')
        and nspname !~ '^pg_'
        and nspname not in ('ottavino', 'information_schema') and nspname <> all($1::text[])
    group by nspname, pg_namespace.oid, what
) as counted
where what is not null or not exists (
    select from pg_depend
    where refclassid = 'pg_namespace'::regclass and refobjid = counted.oid and deptype = 'n'
)
group by nspname
order by nspname
"""


# Their names are found in literals, such as that of `nextval('app.numbers')`.
SEQUENCES = """
select pg_class.oid::regclass::text, nspname
from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind = 'S' and nspowner = current_user::regrole and nspname <> all($1::text[])
    and not exists (
        select from pg_depend
        where classid = 'pg_class'::regclass and objid = pg_class.oid
            and deptype in ('a', 'i', 'e')
    )
"""


# What uses such an object is in the schema that it has itself, or in that of its table.
USED = """
with recursive made as (
    select
        'pg_type'::regclass as class, pg_type.oid, other.oid as also,
        pg_type.typnamespace as schema
    from pg_type
    join pg_type as other on other.oid in (pg_type.oid, pg_type.typarray)
    left join pg_class on pg_class.oid = pg_type.typrelid
    where pg_type.typtype in ('d', 'e', 'r') or relkind = 'c'
    union all
    select 'pg_collation'::regclass, oid, oid, collnamespace from pg_collation
    union all
    select 'pg_operator'::regclass, oid, oid, oprnamespace from pg_operator
    union all
    select 'pg_ts_config'::regclass, oid, oid, cfgnamespace from pg_ts_config
),
used as (
    select coalesce((pg_identify_object(classid, objid, objsubid)).schema, names[1]) as user_of,
        nspname
    from made
    join pg_namespace on pg_namespace.oid = made.schema
    join pg_depend on refclassid = class and refobjid = also and deptype in ('n', 'a'),
    lateral pg_identify_object_as_address(classid, objid, objsubid) as address (kind, names)
    where nspowner = current_user::regrole and (class, made.oid) not in (
        select member.classid, member.objid from pg_depend as member where member.deptype = 'e'
    )
),
within as (
    select unnest($1::name[]) as name
    union
    select nspname from within join used on user_of = name
)
select name::text from within where name <> all($1::name[])
"""


IDENTITIES = """
select objid::regclass::text
from pg_depend
where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
    and deptype = 'i' and refobjsubid > 0
"""


async def identities(connection: Connection) -> set[str]:
    """The sequences of identity columns, each with its schema."""
    await connection.execute("set local search_path = ''")
    return {name for (name,) in await connection.fetch(IDENTITIES)}


async def used_schemas(connection: Connection, within: Iterable[str]) -> list[str]:
    """Other schemas whose types, collations, operators or configurations of text search some
    schemas use, by themselves or by others.
    """
    return [name for (name,) in await connection.fetch(USED, [*within])]


async def with_types(
    connection: Connection, within: Iterable[str], catalog: Catalog
) -> Catalog:
    """A catalog with the types and domains of other schemas that those `within` use. Nothing
    else in those schemas is added.
    """
    schemas = await used_schemas(connection, within)
    more = await read(connection, schemas) if schemas else {}
    types = {name for name, each in more.items() if each.kind in {"domain", "type"}}
    beside = {n: e for n, e in more.items() if n in types or e.part_of in types}
    return {**catalog, **beside}


async def other_schemas(connection: Connection, within: Iterable[str]) -> Catalog:
    """The schemas of the project, without some, each with the numbers of what it holds; an
    empty one has none.
    """
    rows = await connection.fetch(OTHERS, [*within])
    found = [
        CatalogObject("schema", name, None, None, "", json.loads(numbers), {})
        for name, numbers in rows
        # Migrations make it, whether a class declares members or not.
        if name != SCHEMA or json.loads(numbers)
    ]
    return {str(each): each for each in found}


async def with_helpers(
    connection: Connection, within: Iterable[str], tables: Sequence[FoundTable]
) -> set[str]:
    """Some schemas, and those whose functions the tables call, by themselves or by others.

    A policy often calls a function in a schema of its own, which no role can name in a query.
    """
    known = {*within}
    while True:
        others = await other_schemas(connection, known)
        helping = {n.partition(" ")[2] for n, e in others.items() if "functions" in e.facets}
        counting = dict(await _sequences(connection, known))
        texts = _texts(await read(connection, known), tables) if helping or counting else []
        called = {
            each.path[0]
            for text in texts
            if any(name in text for name in helping)
            for each in mentions(text)
            if each.path[1:] and each.path[0] in helping
        }
        literals = {each for text in texts for each in literals_within(text)} & {*counting}
        called |= {counting[each] for each in literals}
        if not called:
            return known
        known |= called


async def _sequences(connection: Connection, within: Iterable[str]) -> list[tuple[str, str]]:
    """The sequences of other schemas that belong to no column, each with its schema."""
    await connection.execute("set local search_path = ''")
    return [(name, schema) for name, schema in await connection.fetch(SEQUENCES, [*within])]


def _texts(catalog: Catalog, tables: Sequence[FoundTable]) -> list[str]:
    wholes = {f"{each.noun} {each.full_name}" for each in tables}
    return [
        text
        for each in catalog.values()
        if each.part_of in wholes or each.kind in ROUTINES or str(each) in wholes
        for text in (each.creation, each.facets.get("default"))
        if text
    ]
