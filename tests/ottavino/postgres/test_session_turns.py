"""Tasks that share a session take turns. None queries after the end of its transaction."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest

from ottavino.errors import CommitFailed, DatabaseUnavailable, NoSession
from ottavino.postgres.connection import Connection
from ottavino.postgres.owned_sessions import owned_sessions
from ottavino.postgres.release import all_released
from ottavino.postgres.scope import current_scope, is_session_open
from ottavino.postgres.session import session
from ottavino.postgres.wire import statement
from ottavino.query import insert
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.line import line
from tests.ottavino.postgres.test_session import document, filenames, gone
from tests.ottavino.users import User
from tests.ottavino.wire import TERMINATE, Wire, tapped

SIMPLE_QUERY = b"Q"

Late = Callable[[], Coroutine[Any, Any, Any]]

TAKE = "select from public.user_profiles for update"
"""Locks the caller's profile: who holds it decides how long this takes."""

WAITING = """
    select from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()
"""


async def ask(sql: str = "select 1") -> Any:
    return await current_scope().fetch(sql, ())


async def nested() -> None:
    async with DB.transaction():
        await ask()


async def exists() -> None:
    assert DB.transaction_exists()


@asynccontextmanager
async def held(database: Database) -> AsyncGenerator[Callable[[], Awaitable[None]]]:
    """A block that holds a lock; gives a function that waits until a query waits for it."""

    async def is_waited_for() -> None:
        async with asyncio.timeout(5):
            while not await connection.fetch(WAITING):  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.01)

    async with connected(database.superuser_url) as connection, connection.transaction():
        await connection.execute(TAKE)
        yield is_waited_for


async def lose(database: Database) -> None:
    """End every connection of the test's session, as a server does that stops."""
    async with connected(database.superuser_url) as connection:
        await connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where application_name = 'test' and datname = current_database()"
        )


@pytest.fixture
async def wire(database: Database, settings_from: SettingsFrom) -> AsyncGenerator[Wire]:
    async with tapped(database.url) as wire:
        settings_from(DATABASE_URL=wire.url)
        yield wire


@pytest.mark.whole("waits for queries under way")
class TestTheEndOfASession:
    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize("late", [ask, nested])
    async def test_comes_after_the_query_under_way_and_before_those_that_wait(
        self, database: Database, wire: Wire, alice: User, late: Late
    ) -> None:
        async def invocation() -> list[asyncio.Task[Any]]:
            async with session(alice.identity, name="test"):
                await insert(document())
                under_way = asyncio.create_task(ask(TAKE))
                await is_waited_for()
                waiting = asyncio.create_task(late())
                # The task waits for its turn as soon as it has begun.
                await asyncio.sleep(0)
                left.set()
                return [under_way, waiting]

        left = asyncio.Event()
        async with held(database) as is_waited_for:
            ending = asyncio.create_task(invocation())
            await left.wait()
        under_way, waiting = await ending
        assert len(await under_way) == 1
        with pytest.raises(NoSession):
            await waiting
        # None of its statements was sent.
        assert wire.connections == 1
        assert not [each for each in wire.statements if each.startswith("savepoint")]
        assert await filenames(database) == ["a.txt"]
        assert await gone(database)

    async def test_is_the_end_of_a_savepoint_that_is_about_to_begin(
        self, database: Database, alice: User
    ) -> None:
        async def late() -> None:
            async with DB.transaction():
                entered.set()
                await insert(document("late.txt"))

        entered = asyncio.Event()
        async with session(alice.identity):
            await insert(document())
            task = asyncio.create_task(late())
            # The savepoint has been sent, and the server has not answered.
            await asyncio.sleep(0)
        with pytest.raises(NoSession):
            await task
        assert not entered.is_set()
        assert await filenames(database) == ["a.txt"]

    async def test_releases_a_connection_that_comes_later(
        self, database: Database, alice: User
    ) -> None:
        begun: list[asyncio.Task[Any]] = []
        with pytest.raises(ZeroDivisionError):
            async with session(alice.identity, name="test"):
                begun.append(asyncio.create_task(ask()))
                # The task has begun to connect.
                await asyncio.sleep(0)
                raise ZeroDivisionError
        with pytest.raises(NoSession):
            await begun[0]
        assert await gone(database)

    async def test_waits_for_a_task_that_opens_the_connection(self, alice: User) -> None:
        async with session(alice.identity):
            task = asyncio.create_task(ask())
            # The task has begun to connect.
            await asyncio.sleep(0)
        assert task.done()
        with pytest.raises(NoSession):
            await task

    async def test_takes_along_what_a_task_has_in_a_savepoint(
        self, database: Database, alice: User
    ) -> None:
        async def late() -> None:
            async with DB.transaction():
                await insert(document("late.txt"))
                begun.set()
                while not opened.has_ended:  # noqa: ASYNC110  # nothing tells
                    await asyncio.sleep(0)
                with pytest.raises(NoSession):
                    await ask()
                refused.set()

        refused = asyncio.Event()
        begun = asyncio.Event()
        opened = session(alice.identity)
        tasks: list[asyncio.Task[None]] = []
        with pytest.raises(CommitFailed, match="savepoint was interrupted"):
            async with opened:
                await insert(document())
                tasks.append(asyncio.create_task(late()))
                await begun.wait()
        with pytest.raises(NoSession):
            await tasks[0]
        assert refused.is_set()
        assert await filenames(database) == []

    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize("late", [ask, nested, exists])
    async def test_is_the_end_for_a_task_that_comes_later(
        self, alice: User, late: Late
    ) -> None:
        ended = asyncio.Event()

        async def come() -> None:
            await ended.wait()
            assert not is_session_open()
            await late()

        async with session(alice.identity):
            await ask()
            assert is_session_open()
            task = asyncio.create_task(come())
        ended.set()
        with pytest.raises(NoSession):
            await task

    async def test_by_an_exception_ends_the_query_under_way(
        self, database: Database, alice: User
    ) -> None:
        begun: list[asyncio.Task[Any]] = []
        async with held(database) as is_waited_for:
            with pytest.raises(ZeroDivisionError):
                async with session(alice.identity, name="test"):
                    await insert(document())
                    begun.append(asyncio.create_task(ask(TAKE)))
                    await is_waited_for()
                    raise ZeroDivisionError
            assert await gone(database)
        with pytest.raises(Exception):  # noqa: B017, PT011  # of the driver, or of ours
            await begun[0]
        assert await filenames(database) == []


@pytest.mark.whole("waits for queries under way")
class TestARollBack:
    """A connection that is closed in a transaction costs a pooler its server connection."""

    async def test_is_asked_for_before_the_connection_is_closed(
        self, wire: Wire, alice: User
    ) -> None:
        with pytest.raises(ZeroDivisionError):
            async with session(alice.identity):
                await insert(document())
                raise ZeroDivisionError
        await all_released()
        await wire.closed()
        assert [each[:1] for each in wire.messages[-2:]] == [SIMPLE_QUERY, TERMINATE]
        assert wire.messages[-2][5:-1] == b"rollback"

    async def test_is_asked_for_after_the_query_under_way_whatever_savepoint_was_before(
        self, database: Database, wire: Wire, alice: User
    ) -> None:
        under_way: list[asyncio.Task[Any]] = []
        async with held(database) as is_waited_for:
            with pytest.raises(ZeroDivisionError):
                async with session(alice.identity):
                    await nested()
                    under_way.append(asyncio.create_task(ask(TAKE)))
                    await is_waited_for()
                    raise ZeroDivisionError
            await all_released()
        await wire.closed()
        with pytest.raises(asyncpg.QueryCanceledError):
            await under_way[0]
        assert [each[:1] for each in wire.messages[-2:]] == [SIMPLE_QUERY, TERMINATE]
        assert wire.messages[-2][5:-1] == b"rollback"

    async def test_cancels_nothing_where_no_query_is_under_way(
        self, wire: Wire, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ottavino.postgres.release.CANCEL_SECONDS", 60.0)
        with pytest.raises(ZeroDivisionError):
            async with session(alice.identity):
                await insert(document())
                raise ZeroDivisionError
        await all_released()
        assert wire.connections == 1

    async def test_is_asked_for_where_what_comes_before_a_commit_meets_a_failure(
        self, wire: Wire, alice: User
    ) -> None:
        with pytest.raises(CommitFailed):
            async with session(alice.identity):
                current_scope().connection.before_commit = statement("select 1 offset 1")
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await ask("select 1 / 0")
        await all_released()
        await wire.closed()
        assert [each[:1] for each in wire.messages[-2:]] == [SIMPLE_QUERY, TERMINATE]
        assert wire.messages[-2][5:-1] == b"rollback"

    async def test_is_not_asked_for_after_a_commit(self, wire: Wire, alice: User) -> None:
        async with session(alice.identity):
            await insert(document())
        await all_released()
        await wire.closed()
        assert [each[:1] for each in wire.messages[-2:]] == [SIMPLE_QUERY, TERMINATE]
        assert wire.messages[-2][5:-1] == b"commit"

    async def test_is_asked_for_where_a_session_ends_with_its_owner(
        self, wire: Wire, alice: User
    ) -> None:
        with owned_sessions():
            await session(alice.identity).__aenter__()
            await insert(document())
        await all_released()
        await wire.closed()
        assert [each[:1] for each in wire.messages[-2:]] == [SIMPLE_QUERY, TERMINATE]
        assert wire.messages[-2][5:-1] == b"rollback"

    async def test_that_is_not_answered_drops_the_socket(
        self,
        database: Database,
        alice: User,
        settings_from: SettingsFrom,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        used: list[Connection] = []
        monkeypatch.setattr("ottavino.postgres.release.RELEASE_SECONDS", 0.1)
        async with line(database.url) as far:
            settings_from(DATABASE_URL=far.url)
            with pytest.raises(ZeroDivisionError):
                async with session(alice.identity) as opened:
                    used.append(await opened.open())
                    far.freeze_at(b"rollback", arrives=False)
                    raise ZeroDivisionError
            await all_released()
            assert used[0].is_closed()


class TestASavepoint:
    async def test_that_cannot_begin_keeps_no_query_waiting(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            async with asyncio.timeout(5), session(alice.identity):
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await ask("select 1 / 0")
                with pytest.raises(asyncpg.InFailedSQLTransactionError):
                    await nested()
                await ask()

    async def test_whose_beginning_is_cancelled_keeps_no_query_waiting(
        self, database: Database, alice: User
    ) -> None:
        async def cancelled() -> None:
            task = asyncio.create_task(nested())
            # The savepoint has been sent, and the server has not answered.
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        async with asyncio.timeout(5):
            # The transaction may have failed, with an error about that.
            with suppress(CommitFailed, asyncpg.PostgresError):
                async with session(alice.identity):
                    await ask()
                    await cancelled()
                    await ask()

    async def test_that_finds_no_database_keeps_no_query_waiting(
        self, alice: User, settings_from: SettingsFrom
    ) -> None:
        settings_from(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
        async with asyncio.timeout(5), session(alice.identity):
            for _ in range(2):
                with pytest.raises(DatabaseUnavailable):
                    await nested()

    async def test_ends_after_the_query_of_a_task_in_it(
        self, database: Database, alice: User
    ) -> None:
        async def invocation() -> asyncio.Task[Any]:
            async with session(alice.identity):
                async with DB.transaction():
                    await insert(document())
                    task = asyncio.create_task(ask(TAKE))
                    await is_waited_for()
                    left.set()
                await ask()
                return task

        left = asyncio.Event()
        async with held(database) as is_waited_for:
            ending = asyncio.create_task(invocation())
            await left.wait()
        assert len(await (await ending)) == 1
        assert await filenames(database) == ["a.txt"]

    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize("late", [ask, nested])
    @pytest.mark.parametrize("error", [None, ZeroDivisionError])
    async def test_that_has_ended_takes_no_query_of_a_task_in_it(
        self,
        alice: User,
        late: Late,
        error: type[Exception] | None,
    ) -> None:
        ended = asyncio.Event()

        async def come() -> None:
            await ended.wait()
            await late()

        async def begin() -> asyncio.Task[None]:
            async with DB.transaction():
                begun.append(asyncio.create_task(come()))
                if error is not None:
                    raise error
            return begun[0]

        begun: list[asyncio.Task[None]] = []
        async with session(alice.identity):
            await asyncio.gather(begin(), return_exceptions=True)
            ended.set()
            with pytest.raises(NoSession):
                await begun[0]
            # The session itself can still be used.
            await ask()


class TestALostConnection:
    async def test_is_reported_by_the_first_error(
        self, database: Database, alice: User
    ) -> None:
        first: list[BaseException] = []
        with pytest.raises(Exception) as raised:  # noqa: PT011  # whichever it is
            async with session(alice.identity, name="test"), DB.transaction():
                await insert(document())
                await lose(database)
                try:
                    await ask()
                except Exception as error:
                    first.append(error)
                    raise
        assert raised.value is first[0]

    @pytest.mark.parametrize("late", [ask, nested])
    async def test_is_a_database_that_is_away(
        self, database: Database, alice: User, late: Late
    ) -> None:
        with pytest.raises(DatabaseUnavailable):
            async with session(alice.identity, name="test"):
                await ask()
                await lose(database)
                await late()

    async def test_is_one_at_the_end_of_a_savepoint_too(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(DatabaseUnavailable):
            async with session(alice.identity, name="test"), DB.transaction():
                await insert(document())
                await lose(database)

    async def test_is_one_where_a_transaction_begins_too(
        self, database: Database, alice: User, settings_from: SettingsFrom
    ) -> None:
        async with line(database.url) as far:
            settings_from(DATABASE_URL=far.url)
            far.freeze_at(b"begin isolation level", arrives=False)
            with pytest.raises(DatabaseUnavailable):
                async with session(alice.identity):
                    asking = asyncio.create_task(ask())
                    await far.frozen()
                    far.cut()
                    await asking

    async def test_is_nothing_that_its_release_makes_a_noise_about(
        self, database: Database, alice: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        with pytest.raises(ZeroDivisionError):
            async with session(alice.identity, name="test"):
                await insert(document())
                await lose(database)
                raise ZeroDivisionError
        await all_released()
        # Python reports a failed task when the task is collected.
        gc.collect()
        assert caplog.messages == []

    async def test_does_not_take_the_place_of_the_functions_own_error(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(ZeroDivisionError):
            async with session(alice.identity, name="test"), DB.transaction():
                await insert(document())
                await lose(database)
                raise ZeroDivisionError
        assert await filenames(database) == []

    async def test_is_no_commit(self, database: Database, alice: User) -> None:
        with pytest.raises(Exception):  # noqa: B017, PT011  # whichever it is
            async with session(alice.identity, name="test"):
                await insert(document())
                await lose(database)
        assert await filenames(database) == []


async def test_a_transaction_is_there_wherever_a_query_can_run(alice: User) -> None:
    with pytest.raises(NoSession):
        DB.transaction_exists()
    async with session(alice.identity):
        assert DB.transaction_exists()
    with pytest.raises(NoSession):
        DB.transaction_exists()
