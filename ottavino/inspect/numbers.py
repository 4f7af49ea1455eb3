"""Finds sequences of others that have given the numbers of our rows: they may be ours."""

from collections.abc import Collection, Mapping
from contextlib import suppress

import asyncpg

from ottavino.inspect.catalog import Catalog
from ottavino.postgres.connection import Connection

# Sequences of others that count as one of ours does, and have given numbers that ours has not.
# What takes numbers from one of them takes them from ours, too, or nothing does.
AHEAD = """
    with used as (
        select objid as sequence, refobjid as used_by, refobjsubid as number
        from pg_depend
        where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
            and deptype in ('a', 'i')
        union
        select refobjid, adrelid, adnum
        from pg_depend
        join pg_attrdef on classid = 'pg_attrdef'::regclass and objid = pg_attrdef.oid
        where refclassid = 'pg_class'::regclass
    ), counted as (
        select
            pg_sequence.*,
            case when has_sequence_privilege(seqrelid, 'usage, select')
                then pg_sequence_last_value(seqrelid)
            end as last_number
        from pg_sequence
        join pg_class on pg_class.oid = seqrelid
        where relpersistence <> 't'
    )
    select
        format('sequence %s', mine.seqrelid::regclass) as name,
        format('sequence %s', other.seqrelid::regclass) as other,
        format(
            'select exists (select from %s where %I between %s and %s)',
            used_by::regclass, attname,
            least(next_number, other.last_number), greatest(next_number, other.last_number)
        ) as question
    from unnest($1::text[]) as declared
    join counted as mine on mine.seqrelid = to_regclass(declared)
    join counted as other
        using (seqtypid, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle)
    cross join lateral (
        select coalesce(mine.last_number::numeric + seqincrement, seqstart) as next_number
    ) as going_on
    join used on used.sequence = mine.seqrelid
    join pg_attribute on attrelid = used_by and attnum = number
    where atttypid in ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
        and (other.last_number - next_number) * sign(seqincrement) >= 0
        and other.seqrelid <> all(
            select to_regclass(each) from unnest($1::text[]) as each
            where to_regclass(each) is not null
        )
        and not exists (
            select used_by, number from used where sequence = other.seqrelid
            except
            select used_by, number from used where sequence = mine.seqrelid
        )
"""


async def numbers_elsewhere(
    connection: Connection, ours: Catalog
) -> Mapping[str, Collection[str]]:
    """Our sequences, by kind and name, each with those of others that have given a number of a
    row which ours has not given yet.
    """
    sequences = [each.name for each in ours.values() if each.kind == "sequence"]
    found: dict[str, list[str]] = {}
    for row in await connection.fetch(AHEAD, sequences):
        # The rows may be of somebody who does not let them be read.
        with suppress(asyncpg.PostgresError):
            async with connection.transaction():
                if await connection.fetchval(row["question"]):
                    found.setdefault(row["name"], []).append(row["other"])
    return found
