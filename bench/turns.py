"""Asking the same of two sides in turns, so that whatever else the machine does meets both."""

import contextlib
import os
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from bench.plans import Plan, plan
from bench.run import Run
from ottavino.identity import Identity
from ottavino.postgres.connection import Connection
from ottavino.postgres.transaction import become

BATCH = 10
"""How often one side asks before it is the other's turn."""

Asked = Callable[[int], tuple[str, Sequence[object]]]
"""A query and its arguments, for the n-th time that it is asked."""


@dataclass(frozen=True, slots=True)
class Side:
    """A side and its query: a caller under row security, or the owner of the tables."""

    connection: Connection
    asked: Asked
    caller: UUID | None
    """None for the owner."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """A transaction as the service begins it; nothing of it stays."""
        await self.connection.execute("begin")
        if self.caller is not None:
            await become(self.connection, Identity.user(self.caller))
        try:
            yield
        finally:
            await self.connection.execute("rollback")

    async def rows(self) -> list[object]:
        """What it reads, the first time."""
        sql, arguments = self.asked(0)
        async with self.transaction():
            return list(await self.connection.fetch(sql, *arguments))


@dataclass(frozen=True, slots=True)
class Found:
    """What asking has taken, in milliseconds at the median."""

    milliseconds: float
    in_server: float
    """For planning and running alone."""
    plan: Plan


async def in_turns(run: Run, sides: Mapping[str, Side]) -> dict[str, Found]:
    """Ask as often as the run wants it, and look at as many plans."""
    turns = range(max(1, run.pace.samples // BATCH))
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    seen: dict[str, list[Plan]] = {name: [] for name in sides}
    for turn in turns:
        for name, side in sides.items():
            async with side.transaction():
                seconds[name] += await times(side.connection, side.asked, turn)
    for _ in turns:
        for name, side in sides.items():
            async with side.transaction():
                seen[name] += await plans(side.connection, side.asked)
    return {
        name: Found(
            statistics.median(seconds[name]) * 1000, in_server(seen[name]), seen[name][0]
        )
        for name in sides
    }


async def times(connection: Connection, asked: Asked, turn: int = 0) -> list[float]:
    """How many seconds each question of one turn took, on the way too."""
    found: list[float] = []
    for number in range(turn * BATCH, (turn + 1) * BATCH):
        sql, arguments = asked(number)
        begun = time.perf_counter()
        await connection.fetch(sql, *arguments)
        found.append(time.perf_counter() - begun)
    return found


async def plans(connection: Connection, asked: Asked) -> list[Plan]:
    """The plans of one turn."""
    return [await plan(connection, *asked(0)) for _ in range(BATCH)]


def in_server(seen: Sequence[Plan]) -> float:
    """The milliseconds of the plan in the middle."""
    return statistics.median(each.milliseconds for each in seen)


@contextlib.contextmanager
def on_one_core(*connections: Connection) -> Generator[None]:
    """A block in which the client and the servers of both sides share a core.

    A server on a core that has gone to sleep has to be woken, which takes longer than the
    queries do, and happens to one side more often than to the other.
    """
    before = os.sched_getaffinity(0)
    core = {min(before)}
    for connection in connections:
        os.sched_setaffinity(connection.get_server_pid(), core)
    os.sched_setaffinity(0, core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
