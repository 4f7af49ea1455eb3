"""Random schemas are adopted, and their classes make the same database."""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given

from ottavino import Col, Policy, Table, boolean, primary_key, text, uuid
from ottavino.inspect.adopt.adoption import Project, adoption
from ottavino.inspect.adopt.found import found_tables
from ottavino.inspect.catalog import read
from ottavino.migrate.state import State, declared
from ottavino.postgres.connection import Connection
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


OF_TABLES = re.compile(r"number$|sign_up$|rows_|view_|stored_")
"""The functions that tables call, and views."""


def of_tables(schema: Schema) -> Schema:
    """A schema without what is adopted with no table: procedures, publications and others."""
    return replace(
        schema,
        functions=tuple(each for each in schema.functions if OF_TABLES.match(each[0])),
    )


async def test_policies_are_written_by_their_helpers(
    empty_database: Database, other_database: Database
) -> None:
    class Notes(Table, tablename="notes"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = uuid()
        is_paid: Col[bool] = boolean()
        title: Col[str] = text()
        database_objects = (
            Policy.owner(user_id),
            Policy.owner(user_id, "insert"),
            Policy.public_read("is_paid and title <> 'it''s'"),
        )

    async with migrator(empty_database) as live, migrator(other_database) as empty:
        await run(live, made(declared([Notes])))
        before = await catalog(live)
        source, state = await adopted(live)
        assert "Policy.owner(user_id)," in source
        assert 'Policy.owner(user_id, "insert"),' in source
        assert "Policy.public_read(" in source
        assert "AsFound" not in source
        await run(empty, made(state))
        assert await catalog(empty) == before


async def adopted(live: Connection) -> tuple[str, State]:
    """The source of the only table, and what is declared then."""
    found = await found_tables(live, ["public"])
    project = Project("adopted", (), (), ())
    result = await adoption(live, project, await read(live, ["public"]), found, whole=True)
    assert (result.refused, result.kept, result.besides) == ({}, [], [])
    (source,) = result.sources.values()
    await live.execute("set local search_path = public")
    return source.text, result.state


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
