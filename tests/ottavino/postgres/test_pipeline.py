"""A transaction on one connection, and when another connection may take its place."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import asyncpg
import pytest

from ottavino.identity import Identity
from ottavino.postgres import driver
from ottavino.postgres.address import address
from ottavino.postgres.pipeline import Pipeline
from ottavino.postgres.transaction import opening
from ottavino.testing import Database

SQL = "select 1 as one"


@pytest.fixture
def database(reused_database: Database) -> Database:
    """One for all of these tests, none of which changes it."""
    return reused_database


@pytest.fixture
async def pipeline(database: Database) -> AsyncGenerator[Pipeline]:
    """A pipeline on which nothing was sent."""
    where = address(database.url)
    connection = await driver.opened(where, None, "test")
    yield Pipeline(
        connection, opening(connection, Identity.anonymous(), read_only=False), where
    )
    connection.terminate()


async def begin(pipeline: Pipeline) -> object:
    return await pipeline.begin()


async def execute(pipeline: Pipeline) -> object:
    return await pipeline.execute("select")


async def fetch(pipeline: Pipeline) -> object:
    prepared, _ = await pipeline.describe(SQL)
    return await pipeline.fetch(prepared, ())


async def fetch_parsed(pipeline: Pipeline) -> object:
    prepared, _ = await pipeline.describe(SQL)
    return await pipeline.fetch_parsed(prepared, ())


Asking = Callable[[Pipeline], Awaitable[object]]


@pytest.mark.parametrize("ask", [begin, execute, fetch, fetch_parsed])
async def test_what_may_have_stored_something_runs_nowhere_else(
    ask: Asking, pipeline: Pipeline
) -> None:
    await ask(pipeline)
    pipeline.is_interrupted = True
    # With another connection, what was stored on this one would be missing from the commit.
    assert pipeline.is_usable


async def test_what_was_only_described_may_run_elsewhere(pipeline: Pipeline) -> None:
    await pipeline.describe(SQL)
    assert pipeline.is_usable
    pipeline.is_interrupted = True
    assert not pipeline.is_usable


async def test_nothing_has_begun_before_anything_is_sent(pipeline: Pipeline) -> None:
    known = (pipeline.is_new, pipeline.has_begun, pipeline.is_over, pipeline.cannot_begin)
    assert known == (True, False, False, False)
    await pipeline.begin()
    known = (pipeline.is_new, pipeline.has_begun, pipeline.is_over, pipeline.cannot_begin)
    assert known == (False, True, False, False)


@pytest.mark.parametrize("end", ["commit", "rollback"])
@pytest.mark.parametrize("ask", ["fetch", "fetch_parsed"])
async def test_a_statement_that_ends_the_transaction_is_its_last(
    end: str, ask: str, pipeline: Pipeline
) -> None:
    prepared, _ = await pipeline.describe(f"{end} and chain")
    await getattr(pipeline, ask)(prepared, ())
    assert pipeline.is_ended
    assert pipeline.is_over


async def test_a_transaction_of_one_statement_can_begin_again(pipeline: Pipeline) -> None:
    await pipeline.describe(SQL)
    assert await pipeline.start_again()
    assert pipeline.is_new
    await pipeline.execute("select")
    await pipeline.describe(SQL)
    assert not await pipeline.start_again()
    # A longer one has to fail.
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await pipeline.execute("select")
