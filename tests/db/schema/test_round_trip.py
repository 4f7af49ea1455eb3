"""Random schemas, edited at random: each migration does what it says, and is undone by it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from hypothesis import given

from db.connection import Connection
from db.schema.changes import changes
from db.schema.drift import SETTINGS, find_drift
from db.schema.migration import Migration
from db.schema.render import render
from db.schema.state import State, declared
from db.schema.steps import CreateConcurrently, Step
from db.schema.units import parts
from tests.db.schema.project import CATALOG
from tests.db.schema.schemas import Schema, histories
from tests.postgres import EMPTY, Cluster, Database, connected


@given(histories())
async def test_edits_are_migrated_and_undone(
    cluster: Cluster, empty_database: Database, history: list[Schema]
) -> None:
    """In two transactions that are rolled back: one is migrated, one is made at once."""
    async with (
        migrator(empty_database) as migrated,
        migrator(cluster.database(EMPTY)) as made_at_once,
    ):
        catalogs = [await catalog(migrated)]
        files: list[list[Step]] = []
        state = State()
        for schema in history:
            wanted = declared(schema.classes(), schema.objects())
            asked = changes(state, wanted, lambda *_: schema.answer)  # noqa: B023  # called at once
            for part in parts(asked):
                files.append(written_and_read(part))
                await run(migrated, [forwards(step) for step in files[-1]])
                replay(state, files[-1])
            assert state == wanted
            assert changes(state, wanted, lambda *_: True) == []
            assert await find_drift(migrated, wanted, state) == []
            catalogs.append(await catalog(migrated))
            assert catalogs[-1] == await catalog_of(made_at_once, wanted)
        for file in reversed(files):
            await run(migrated, [backwards(step) for step in reversed(file)])
        assert await catalog(migrated) == catalogs[0]


def written_and_read(steps: list[Step]) -> list[Step]:
    """The steps of a file that is written of some steps."""
    module: dict[str, object] = {}
    exec(render("1", "", steps), module)  # noqa: S102  # a migration file is Python
    make = module["migration"]
    assert callable(make)
    migration = make()
    assert isinstance(migration, Migration)
    assert migration.steps == steps
    return migration.steps


def replay(state: State, steps: list[Step]) -> None:
    for step in steps:
        step.replay(state)


def forwards(step: Step) -> str:
    return (step.inside if isinstance(step, CreateConcurrently) else step).forwards()


def backwards(step: Step) -> str:
    return (step.inside if isinstance(step, CreateConcurrently) else step).backwards()


async def catalog_of(connection: Connection, state: State) -> list[str]:
    """What the catalog says of a schema that is made at once, and rolled back."""
    savepoint = connection.transaction()
    await savepoint.start()
    await run(
        connection, [step.forwards() for step in changes(State(), state, lambda *_: False)]
    )
    found = await catalog(connection)
    await savepoint.rollback()
    return found


async def catalog(connection: Connection) -> list[str]:
    await connection.execute("set local search_path = public")
    return [str(tuple(row)) for row in await connection.fetch(CATALOG)]


async def run(connection: Connection, statements: list[str]) -> None:
    if statements:
        await connection.execute("\n;\n".join(statements))


@asynccontextmanager
async def migrator(database: Database) -> AsyncGenerator[Connection]:
    """A transaction of who migrates, which is rolled back."""
    async with connected(database.direct_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(SETTINGS)
        yield connection
        await transaction.rollback()
