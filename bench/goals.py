"""What is to be reached, beside what was measured."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bench import limit
from bench.book import Book, written
from bench.invocation import labels
from bench.peers import DENO, FASTAPI, OTTAVINO, STARLETTE

READING = ("list newest 20", "get by id", "search")


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, what it has to be, and what it is: None where it was not measured."""

    figure: str
    goal: str
    found: str | None
    reached: bool


def goals(book: Book) -> list[Goal]:
    """All of them, in the order of what a user of the service notices."""
    return [*_against_others(book), *_counted(book), *_tables(book), *_process(book)]


def _against_others(book: Book) -> Iterator[Goal]:
    def at_least(figure: str, least: float, way: str, other: str, path: str = "newest") -> Goal:
        ratio = book.ratio(
            "rate",
            labels(OTTAVINO.name, way, path=path),
            labels(other, way, path=path),
        )
        return _goal(figure, f"at least {least:g}", ratio, lambda found: found >= least)

    yield at_least("direct, against pgbench -C", 0.90, "socket", limit.NAME)
    yield at_least("direct, against Deno and Drizzle", 1.6, "socket", DENO.name)
    tail = book.ratio("p99", labels(OTTAVINO.name, "socket"), labels(DENO.name, "socket"))
    yield _goal("direct, p99 against Deno's", "at most 1", tail, lambda found: found <= 1)
    yield at_least("through PgBouncer, against Deno and Drizzle", 4, "pgbouncer", DENO.name)
    yield at_least(
        "through PgBouncer, against FastAPI and SQLAlchemy", 2, "pgbouncer", FASTAPI.name
    )
    yield at_least(
        "a function without a query, against bare Starlette",
        0.85,
        "socket",
        STARLETTE.name,
        "ping",
    )


def _counted(book: Book) -> Iterator[Goal]:
    ours = {"peer": OTTAVINO.name, "way": "socket"}
    yield _goal(
        "round trips after connecting, one query",
        "at most 4",
        book.median("asking", **ours, path="newest"),
        lambda found: found <= 4,  # noqa: PLR2004  # the goal itself
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
    yield _goal(
        "row security on list, get and search, the worst of all tables",
        "at most 1.05",
        worst,
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
        # Too few points have no error that could be told.
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
