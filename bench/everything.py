"""A whole run: which comparisons there are, and in which order."""

from typing import TextIO

from bench import counted, limit, load, process, scale, schema, tables, typed, ways
from bench.invocation import Cell
from bench.invocation import measure as compare
from bench.peers import (
    BEFORE,
    DENO,
    FASTAPI,
    FLOOR,
    OTTAVINO,
    PEERS,
    STARLETTE,
    STARLETTE_PLAIN,
)
from bench.run import Run

RIVALS = (OTTAVINO, STARLETTE, FASTAPI, DENO)
"""The peers of most comparisons: by hand, by a framework, by the other stack."""

ALL_PEERS = tuple(peer for peer in PEERS.values() if peer is not STARLETTE_PLAIN)
"""All but the stand-in for a peer that is not installed: a whole run installs it first."""

QUICK_RIVALS = (OTTAVINO, STARLETTE_PLAIN, FLOOR, FASTAPI, DENO)

CELLS = (
    # All peers, by the two ways in which a service is deployed. Most goals are judged by these.
    Cell("socket", 8, ALL_PEERS, limits=tuple(limit.TITLES), times=2),
    Cell("pgbouncer", 8, ALL_PEERS, limits=tuple(limit.TITLES), times=2),
    # One caller shows the latency, many show what happens under pressure.
    Cell("socket", 1, RIVALS, limits=(limit.NAME,)),
    Cell("socket", 64, RIVALS, limits=(limit.NAME,)),
    Cell("pgbouncer", 1, RIVALS, limits=(limit.NAME,)),
    Cell("pgbouncer", 64, RIVALS, limits=(limit.NAME,)),
    # What passwords and TLS cost each time.
    Cell("tcp", 8, (OTTAVINO, BEFORE, FLOOR, FASTAPI, DENO), limits=(limit.NAME,)),
    Cell("tls", 8, (OTTAVINO, FASTAPI, DENO)),
    Cell("pgbouncer-tls", 8, (OTTAVINO, FASTAPI, DENO)),
    # A database that is not next door: round trips are what is paid for.
    *(
        Cell(way, 8, (OTTAVINO, FLOOR, FASTAPI, DENO), rtt=rtt)
        for way in ("tcp", "pgbouncer-tls")
        for rtt in (1, 5, 20)
    ),
    Cell("tcp", 1, (OTTAVINO, FLOOR, DENO), rtt=5),
    # A function without a query.
    Cell("socket", 8, (*RIVALS, FLOOR), path="ping"),
    # More than one process.
    Cell("pgbouncer", 64, (OTTAVINO, STARLETTE), workers=2),
)


def install(out: TextIO) -> None:
    """Install every peer that is not, and say of each that cannot be why."""
    for peer in PEERS.values():
        if peer.missing:
            out.write(f"installing {peer.title}\n")
            if reason := peer.install():
                out.write(f"{reason}\n")


def measure(run: Run) -> None:
    """Everything."""
    _say_what_is_missing(run)
    for way in ("socket", "tcp"):
        counted.measure(run, way, ALL_PEERS)
    process.starts(run, ALL_PEERS)
    for cell in CELLS:
        compare(run, cell)
    typed.measure(run)
    process.memory(run, OTTAVINO, _fastest_way())
    scale.measure(run)
    tables.measure(run, run.pace.sizes)
    schema.measure(run)


def measure_quickly(run: Run) -> None:
    """Something of everything, with the peers that are installed anyway."""
    _say_what_is_missing(run)
    counted.measure(run, "socket", tuple(PEERS.values()))
    process.starts(run, (OTTAVINO, STARLETTE_PLAIN))
    for way in ("socket", "pgbouncer"):
        compare(run, Cell(way, 8, QUICK_RIVALS, limits=tuple(limit.TITLES)))
    compare(run, Cell("socket", 8, (OTTAVINO, STARLETTE_PLAIN), path="ping"))
    typed.measure(run)
    process.memory(run, OTTAVINO, _fastest_way())
    scale.measure(run)
    tables.measure(run, run.pace.sizes)
    schema.measure(run)


def _fastest_way() -> str:
    return "socket" if ways.missing("pgbouncer") else "pgbouncer"


def _say_what_is_missing(run: Run) -> None:
    if reason := load.missing():
        run.book.note(reason)
