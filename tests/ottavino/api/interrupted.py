"""Timeouts, clients that leave and a server that stops, in the middle of queries.

A second later none of them may have left a connection or a row.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable

import httpx

from ottavino.testing.database import connected
from tests.ottavino.api.slow import FILENAME, LATE, LEFT
from tests.ottavino.api.stage import Stage
from tests.ottavino.clients.stage import answering, server

TIMES = 200
AT_ONCE = 40
"""How many are interrupted together: as many connections are open on the server."""
GONE_SECONDS = 1.0
PATIENCE_SECONDS = 20.0

ASLEEP = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event = 'PgSleep'
"""
LEFT_OVER = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name in ('late', 'left')
"""
ROWS = "select count(*) from documents where filename = $1"

Interrupt = Callable[[Stage], Awaitable[None]]


async def leave_nothing(stage: Stage) -> bool:
    """Whether no connection and no row remained, every time."""
    kinds = {"out of time": _out_of_time, "left": _left, "stopped": _stopped}
    return all([await _leaves_nothing(stage, *each) for each in kinds.items()])


async def _leaves_nothing(stage: Stage, name: str, interrupt: Interrupt) -> bool:
    slowest = 0.0
    for _ in range(TIMES // AT_ONCE):
        await interrupt(stage)
        slowest = max(slowest, await _until_gone(stage))
    async with connected(stage.database.superuser_url) as connection:
        rows: int = await connection.fetchval(ROWS, FILENAME)
    print(f"{name}, {TIMES} times: gone after {slowest:.2f} s, {rows} rows")  # noqa: T201  # its report
    return slowest <= GONE_SECONDS and rows == 0


async def _out_of_time(stage: Stage) -> None:
    async with _client(stage.token) as http:
        address = f"{stage.url}/functions/v1/{LATE}"
        answers = await asyncio.gather(*(http.post(address) for _ in range(AT_ONCE)))
    found = {(each.status_code, each.json()["code"]) for each in answers}
    assert found == {(504, "IDLE_TIMEOUT")}, found


async def _left(stage: Stage) -> None:
    async with _client(stage.token) as http, asyncio.TaskGroup() as group:
        asking = [group.create_task(_ask(http, stage.url)) for _ in range(AT_ONCE)]
        await _until_asleep(stage)
        for each in asking:
            each.cancel()


async def _stopped(stage: Stage) -> None:
    """Stop a server while its queries run, with 0.1 s for them to end."""
    variables = {**os.environ, "SHUTDOWN_TIMEOUT": "0.1"}
    with server("stopped", "tests.ottavino.api.slow", variables) as started:
        await answering(started)
        async with _client(stage.token) as http, asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(_ask(http, started.url))
            await _until_asleep(stage)
            started.process.terminate()
            await asyncio.to_thread(started.process.wait, PATIENCE_SECONDS)


async def _ask(http: httpx.AsyncClient, url: str) -> None:
    # The server closes the connection when it stops.
    with contextlib.suppress(httpx.TransportError):
        await http.post(f"{url}/functions/v1/{LEFT}")


def _client(token: str) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(
        headers=headers,
        timeout=PATIENCE_SECONDS,
        limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0),
    )


async def _until_asleep(stage: Stage) -> None:
    await _until(stage, ASLEEP, AT_ONCE)


async def _until_gone(stage: Stage) -> float:
    return await _until(stage, LEFT_OVER, 0)


async def _until(stage: Stage, question: str, number: int) -> float:
    """Wait until a query answers with this number; return the seconds it took."""
    begun = time.perf_counter()
    async with connected(stage.database.superuser_url) as connection:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await connection.fetchval(question) != number:  # noqa: ASYNC110  # nothing tells
                await asyncio.sleep(0.01)
    return time.perf_counter() - begun
