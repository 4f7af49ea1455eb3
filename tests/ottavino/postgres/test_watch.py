"""The counts of a watch, compared with the messages on the wire."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from ottavino.identity import Identity
from ottavino.postgres.savepoint import Savepoint
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.postgres.watch import current_watch, watching
from ottavino.query import select
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.house.db.tables import Document, UserProfile
from tests.ottavino.wire import tapped


async def ask_nothing() -> None: ...


async def ask_twice() -> None:
    await select(Document.id)
    await asyncio.gather(select(Document.id), select(UserProfile.id))


async def ask_in_savepoints() -> None:
    async with Savepoint():
        await select(Document.id)
    with contextlib.suppress(ZeroDivisionError):
        async with Savepoint():
            raise ZeroDivisionError


async def fail() -> None:
    await current_scope().fetch("select 1 / 0", ())


@pytest.mark.parametrize(
    ("ask", "statements"),
    [(ask_nothing, 0), (ask_twice, 3), (ask_in_savepoints, 1), (fail, 1)],
)
async def test_as_many_round_trips_are_counted_as_are_made(
    ask: Callable[[], Awaitable[None]],
    statements: int,
    database: Database,
    settings_from: SettingsFrom,
) -> None:
    async with tapped(database.service_url) as wire:
        settings_from(SERVICE_DATABASE_URL=wire.url)
        with watching() as watch, contextlib.suppress(asyncpg.DivisionByZeroError):
            async with session(Identity.service()):
                await ask()
        assert watch.round_trips == wire.round_trips
        assert watch.statements == statements


async def test_the_last_statement_is_kept(database: Database) -> None:
    with watching() as watch:
        async with session(Identity.service()):
            await current_scope().fetch("select 1", ())
            await current_scope().fetch("select 2", ())
    assert watch.last == "select 2"


def test_there_is_no_watch_outside_its_block() -> None:
    assert current_watch() is None
    with watching() as watch:
        assert current_watch() is watch
    assert current_watch() is None
