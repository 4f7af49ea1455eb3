"""The limit: `pgbench -C` sends what an invocation sends, and does nothing else."""

import json
import re
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import seed
from bench.cluster import Cluster, system_binaries
from bench.ways import Way

NAME = "pgbench"
TITLE = "pgbench -C, the limit"

SCRIPT = Path(__file__).parent / "peers" / "pgbench" / "invocation.sql"
MOST_THREADS = 8
RATE = re.compile(r"tps = ([\d.]+)")
COUNT = re.compile(r"transactions actually processed: (\d+)")


@dataclass(frozen=True, slots=True)
class Limit:
    """What `pgbench` has reached."""

    rate: float
    """Invocations per second."""
    invocations: int
    cpu_seconds: float
    """Its own, for all of them."""


def measure(cluster: Cluster, way: Way, callers: int, seconds: float) -> Limit:
    """Make invocations, each on a connection of its own."""
    # With a space after each colon: pgbench takes `:1` for a variable.
    claims = json.dumps(seed.claims(seed.CALLER), separators=(", ", ": "))
    script = cluster.folder / "invocation.sql"
    script.write_text(SCRIPT.read_text("utf-8").replace("{claims}", claims), "utf-8")
    # It waits for a connection with a whole thread.
    threads = str(min(callers, MOST_THREADS))
    amounts = ("-c", str(callers), "-j", threads, "-T", str(max(1, round(seconds))))
    used = _cpu_seconds()
    run = subprocess.run(  # noqa: S603  # a program of the cluster, and our script
        [str(_program(cluster, way)), "-n", "-C", *amounts, "-f", str(script)],
        env=way.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    used = _cpu_seconds() - used
    rate, count = RATE.search(run.stdout), COUNT.search(run.stdout)
    if rate is None or count is None:
        raise RuntimeError(f"pgbench failed: {run.stderr[-500:]}")
    return Limit(float(rate[1]), int(count[1]), used)


def _cpu_seconds() -> float:
    """Of all programs that were run to their end."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _program(cluster: Cluster, way: Way) -> Path:
    """One that speaks TLS where the way does."""
    system = system_binaries() if way.authority else None
    return (system or cluster.server.bin_path) / "pgbench"
