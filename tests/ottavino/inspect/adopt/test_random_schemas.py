"""Random schemas are adopted, and their classes make the same database."""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import example, given

from ottavino import (
    Col,
    Extension,
    Policy,
    Table,
    bigint,
    boolean,
    integer,
    primary_key,
    serial,
    text,
    uuid,
)
from ottavino.inspect.adopt.adoption import adoption
from ottavino.inspect.adopt.foreign import policies_elsewhere
from ottavino.inspect.adopt.found import found_tables
from ottavino.inspect.adopt.project import Project
from ottavino.inspect.adopt.schemas import with_helpers
from ottavino.inspect.adopt.scope import Scope
from ottavino.inspect.catalog import read
from ottavino.migrate.state import State, declared
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.inspect.adopt import random_tables
from tests.ottavino.inspect.adopt.random_tables import shapes
from tests.ottavino.migrate.migrators import Migrators, migrators_of
from tests.ottavino.migrate.project import catalog, run
from tests.ottavino.migrate.random_columns import A_VECTOR
from tests.ottavino.migrate.random_groups import GROUPS, OTHER
from tests.ottavino.migrate.random_objects import EDITOR
from tests.ottavino.migrate.schemas import Schema, schemas
from tests.ottavino.migrate.test_round_trip import made


@pytest.fixture
async def others(cluster: Cluster) -> AsyncGenerator[Migrators]:
    """Those to a database in which the same is made."""
    async with cluster.clone(EMPTY) as database, migrators_of(database) as others:
        yield others


@pytest.fixture(scope="module")
def cluster(another_cluster: Cluster) -> Cluster:
    """Roles belong to a whole server, and no service starts whose login can become more."""
    return another_cluster


@pytest.fixture
async def editor(empty_database: Database, settings_from: SettingsFrom) -> AsyncGenerator[None]:
    """A role of the project's own, which is there already."""
    settings_from(API_ROLES=EDITOR)
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(f"create role {EDITOR}")
        yield
        await connection.execute(f"drop role {EDITOR}")


OF_TABLES = re.compile(r"number$|sign_up$|rows_|view_|stored_|procedure$|refreshed$|described$")
"""The functions that tables call, and views, and procedures."""
ELSEWHERE = {"files", "publication", "raw"}
"""Policies on tables of others, publications with options, and rules."""


def of_tables(schema: Schema) -> Schema:
    """A schema without what is adopted with no table: a type of no column, and others."""
    return replace(
        schema,
        besides=tuple(
            each
            for each in schema.besides
            if OF_TABLES.match(each[0]) or each[0] in {*GROUPS, *ELSEWHERE}
        ),
    )


async def test_policies_are_written_by_their_helpers(
    migrators: Migrators, others: Migrators
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

    async with migrators.transaction() as live, others.transaction() as empty:
        await run(live, made(declared([Notes])))
        before = await catalog(live)
        source, state = await adopted(live)
        assert "Policy.owner(user_id)," in source
        assert 'Policy.owner(user_id, "insert"),' in source
        assert "Policy.public_read(" in source
        assert "AsFound" not in source
        await run(empty, made(state))
        assert await catalog(empty) == before


@pytest.mark.whole("adopts a schema and compares the whole catalog")
async def test_a_serial_column_is_one_by_any_name(
    migrators: Migrators, others: Migrators
) -> None:
    """PostgreSQL quotes the name of its sequence, or cuts a long one off."""
    names = ("Odd one", "number_of_the_note_among_all_of_its_user_and_of_others")

    class Notes(Table, tablename="notes_of_users"):
        id: Col[int] = serial(bigint(primary_key=True))
        odd: Col[int] = serial(integer(db_column_name=names[0]))
        long: Col[int] = serial(integer(db_column_name=names[1]))

    async with migrators.transaction() as live, others.transaction() as empty:
        await run(live, made(declared([Notes])))
        before = await catalog(live)
        source, state = await adopted(live)
        assert source.count("serial(") == 3
        await run(empty, made(state))
        assert await catalog(empty) == before


async def adopted(live: Connection) -> tuple[str, State]:
    """The sources, and what is declared then."""
    found = await found_tables(live, ["public"])
    project = Project("adopted", (), (), ())
    result = await adoption(live, project, Scope(await read(live, ["public"]), found))
    assert (result.refused, result.kept, result.besides) == ({}, {}, [])
    text = "\n".join(each.text for each in result.sources.values())
    await live.execute("set local search_path = public")
    return text, result.state


@pytest.mark.whole
@pytest.mark.usefixtures("editor")
# A superuser adopts it, who does not own the schema of the functions of members.
@example(Schema({"lists": {"a": A_VECTOR}}, besides=(("clubs", 4),)), {})
@given(schemas().map(of_tables), shapes)
async def test_what_is_adopted_makes_the_same_database(
    migrators: Migrators,
    others: Migrators,
    schema: Schema,
    more: dict[str, int],
) -> None:
    schema = schema if migrators.has_vector else schema.without_extension()
    is_superuser = schema.needs_superuser
    tables = random_tables.made(more, {name for name, _ in schema.besides})
    async with (
        migrators.transaction(is_superuser=is_superuser) as live,
        others.transaction(is_superuser=is_superuser) as empty,
    ):
        await run(live, made(declared([*schema.classes(), *tables], schema.objects())))
        before = await catalog(live)
        found = await found_tables(live, [OTHER, "public"])
        within = await with_helpers(live, [OTHER, "public"], found)
        parts = {**await read(live, within), **await policies_elsewhere(live, within)}
        project = Project("adopted", (), (), ())
        result = await adoption(live, project, Scope(parts, found))
        assert (result.refused, result.kept, result.besides) == ({}, {}, [])
        await live.execute("set local search_path = public")
        assert await catalog(live) == before
        if is_superuser:
            # No table brings the extension whose types it uses.
            await run(empty, made(declared([], [Extension("vector")])))
        await run(empty, made(result.state))
        assert await catalog(empty) == before
