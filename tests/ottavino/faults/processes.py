"""Several processes behind poolers: how many requests they answer, and one of them is killed.

`python -m bench processes` writes what came of it into `docs/scaling.md`.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from ottavino.settings import ROOT
from ottavino.testing import Database
from ottavino.testing.cluster import Cluster, short_folder, stop
from ottavino.testing.database import connected
from tests.ottavino.clients import stage
from tests.ottavino.databases import MIGRATED
from tests.ottavino.faults import haproxy
from tests.ottavino.faults.crowd import Crowd, Kept, kept
from tests.ottavino.faults.notes_service import TABLE
from tests.ottavino.http.client import SECRET
from tests.ottavino.pooler import Pooler, pooler, program

PAGE = ROOT / "docs" / "scaling.md"
BEGIN = "<!-- made by python -m bench processes -->\n"
END = "<!-- until here -->\n"
HEAD = """
| processes | PgBouncers | killed | requests | a second | another's row | own write missing | \
201 without a row | row after an error | stored twice | refused | seconds to recover |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""

USERS = 40
PROCESSES = (1, 2, 4, 8)
STARTED = "Application startup complete."

POOLER = """
default_pool_size = 8
max_client_conn = 2000
listen_backlog = 2000
query_wait_timeout = 5
server_login_retry = 1
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of load before the rate is taken, while it is taken, and after a kill."""

    warm: float
    before: float
    after: float


WHOLE = Pace(warm=1, before=3, after=6)


@dataclass(slots=True)
class Stage:
    """The processes that can be killed."""

    database: Database
    poolers: list[Pooler]
    server: stage.Server


@dataclass(frozen=True, slots=True)
class Trial:
    """How many processes and poolers there are, and which is killed."""

    processes: int
    poolers: int
    killed: str = "nothing"

    @property
    def kill(self) -> Callable[[Stage], None] | None:
        """What kills it."""
        return {"a pooler": kill_pooler, "a process": kill_process}.get(self.killed)


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a trial."""

    trial: Trial
    rate: float
    crowd: Crowd
    kept: Kept
    refused: int
    recovery: float | None

    @property
    def is_right(self) -> bool:
        """Whether callers read their own rows alone, and all answers agree with the table."""
        wrong = (self.crowd.foreign, self.crowd.stale, *vars_of(self.kept))
        return not any(wrong)

    @property
    def row(self) -> str:
        """Its row of the table."""
        recovery = "" if self.trial.kill is None else _seconds(self.recovery)
        cells = (
            *(self.trial.processes, self.trial.poolers, self.trial.killed),
            *(len(self.crowd.answered), round(self.rate)),
            *(self.crowd.foreign + self.kept.foreign, self.crowd.stale),
            *(self.kept.missing, self.kept.refused, self.kept.twice, self.refused, recovery),
        )
        return f"| {' | '.join(map(str, cells))} |\n"


def vars_of(found: Kept) -> tuple[int, ...]:
    """All its counts."""
    return found.missing, found.twice, found.refused, found.foreign


def _seconds(recovery: float | None) -> str:
    return "not within the trial" if recovery is None else f"{recovery:.2f}"


def kill_pooler(staged: Stage) -> None:
    staged.poolers[0].kill()


def kill_process(staged: Stage) -> None:
    """Kill one of the worker processes; their parent starts another."""
    children = psutil.Process(staged.server.process.pid).children()
    workers = [each for each in children if "spawn_main" in " ".join(each.cmdline())]
    workers[0].kill()


async def tried(cluster: Cluster, trial: Trial, pace: Pace) -> Found:
    """Send requests, kill what the trial names, and compare the answers with the table."""
    async with _staged(cluster, trial) as staged:
        crowd = Crowd(f"{staged.server.url}/functions/v1/it", USERS)
        asking = asyncio.create_task(crowd.ask())
        await asyncio.sleep(pace.warm + pace.before)
        fault = time.monotonic()
        rate = crowd.rate(fault - pace.before, fault)
        if trial.kill is not None:
            await asyncio.to_thread(trial.kill, staged)
            await asyncio.sleep(pace.after)
        crowd.end()
        await asking
        async with connected(staged.database.superuser_url) as connection:
            stored = await kept(connection, crowd)
        refused = len(crowd.refused)
        return Found(trial, rate, crowd, stored, refused, crowd.recovery(fault, rate))


@asynccontextmanager
async def _staged(cluster: Cluster, trial: Trial) -> AsyncGenerator[Stage]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(cluster.clone(MIGRATED))
        async with connected(database.direct_url) as connection:
            await connection.execute(TABLE)
        folder = cluster.socket_folder
        poolers = [stack.enter_context(pooler(folder, POOLER)) for _ in range(trial.poolers)]
        way = poolers[0].folder
        if len(poolers) > 1:
            way = stack.enter_context(haproxy.balanced([each.folder for each in poolers]))
        variables = stage.environment(database.variables) | {
            "DATABASE_URL": database.url.replace(_quoted(folder), _quoted(way)),
            "JWT_SECRET": SECRET,
            "WEB_CONCURRENCY": str(trial.processes),
        }
        server = stack.enter_context(
            stage.server("processes", "tests.ottavino.faults.notes_service", variables)
        )
        async with asyncio.timeout(stage.START_SECONDS):
            while server.log.read_text("utf-8").count(STARTED) < trial.processes:  # noqa: ASYNC110  # it is in the log alone
                await asyncio.sleep(0.1)
        yield Stage(database, poolers, server)


def _quoted(folder: Path) -> str:
    return quote(str(folder), safe="/")


def missing() -> str | None:
    """How to install a program that is missing."""
    if program() is None:
        return "PgBouncer is not on this machine: apt-get install pgbouncer."
    if haproxy.program() is None:
        return "HAProxy is not on this machine: apt-get install haproxy."
    return None


async def measure(pace: Pace = WHOLE) -> bool:
    """Try all of it, and write the table; say whether all answers were right."""
    trials = [Trial(number, poolers) for poolers in (1, 2) for number in PROCESSES]
    trials += [
        Trial(number, 2, killed)
        for killed in ("a pooler", "a process")
        for number in PROCESSES
        # The only process is not started again.
        if number > 1 or killed == "a pooler"
    ]
    found: list[Found] = []
    with short_folder() as folder:
        cluster = Cluster(folder, "18")
        await asyncio.to_thread(cluster.start)
        try:
            for trial in trials:
                found.append(await tried(cluster, trial, pace))
                print(found[-1].row, end="", flush=True)  # noqa: T201  # it says how far it is
        finally:
            stop(folder)
    _write(HEAD + "".join(each.row for each in found))
    return all(each.is_right for each in found)


def _write(table: str) -> None:
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + table + "\n" + END + rest.partition(END)[2], "utf-8")
