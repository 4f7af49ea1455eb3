"""The limit: `pgbench -C` sends what an invocation sends, and does nothing else."""

import json
import re
import subprocess
from pathlib import Path

from bench import seed
from bench.cluster import Cluster, system_binaries
from bench.ways import Way

NAME = "pgbench"
TITLE = "pgbench -C, the limit"

SCRIPT = Path(__file__).parent / "peers" / "pgbench" / "invocation.sql"
MOST_THREADS = 8
RATE = re.compile(r"tps = ([\d.]+)")


def rate(cluster: Cluster, way: Way, callers: int, seconds: float) -> float:
    """Invocations per second, each on a connection of its own."""
    # With a space after each colon: pgbench takes `:1` for a variable.
    claims = json.dumps(seed.claims(seed.CALLER), separators=(", ", ": "))
    script = cluster.folder / "invocation.sql"
    script.write_text(SCRIPT.read_text("utf-8").replace("{claims}", claims), "utf-8")
    # It waits for a connection with a whole thread.
    threads = str(min(callers, MOST_THREADS))
    amounts = ("-c", str(callers), "-j", threads, "-T", str(max(1, round(seconds))))
    run = subprocess.run(  # noqa: S603  # a program of the cluster, and our script
        [str(_program(cluster, way)), "-n", "-C", *amounts, "-f", str(script)],
        env=way.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    found = RATE.search(run.stdout)
    if found is None:
        raise RuntimeError(f"pgbench failed: {run.stderr[-500:]}")
    return float(found[1])


def _program(cluster: Cluster, way: Way) -> Path:
    """One that speaks TLS where the way does."""
    system = system_binaries() if way.authority else None
    return (system or cluster.server.binaries) / "pgbench"
