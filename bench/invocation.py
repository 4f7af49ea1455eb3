"""Invocations per second, how long they take, and what they cost the server's processor."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from bench import account, limit
from bench.load import load
from bench.peer import Peer, PeerFailed, Serving, serving
from bench.run import Run
from bench.ways import TITLES, Way

WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Cell:
    """One comparison: peers, path, way and number of callers."""

    way: str
    callers: int
    peers: Sequence[Peer]
    path: str = "newest"
    rtt: float = 0
    """In milliseconds, simulated."""
    workers: int = 1
    limits: Sequence[str] = ()
    """What else is measured: the names of `limit`."""
    times: int = 1
    """How often the run's rounds are gone through."""

    @property
    def labels(self) -> dict[str, object]:
        """What the values of the cell are written down under, beside the peer."""
        return {
            "way": self.way,
            "callers": self.callers,
            "path": self.path,
            "rtt": f"{self.rtt:g}",
            "workers": self.workers,
        }


def labels(peer: str, way: str, callers: int = 8, **others: object) -> dict[str, object]:
    """The labels of one peer's values in a cell."""
    cell = Cell(way, callers, ()).labels
    return {**cell, **others, "peer": peer}


def measure(run: Run, cell: Cell) -> None:
    """Measure a comparison: everybody once in each round, A B A B."""
    if not run.has_way(cell.way):
        return
    with contextlib.ExitStack() as stack:
        way = stack.enter_context(run.way(cell.way, cell.rtt))
        servers = [_warm(run, cell, peer, way, stack) for peer in run.present(cell.peers)]
        for number in range(cell.times * run.pace.rounds):
            for served in filter(None, servers):
                _load(run, cell, served)
            for name in cell.limits:
                _reach(run, cell, way, name)
            run.say(_progress(run, cell, number))


def _warm(
    run: Run, cell: Cell, peer: Peer, way: Way, stack: contextlib.ExitStack
) -> Serving | None:
    """A peer that has answered correctly for a while; the report names one that does not."""
    try:
        served = stack.enter_context(serving(peer, way, workers=cell.workers))
        served.check()
    except PeerFailed as error:
        run.book.note(f"{TITLES[cell.way]}: {error}")
        return None
    load(served.url(cell.path), served.headers, cell.callers, WARM_UP_SECONDS)
    return served


def _load(run: Run, cell: Cell, served: Serving) -> None:
    cluster = run.cluster_behind(cell.way)
    before = {**account.used(cluster), account.SERVER: served.cpu_seconds}
    seen = load(served.url(cell.path), served.headers, cell.callers, run.pace.seconds)
    after = {**account.used(cluster), account.SERVER: served.cpu_seconds}
    known = {**cell.labels, "peer": served.peer.name}
    if seen.errors:
        run.book.note(
            f"{served.peer.title}, {cell.way}, {cell.callers} callers: {seen.errors} of "
            f"{seen.requests} answers were errors."
        )
    for figure in ("rate", "p50", "p95", "p99"):
        run.book.add(figure, getattr(seen, figure), **known)
    for figure, seconds in after.items():
        # Callers' connections may be cut while the last answers are made: they count too.
        per_thousand = 1000 * (seconds - before[figure]) / max(1, seen.requests)
        run.book.add(figure, per_thousand, **known)


def _reach(run: Run, cell: Cell, way: Way, name: str) -> None:
    cluster = run.cluster_behind(cell.way)
    before = account.used(cluster)
    seen = limit.measure(cluster, way, cell.callers, run.pace.seconds, name)
    after = account.used(cluster)
    known = {**cell.labels, "peer": name}
    run.book.add("rate", seen.rate, **known)
    used = {figure: seconds - before[figure] for figure, seconds in after.items()}
    for figure, seconds in {**used, account.SERVER: seen.cpu_seconds}.items():
        run.book.add(figure, 1000 * seconds / seen.invocations, **known)


def _progress(run: Run, cell: Cell, number: int) -> str:
    names = [*(peer.name for peer in cell.peers), *cell.limits]
    rates = {name: run.book.median("rate", **cell.labels, peer=name) for name in names}
    found = ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items() if rate)
    where = f"{cell.way}{f' +{cell.rtt:g} ms' if cell.rtt else ''}"
    several = f", {cell.workers} workers" if cell.workers > 1 else ""
    return (
        f"{cell.path}, {where}, {cell.callers} callers{several}, round {number + 1} of "
        f"{cell.times * run.pace.rounds}: {found} a second"
    )
