"""More processes in front of one pooler: how fast they are, and whose answers they give."""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from http import HTTPStatus

from bench import seed
from bench.load import Caller, summed
from bench.peer import Serving, serving
from bench.peers import OTTAVINO
from bench.run import Run

PROCESSES = (1, 2, 4)
LAST = PROCESSES[-1]
MOST_SECONDS = 200
"""After which a slow machine has answered enough."""


def measure(run: Run) -> None:
    """Ask 1, 2 and 4 processes as many users at once; look through every answer."""
    if not run.has_way("pgbouncer"):
        return
    for processes in PROCESSES:
        # Fewer where only the rate is looked at.
        answers = run.pace.answers if processes == LAST else run.pace.answers // 10
        with run.way("pgbouncer") as way, contextlib.ExitStack() as stack:
            servers = [stack.enter_context(serving(OTTAVINO, way)) for _ in range(processes)]
            asyncio.run(_measure(run, servers, answers))


async def _measure(run: Run, servers: Sequence[Serving], answers: int) -> None:
    seen = _Seen(answers)
    begun = time.perf_counter()
    await asyncio.gather(
        *(seen.ask(servers[i % len(servers)], i) for i in range(run.pace.callers))
    )
    load = summed(seen.times, seen.errors, time.perf_counter() - begun)
    labels = {"processes": len(servers), "callers": run.pace.callers}
    run.book.add("scale rate", load.rate, **labels)
    run.book.add("scale p99", load.p99, **labels)
    run.book.add("scale answers", load.requests, **labels)
    run.book.add("scale errors", seen.errors, **labels)
    run.book.add("scale mismatches", seen.mismatches, **labels)
    run.say(
        f"{len(servers)} processes, {run.pace.callers} callers: {load.rate:.0f} a second, "
        f"{load.requests:,} answers, {seen.errors} errors, {seen.mismatches} of another user"
    )


class _Seen:
    """What all callers of one measurement saw together."""

    def __init__(self, answers: int) -> None:
        self._left = answers
        self._end = time.perf_counter() + MOST_SECONDS
        self.times: list[float] = []
        self.errors = 0
        self.mismatches = 0

    async def ask(self, served: Serving, number: int) -> None:
        """Ask as one user, until there are answers enough."""
        user = seed.row_id("user", number % seed.USERS)
        headers = {"Authorization": f"Bearer {seed.token(user)}"}
        async with Caller(served.url("whoami"), headers) as caller:
            while self._left > 0 and time.perf_counter() < self._end:
                self._left -= 1
                asked = time.perf_counter()
                status, body = await caller.ask()
                self.times.append(time.perf_counter() - asked)
                if status != HTTPStatus.OK:
                    self.errors += 1
                elif json.loads(body) != [str(user)]:
                    self.mismatches += 1
