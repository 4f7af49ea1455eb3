"""Which server a transaction runs on, and the position of the log after it.

No replica is needed to see where a transaction would begin: a line to the primary stands for
one.
"""

import asyncio
import time
from collections.abc import AsyncGenerator

import asyncpg
import pytest

from ottavino.errors import DatabaseUnavailable, OutcomeUnknown
from ottavino.identity import Identity
from ottavino.postgres.address import caller_address, replica_address, service_address
from ottavino.postgres.destination import Destination
from ottavino.postgres.own_writes import OwnWrites, request_writes
from ottavino.postgres.positions import UNKNOWN, positions
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.line import COMMIT, Line, line
from tests.ottavino.users import User

VISITOR = Identity.anonymous()
SERVICE = Identity.service()

UNREACHABLE = "postgresql://ottavino@127.0.0.1:1/none"


@pytest.fixture
async def far(database: Database, settings_from: SettingsFrom) -> AsyncGenerator[Line]:
    """A line that the settings name as the replica."""
    async with line(database.url) as far:
        settings_from(DATABASE_URL=database.url, READ_DATABASE_URL=far.url)
        for each in (VISITOR, SERVICE):
            note(each, 1)
        yield far


def note(identity: Identity, position: int) -> None:
    """Let a caller's last write have this position."""
    positions().advance(positions().slot(identity), position, time.monotonic())


def noted(identity: Identity) -> int:
    return positions().of(positions().slot(identity))


async def reading() -> Destination:
    """The destination of a transaction that reads, with a connection that is closed again."""
    destination = Destination(VISITOR, read_only=True)
    (await destination.connect("test")).terminate()
    return destination


def from_server(sqlstate: str) -> asyncpg.PostgresError:
    error: asyncpg.PostgresError = asyncpg.PostgresError.new({"C": sqlstate, "M": "words"})
    return error


def caused(cause: Exception) -> DatabaseUnavailable:
    error = DatabaseUnavailable("words")
    error.__cause__ = cause
    return error


@pytest.mark.usefixtures("far")
async def test_only_a_transaction_that_reads_and_has_a_caller_begins_on_the_replica() -> None:
    for identity, read_only, address in (
        (VISITOR, True, replica_address()),
        (VISITOR, False, caller_address()),
        (SERVICE, True, service_address()),
        (SERVICE, False, service_address()),
    ):
        destination = Destination(identity, read_only=read_only)
        (await destination.connect("test")).terminate()
        assert destination.address == address
        # The replica has to have replayed the caller's own writes.
        assert destination.replayed == (1 if address == replica_address() else None)
    positions().lose(positions().slot(VISITOR))
    assert (await reading()).address == caller_address()


async def test_a_replica_that_cannot_be_reached_is_tried_once(
    database: Database, settings_from: SettingsFrom, caplog: pytest.LogCaptureFixture
) -> None:
    settings_from(DATABASE_URL=database.url, READ_DATABASE_URL=UNREACHABLE)
    note(VISITOR, 1)
    for _ in range(2):
        destination = await reading()
        assert (destination.address, destination.replayed) == (caller_address(), None)
    assert [each.levelname for each in caplog.records] == ["WARNING"]


BEFORE, AFTER = False, True
"""Whether the transaction has begun on the replica."""


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.usefixtures("far")
@pytest.mark.parametrize(
    ("error", "has_begun", "changes"),
    [
        (from_server("42501"), BEFORE, True),
        (from_server("42501"), AFTER, False),
        (from_server("40001"), BEFORE, True),
        (from_server("40001"), AFTER, True),
        (from_server("57P01"), AFTER, True),
        (caused(from_server("57P01")), AFTER, True),
        (caused(from_server("42501")), AFTER, False),
        (caused(ConnectionResetError()), AFTER, True),
        (DatabaseUnavailable("words"), BEFORE, False),
        (DatabaseUnavailable("words"), AFTER, False),
        (ZeroDivisionError(), BEFORE, False),
        (ZeroDivisionError(), AFTER, False),
    ],
    ids=str,
)
async def test_a_statement_is_repeated_on_the_primary_for_what_only_a_replica_does(
    error: Exception, *, has_begun: bool, changes: bool
) -> None:
    destination = await reading()
    assert destination.is_to_change(error, has_begun=has_begun) == changes
    if changes:
        # It changes once.
        assert not destination.is_to_change(error, has_begun=has_begun)


@pytest.mark.usefixtures("far")
async def test_no_statement_is_repeated_once_one_was_answered_or_on_the_primary() -> None:
    destination = await reading()
    destination.decide()
    assert not destination.is_to_change(from_server("40001"), has_begun=True)
    primary = Destination(VISITOR, read_only=False)
    (await primary.connect("test")).terminate()
    assert not primary.is_to_change(from_server("57P01"), has_begun=False)


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize(("sqlstate", "is_used"), [("40001", True), ("57P01", False)])
async def test_a_replica_is_used_further_after_a_conflict_and_not_after_a_failure(
    sqlstate: str, *, is_used: bool
) -> None:
    (await reading()).is_to_change(from_server(sqlstate), has_begun=True)
    assert ((await reading()).address == replica_address()) == is_used


async def test_a_commit_that_fails_on_the_replica_does_not_matter(far: Line) -> None:
    destination = Destination(VISITOR, read_only=True)
    connection = await destination.connect("test")
    far.freeze_at(COMMIT, arrives=False)
    cutting = asyncio.create_task(cut(far))
    await destination.commit(connection, b"")
    # It was sent, since a pooler closes a connection that is left in a transaction.
    await cutting


@pytest.mark.usefixtures("far")
async def test_a_replica_that_answers_again_is_used_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ottavino.postgres.replica.PAUSE_SECONDS", 0.0)
    caplog.set_level("INFO", "ottavino")
    (await reading()).is_to_change(from_server("57P01"), has_begun=True)
    (await reading()).decide()
    # It is said once that it is away, and once that it is back.
    (await reading()).decide()
    assert [each.levelname for each in caplog.records] == ["WARNING", "INFO"]


async def test_a_write_whose_position_is_not_known_leads_to_the_primary(
    far: Line, database: Database, alice: User
) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute(
            "revoke execute on function pg_current_wal_insert_lsn() from public"
        )
    assert noted(alice.identity) < UNKNOWN
    async with session(alice.identity):
        await current_scope().fetch("select 1", ())
    assert noted(alice.identity) == UNKNOWN


@pytest.mark.usefixtures("far")
async def test_a_commit_on_the_primary_is_noted_for_all_who_have_to_see_it(alice: User) -> None:
    before = noted(VISITOR)
    with request_writes(VISITOR, 0) as writes:
        async with session(alice.identity):
            await current_scope().fetch("select 1", ())
    assert before < noted(VISITOR) < UNKNOWN
    assert writes.added == noted(VISITOR) == noted(alice.identity)


@pytest.mark.usefixtures("far")
async def test_reading_on_the_primary_settles_what_is_unknown_and_adds_nothing(
    alice: User,
) -> None:
    positions().lose(positions().slot(alice.identity))
    assert OwnWrites(alice.identity).is_unknown
    with request_writes(alice.identity, 0):
        # It is enough that one of both is unknown.
        assert OwnWrites(VISITOR).is_unknown
    assert not OwnWrites(VISITOR).is_unknown
    with request_writes(alice.identity, 0) as writes:
        async with session(alice.identity, read_only=True):
            await current_scope().fetch("select 1", ())
    # The commit without an answer may still succeed for a while.
    assert noted(alice.identity) == UNKNOWN
    assert writes.added == 0


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("read_url", [UNREACHABLE, ""])
@pytest.mark.parametrize("read_only", [True, False])
async def test_a_commit_without_an_answer_is_unknown_only_where_something_was_written(
    read_url: str,
    database: Database,
    alice: User,
    settings_from: SettingsFrom,
    *,
    read_only: bool,
) -> None:
    async with line(database.url) as far:
        settings_from(DATABASE_URL=far.url, READ_DATABASE_URL=read_url)
        note(alice.identity, 1)
        cutting = asyncio.create_task(cut(far))
        with pytest.raises(DatabaseUnavailable if read_only else OutcomeUnknown):
            async with session(alice.identity, read_only=read_only):
                await current_scope().fetch("select 1", ())
                far.freeze_at(COMMIT, arrives=False)
        await cutting
        assert (noted(alice.identity) == UNKNOWN) == bool(read_url and not read_only)


async def cut(far: Line) -> None:
    await far.frozen()
    far.cut()


@pytest.mark.usefixtures("far")
def test_a_transaction_sees_what_its_request_and_its_own_caller_have_written() -> None:
    assert OwnWrites(VISITOR).position == 1
    note(SERVICE, 7)
    with request_writes(VISITOR, 3):
        assert OwnWrites(VISITOR).position == 3
        assert OwnWrites(SERVICE).position == 7
    with request_writes(VISITOR, 9) as writes:
        both = OwnWrites(SERVICE)
        assert both.position == 9
        both.committed(11, is_writing=True)
        both.committed(10, is_writing=True)
        assert writes.added == noted(VISITOR) == noted(SERVICE) == 11
        both.lost()
        assert noted(VISITOR) == noted(SERVICE) == UNKNOWN
    assert OwnWrites(Identity("authenticated", {"sub": "x"})).position == 1
