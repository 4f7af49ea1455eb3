"""The same twenty rows on one connection: typed query, Piccolo's own, and asyncpg alone."""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench import seed
from bench.cluster import CLAIMS_KEY
from bench.run import Run
from ottavino.declare.column import piccolo
from ottavino.identity import Identity
from ottavino.postgres.address import caller_address
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.query import select
from ottavino.settings import settings
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.functions.documents import DocumentRow

SelectStatement = Callable[[], Awaitable[object]]

ROW = (
    Document.id,
    Document.filename,
    Document.file_type,
    Document.file_size,
    Document.status,
    Document.created_at,
    Document.updated_at,
)
COLUMNS = [piccolo(column) for column in ROW]
NEWEST_FIRST = [piccolo(Document.created_at), piccolo(Document.id)]

SQL = """
select id, filename, file_type, file_size, status, created_at, updated_at
from documents
order by created_at desc, id desc
limit 20
"""


def measure(run: Run) -> None:
    """Ask in turns, and write down the time and the processor's share of each."""
    with run.way("socket") as way:
        os.environ.update(DATABASE_URL=way.url, CLAIMS_KEY=CLAIMS_KEY, JWT_SECRET=seed.SECRET)
        for cached in (settings, caller_address):
            cached.cache_clear()
        asyncio.run(_measure(run))


async def _measure(run: Run) -> None:
    async with session(Identity.user(seed.CALLER)):
        connection = await current_scope().connection.open()
        questions: dict[str, SelectStatement] = {
            "asyncpg": lambda: connection.fetch(SQL),
            "piccolo": _piccolo,
            "typed": _typed,
            "typed, rows with names": _typed_rows,
        }
        times: dict[str, list[float]] = {name: [] for name in questions}
        used: dict[str, list[float]] = {name: [] for name in questions}
        for _ in range(3 * run.pace.samples):
            for name, question in questions.items():
                begun, spent = time.perf_counter(), time.process_time()
                await question()
                times[name].append(time.perf_counter() - begun)
                used[name].append(time.process_time() - spent)
    for name in questions:
        run.book.add("query time", statistics.median(times[name]) * 1e6, query=name)
        run.book.add("query cpu", statistics.median(used[name]) * 1e6, query=name)
    found = {name: round(statistics.median(each) * 1e6) for name, each in used.items()}
    run.say("microseconds of the processor: " + ", ".join(f"{n} {v}" for n, v in found.items()))


async def _piccolo() -> object:
    table: Any = Document  # whose own types are partly unknown
    return await table.select(*COLUMNS).order_by(*NEWEST_FIRST, ascending=False).limit(20)


async def _typed() -> object:
    newest_first = select(*ROW).order_by(Document.created_at.desc(), Document.id.desc())
    return await newest_first.limit(20)


async def _typed_rows() -> object:
    newest_first = select(DocumentRow).order_by(Document.created_at.desc(), Document.id.desc())
    return await newest_first.limit(20)
