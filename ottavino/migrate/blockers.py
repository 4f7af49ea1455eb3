"""Finds the sessions that block a statement, on another connection while it waits."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from ottavino.errors import OttavinoError
from ottavino.postgres import driver_errors as driver
from ottavino.postgres.connection import Connection, owner_connection
from ottavino.settings import settings

# Only superusers and members of pg_read_all_stats see the last two of other roles' sessions.
SESSIONS = """
    select
        pid,
        coalesce(nullif(application_name, ''), 'without a name') as application,
        usename as role,
        state,
        round(extract(epoch from clock_timestamp() - query_start))::int as seconds
    from unnest($1::int[]) as pid left join pg_stat_activity using (pid)
    order by pid
"""


@asynccontextmanager
async def watched(connection: Connection) -> AsyncGenerator[list[str]]:
    """Yields a list of the sessions that the connection waits for, or last waited for."""
    blockers: list[str] = []
    watching = asyncio.create_task(_watch(connection.get_server_pid(), blockers))
    try:
        yield blockers
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def sessions(connection: Connection, pids: Sequence[int]) -> list[str]:
    """A description of some processes of the server."""
    return [_described(row) for row in await connection.fetch(SESSIONS, pids)]


async def _watch(pid: int, blockers: list[str]) -> None:
    # A second connection is opened only for a statement that waits this long.
    seconds = settings().lock_timeout / 3
    await asyncio.sleep(seconds)
    # If this fails, the statement's error names no session.
    with contextlib.suppress(OttavinoError, *driver.ERRORS):
        async with owner_connection("migrations") as connection:
            while True:
                pids = await connection.fetchval("select pg_blocking_pids($1)", pid)
                if pids:
                    blockers[:] = await sessions(connection, pids)
                await asyncio.sleep(seconds)


def _described(row: asyncpg.Record) -> str:
    who = f"process {row['pid']} (application {row['application']}, role {row['role']}"
    if row["state"] is None:
        return f"{who}; its statement is visible only to its own role)"
    return f"{who}, {row['state']}, its last statement began {row['seconds']} s ago)"
