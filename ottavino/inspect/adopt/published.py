"""The publications that a table is in."""

from collections.abc import Iterable, Iterator

from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.found import FoundPublication
from ottavino.inspect.adopt.source import call, sql, string, tuple_of
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier, literal

REALTIME = "supabase_realtime"
DEFAULTS = "publish = 'insert, update, delete, truncate', publish_via_partition_root = false"
READ = """
select concat_ws(
    ' ', pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot,
    obj_description(oid, 'pg_publication')
)
from pg_publication where pubname = {name}
""".strip()


# Publications that name no table, and partitions that one names beside their table.
ELSEWHERE = """
select format('publication %I, which sends all tables', pubname)
from pg_publication where puballtables
union
select format('publication %I, which sends all tables of the schema %I', pubname, nspname)
from pg_publication_namespace
join pg_publication on pg_publication.oid = pnpubid
join pg_namespace on pg_namespace.oid = pnnspid
where nspname = any($1::text[])
union
select format('partition %s in the publication %I', prrelid::regclass, pubname)
from pg_publication_rel
join pg_publication on pg_publication.oid = prpubid
join pg_class on pg_class.oid = prrelid
join pg_namespace on pg_namespace.oid = relnamespace
where relispartition and nspname = any($1::text[])
order by 1
"""


async def published_elsewhere(connection: Connection, schemas: Iterable[str]) -> list[str]:
    """What publications send of some schemas and no class declares."""
    rows = await connection.fetch(ELSEWHERE, [*schemas])
    return [f"Not declared: {row[0]}" for row in rows]


def published(draft: Draft) -> Iterator[str]:
    """The publications of the table, and what each sends of it."""
    for each in draft.table.publications:
        arguments = [] if each.name == REALTIME else [string(each.name)]
        if each.columns:
            names = tuple_of([draft.attributes[name] for name in each.columns])
            arguments.append(f"columns={names}")
        if each.where:
            arguments.append(f"where={sql(each.where)}")
        is_plain = each.options is None and each.comment is None
        if not is_plain and each.name not in draft.known.publications:
            draft.known.publications.add(each.name)
            yield _with_options(draft, each)
        yield draft.call("Published", *arguments)


def _with_options(draft: Draft, each: FoundPublication) -> str:
    """A publication that `Published` would make with other options. Realtime's is there."""
    of = f"publication {identifier(each.name)}"
    with_options = f" with ({each.options})" if each.options else ""
    create, drop = [f"create {of}{with_options}"], f"drop {of}"
    if each.name == REALTIME:
        create = [f"alter {of} set ({each.options})"] if each.options else []
        drop = f"alter {of} set ({DEFAULTS})"
    if each.comment:
        create.append(f"comment on {of} is {literal(each.comment)}")
    written = sql(";\n".join(create))
    return call(
        draft.helper("Raw"),
        string(f"publication {each.name}"),
        f"create={written}",
        f"drop={sql(drop)}",
        f"read={sql(READ.format(name=literal(each.name)))}",
        indent=8,
    )
