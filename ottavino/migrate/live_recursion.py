"""The recursive policies of a database, read from its catalogs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from ottavino.declare.database_function import FunctionBody, FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.recursion import Cycle, Known, PolicyReader, Reader, Readers, sentence
from ottavino.migrate.steps import Create, Replace, Step
from ottavino.migrate.transaction import RolledBack
from ottavino.postgres.connection import Connection

EDGES = (Path(__file__).parent / "recursion.sql").read_text("utf-8")

Rows = Sequence[asyncpg.Record]


async def live_cycles(
    connection: Connection, files: Iterable[MigrationFile] | None = None
) -> list[Cycle]:
    """The cycles among the policies of a database.

    The catalogs do not show which tables a function's body reads. If migration files state the
    tables, these are used; otherwise the body is parsed.
    """
    rows = await connection.fetch(EDGES)
    functions = [row for row in rows if row["kind"] == "function"]
    named = _parsed(rows, functions) if files is None else _stated(files)
    return Readers(
        [_policy(row) for row in rows if row["kind"] == "policy"],
        {row["name"]: _reader(row) for row in rows if row["kind"] == "view"},
        {row["name"]: _with(_reader(row), named.get(row["name"])) for row in functions},
    ).cycles()


@dataclass(slots=True)
class RecursionCheck:
    """Refuses a run that makes policies recursive."""

    connection: Connection
    files: Sequence[MigrationFile]
    """The files that have run, and those of this run."""
    _before: set[Cycle] = field(default_factory=set[Cycle])
    """The cycles that existed before the run, which it did not cause."""

    async def begin(self) -> None:
        """Find the cycles that exist already."""
        self._before = {*await live_cycles(self.connection, self.files)}

    async def require_none(self) -> None:
        """Refuse a cycle that did not exist before."""
        for cycle in await live_cycles(self.connection, self.files):
            if cycle not in self._before:
                raise RolledBack(sentence(cycle))


def _parsed(rows: Rows, functions: Rows) -> dict[str, Reader]:
    relations = {row["relation"] or row["name"] for row in rows if row["kind"] != "function"}
    known = Known(
        frozenset(relations).union(*(row["reads"] for row in rows)),
        frozenset(row["name"] for row in functions),
    )
    return {
        row["name"]: known.function(row["name"], FunctionBody(row["body"], row["language"]))
        for row in functions
        if row["language"] in {"sql", "plpgsql"}
    }


def _stated(files: Iterable[MigrationFile]) -> dict[str, Reader]:
    """The facts that the files state about each function; the last file counts."""
    made = [_made(step) for file in files for step in file.migration.steps]
    return {
        each.called: Reader(each.called, frozenset(each.uses or ()))
        for each in made
        if isinstance(each, FunctionDefinition)
    }


def _made(step: Step) -> Definition | None:
    match step:
        case Create(definition) | Replace(_, definition):
            return definition
        case _:
            return None


def _policy(row: asyncpg.Record) -> PolicyReader:
    return PolicyReader(
        row["name"],
        frozenset(row["reads"]),
        frozenset(row["calls"]),
        row["relation"],
        row["command"],
        frozenset(row["roles"]),
        row["has_subselect"],
    )


def _reader(row: asyncpg.Record) -> Reader:
    return Reader(row["name"], frozenset(row["reads"]), frozenset(row["calls"]))


def _with(reader: Reader, other: Reader | None) -> Reader:
    if other is None:
        return reader
    return Reader(reader.name, reader.reads | other.reads, reader.calls | other.calls)
