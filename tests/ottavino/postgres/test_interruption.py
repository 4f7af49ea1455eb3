"""A statement is cancelled at each moment; the next statement and the commit still work."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from ottavino.errors import CommitFailed, DatabaseUnavailable
from ottavino.identity import Identity
from ottavino.postgres import kept_statements
from ottavino.postgres.driver import Connection
from ottavino.postgres.release import all_released
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.postgres.moments import Moments
from tests.ottavino.users import User

WHO = "select auth.uid() as uid"

ASLEEP = """
select exists (
    select from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep'
)
"""

INSERT = """
insert into public.documents (user_id, filename, file_type, file_size)
values (auth.uid(), $1, 'text/plain', 0) returning id
"""

KEPT = kept_statements._kept  # noqa: SLF001  # what a process has when it has begun is set here

FEWEST = 20
"""How many moments there are at least: each message counts twice."""

Way = Callable[[], Coroutine[Any, Any, None]]


async def ask(sql: str, *values: object) -> list[Any]:
    return await current_scope().fetch(sql, values)


async def add() -> None:
    await ask(INSERT, "a.txt")


async def nested() -> None:
    async with DB.transaction():
        await add()


async def known(identity: Identity) -> dict[Any, Any]:
    """The kept statements after both have run once; their rows are rolled back."""
    KEPT.clear()
    with pytest.raises(ZeroDivisionError):
        async with session(identity):
            await ask(WHO)
            await add()
            raise ZeroDivisionError
    await all_released()
    return dict(KEPT)


def outdated(kept: dict[Any, Any]) -> dict[Any, Any]:
    """The same statements, but the insert is kept with the description of the other."""
    (other,) = [prepared.description for key, prepared in kept.items() if key.sql == WHO]
    return {
        key: prepared._replace(description=other) if key.sql == INSERT else prepared  # noqa: SLF001  # of a tuple
        for key, prepared in kept.items()
    }


WAYS: dict[str, tuple[Callable[[dict[Any, Any]], dict[Any, Any]], Way]] = {
    "a statement that is not known": (lambda _: {}, add),
    "one that is kept": (dict, add),
    "one that is kept and outdated": (outdated, add),
    "one in a savepoint": (dict, nested),
}

EXECUTING = 3
"""How much is sent by a statement that is not known: to connect, to describe, to execute."""


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Moments:
    return Moments(monkeypatch)


@pytest.fixture
async def admin(database: Database) -> AsyncGenerator[Connection]:
    async with connected(database.superuser_url) as connection:
        yield connection


class Attempt:
    """A session whose first statement is interrupted at a moment, if it comes so far."""

    is_reached = is_interrupted = is_committed = False

    def __init__(self, moments: Moments, moment: int) -> None:
        self._moments = moments
        self._moment = moment

    async def run(self, identity: Identity, work: Way, *, asks_again: bool) -> None:
        with suppress(asyncpg.InFailedSQLTransactionError, CommitFailed):
            async with session(identity):
                task = asyncio.create_task(work())
                self._moments.at(self._moment, task.cancel)
                await asyncio.wait({task})
                self.is_reached = self._moments.have_passed()
                self.is_interrupted = task.cancelled()
                assert self.is_interrupted or task.result() is None
                if asks_again:
                    assert await ask(WHO) == [(identity.user_id,)]
            self.is_committed = True
        await all_released()


@pytest.mark.whole("interrupts a transaction at 40 moments")
@pytest.mark.parametrize("asks_again", [True, False])
@pytest.mark.parametrize("way", WAYS)
async def test_at_each_moment_what_follows_is_its_callers_and_the_commit_tells_the_truth(
    way: str, asks_again: bool, admin: Connection, alice: User, moments: Moments
) -> None:
    change, work = WAYS[way]
    kept = change(await known(alice.identity))
    for moment in itertools.count():
        KEPT.clear()
        KEPT.update(kept)
        await admin.execute("delete from public.documents")
        attempt = Attempt(moments, moment)
        await attempt.run(alice.identity, work, asks_again=asks_again)
        stored = await admin.fetchval("select count(*) from public.documents")
        if attempt.is_committed:
            assert stored == 1 or attempt.is_interrupted
        else:
            assert stored == 0
            assert attempt.is_interrupted
            # A statement that has only been described is sent again.
            assert kept or not asks_again or len(moments.sent) >= EXECUTING
        if not attempt.is_reached:
            assert moment >= FEWEST
            break


async def test_a_rollback_that_is_interrupted_before_it_begins_again_drops_the_connection(
    alice: User, moments: Moments
) -> None:
    kept = outdated(await known(alice.identity))
    KEPT.clear()
    KEPT.update(kept)
    async with session(alice.identity) as opened:
        task = asyncio.create_task(add())
        moments.when_sent(b"rollback", task.cancel)
        await asyncio.wait({task})
        assert moments.have_passed()
        assert task.cancelled()
        assert await ask(WHO) == [(alice.id,)]
        assert (await opened.open()).is_in_transaction()


async def test_a_beginning_that_is_interrupted_leaves_nothing_to_commit(
    alice: User, moments: Moments
) -> None:
    async with session(alice.identity) as opened:
        task = asyncio.create_task(opened.open())
        moments.when_sent(b"\0\0\0\0\0S", task.cancel)
        await asyncio.wait({task})
        assert moments.have_passed()
        assert task.cancelled()
        moments.when_sent(b"commit", list)
    assert not moments.have_passed()


async def test_the_error_after_an_interruption_says_what_was_interrupted(
    alice: User, admin: Connection
) -> None:
    with pytest.raises(asyncpg.InFailedSQLTransactionError) as raised:
        async with session(alice.identity):
            await ask(WHO)
            task = asyncio.create_task(ask("select pg_sleep(30)"))
            # PostgreSQL ignores a request to cancel a query that it has not begun.
            async with asyncio.timeout(10):
                while not await admin.fetchval(ASLEEP):  # noqa: ASYNC110  # another process
                    await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.wait({task})
            await ask(WHO)
    assert "was interrupted" in "".join(raised.value.__notes__)


async def test_a_statement_without_an_answer_is_an_interruption_too(
    alice: User, settings_from: SettingsFrom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(asyncpg.InFailedSQLTransactionError) as raised:
        async with session(alice.identity):
            await ask(WHO)
            # PostgreSQL has been given more time.
            monkeypatch.setattr("ottavino.postgres.caller_connection.GUARD_SECONDS", 0.0)
            settings_from(STATEMENT_TIMEOUT="0.1")
            with pytest.raises(DatabaseUnavailable):
                await ask("select pg_sleep(30)")
            settings_from(STATEMENT_TIMEOUT="30")
            await ask(WHO)
    assert "was interrupted" in "".join(raised.value.__notes__)


async def test_the_error_after_another_error_says_of_no_interruption(alice: User) -> None:
    with pytest.raises(asyncpg.InFailedSQLTransactionError) as raised:
        async with session(alice.identity):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await ask("select 1 / 0")
            await ask(WHO)
    assert not hasattr(raised.value, "__notes__")
