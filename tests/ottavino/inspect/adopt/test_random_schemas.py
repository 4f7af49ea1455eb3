"""Random schemas are adopted, and their classes make the same database."""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from hypothesis import given

from ottavino.inspect.adopt.adoption import Project, adoption
from ottavino.inspect.adopt.found import found_tables
from ottavino.inspect.catalog import read
from ottavino.migrate.state import declared
from ottavino.testing import Database
from ottavino.testing.cluster import EMPTY, Cluster
from tests.ottavino.migrate.project import catalog, run
from tests.ottavino.migrate.schemas import Schema, schemas
from tests.ottavino.migrate.test_round_trip import made, migrator


@pytest.fixture
async def other_database(cluster: Cluster) -> AsyncGenerator[Database]:
    """One more database of the test's own."""
    async with cluster.clone(EMPTY) as database:
        yield database


NOT_ADOPTED = {"a price", "a number"}
"""The kinds of columns whose domain or sequence stays in the database as it is."""


def of_tables(schema: Schema) -> Schema:
    """A schema without the kinds that are not adopted: views, domains and others."""
    tables = {
        name: {column: kind for column, kind in columns.items() if kind not in NOT_ADOPTED}
        for name, columns in schema.tables.items()
    }
    functions = [
        each for each in schema.functions if re.match(r"number$|sign_up$|rows_", each[0])
    ]
    return replace(schema, tables=tables, functions=tuple(functions))


@given(schemas().map(of_tables))
async def test_what_is_adopted_makes_the_same_database(
    empty_database: Database, other_database: Database, schema: Schema
) -> None:
    async with migrator(empty_database) as live, migrator(other_database) as empty:
        await run(live, made(declared(schema.classes(), schema.objects())))
        before = await catalog(live)
        found = await found_tables(live, ["public"])
        result = await adoption(
            live,
            Project("adopted", (), (), ()),
            await read(live, ["public"]),
            found,
            whole=True,
        )
        assert (result.refused, result.kept, result.besides) == ({}, [], [])
        await live.execute("set local search_path = public")
        assert await catalog(live) == before
        await run(empty, made(result.state))
        assert await catalog(empty) == before
