"""Finds the sessions that block a statement, on another connection while it waits."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar

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


class Watcher:
    """Finds the sessions that block a statement, on a connection that it opens for the first
    statement that waits. The connection stays open for the next ones, because connecting to a
    distant server takes longer than a statement waits.
    """

    def __init__(self) -> None:
        self._resources = AsyncExitStack()
        self._connecting: asyncio.Task[Connection] | None = None

    async def blockers(self, pid: int) -> list[str]:
        """A description of the sessions that a process of the server waits for."""
        connection = await asyncio.shield(self._connection())
        pids = await connection.fetchval("select pg_blocking_pids($1)", pid)
        return await sessions(connection, pids) if pids else []

    def _connection(self) -> asyncio.Task[Connection]:
        if self._connecting is None or _is_lost(self._connecting):
            opening = self._resources.enter_async_context(owner_connection("migrations"))
            self._connecting = asyncio.create_task(opening)
        return self._connecting

    async def close(self) -> None:
        """Close the connection, if it was opened."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        await self._resources.aclose()


_watcher: ContextVar[Watcher] = ContextVar("watcher")


@asynccontextmanager
async def watching() -> AsyncGenerator[None]:
    """A block whose statements are watched on the same connection."""
    watcher = Watcher()
    before = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(before)
        await watcher.close()


@asynccontextmanager
async def watched(connection: Connection) -> AsyncGenerator[list[str]]:
    """Yields a list of the sessions that the connection waits for, or last waited for. It is
    empty outside of `watching()`.
    """
    blockers: list[str] = []
    looking = asyncio.create_task(_look(connection.get_server_pid(), blockers))
    try:
        yield blockers
    finally:
        looking.cancel()
        await asyncio.wait([looking])


async def sessions(connection: Connection, pids: Sequence[int]) -> list[str]:
    """A description of some processes of the server."""
    return [_described(row) for row in await connection.fetch(SESSIONS, pids)]


def _is_lost(connecting: asyncio.Task[Connection]) -> bool:
    if not connecting.done():
        return False
    return connecting.exception() is not None or connecting.result().is_closed()


async def _look(pid: int, blockers: list[str]) -> None:
    seconds = settings().lock_timeout / 3
    # If this fails, the statement's error names no session.
    with contextlib.suppress(LookupError, OttavinoError, *driver.ERRORS):
        while True:
            await asyncio.sleep(seconds)
            if found := await _watcher.get().blockers(pid):
                blockers[:] = found


def _described(row: asyncpg.Record) -> str:
    who = f"process {row['pid']} (application {row['application']}, role {row['role']}"
    if row["state"] is None:
        return f"{who}; its statement is visible only to its own role)"
    return f"{who}, {row['state']}, its last statement began {row['seconds']} s ago)"
