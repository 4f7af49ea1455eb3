"""The recursive policies of a database, read from its catalogs."""

from collections.abc import Collection, Sequence
from pathlib import Path

import asyncpg

from ottavino.declare.database_function import FunctionBody
from ottavino.migrate.recursion import (
    Cycle,
    Known,
    PolicyReader,
    Reader,
    Readers,
    reached,
    sentence,
)
from ottavino.migrate.transaction import RolledBack
from ottavino.postgres.connection import Connection

EDGES = (Path(__file__).parent / "recursion.sql").read_text("utf-8")

KINDS = ("policy", "view", "function", "role")


async def live_cycles(connection: Connection) -> list[Cycle]:
    """The cycles among the policies of a database.

    The catalogs do not show which tables the body of a function names, so bodies are read.
    """
    rows = await connection.fetch(EDGES)
    of_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in KINDS}
    known = _known(rows)
    policies = [_policy(row) for row in of_kind["policy"]]
    views = {row["name"]: _reader(row) for row in of_kind["view"]}

    def read(name: str) -> Reader:
        rows = [row for row in of_kind["function"] if row["name"] == name]
        bodies = [FunctionBody(row["body"], row["language"]) for row in rows]
        made = known.function(name, bodies)
        for row in rows:
            made |= _reader(row)
        return made

    return Readers(
        policies,
        views,
        reached([*policies, *views.values()], read),
        {row["name"]: frozenset(row["roles"]) for row in of_kind["role"]},
    ).cycles()


async def require_no_others(connection: Connection, before: Collection[Cycle]) -> None:
    """Refuse a run that makes policies recursive, unless they were so before it."""
    for cycle in await live_cycles(connection):
        if cycle not in before:
            raise RolledBack(sentence(cycle))


def _known(rows: Sequence[asyncpg.Record]) -> Known:
    """The names in the database that the body of a function may mean."""
    policies = {row["relation"] for row in rows if row["kind"] == "policy"}
    views = {row["name"] for row in rows if row["kind"] == "view"}
    functions = {row["name"] for row in rows if row["kind"] == "function"}
    return Known(frozenset(policies | views), frozenset(functions))


def _policy(row: asyncpg.Record) -> PolicyReader:
    return PolicyReader(
        row["name"],
        frozenset(row["reads"]),
        frozenset(row["calls"]),
        table=row["relation"],
        command=row["command"],
        roles=frozenset(row["roles"]),
        has_subselect=row["has_subselect"],
        exempt=row["owner"] or "",
    )


def _reader(row: asyncpg.Record) -> Reader:
    return Reader(
        row["name"], frozenset(row["reads"]), frozenset(row["calls"]), row["owner"] or ""
    )
