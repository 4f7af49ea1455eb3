"""What the database, and a pooler before it, take of the processor for an invocation."""

import contextlib
from collections.abc import Iterable

import psutil

from bench.cluster import Cluster

POSTGRESQL = "cpu of PostgreSQL"
PGBOUNCER = "cpu of PgBouncer"
SERVER = "cpu"
"""And of the server itself, or of `pgbench`, which needs none."""


def used(cluster: Cluster) -> dict[str, float]:
    """The seconds that the database has used so far, and its pooler where there is one."""
    found = {POSTGRESQL: _family_seconds(psutil.Process(cluster.server.pid))}
    for process in psutil.Process().children():
        if process.name() == "pgbouncer":
            found[PGBOUNCER] = _seconds([process])
    return found


def _family_seconds(process: psutil.Process) -> float:
    """Of a process, those that it has started, and those that have ended since."""
    times = process.cpu_times()
    ended = times.children_user + times.children_system
    return ended + _seconds([process, *process.children()])


def _seconds(processes: Iterable[psutil.Process]) -> float:
    found = 0.0
    for process in processes:
        # What has ended in between is counted the next time.
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            found += times.user + times.system
    return found
