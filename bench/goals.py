"""The goals, each with what was measured."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bench import limit
from bench.book import Book, written
from bench.invocation import labels
from bench.peers import BEFORE, DENO, FLOOR, OTTAVINO, STARLETTE, SUPABASE
from bench.questions import NAMED

READING = ("list newest 20", "get by id", "search")


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, what it has to be, and what it is: None where it was not measured."""

    figure: str
    goal: str
    found: str | None
    reached: bool
    floor: str | None = None
    """What the least program in Python reaches, that keeps callers apart in the same way."""
    limit: str | None = None
    """What `pgbench -C` reaches with the same statements."""


class _Ratios(NamedTuple):
    """What the service, the floor and `pgbench` have reached, each over the same other."""

    ours: float | None
    floor: float | None
    limit: float | None


def goals(book: Book) -> list[Goal]:
    """All of them, in the order of what a user of the service notices."""
    return [*_counted(book), *_against_others(book), *_tables(book), *_process(book)]


def _against_others(book: Book) -> Iterator[Goal]:
    def ratio(figure: str, way: str, other: str, **labelled: Any) -> _Ratios:
        found = (
            book.ratio(figure, labels(peer, way, **labelled), labels(other, way, **labelled))
            for peer in (OTTAVINO.name, FLOOR.name, limit.ISOLATED)
        )
        ours, floor, least = found
        # pgbench answers no requests, so that it has no server to account for.
        return _Ratios(ours, floor, None if figure == "cpu" else least)

    def at_least(least: float, what: str, found: _Ratios) -> Goal:
        return _against(what, f"at least {least:g}", found, lambda ratio: ratio >= least)

    def at_most(most: float, what: str, found: _Ratios) -> Goal:
        return _against(what, f"at most {most:g}", found, lambda ratio: ratio <= most)

    pooled = "through PgBouncer, "
    yield at_most(
        0.5, f"{pooled}server CPU ÷ version before", ratio("cpu", "pgbouncer", BEFORE.name)
    )
    yield at_least(
        2.2, f"{pooled}rate ÷ Deno and Drizzle", ratio("rate", "pgbouncer", DENO.name)
    )
    yield at_least(
        1.15,
        f"{pooled}rate ÷ `@supabase/server` with its own pool",
        ratio("rate", "pgbouncer", SUPABASE.name),
    )
    yield at_least(0.75, "direct, rate ÷ `pgbench -C`", ratio("rate", "socket", limit.NAME))
    yield at_least(1.3, "direct, rate ÷ Deno and Drizzle", ratio("rate", "socket", DENO.name))
    yield at_most(1, "direct, p99 ÷ Deno and Drizzle", ratio("p99", "socket", DENO.name))
    for callers in (8, 1):
        yield at_most(
            0.6,
            f"TCP, SCRAM, 5 ms of round trip, callers: {callers}, p50 ÷ Deno and Drizzle",
            ratio("p50", "tcp", DENO.name, callers=callers, rtt="5"),
        )
    yield at_most(
        0.45, "TCP, SCRAM: server CPU ÷ version before", ratio("cpu", "tcp", BEFORE.name)
    )
    yield at_least(
        0.85,
        "a function without a query, rate ÷ bare Starlette",
        ratio("rate", "socket", STARLETTE.name, path="ping"),
    )


def _counted(book: Book) -> Iterator[Goal]:
    ours = {"peer": OTTAVINO.name, "way": "socket"}
    yield _goal(
        "round trips after connecting, one query",
        "at most 2",
        book.median("asking", **ours, path="newest"),
        lambda found: found <= 2,  # noqa: PLR2004  # the goal itself
    )
    yield _goal(
        "connections of a function without a query",
        "0",
        book.median("connections", **ours, path="ping"),
        lambda found: found == 0,
    )


def _tables(book: Book) -> Iterator[Goal]:
    taxes = list(_ratios(book, "query", {"side": "caller"}, {"side": "owner"}))
    worst = max((tax for known, tax in taxes if known["query"] in READING), default=None)
    named = max((tax for known, tax in taxes if known["query"].endswith(NAMED)), default=None)
    yield _against(
        "row security on list, get and search, the worst of all tables",
        "at most 1.05",
        _Ratios(worst, named, None),
        lambda found: found <= 1.05,  # noqa: PLR2004  # the goal itself
    )
    without, indexed = {"index": "without"}, {"index": "with"}
    gains = [gain for _, gain in _ratios(book, "index in the server", without, indexed)]
    yield _goal(
        "index against none, in the server, the least of all tables",
        "at least 10",
        min(gains, default=None),
        lambda found: found >= 10,  # noqa: PLR2004  # the goal itself
    )
    growths = [
        book.ratio("list in the server", known, {**known, "rows": "10000"})
        for known in book.labels("list in the server")
        if known["rows"] == "1000000"
    ]
    yield _goal(
        "list newest 20, 1,000,000 rows against 10,000, in the server, the worst of all tables",
        "at most 1.2",
        max((growth for growth in growths if growth), default=None),
        lambda found: found <= 1.2,  # noqa: PLR2004  # the goal itself
    )


def _process(book: Book) -> Iterator[Goal]:
    slope = book.median("growth", peer=OTTAVINO.name)
    error = book.median("growth error", peer=OTTAVINO.name)
    found = None
    if slope is not None and error is not None:
        found = f"{slope:.2f} ± {2 * error:.2f} kB a thousand invocations"
    yield Goal(
        "growth of memory",
        "none that a line can tell from zero",
        found,
        # With too few points there is no error to compare with.
        slope is not None and error is not None and slope <= 2 * error < math.inf,
    )
    start = book.median("start", peer=OTTAVINO.name)
    yield _goal("seconds from start to first answer", "under 1", start, lambda s: s < 1)
    after = [book.median("memory after", **known) for known in book.labels("memory after")]
    yield _goal(
        "megabytes of a worker, after all invocations",
        "at most 80",
        after[-1] if after else None,
        lambda found: found <= 80,  # noqa: PLR2004  # the goal itself
    )


def _against(
    figure: str, goal: str, found: _Ratios, is_reached: Callable[[float], bool]
) -> Goal:
    floor, least = (None if each is None else written(each) for each in found[1:])
    return replace(_goal(figure, goal, found.ours, is_reached), floor=floor, limit=least)


def _goal(
    figure: str, goal: str, found: float | None, is_reached: Callable[[float], bool]
) -> Goal:
    if found is None:
        return Goal(figure, goal, None, reached=False)
    return Goal(figure, goal, written(found), is_reached(found))


def _ratios(
    book: Book, figure: str, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> Iterator[tuple[dict[str, str], float]]:
    """One side over the other, wherever a figure has both."""
    for known in book.labels(figure):
        if ours.items() <= known.items():
            ratio = book.ratio(figure, known, {**known, **theirs})
            if ratio is not None:
                yield known, ratio
