"""The same twenty rows on one connection, as tuples, rows with names, a page, and by hand.

Beside each whole query, its statement alone is built, and its rows alone are made of records
that were fetched before: neither waits for anything, so their processor time has little noise.
The service at an earlier commit does the same in a process of its own, in turns with these.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

from bench import seed
from bench.cluster import CLAIMS_KEY
from bench.peers import BEFORE
from bench.run import Run
from ottavino.declare.column import piccolo
from ottavino.identity import Identity
from ottavino.postgres.address import caller_address
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.query import page, select
from ottavino.query.page_statement import PageStatement, keys_of
from ottavino.query.query import sql_of
from ottavino.settings import settings
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.db.tables.documents import DocumentStatus
from tests.ottavino.house.functions.documents import DocumentRow

Records = list[Any]
Figures = dict[str, float]
BY_HAND = "asyncpg, into a dataclass by hand"
"""The reader that the others are compared with."""
PARTS = ("query cpu", "query build", "query rows")

TIMES = 20
"""How often a statement is built, and rows are made, for one value."""

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
        with _before(run) as before:
            asyncio.run(_measure(run, before))


@contextlib.contextmanager
def _before(run: Run) -> Generator[Callable[[], dict[str, Figures]]]:
    """A function that lets the service at an earlier commit do the same, once."""
    if not run.present([BEFORE]):
        yield dict
        return
    program = Path(__file__).with_name("typed_before.py")
    # Its folder's modules, and none of those beside the program.
    paths = {"PYTHONPATH": str(BEFORE.folder), "PYTHONSAFEPATH": "1"}
    with subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, str(program)],
        cwd=BEFORE.folder,
        env=os.environ | paths,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def once() -> dict[str, Figures]:
            to, back = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
            to.write("\n")
            to.flush()
            found = json.loads(back.readline())
            return {f"{BEFORE.title}{name}": each for name, each in found.items()}

        yield once
        # It ends with its input.
        process.communicate()


@dataclass
class ByHand:
    """What a row is made into without Ottavino."""

    id: UUID
    filename: str
    file_type: str
    file_size: int
    status: DocumentStatus
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read the rows: the whole, and its parts that do not wait."""

    read: Callable[[], Awaitable[object]]
    build: Callable[[], object] | None = None
    make: Callable[[Records], object] | None = None


async def _measure(run: Run, before: Callable[[], dict[str, Figures]]) -> None:
    async with session(Identity.user(seed.CALLER)):
        connection = await current_scope().connection.open()
        records: Records = await connection.fetch(SQL)
        readers = _readers(connection)
        turns: list[dict[str, Figures]] = []
        for _ in range(3 * run.pace.samples):
            # The first one after the other process had its turn would be the slowest.
            await connection.fetch(SQL)
            own = {name: await _once(each, records) for name, each in readers.items()}
            turns.append(own | before())
    for name, figures in turns[0].items():
        for figure in figures:
            each = statistics.median(turn[name][figure] for turn in turns)
            run.book.add(figure, each, query=name)
        for figure in PARTS:
            if figure in figures and figure in turns[0][BY_HAND]:
                ratios = (turn[name][figure] / turn[BY_HAND][figure] for turn in turns)
                run.book.add(f"{figure} ratio", statistics.median(ratios), query=name)
    for figure in (*PARTS, *(f"{each} ratio" for each in PARTS)):
        parts = [
            f"{name} {value:.3g}"
            for name in turns[0]
            if (value := run.book.median(figure, query=name)) is not None
        ]
        run.say(f"{figure}: {', '.join(parts)}")


async def _once(reader: Reader, records: Records) -> Figures:
    begun, spent = time.perf_counter(), time.process_time()
    await reader.read()
    found = {
        "query time": (time.perf_counter() - begun) * 1e6,
        "query cpu": (time.process_time() - spent) * 1e6,
    }
    if reader.build is not None:
        found["query build"] = _processor_time(reader.build)
    if (make := reader.make) is not None:
        found["query rows"] = _processor_time(lambda: make(records))
    return found


def _processor_time(call: Callable[[], object]) -> float:
    """The microseconds of one call."""
    begun = time.process_time_ns()
    for _ in range(TIMES):
        call()
    return (time.process_time_ns() - begun) / 1000 / TIMES


def _readers(connection: Any) -> dict[str, Reader]:
    async def by_hand() -> object:
        return _by_hand(await connection.fetch(SQL))

    tuples, rows = (lambda: _newest(select(*ROW))), (lambda: _newest(select(DocumentRow)))
    return {
        "asyncpg": Reader(lambda: connection.fetch(SQL)),
        BY_HAND: Reader(by_hand, make=_by_hand),
        "piccolo": Reader(_piccolo),
        "typed": Reader(
            lambda: tuples().limit(20), lambda: tuples().limit(20).sql(), tuples().reading.rows
        ),
        "typed, rows with names": Reader(
            lambda: rows().limit(20), lambda: rows().limit(20).sql(), rows().reading.rows
        ),
        "typed, a page of rows": Reader(
            lambda: page(rows(), size=20), lambda: _page_statement(rows())
        ),
    }


def _by_hand(records: Records) -> list[ByHand]:
    return [
        ByHand(id, filename, file_type, file_size, DocumentStatus(status), created, updated)
        for id, filename, file_type, file_size, status, created, updated in records  # noqa: A001  # a column
    ]


async def _piccolo() -> object:
    table: Any = Document  # whose own types are partly unknown
    return await table.select(*COLUMNS).order_by(*NEWEST_FIRST, ascending=False).limit(20)


def _newest(query: Any) -> Any:
    return query.order_by(Document.created_at.desc(), Document.id.desc())


def _page_statement(query: Any) -> object:
    """What `page` sends for a first page."""
    keys = keys_of(query.statement)
    return sql_of(PageStatement(query.statement, query.reading, keys, None, 21))
