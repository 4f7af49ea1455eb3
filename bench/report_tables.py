"""The sections of RESULTS.md about queries of the six tables."""

from bench import markdown
from bench.book import Book, written
from bench.rls import index_key

HEAVY = {"caller": "", "heavy": ", by the user with 50,000"}


def row_security(book: Book) -> list[str]:
    """Each query as its user and as the owner."""
    rows: list[list[str]] = []
    for known in book.labels("query"):
        if known["side"] != "caller":
            continue
        owner = {**known, "side": "owner"}
        plan = {name: value for name, value in known.items() if name != "side"}
        meant = book.median("plan as meant", **plan)
        tax = book.ratio("query", known, owner)
        within = book.ratio("in the server", known, owner)
        rows.append(
            [
                f"{known['table']}, {known['query']}{HEAVY[known['user']]}",
                f"{int(known['rows']):,}",
                book.spread("query", **known),
                book.spread("query", **owner),
                written(tax) if tax else "-",
                written(within) if within else "-",
                "" if meant is None else ("yes" if meant else "no"),
                book.facts.get(index_key(known), ""),
            ]
        )
    times = ("caller, ms", "owner, ms", "tax", "tax in the server")
    head = ("query", "rows", *times, "plan", "index")
    why = (
        "Both sides ask the same, unprepared, and read the same rows, on one core; the owner "
        "filters by hand, and the caller searches as the service does. The plan is as meant if "
        "it reads an index and evaluates `ottavino.uid()` once. Where the user is named, the "
        "policy has their id instead, which shows what row security costs by itself."
    )
    return [why, "", *markdown.table(head, rows)] if rows else []


def indexes(book: Book) -> list[str]:
    """The newest rows of each table, with its index and without."""
    rows: list[list[str]] = []
    for known in book.labels("index"):
        if known["index"] != "with":
            continue
        without = {**known, "index": "without"}
        row = [known["table"], f"{int(known['rows']):,}"]
        for figure in ("index", "index in the server"):
            gain = book.ratio(figure, without, known)
            row += [book.spread(figure, **each) for each in (known, without)]
            row.append(written(gain) if gain else "-")
        rows.append(row)
    times = ("with, ms", "without, ms", "times")
    head = ("list newest 20", "rows", *times, *(f"in the server {each}" for each in times))
    return markdown.table(head, rows)


def lists(book: Book) -> list[str]:
    """The newest rows at the least size, beside the greatest."""
    sizes = list(dict.fromkeys(known["rows"] for known in book.labels("list")))
    rows: list[list[str]] = []
    for table in dict.fromkeys(known["table"] for known in book.labels("list")):
        few, many = ({"table": table, "rows": size} for size in (sizes[0], sizes[-1]))
        row = [table]
        for figure in ("list", "list in the server"):
            growth = book.ratio(figure, many, few)
            row += [book.spread(figure, **few), book.spread(figure, **many)]
            row.append(written(growth) if growth else "-")
        rows.append(row)
    if not rows:
        return []
    times = (*(f"{int(size):,} rows, ms" for size in (sizes[0], sizes[-1])), "times")
    head = ("list newest 20", *times, *(f"in the server {each}" for each in times))
    return markdown.table(head, rows)


def pages(book: Book) -> list[str]:
    """Pages of one user, the deeper the further down."""
    depths = list(dict.fromkeys(known["depth"] for known in book.labels("page")))
    rows = [
        [
            f"{int(depth):,}",
            *(book.spread("page", by=by, depth=depth) for by in ("cursor", "offset")),
        ]
        for depth in depths
    ]
    return markdown.table(("after so many rows", "by cursor, ms", "by offset, ms"), rows)
