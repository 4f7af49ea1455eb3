"""The bench's command line: everything, or one measurement with choices of its own."""

import argparse
import asyncio
import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

from bench import (
    CONFIGURATION,
    counted,
    everything,
    limit,
    process,
    scale,
    schema,
    tables,
    typed,
    ways,
)
from bench.book import Book
from bench.cluster import CLAIMS_KEY
from bench.invocation import Cell, measure
from bench.machine import describe
from bench.pace import FULL, QUICK, Pace
from bench.peer import Peer
from bench.peers import OTTAVINO, PEERS
from bench.report import write
from bench.run import Run, begun
from tests.ottavino.faults import processes

HERE = Path(__file__).parent
KEPT = HERE / ".work" / "figures.json"
PUBLISHED = HERE / "RESULTS.md"
QUICK_REPORT = HERE / ".work" / "QUICK.md"


def main() -> int:
    """Run the command line; 1 if a counted figure is not the promised one."""
    chosen = _arguments()
    # What signs the claims where the run itself is a caller.
    os.environ.update(CONFIGURATION, CLAIMS_KEY=CLAIMS_KEY)
    # Who ends the run ends the servers that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _allow_many_files()
    return COMMANDS[chosen.command](chosen)


def _all(_: argparse.Namespace) -> int:
    everything.install(sys.stderr)
    with _run(FULL, KEPT) as run:
        everything.measure(run)
    write(run.book, PUBLISHED)
    return _broken(run)


def _quick(_: argparse.Namespace) -> int:
    with _run(QUICK, KEPT.with_name("quick.json")) as run:
        everything.measure_quickly(run)
    write(run.book, QUICK_REPORT)
    return _broken(run)


def _install(_: argparse.Namespace) -> int:
    everything.install(sys.stderr)
    return 0


def _report(_: argparse.Namespace) -> int:
    write(Book.load(KEPT), PUBLISHED)
    return 0


def _invocation(chosen: argparse.Namespace) -> int:
    with _run(_pace(chosen)) as run:
        names: list[str] = chosen.peers.split(",")
        cell = Cell(
            way=chosen.way,
            callers=chosen.callers,
            peers=_peers(names),
            path=chosen.path,
            rtt=chosen.rtt,
            workers=chosen.workers,
            limits=[name for name in names if name in limit.TITLES],
        )
        measure(run, cell)
        for figure in ("rate", "p50", "p95", "p99", "cpu"):
            for name in names:
                value = run.book.spread(figure, **cell.labels, peer=name)
                run.say(f"{figure:5} {name:20} {value}")
    return 0


def _counted(chosen: argparse.Namespace) -> int:
    with _run(_pace(chosen)) as run:
        counted.measure(run, chosen.way, _peers(chosen.peers.split(",")))
        for fact, statements in run.book.facts.items():
            run.say(f"{fact}:\n{statements}")
    return 0


def _starts(chosen: argparse.Namespace) -> int:
    with _run(_pace(chosen)) as run:
        process.starts(run, _peers(chosen.peers.split(",")))
    return 0


def _memory(chosen: argparse.Namespace) -> int:
    with _run(_pace(chosen)) as run:
        process.memory(run, _peers(chosen.peers.split(","))[0], chosen.way)
    return 0


def _tables(chosen: argparse.Namespace) -> int:
    sizes = tuple(int(size) for size in chosen.rows.split(","))
    with _run(replace(QUICK, samples=chosen.samples)) as run:
        tables.measure(run, sizes)
        run.book.save(KEPT.with_name("tables.json"))
    write(run.book, KEPT.with_name("ROWS.md"))
    return 0


def _scale(chosen: argparse.Namespace) -> int:
    with _run(replace(QUICK, answers=chosen.answers, callers=chosen.callers)) as run:
        scale.measure(run)
    return 0


def _typed(chosen: argparse.Namespace) -> int:
    with _run(replace(QUICK, samples=chosen.samples)) as run:
        typed.measure(run)
    if chosen.keep:
        book = Book.load(KEPT)
        book.replace(run.book)
        book.save(KEPT)
    return 0


def _schema(chosen: argparse.Namespace) -> int:
    with _run(replace(_pace(chosen), tables=chosen.tables)) as run:
        schema.measure(run)
    return 0


def _processes(_: argparse.Namespace) -> int:
    if (reason := processes.missing()) is not None:
        raise SystemExit(reason)
    return 0 if asyncio.run(processes.measure()) else 1


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "all": _all,
    "quick": _quick,
    "install": _install,
    "report": _report,
    "invocation": _invocation,
    "counted": _counted,
    "start": _starts,
    "memory": _memory,
    "tables": _tables,
    "scale": _scale,
    "processes": _processes,
    "typed": _typed,
    "schema": _schema,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("command", choices=COMMANDS, nargs="?", default="all")
    parser.add_argument("--way", choices=ways.TITLES, default="socket")
    parser.add_argument(
        "--peers", default=OTTAVINO.name, help=", ".join([*PEERS, *limit.TITLES])
    )
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--path", choices=("newest", "ping"), default="newest")
    parser.add_argument("--rtt", type=float, default=0, help="milliseconds, simulated")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3, help="of each load")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--documents", type=int, default=QUICK.documents)
    parser.add_argument("--invocations", type=int, default=10_000, help="of memory")
    parser.add_argument("--tables", type=int, default=FULL.tables, help="more, of schema")
    parser.add_argument("--answers", type=int, default=10_000, help="of scale")
    parser.add_argument("--samples", type=int, default=100, help="of each query")
    parser.add_argument("--rows", default="10000,100000", help="the sizes of the tables")
    parser.add_argument(
        "--keep", action="store_true", help="put what typed measures into the last whole run"
    )
    return parser.parse_args()


def _pace(chosen: argparse.Namespace) -> Pace:
    return replace(
        QUICK,
        seconds=chosen.seconds,
        rounds=chosen.rounds,
        documents=chosen.documents,
        starts=chosen.rounds,
        invocations=chosen.invocations,
    )


def _peers(names: Sequence[str]) -> list[Peer]:
    unknown = set(names) - PEERS.keys() - limit.TITLES.keys()
    if unknown:
        raise SystemExit(f"There is no peer {min(unknown)}: there are {', '.join(PEERS)}.")
    return [PEERS[name] for name in names if name in PEERS]


@contextlib.contextmanager
def _run(pace: Pace, kept: Path | None = None) -> Generator[Run]:
    with begun(pace) as run:
        run.book.facts.update(describe(run.cluster))
        yield run
        if kept is not None:
            run.book.save(kept)
        for sentence in run.book.notes:
            run.say(sentence)


def _broken(run: Run) -> int:
    broken = counted.broken(run, "socket")
    for promise in broken:
        run.say(f"This does not hold any more: {promise}.")
    return 1 if broken else 0


def _allow_many_files() -> None:
    """A thousand callers are a thousand sockets, here and in the servers."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
