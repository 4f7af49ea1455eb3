"""The faults: each is a sentence, a way to the database, and an action."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from ottavino.dev.database.server import Server
from ottavino.errors import DatabaseUnavailable
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.faults.load import Load
from tests.ottavino.line import COMMIT, Line
from tests.ottavino.pooler import Pooler

BACKENDS = """
    select {what} from pg_stat_activity
    where datname = current_database() and application_name = 'it'
"""

Route = Literal["direct", "line", "pooler"]


@dataclass(frozen=True, slots=True)
class Stage:
    """The servers and programs that can fail."""

    server: Server
    database: Database
    line: Line
    pooler: Pooler | None
    """Where the fault's way goes through one."""
    load: Load
    process: int
    """The service's."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: over when `happen` returns."""

    name: str
    route: Route
    happen: Callable[[Stage], Awaitable[None]]
    repeating: bool = False
    """Whether the clients repeat what they do not know the outcome of, each with a key."""


async def nothing(_: Stage) -> None:
    await asyncio.sleep(1)


async def restarted(stage: Stage) -> None:
    await asyncio.to_thread(stage.server.stop)
    await asyncio.to_thread(stage.server.start)


async def postmaster_killed(stage: Stage) -> None:
    pid = int((stage.server.data / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)
    # Its processes notice, and end.
    await asyncio.sleep(0.2)
    await asyncio.to_thread(_started, stage.server)


def _started(server: Server) -> None:
    # PostgreSQL refuses to start until its last old process has ended.
    for _ in range(50):
        with contextlib.suppress(DatabaseUnavailable):
            return server.start()
    raise RuntimeError("PostgreSQL did not start again.")


async def backends_killed(stage: Stage) -> None:
    async with connected(stage.database.superuser_url) as connection:
        for _ in range(20):
            await connection.execute(BACKENDS.format(what="pg_terminate_backend(pid)"))
            await asyncio.sleep(0.05)


async def frozen(stage: Stage) -> None:
    stage.line.freeze()
    await asyncio.sleep(3)
    stage.line.thaw()


async def half_open(stage: Stage) -> None:
    stage.line.freeze()
    await asyncio.sleep(1)
    stage.line.cut()
    stage.line.thaw()


async def _frozen_at_the_commit(stage: Stage, *, arrives: bool) -> None:
    for _ in range(3):
        stage.line.freeze_at(COMMIT, arrives=arrives)
        await stage.line.frozen()
        await asyncio.sleep(0.2)
        stage.line.cut()
        stage.line.thaw()
        await asyncio.sleep(0.2)


async def frozen_before_the_commit(stage: Stage) -> None:
    await _frozen_at_the_commit(stage, arrives=False)


async def frozen_after_the_commit(stage: Stage) -> None:
    await _frozen_at_the_commit(stage, arrives=True)


async def cut(stage: Stage) -> None:
    for _ in range(10):
        stage.line.cut()
        await asyncio.sleep(0.1)


async def pooler_killed(stage: Stage) -> None:
    assert stage.pooler is not None
    stage.pooler.kill()
    await asyncio.sleep(0.5)
    await asyncio.to_thread(stage.pooler.start)


async def deserted(stage: Stage) -> None:
    stage.load.deserting = True
    await asyncio.sleep(3)
    stage.load.deserting = False


FAULTS = (
    Fault("none", "direct", nothing),
    Fault("PostgreSQL is restarted", "direct", restarted),
    Fault("PostgreSQL is restarted behind PgBouncer", "pooler", restarted),
    Fault("the postmaster is killed", "direct", postmaster_killed),
    Fault("all backends are killed, 20 times", "direct", backends_killed),
    Fault("all backends behind PgBouncer are killed, 20 times", "pooler", backends_killed),
    Fault("the line is frozen for 3 s", "line", frozen),
    Fault("the line is half-open for 1 s, then cut", "line", half_open),
    Fault("the line freezes before a commit, 3 times", "line", frozen_before_the_commit),
    Fault(
        "the same, and clients repeat with a key",
        "line",
        frozen_before_the_commit,
        repeating=True,
    ),
    Fault("the line freezes after a commit, 3 times", "line", frozen_after_the_commit),
    Fault(
        "the same, and clients repeat with a key",
        "line",
        frozen_after_the_commit,
        repeating=True,
    ),
    Fault("the line is cut, 10 times", "line", cut),
    Fault("PgBouncer is killed, and is back after 0.5 s", "pooler", pooler_killed),
    Fault("every third client leaves", "direct", deserted),
)
