"""Lets every fault happen, and writes the results into `docs/reliability.md`.

`python -m tests.ottavino.faults 3 50000 300` lets each happen three times, and then looks at
the server during 50,000 requests in which all backends are killed 300 times. Smaller numbers
give a quick impression.
"""

import asyncio
import sys

from ottavino.dev.database.server import Server
from ottavino.settings import ROOT
from ottavino.testing.cluster import Cluster, short_folder, stop
from ottavino.testing.database import connected
from tests.ottavino.faults.faults import FAULTS, Fault
from tests.ottavino.faults.steady import Kept, steady
from tests.ottavino.faults.trial import Found, trial

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- made by make test-faults -->\n", "<!-- until here -->\n"

COLUMNS = {
    "requests": "requests",
    "unstored": "2xx without a row",
    "stored": "rows after an error",
    "twice": "rows stored twice",
    "unknown": "unknown outcomes",
    "repeats": "repeats",
    "errors": "errors",
    "mistakes": "of them 500",
    "held": "transactions held after 5 s",
}
HEAD = f"""
| fault | runs | {" | ".join(COLUMNS.values())} | seconds to recover |
{"|---" * (len(COLUMNS) + 3)}|
"""

KEPT = """
Memory and open files of the server, while the same clients send requests and all backends are
killed repeatedly:

| requests | kills | memory in MB | open files |
|---|---|---|---|
"""

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
"""What tests switch off, and a server that is killed needs."""


async def main(runs: int, requests: int, kills: int) -> bool:
    """Try every fault so many times; say whether the answers were right."""
    with short_folder() as folder:
        cluster, server = Cluster(folder, "18"), Server(folder / "data", version=18)
        await asyncio.to_thread(cluster.start)
        try:
            async with connected(cluster.database("postgres").superuser_url) as connection:
                for name in DURABLE:
                    await connection.execute(f"alter system set {name} = on")
                await connection.execute("select pg_reload_conf()")
            found = {fault: await _tried(cluster, server, fault, runs) for fault in FAULTS}
            kept = await steady(cluster, server, requests, kills)
        finally:
            stop(folder)
    rows = "".join(_row(fault, each) for fault, each in found.items())
    _write(HEAD + rows + KEPT + "".join(map(_point, kept)))
    return not any(
        each.unstored or each.stored or each.twice for all_ in found.values() for each in all_
    )


async def _tried(cluster: Cluster, server: Server, fault: Fault, runs: int) -> list[Found]:
    found = [await trial(cluster, server, fault) for _ in range(runs)]
    print(_row(fault, found), end="", flush=True)  # noqa: T201  # it says how far it has come
    return found


def _row(fault: Fault, found: list[Found]) -> str:
    sums = " | ".join(str(sum(getattr(each, name) for each in found)) for name in COLUMNS)
    recovery = max(each.recovery for each in found)
    return f"| {fault.name} | {len(found)} | {sums} | {recovery:.2f} |\n"


def _point(kept: Kept) -> str:
    return f"| {kept.requests} | {kept.kills} | {kept.megabytes:.1f} | {kept.files} |\n"


def _write(tables: str) -> None:
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + tables + "\n" + END + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    numbers = [*map(int, sys.argv[1:]), *(3, 50_000, 300)[len(sys.argv) - 1 :]]
    sys.exit(not asyncio.run(main(*numbers)))
