"""Many rows against few; and pages far from the first, by cursor and by offset."""

import asyncio
import statistics
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from bench import seed
from bench.cluster import connected
from bench.questions import lists
from bench.run import Run
from bench.turns import Side, in_turns, on_one_core
from ottavino.identity import Identity
from ottavino.postgres.connection import Connection
from ottavino.postgres.supabase import AUTHENTICATOR
from ottavino.postgres.transaction import become

PAGE = 20
DEPTHS = (0, 1_000, 10_000, 49_000)

FIRST = """
select id, filename, file_type, file_size, status, created_at, updated_at
from documents
order by created_at desc, id desc
offset $1
limit 20
"""
AFTER = """
select id, filename, file_type, file_size, status, created_at, updated_at
from documents
where (created_at, id) < ($1, $2)
order by created_at desc, id desc
limit 20
"""


def measure(run: Run, databases: Mapping[int, str]) -> None:
    """Read the newest rows of each table, from databases of so many rows in turns."""
    asyncio.run(_lists(run, databases))


async def _lists(run: Run, databases: Mapping[int, str]) -> None:
    async with AsyncExitStack() as opened:
        connections = {
            size: await opened.enter_async_context(
                connected(run.cluster.url(AUTHENTICATOR, database))
            )
            for size, database in databases.items()
        }
        opened.enter_context(on_one_core(*connections.values()))
        for question in lists():
            sides = {
                str(size): Side(connection, question.callers, question.user)
                for size, connection in connections.items()
            }
            for size, found in (await in_turns(run, sides)).items():
                known = {"table": question.table, "rows": size}
                run.book.add("list", found.milliseconds, **known)
                run.book.add("list in the server", found.in_server, **known)


def measure_pages(run: Run, database: str) -> None:
    """Read pages of the user who has fifty thousand documents."""
    asyncio.run(_pages(run, database))


async def _pages(run: Run, database: str) -> None:
    async with connected(run.cluster.url(AUTHENTICATOR, database)) as connection:
        await connection.execute("begin")
        await become(connection, Identity.user(seed.HEAVY_USER))
        for depth in DEPTHS:
            await _page(run, connection, depth)
        await connection.execute("rollback")


async def _page(run: Run, connection: Connection, depth: int) -> None:
    rows = await connection.fetch(FIRST, max(0, depth - PAGE))
    cursor: list[Any] = [rows[-1]["created_at"], rows[-1]["id"]]
    by_cursor, by_offset = (FIRST, [0]) if depth == 0 else (AFTER, cursor), (FIRST, [depth])
    for name, (sql, arguments) in {"cursor": by_cursor, "offset": by_offset}.items():
        times: list[float] = []
        for _ in range(run.pace.samples // 4):
            begun = time.perf_counter()
            await connection.fetch(sql, *arguments)
            times.append(time.perf_counter() - begun)
        run.book.add("page", statistics.median(times) * 1000, by=name, depth=depth)
    found = {
        name: run.book.median("page", by=name, depth=depth) for name in ("cursor", "offset")
    }
    run.say(f"page at row {depth:,}: " + ", ".join(f"{n} {v:.2f} ms" for n, v in found.items()))
