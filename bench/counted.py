"""Connections and round trips of one invocation, counted on the wire: no noise is in them."""

from collections.abc import Sequence

from bench import ways
from bench.peer import Peer, Serving, serving
from bench.run import DATABASE, Run
from bench.wire import Count, Wire

TIMES = 5

MOST_ROUND_TRIPS = 2
"""After connecting, of a function with one query: that with what begins, and the commit."""


def measure(run: Run, way: str, peers: Sequence[Peer]) -> None:
    """Count what each peer does for `/newest`, and for `/ping`, which asks nothing."""
    if not run.has_way(way):
        return
    with ways.tapped(run.cluster, DATABASE, way) as (tapped, wire):
        for peer in run.present(peers):
            with serving(peer, tapped) as served:
                for path in ("newest", "ping"):
                    _write(run, way, path, served, _counted(served, wire, path))


def broken(run: Run, way: str) -> list[str]:
    """What the service promises of itself and does not keep, in sentences."""
    labels = {"way": way, "peer": "ottavino"}
    newest = {**labels, "path": "newest"}
    promises = {
        "A function with one query opens one connection": run.book.median(
            "connections", **newest
        )
        == 1,
        f"it spends at most {MOST_ROUND_TRIPS} round trips after connecting": (
            run.book.median("asking", **newest) or 0
        )
        <= MOST_ROUND_TRIPS,
        "a function without a query opens none": run.book.median(
            "connections", **labels, path="ping"
        )
        == 0,
    }
    return [promise for promise, kept in promises.items() if not kept]


def _counted(served: Serving, wire: Wire, path: str) -> list[Count]:
    # What is opened once, by the start or by the first request, belongs to no invocation.
    served.get(path)
    wire.count()
    counts: list[Count] = []
    for _ in range(TIMES):
        served.get(path)
        counts.append(wire.count())
    return counts


def _write(run: Run, way: str, path: str, served: Serving, counts: Sequence[Count]) -> None:
    labels = {"way": way, "path": path, "peer": served.peer.name}
    for count in counts:
        run.book.add("connections", count.connections, **labels)
        run.book.add("connecting", count.connecting, **labels)
        run.book.add("asking", count.asking, **labels)
    last = counts[-1]
    run.say(
        f"{served.peer.name}, {path}, {way}: {last.connections} connections, "
        f"{last.connecting} + {last.asking} round trips"
    )
    if path == "newest":
        run.book.facts[f"statements of {served.peer.name}"] = _listed(last.statements)


def _listed(statements: Sequence[str]) -> str:
    """A line for each statement."""
    return "\n".join(" ".join(statement.split()) for statement in statements)
