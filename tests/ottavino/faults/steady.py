"""Memory and open files of a server after many requests whose backends were killed."""

import asyncio
from dataclasses import dataclass

import psutil

from ottavino.dev.database.server import Server
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.faults.faults import BACKENDS, Fault, Stage, nothing
from tests.ottavino.faults.trial import CLIENTS, staged

POINTS = 5
"""How often it is looked at, the first time when a fifth of the requests is done."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Memory and open files of the server after some requests."""

    requests: int
    kills: int
    megabytes: float
    files: int


async def steady(cluster: Cluster, server: Server, requests: int, kills: int) -> list[Kept]:
    """Send so many requests, and kill all backends so many times meanwhile."""
    async with staged(cluster, server, Fault("", "direct", nothing)) as stage:
        asking = [asyncio.create_task(stage.load.client()) for _ in range(CLIENTS)]
        kept: list[Kept] = []
        async with connected(stage.database.superuser_url) as connection:
            for kill in range(1, kills + 1):
                while len(stage.load.answers) < requests * kill / kills:  # noqa: ASYNC110  # the load goes on
                    await asyncio.sleep(0.01)
                await connection.execute(BACKENDS.format(what="pg_terminate_backend(pid)"))
                if kill % (kills // POINTS) == 0:
                    kept.append(_kept(stage, kill))
        stage.load.end()
        await asyncio.gather(*asking)
        return kept


def _kept(stage: Stage, kills: int) -> Kept:
    process = psutil.Process(stage.process)
    return Kept(
        requests=len(stage.load.answers),
        kills=kills,
        megabytes=process.memory_info().rss / 2**20,
        files=process.num_fds(),
    )
