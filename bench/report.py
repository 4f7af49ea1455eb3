"""RESULTS.md, TABLES.md and the plots, written from what was measured."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import limit, markdown, plot, report_tables
from bench.account import PGBOUNCER, POSTGRESQL, SERVER
from bench.book import Book, written
from bench.goals import goals
from bench.invocation import labels
from bench.peers import BEFORE, BEFORE_COMMIT, DENO, FASTAPI, OTTAVINO, PEERS, SUPABASE
from bench.schema import LARGE, PROGRAMS, PROJECT, TABLES_FACT
from bench.ways import TITLES

NAMES = {**{peer.name: peer.title for peer in PEERS.values()}, **limit.TITLES}

FIGURES = ("rate", "p50", "p95", "p99", SERVER, PGBOUNCER, POSTGRESQL)
INVOCATION = (
    "",
    "requests/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU ms: server",
    "PgBouncer",
    "PostgreSQL",
)

HEAD = """# How fast it is

`make bench` writes this page, and [TABLES.md](TABLES.md) with every figure of the same run.

An invocation verifies a token, connects, begins a transaction as its caller, selects the 20
newest of the caller's documents under row security, commits, and answers them as JSON.
Server, database and callers share one machine, so a rate compares two services, and does not
say how fast either is on a machine of its own. Peers take turns, round by round. A value is
the median of the rounds, with the least and the greatest in brackets. All peers reach the same
database with the same policies. They log in without a key, so that PostgreSQL verifies a
signature for Ottavino and its floor alone.
"""

CHOICES_HEAD = (
    "Eight callers. `CPU ms` is the processor time of the server for one invocation: the "
    "figure with the least noise."
)

FRESH = """It costs the time to connect, which PostgreSQL and the server both pay. Directly,
PostgreSQL starts a process for each invocation: most of the processor time is spent there,
and no server can avoid it. Through PgBouncer the process is there already, and connecting
takes one round trip. It costs most with passwords or TLS and no pooler. A pool inside the
server, as `@supabase/server` has, does not pay this.

It buys that nothing outlives an invocation. A pool in the server keeps connections from one
caller to the next, and with them whatever a query has left there: a role, a setting, a
temporary table. Here the connection is opened as its caller and closed, and behind a pooler
each transaction clears what may have been left ([SECURITY.md](../SECURITY.md)). The server
also holds no connections while it is idle, so any number of processes share one pooler."""

GOALS_FOOT = f"""`floor` is what the least program in Python reaches
([floor](peers/floor/app.py)): it sends the service's own statements, isolation and signature
included, and has no log, errors or limits. `pgbench` is what `pgbench -C` reaches with the same
statements, as a limit of any client. Where the floor misses a goal too, what is in the way is
Python, PostgreSQL or the price of isolation, and not what the service adds. For row security,
the floor is a policy with the user's id in it: the rest is spent on verifying who calls.

The version before is commit {BEFORE_COMMIT}, the last one with four round trips after
connecting. It runs on the same packages and the same database."""

TABLES_HEAD = """# All figures

`make bench` writes this page beside [RESULTS.md](RESULTS.md), from the same run.
"""


def write(book: Book, path: Path) -> None:
    """Write the report, and beside it TABLES.md and the folder `plots`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plots = path.parent / "plots"
    plots.mkdir(exist_ok=True)
    for name, svg in _plots(book):
        (plots / f"{name}.svg").write_text(svg, "utf-8")
    path.write_text("\n".join([HEAD, *_summary(book)]), "utf-8")
    tables = "\n".join([TABLES_HEAD, *_sections(book)])
    path.with_name("TABLES.md").write_text(tables, "utf-8")


def _summary(book: Book) -> Iterator[str]:
    yield _section("Which stack", _choices(book))
    yield _section("What a fresh connection costs, and what it buys", [FRESH])
    yield _section("Goals", _goals(book))
    yield _section("What is missing", [f"- {note}" for note in book.notes])
    machine = {key: fact for key, fact in book.facts.items() if " of " not in key}
    yield _section("Measured on", [f"- {name}: {fact}" for name, fact in machine.items()])


def _sections(book: Book) -> Iterator[str]:
    yield _section("Invocations", _invocations(book))
    yield _section("Counted on the wire", _counted(book))
    yield _section("The process", _process(book))
    yield _section("Row security", report_tables.row_security(book))
    yield _section("With and without the index", report_tables.indexes(book))
    yield _section("Many rows against few", report_tables.lists(book))
    yield _section("Pages", report_tables.pages(book))
    yield _section("More processes", _scale(book))
    yield _section("Migrations", _migrations(book))
    yield _section("Queries", _queries(book))
    yield _section("What each peer sends", _statements(book))


def _choices(book: Book) -> list[str]:
    rows: list[list[str]] = []
    for name in (OTTAVINO.name, SUPABASE.name, DENO.name, FASTAPI.name, limit.NAME):
        figures = [
            book.spread(figure, **labels(name, way))
            for way in ("pgbouncer", "socket")
            for figure in ("rate", SERVER)
        ]
        if set(figures) != {"-"}:
            rows.append([NAMES[name], *figures])
    head = ("", "through PgBouncer: requests/s", "CPU ms", "directly: requests/s", "CPU ms")
    lines = markdown.table(head, rows)
    return [CHOICES_HEAD, "", *lines] if lines else []


def _migrations(book: Book) -> list[str]:
    if not book.labels("drift"):
        return []
    rows: list[list[str]] = []
    for figure, program in PROGRAMS.items():
        for schema in (PROJECT, LARGE):
            ours, theirs = ({"schema": schema, "side": side} for side in ("ours", "theirs"))
            ratio = book.ratio(figure, ours, theirs)
            if ratio is not None:
                both = (book.spread(figure, **side) for side in (ours, theirs))
                rows.append([f"{figure}, {schema}", program, *both, written(ratio)])
    start = book.spread("drift", schema=PROJECT, side="start")
    large = f"A large project has {book.facts[TABLES_FACT]} tables more, each in a migration of"
    return [
        f"{large} its own. Of each command, {start} s are the start of Python and Piccolo.",
        "",
        *markdown.table(("command", "beside", "ours, s", "theirs, s", "ratio"), rows),
    ]


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join(["", f"## {title}", "", *lines]) if lines else ""


def _goals(book: Book) -> list[str]:
    rows = [
        [
            goal.figure,
            goal.goal,
            goal.found or "not measured",
            ("yes" if goal.reached else "no") if goal.found else "",
            goal.floor or "",
            goal.limit or "",
        ]
        for goal in goals(book)
    ]
    head = ("figure", "goal", "measured", "reached", "floor", "`pgbench`")
    return [*markdown.table(head, rows), "", GOALS_FOOT]


def _invocations(book: Book) -> list[str]:
    cells: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for known in book.labels("rate"):
        key = tuple(known[name] for name in ("path", "way", "rtt", "callers", "workers"))
        cells.setdefault(key, []).append(known)
    found: list[str] = []
    for (path, way, rtt, callers, workers), rows in cells.items():
        later = f", {rtt} ms of round-trip time" if rtt != "0" else ""
        several = f", {workers} workers" if workers != "1" else ""
        asked = "" if path == "newest" else "A function without a query. "
        count = "1 caller" if callers == "1" else f"{callers} callers"
        found += ["", f"**{asked}{TITLES[way]}{later}, {count}{several}**", ""]
        found += markdown.table(
            INVOCATION,
            [
                [
                    NAMES[known["peer"]],
                    *(book.spread(figure, **known) for figure in FIGURES),
                ]
                for known in rows
            ],
        )
    return found[1:]


def _counted(book: Book) -> list[str]:
    rows = [
        [
            NAMES[known["peer"]],
            "one query" if known["path"] == "newest" else "no query",
            TITLES[known["way"]],
            *(
                book.spread(figure, **known)
                for figure in ("connections", "connecting", "asking")
            ),
        ]
        for known in book.labels("connections")
    ]
    head = ("", "function", "way", "connections", "round trips to connect", "and after it")
    return markdown.table(head, rows)


def _process(book: Book) -> list[str]:
    rows = [
        [
            NAMES[known["peer"]],
            book.spread("start", **known),
            book.spread("memory", **known),
        ]
        for known in book.labels("start")
    ]
    found = markdown.table(("", "start to first answer, s", "memory, MB"), rows)
    after = [
        (int(known["invocations"]), book.median("memory after", **known))
        for known in book.labels("memory after")
    ]
    if after:
        quarter = max(1, len(after) // 5)
        shown = ", ".join(f"{mb:.1f} MB after {count:,}" for count, mb in after[::quarter])
        found += ["", f"Memory of one worker of the service: {shown}."]
    return found


def _scale(book: Book) -> list[str]:
    figures = ("scale rate", "scale p99", "scale answers", "scale errors", "scale mismatches")
    rows = [
        [
            known["processes"],
            known["callers"],
            *(book.spread(each, **known) for each in figures),
        ]
        for known in book.labels("scale rate")
    ]
    head = (
        "processes",
        "callers",
        "answers/s",
        "p99 ms",
        "answers",
        "errors",
        "of another user",
    )
    return markdown.table(head, rows)


def _queries(book: Book) -> list[str]:
    figures = (
        "query time",
        "query cpu",
        "query cpu ratio",
        "query build",
        "query rows",
        "query rows ratio",
    )
    rows = [
        [known["query"], *(book.spread(each, **known) for each in figures)]
        for known in book.labels("query time")
    ]
    head = (
        "20 rows on one connection",
        "µs",
        "µs of the processor",
        "÷ by hand",
        "of these to build the statement",
        "to make the rows",
        "÷ by hand",
    )
    why = (
        "All of them take turns, each on one connection. A ratio is the median of those of "
        "each turn, to asyncpg with a dataclass that is filled by hand. The earlier commit "
        "runs in a process of its own."
    )
    return [why, "", *markdown.table(head, rows)] if rows else []


def _statements(book: Book) -> list[str]:
    found: list[str] = []
    for key, statements in book.facts.items():
        name = key.removeprefix("statements of ")
        if name != key:
            found += [f"**{NAMES[name]}**", "", "```sql", statements.strip(), "```", ""]
    return found


def _plots(book: Book) -> Iterator[tuple[str, str]]:
    for way, title in (("socket", "direct"), ("pgbouncer", "through PgBouncer")):
        rates = {
            NAMES[name]: book.median("rate", **labels(name, way))
            for name in (*PEERS, *limit.TITLES)
            if name != BEFORE.name
        }
        found = {name: rate for name, rate in rates.items() if rate is not None}
        if found:
            svg = plot.bars(f"Invocations per second, {title}", found, OTTAVINO.title)
            yield f"rate-{way}", svg
    for way in ("tcp", "pgbouncer-tls"):
        series = {
            peer.title: [
                book.median("p50", **labels(peer.name, way, rtt=rtt)) or 0
                for rtt in ("0", "1", "5", "20")
            ]
            for peer in (OTTAVINO, FASTAPI, DENO)
        }
        if all(all(values) for values in series.values()):
            ticks = ("0 ms", "1 ms", "5 ms", "20 ms of round trip")
            yield f"rtt-{way}", plot.lines(f"{TITLES[way]}: p50", ticks, series, "ms")
    yield from _growth_plot(book)


def _growth_plot(book: Book) -> Iterator[tuple[str, str]]:
    sizes = list(dict.fromkeys(known["rows"] for known in book.labels("query")))
    asked = {"table": "documents", "user": "caller", "side": "caller"}
    series = {
        query: [book.median("query", **asked, query=query, rows=size) or 0 for size in sizes]
        for query in ("list newest 20", "get by id", "count", "search")
    }
    if len(sizes) > 1 and all(all(values) for values in series.values()):
        ticks = [f"{int(size):,}" for size in sizes]
        yield "growth", plot.lines("Queries of documents by rows", ticks, series, "ms")
