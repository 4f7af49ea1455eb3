"""The owner's transaction: what it commits, and which queries it refuses."""

import asyncio

import asyncpg
import pytest

from ottavino.errors import CommitFailed, NoSession, OutcomeUnknown, StatementRefused
from ottavino.postgres.owner_transaction import owner_transaction
from ottavino.postgres.scope import current_scope
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.line import COMMIT, line


@pytest.fixture(autouse=True)
def of_the_owner(empty_database: Database, settings_from: SettingsFrom) -> None:
    settings_from(DATABASE_URL=empty_database.url, DIRECT_URL=empty_database.direct_url)


async def exists(database: Database) -> bool:
    async with connected(database.direct_url) as connection:
        return bool(await connection.fetchval("select to_regclass('kept') is not null"))


async def test_it_commits_where_its_block_is_left_normally(empty_database: Database) -> None:
    async with owner_transaction("test", "begin") as connection:
        await connection.execute("create table kept ()")
    assert await exists(empty_database)


async def test_it_rolls_back_where_its_block_raises(empty_database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with owner_transaction("test", "begin") as connection:
            await connection.execute("create table kept ()")
            raise ZeroDivisionError
    assert not await exists(empty_database)


async def test_a_failed_statement_that_is_swallowed_does_not_pass_for_a_commit() -> None:
    with pytest.raises(CommitFailed):
        async with owner_transaction("test", "begin") as connection:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await connection.execute("select 1 / 0")


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_commit_that_is_not_answered_has_an_unknown_outcome(
    arrives: bool, empty_database: Database, settings_from: SettingsFrom
) -> None:
    async with line(empty_database.direct_url) as far:

        async def cut() -> None:
            await far.frozen()
            far.cut()

        settings_from(DATABASE_URL=empty_database.url, DIRECT_URL=far.url)
        cutting = asyncio.create_task(cut())
        with pytest.raises(OutcomeUnknown):
            async with owner_transaction("test", "begin") as connection:
                await connection.execute("create table kept ()")
                far.freeze_at(COMMIT, arrives=arrives)
        await cutting


async def test_queries_of_piccolo_find_no_session_in_it() -> None:
    async with owner_transaction("test", "begin"):
        with pytest.raises(NoSession):
            current_scope()


async def test_what_the_database_refuses_is_an_error_of_ours() -> None:
    with pytest.raises(StatementRefused, match="division by zero"):
        async with owner_transaction("test", "begin") as connection:
            await connection.execute("select 1 / 0")


async def test_an_error_that_is_not_the_databases_passes_unchanged() -> None:
    with pytest.raises(FileNotFoundError):
        async with owner_transaction("test", "begin"):
            raise FileNotFoundError
