"""Samples that PostgreSQL keeps of columns declared with `NoStatistics`."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from ottavino.inspect.finding import Finding
from ottavino.postgres.connection import Connection

SAMPLES = (Path(__file__).parent / "samples.sql").read_text("utf-8")

WORDS = {
    "kept": "PostgreSQL still has samples of {column}, from before `NoStatistics` was declared",
    "statistics": "The extended statistics {keeper} keep samples of {column}",
    "index": "The index {keeper} over an expression keeps samples of {column}",
}

BY_OTHERS = "delete its row of pg_statistic as a superuser, or go to PostgreSQL 18 first"
"""The advice if a policy, a generated column or a view uses the column."""


async def samples(connection: Connection, schemas: Sequence[str]) -> list[Finding]:
    """The objects that keep samples. Plans depend on them, and so reveal others' rows."""
    return [*map(_finding, await connection.fetch(SAMPLES, schemas))]


def _finding(row: asyncpg.Record) -> Finding:
    sentence = WORDS[row["what"]].format(keeper=row["keeper"], column=row["column"])
    return Finding(
        "warning",
        "OTT107",
        row["keeper"],
        f"{sentence}. Query plans depend on them, and so reveal other users' rows. To end "
        f"that: {row['fix'] or BY_OTHERS}.",
    )
