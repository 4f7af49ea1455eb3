"""One trial: a server under load, a fault, and the answers compared with the table."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ottavino.dev.database.server import Server
from ottavino.testing import Database
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.clients import stage as clients
from tests.ottavino.databases import MIGRATED
from tests.ottavino.faults.faults import BACKENDS, Fault, Stage
from tests.ottavino.faults.load import UNKNOWN, Load
from tests.ottavino.http.client import SECRET
from tests.ottavino.line import line
from tests.ottavino.pooler import pooler

CLIENTS = 20
HELD_SECONDS = 5.0
MISTAKE = 500

POOLER = """
default_pool_size = 8
server_login_retry = 1
query_wait_timeout = 5
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of load before a fault, and after it, and between two requests of a client."""

    before: float
    after: float
    pause: float


WHOLE = Pace(before=1, after=3, pause=0)


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a trial."""

    requests: int
    unstored: int
    """How many were answered 2xx, and their row is not there."""
    stored: int
    """How many were answered by an error, though their row is stored."""
    twice: int
    """How many rows there are beside the first of a request."""
    unknown: int
    repeats: int
    """How often clients repeated a request whose outcome was unknown."""
    errors: int
    mistakes: int
    """How many of them were answered as a mistake of the function's: 500."""
    recovery: float
    """Seconds from the end of the fault to the first success of what was sent after it."""
    held: int
    """How many backends there are five seconds after the last request."""


async def trial(
    cluster: Cluster,
    server: Server,
    fault: Fault,
    pace: Pace = WHOLE,
) -> Found:
    """Let a fault happen to a server that is under load before and after it."""
    async with staged(cluster, server, fault) as stage:
        stage.load.pause = pace.pause
        asking = [asyncio.create_task(stage.load.client()) for _ in range(CLIENTS)]
        await asyncio.sleep(pace.before)
        await fault.happen(stage)
        ended = time.monotonic()
        await asyncio.sleep(pace.after)
        stage.load.end()
        await asyncio.gather(*asking)
        held = await _held(stage.database)
        async with connected(stage.database.superuser_url) as connection:
            stored = [row["id"] for row in await connection.fetch("select id from notes")]
        return _found(stage.load, stored, ended, held)


def _found(load: Load, stored: list[int], ended: float, held: int) -> Found:
    answers, rows = load.answers, set(stored)
    good = {number for number, each in answers.items() if each.is_success}
    unknown = {number for number, each in answers.items() if each.code == UNKNOWN}
    told = {number for number, each in answers.items() if each.status is not None}
    heard = [each.heard for each in answers.values() if each.is_success and each.sent > ended]
    return Found(
        requests=len(answers),
        unstored=len(good - rows),
        stored=len((told - good - unknown) & rows),
        twice=len(stored) - len(rows),
        unknown=len(unknown),
        repeats=load.repeats,
        errors=len(told - good - unknown),
        mistakes=sum(each.status == MISTAKE for each in answers.values()),
        recovery=min(heard, default=float("inf")) - ended,
        held=held,
    )


async def _held(database: Database) -> int:
    end, count = time.monotonic() + HELD_SECONDS, 0
    async with connected(database.superuser_url) as connection:
        while time.monotonic() < end:
            # Behind a pooler, what is idle outside a transaction belongs to the pooler.
            count: int = await connection.fetchval(
                BACKENDS.format(what="count(*)") + " and xact_start is not null"
            )
            if not count:
                break
            await asyncio.sleep(0.05)
    return count


@asynccontextmanager
async def staged(cluster: Cluster, server: Server, fault: Fault) -> AsyncGenerator[Stage]:
    """A service that reaches its database on the fault's way, and a load that has not begun."""
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(cluster.clone(MIGRATED))
        async with connected(database.direct_url) as connection:
            await connection.execute(
                "create table notes (id bigint not null);grant insert on notes to authenticated"
            )
        far = await stack.enter_async_context(line(database.url))
        pooled, url = None, far.url if fault.route == "line" else database.url
        if fault.route == "pooler":
            pooled = stack.enter_context(pooler(_folder(server), POOLER))
            url = url.replace(str(_folder(server)), str(pooled.folder))
        variables = clients.environment(database.variables) | {
            "DATABASE_URL": url,
            "JWT_SECRET": SECRET,
            "FUNCTION_TIMEOUT": "5",
        }
        started = stack.enter_context(
            clients.server("faults", "tests.ottavino.faults.service", variables)
        )
        await clients.answering(started)
        load = Load(f"{started.url}/functions/v1/it", repeating=fault.repeating)
        yield Stage(server, database, far, pooled, load, started.process.pid)


def _folder(server: Server) -> Path:
    folder = server.socket_folder
    assert folder is not None
    return folder
