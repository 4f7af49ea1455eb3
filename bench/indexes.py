"""The newest of a user's rows, with the index and without."""

import asyncio
import statistics

from bench.cluster import connected
from bench.questions import SelectStatement, lists
from bench.run import Run
from bench.turns import in_server, on_one_core, plans, times
from ottavino.identity import Identity
from ottavino.postgres.connection import Connection
from ottavino.postgres.supabase import SUPERUSER
from ottavino.postgres.transaction import become

# The indexes by which rows are found by their user; a profile's is its primary key.
DROP_INDEXES = """
do $$
declare
    found record;
begin
    for found in
        select indexrelid::regclass as name
        from pg_index
        join pg_attribute on attrelid = indrelid and attnum = indkey[0]
        where indrelid = '{table}'::regclass and attname = 'user_id'
    loop
        execute format('drop index %s', found.name);
    end loop;
end
$$
"""
DROP_PROFILES_KEY = "alter table user_profiles drop constraint user_profiles_pkey cascade"


def measure(run: Run, database: str, size: int) -> None:
    """Measure every table of a database whose tables have so many rows each."""
    asyncio.run(_measure(run, database, size))


async def _measure(run: Run, database: str, size: int) -> None:
    async with connected(run.cluster.url(SUPERUSER, database)) as connection:
        with on_one_core(connection):
            for question in lists():
                await _compare(run, connection, question, size)


async def _compare(
    run: Run, connection: Connection, question: SelectStatement, size: int
) -> None:
    table = question.table
    gone = DROP_PROFILES_KEY
    if table != "user_profiles":
        gone = DROP_INDEXES.format(table=table)
    for label, before in (("with", "select"), ("without", gone)):
        await connection.execute(f"begin; {before}")
        await become(connection, Identity.user(question.user))
        each = await times(connection, question.callers)
        seen = await plans(connection, question.callers)
        await connection.execute("rollback")
        known = {"table": table, "rows": size, "index": label}
        run.book.add("index", statistics.median(each) * 1000, **known)
        run.book.add("index in the server", in_server(seen), **known)
    gain = run.book.ratio(
        "index in the server",
        {"table": table, "rows": size, "index": "without"},
        {"table": table, "rows": size, "index": "with"},
    )
    run.say(f"{table}, {size:,} rows: {gain or 0:.0f} times faster with its index")
