"""Random schemas, edited at random: each migration makes the new schema, and is undone."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new

from ottavino.declare.kinds import define
from ottavino.inspect.drift import SETTINGS, drift, find_drift
from ottavino.migrate import platform
from ottavino.migrate.batches import split
from ottavino.migrate.diff import AskRename, changes
from ottavino.migrate.migration import Migration
from ottavino.migrate.render import render
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import CreateConcurrently, Step
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, catalog, dump, run
from tests.ottavino.migrate.schemas import Schema, histories
from tests.ottavino.plugin import MANY


@pytest.fixture
async def other_database(cluster: Cluster) -> AsyncGenerator[Database]:
    """One more database of the test's own."""
    async with cluster.clone(EMPTY) as database:
        yield database


@given(histories(), st.booleans())
async def test_edits_are_migrated_and_undone(
    empty_database: Database,
    other_database: Database,
    thorough: bool,
    history: list[Schema],
    with_facts: bool,
) -> None:
    """In two transactions that are rolled back: one is migrated, one is made at once.

    The files state facts beside their SQL, or do not, as those from before there were any.
    """
    async with (
        migrator(empty_database) as migrated,
        migrator(other_database) as made_at_once,
    ):
        catalogs = [await catalog(migrated)]
        migrations: list[list[Step]] = []
        state = State()
        for schema in history:
            wanted = declared(schema.classes(), schema.objects())
            steps = [
                step
                for part in split(changes(state, wanted, answering(schema)))
                for step in written_and_read(part)
            ]
            await run(migrated, [inside(step).forwards() for step in steps])
            migrations.append(steps)
            for step in steps:
                step.replay(state)
            if not with_facts:
                state = without_facts(state)
            assert state == wanted
            assert changes(state, wanted, answering(schema)) == []
            if thorough or schema is history[-1]:
                assert (await find_drift(migrated, wanted, state)).differences == []
            catalogs.append(await catalog(migrated))
            assert catalogs[-1] == await catalog_of(made_at_once, wanted)
        for steps in reversed(migrations):
            assert await catalog(migrated) == catalogs.pop()
            await run(migrated, [inside(step).backwards() for step in reversed(steps)])
        assert await catalog(migrated) == catalogs.pop()


@settings(max_examples=500 if settings.get_current_profile_name() == MANY else 3)
@given(histories())
async def test_the_commands_do_what_pg_dump_agrees_with(
    cluster: Cluster, project: Project, settings_from: SettingsFrom, history: list[Schema]
) -> None:
    """Committed, with concurrent indexes outside of transactions."""
    for path in project.folder.glob("*.py"):
        path.unlink()
    async with cluster.clone(EMPTY) as migrated, cluster.clone(EMPTY) as made_at_once:
        settings_from(**migrated.variables)
        before = comparable(dump(migrated))
        # An app without tables shares its folder with one that has some. What comes after it
        # may have columns of its own that those before could not become.
        for schema in takewhile(lambda each: each.tables, history):
            project.declare(schema.classes(), schema.objects())
            await new("db", auto=True, auto_input="y" if schema.answer else "n")
            await forwards("db")
            assert (await drift()).comparison.differences == []
        async with connected(made_at_once.direct_url) as connection:
            await platform.install(connection)
            await connection.execute("set check_function_bodies = off")
            await run(connection, made(project.declared))
        assert comparable(dump(migrated)) == comparable(dump(made_at_once))
        await backwards("db", "all", auto_agree=True, clean=True)
        assert comparable(dump(migrated)) == before


def without_facts(state: State) -> State:
    """The schema of files that state no facts beside their SQL."""
    return State(
        state.tables,
        {name: define(name, each.create, each.drop) for name, each in state.objects.items()},
    )


def answering(schema: Schema) -> AskRename:
    """Answers whether something was renamed."""

    def answer(of: str, old: str, new: str) -> bool:
        return schema.answer

    return answer


def inside(step: Step) -> Step:
    """The step as a transaction can take it."""
    return step.inside if isinstance(step, CreateConcurrently) else step


def made(state: State) -> list[str]:
    """The statements that make a schema at once."""
    return [step.forwards() for step in changes(State(), state, answering(Schema()))]


def comparable(dumped: str) -> list[list[str]]:
    """What pg_dump writes for each object, without the order of columns.

    The constraint that PostgreSQL 18 makes of `not null` keeps the name that it was given
    under the first name of its column.
    """
    dumped = re.sub(r' CONSTRAINT ("[^"]+"|\w+) NOT NULL', " NOT NULL", dumped)
    objects = dumped.split("\n--\n-- Name: ")
    return sorted(sorted(line.rstrip(",") for line in each.splitlines()) for each in objects)


def written_and_read(steps: list[Step]) -> list[Step]:
    """Some steps, written to a file and read again."""
    module: dict[str, object] = {}
    exec(render("1", "", steps), module)  # noqa: S102  # a migration file is Python
    make = module["migration"]
    assert callable(make)
    migration = make()
    assert isinstance(migration, Migration)
    assert migration.steps == steps
    return migration.steps


async def catalog_of(connection: Connection, state: State) -> list[str]:
    """The catalog after the whole schema is made in one go; then rolled back."""
    savepoint = connection.transaction()
    await savepoint.start()
    await run(connection, made(state))
    found = await catalog(connection)
    await savepoint.rollback()
    return found


@asynccontextmanager
async def migrator(database: Database) -> AsyncGenerator[Connection]:
    """A transaction of the role that migrates, which is rolled back."""
    async with connected(database.direct_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await platform.install(connection)
        await connection.execute(SETTINGS)
        await connection.execute("set local search_path = public")
        yield connection
        await transaction.rollback()
