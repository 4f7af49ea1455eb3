"""The limits: `pgbench -C` sends what an invocation sends, and does nothing else.

One sends no more than a peer by hand: it becomes the caller, and queries. The other sends what
the service sends, so that what separates the two is the price of its isolation.
"""

import json
import re
import resource
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import seed
from bench.cluster import CLAIMS_KEY, Cluster, system_binaries
from bench.ways import Way
from ottavino.identity import Identity, Role
from ottavino.postgres.claims import signed_with
from ottavino.postgres.supabase import LOGIN
from ottavino.postgres.transaction import CLEARING, IDENTITY, SEARCH_PATH

NAME = "pgbench"
ISOLATED = "pgbench_isolated"
TITLES = {
    NAME: "pgbench -C, the limit",
    ISOLATED: "pgbench -C, with the same isolation",
}

FOLDER = Path(__file__).parent / "peers" / "pgbench"
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


def measure(cluster: Cluster, way: Way, callers: int, seconds: float, name: str) -> Limit:
    """Make invocations, each on a connection of its own."""
    script = cluster.folder / f"{name}.sql"
    script.write_text(_isolated() if name == ISOLATED else _plain(), "utf-8")
    # It waits for a connection with a whole thread.
    threads = str(min(callers, MOST_THREADS))
    amounts = ("-c", str(callers), "-j", threads, "-T", str(max(1, round(seconds))))
    more = _values() if name == ISOLATED else ()
    used = _cpu_seconds()
    run = subprocess.run(  # noqa: S603  # a program of the cluster, and our script
        [str(_program(cluster, way)), "-n", "-C", *amounts, *more, "-f", str(script)],
        env=way.variables | ({"PGUSER": LOGIN} if name == ISOLATED else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    used = _cpu_seconds() - used
    rate, count = RATE.search(run.stdout), COUNT.search(run.stdout)
    if rate is None or count is None:
        raise RuntimeError(f"pgbench failed: {run.stderr[-500:]}")
    return Limit(float(rate[1]), int(count[1]), used)


def _plain() -> str:
    # With a space after each colon: pgbench takes `:1` for a variable.
    claims = json.dumps(seed.claims(seed.CALLER), separators=(", ", ": "))
    return (FOLDER / "invocation.sql").read_text("utf-8").replace("{claims}", claims)


def _isolated() -> str:
    """The statements of the service: in one flight, and the commit in another."""
    identity = IDENTITY
    for number, name in enumerate(PARAMETERS, 1):
        identity = identity.replace(f"${number}", f":{name}")
    begin = "begin isolation level read committed read only"
    become = f'set local role "{Role.AUTHENTICATED}"'
    opening = ";\n".join((begin, *CLEARING, identity, become))
    return (FOLDER / "isolated.sql").read_text("utf-8").replace("{opening}", opening)


PARAMETERS = ("name", "path", "limit", "guard", "claims", "signature", "seed", "idle", "whole")
"""What the parameters of `IDENTITY` are called in the script."""


def _values() -> Iterator[str]:
    """The options of pgbench that give it the parameters, which it sends as such."""
    claims, signature = signed_with(CLAIMS_KEY, Identity.user(seed.CALLER))
    service = ("newest", SEARCH_PATH, "5000", "transaction_timeout")
    given = (*service, claims, signature, "0.25", "5000", "30000")
    for name, value in zip(PARAMETERS, given, strict=True):
        yield from ("-D", f"{name}={value}")
    yield from ("-M", "extended")


def _cpu_seconds() -> float:
    """Of all programs that were run to their end."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _program(cluster: Cluster, way: Way) -> Path:
    """One that speaks TLS where the way does."""
    system = system_binaries() if way.authority else None
    return (system or cluster.server.bin_path) / "pgbench"
