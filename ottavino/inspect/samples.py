"""What the planner still knows of columns of which nothing is to be kept for it."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from ottavino.inspect.finding import Finding
from ottavino.postgres.connection import Connection

SAMPLES = (Path(__file__).parent / "samples.sql").read_text("utf-8")

WORDS = {
    "kept": "PostgreSQL has kept samples of {column} from before nothing was to be kept of it",
    "statistics": "The extended statistics {keeper} keep samples of {column}",
    "index": "The index {keeper} over an expression keeps samples of {column}",
}

BY_OTHERS = "delete its row of pg_statistic as a superuser, or go to PostgreSQL 18 first"
"""What is left where a policy, a generated column or a view holds the column as it is."""


async def samples(connection: Connection, schemas: Sequence[str]) -> list[Finding]:
    """What keeps some, by which who sends any query can learn of rows that are not theirs."""
    return [*map(_finding, await connection.fetch(SAMPLES, schemas))]


def _finding(row: asyncpg.Record) -> Finding:
    sentence = WORDS[row["what"]].format(keeper=row["keeper"], column=row["column"])
    return Finding(
        "warning",
        "OTT107",
        row["keeper"],
        f"{sentence}, by which plans are chosen that tell of other users' rows. To end that: "
        f"{row['fix'] or BY_OTHERS}.",
    )
