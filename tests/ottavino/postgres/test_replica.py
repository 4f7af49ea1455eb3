"""Reading from a replica: two servers, one of which follows the other or has stopped."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
import pytest

from ottavino.dev.database.server import address
from ottavino.errors import CommitFailed, OutcomeUnknown
from ottavino.http.position import HEADER
from ottavino.identity import Identity
from ottavino.postgres import positions, replica
from ottavino.postgres.own_writes import request_writes
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.postgres.supabase import LOGIN
from ottavino.postgres.watch import watching
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from ottavino.testing.server import VERSIONS
from tests.ottavino.clients import stage
from tests.ottavino.databases import MIGRATED
from tests.ottavino.http.client import SECRET, bearer
from tests.ottavino.line import line
from tests.ottavino.pooler import pooler, require_pooler
from tests.ottavino.postgres.test_pooler import documented
from tests.ottavino.replicated import Pair, replicated

pytestmark = pytest.mark.whole

NOTES = """
    create table notes (id bigint primary key, user_id uuid not null default auth.uid());
    grant select, insert on notes to authenticated, service_role;
    create table settings_of_all (id bigint primary key deferrable initially deferred);
    grant select, insert on settings_of_all to authenticated
"""

PATIENCE_SECONDS = 60
"""How long a server may take to start, and to answer, on a busy machine."""

ANNE = Identity.user(uuid4())
BEN = Identity.user(uuid4())


@pytest.fixture(scope="module")
def pair(pytestconfig: pytest.Config) -> Iterator[Pair]:
    """A primary and its replica, for the tests of this module."""
    version = str(pytestconfig.getoption("postgres"))
    with replicated(version if version in VERSIONS else "18") as started:
        yield started


@pytest.fixture
async def database(pair: Pair, settings_from: SettingsFrom) -> AsyncGenerator[Database]:
    """A database on both of them."""
    await asyncio.to_thread(pair.start_replica)
    async with pair.cluster.clone(MIGRATED) as database:
        async with connected(database.direct_url) as connection:
            await connection.execute(NOTES)
        read_url = pair.replica_url(database)
        settings_from(**database.variables, READ_DATABASE_URL=read_url)
        # The first transaction learns how far the log reaches.
        await reads_on_replica(ANNE)
        await pair.caught_up(database)
        yield database


async def ask(identity: Identity, sql: str, *, read_only: bool) -> Any:
    """The result of a query in a transaction of its own."""
    async with session(identity, read_only=read_only):
        rows = await current_scope().fetch(sql, ())
        return rows[0]["it"] if rows else None


async def reads_on_replica(identity: Identity, *, read_only: bool = True) -> bool:
    return await ask(identity, "select pg_is_in_recovery() as it", read_only=read_only)


async def write(identity: Identity, number: int = 1) -> None:
    await ask(identity, f"insert into notes (id) values ({number})", read_only=False)


async def count(identity: Identity) -> int:
    """How many notes a caller sees in a transaction that only reads."""
    return await ask(identity, "select count(*) as it from notes", read_only=True)


@asynccontextmanager
async def stopped_replay(pair: Pair, database: Database) -> AsyncGenerator[None]:
    """A block in which the replica lags more and more."""
    await pair.on_replica(database, "select pg_wal_replay_pause()")
    state = "select pg_get_wal_replay_pause_state()"
    while await pair.on_replica(database, state) != "paused":  # noqa: ASYNC110  # it can only be polled
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        await pair.on_replica(database, "select pg_wal_replay_resume()")


async def test_what_only_reads_is_on_the_replica(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert await reads_on_replica(ANNE)
    assert await reads_on_replica(Identity.anonymous())
    assert not await reads_on_replica(ANNE, read_only=False)
    assert not await reads_on_replica(Identity.service())
    assert not await reads_on_replica(Identity.service(), read_only=False)
    # No other transaction has tried to begin there and been refused.
    assert "is not used" not in caplog.text


async def test_without_the_setting_everything_is_on_the_primary(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(READ_DATABASE_URL="")
    assert not await reads_on_replica(ANNE)


async def test_a_process_begins_on_the_primary_since_others_may_have_written(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from()
    assert not await reads_on_replica(ANNE)
    assert await reads_on_replica(ANNE)
    assert await reads_on_replica(BEN)


async def test_a_caller_sees_their_own_writes_at_once(pair: Pair, database: Database) -> None:
    async with stopped_replay(pair, database):
        await write(ANNE)
        assert await count(ANNE) == 1
        assert not await reads_on_replica(ANNE)
        # Other callers may see an older state.
        assert await reads_on_replica(BEN)
    await pair.caught_up(database)
    await asyncio.sleep(replica.BEHIND_SECONDS)
    assert await reads_on_replica(ANNE)
    assert await count(ANNE) == 1


async def test_writes_are_seen_however_closely_they_are_followed_by_a_query(
    database: Database,
) -> None:
    where: list[bool] = []
    for number in range(1, 200):
        await write(ANNE, number)
        assert await count(ANNE) == number
        where.append(await reads_on_replica(ANNE))
        await asyncio.sleep(0.002)
    assert any(where)


async def test_a_replica_that_lags_is_not_asked_in_vain_for_a_moment(
    pair: Pair, database: Database
) -> None:
    # The statement is known on both servers.
    await count(ANNE)
    async with stopped_replay(pair, database):
        await write(ANNE)
        await count(ANNE)
        await asyncio.sleep(replica.BEHIND_SECONDS)
        with watching() as watch:
            await count(ANNE)
        assert watch.round_trips == 3
        with watching() as watch:
            await count(ANNE)
        assert watch.round_trips == 2


async def test_a_session_of_the_service_in_a_request_counts_as_its_callers(
    pair: Pair, database: Database
) -> None:
    async with stopped_replay(pair, database):
        with request_writes(ANNE, 0) as writes:
            sql = f"insert into notes values (1, '{ANNE.user_id}')"
            await ask(Identity.service(), sql, read_only=False)
        assert writes.added > 0
        assert not await reads_on_replica(ANNE)
        assert await reads_on_replica(BEN)


async def test_a_position_that_a_request_names_is_held(pair: Pair, database: Database) -> None:
    with request_writes(ANNE, positions.UNKNOWN - 1):
        assert not await reads_on_replica(ANNE)
    await asyncio.sleep(replica.BEHIND_SECONDS)
    assert await reads_on_replica(ANNE)


async def test_the_position_costs_no_round_trip(
    database: Database, settings_from: SettingsFrom
) -> None:
    counted: list[int] = []
    for url in (database.url, ""):
        settings_from(READ_DATABASE_URL=url)
        await ask(ANNE, "select 2 as it", read_only=False)
        with watching() as watch:
            await ask(ANNE, "select 2 as it", read_only=False)
        counted.append(watch.round_trips)
    assert counted == [2, 2]


async def test_the_position_is_behind_the_commit(database: Database) -> None:
    slot = positions.positions().slot(ANNE)
    for number in range(1, 20):
        await write(ANNE, number)
        async with database.superuser() as connection:
            end = await connection.fetchval("select pg_current_wal_insert_lsn()::text")
        # Another process of the server may have written meanwhile.
        if positions.positions().of(slot) == positions.parsed(end):
            return
    pytest.fail("No position was the end of the log.")


async def test_a_commit_succeeds_where_the_position_cannot_be_had(database: Database) -> None:
    async with database.superuser() as connection:
        await connection.execute(
            "revoke execute on function pg_current_wal_insert_lsn from public"
        )
    await write(ANNE)
    assert await count(ANNE) == 1
    assert not await reads_on_replica(ANNE)
    assert await reads_on_replica(BEN)


async def test_a_commit_that_fails_is_no_other_than_before(database: Database) -> None:
    twice = "insert into settings_of_all values (1), (1)"
    with pytest.raises(Exception, match="duplicate key"):
        await ask(ANNE, twice, read_only=False)
    with pytest.raises(CommitFailed):
        async with session(ANNE):
            with pytest.raises(Exception, match="does not exist"):
                await current_scope().fetch("select nothing", ())


async def test_an_outcome_that_is_unknown_leads_to_the_primary_for_a_while(
    pair: Pair, database: Database, settings_from: SettingsFrom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with line(database.url) as far:
        settings_from(DATABASE_URL=far.url)
        await reads_on_replica(ANNE)
        assert await reads_on_replica(ANNE)
        monkeypatch.setattr(positions, "UNSETTLED_SECONDS", 1.0)
        far.freeze_at(b"commit\0", arrives=True)
        with pytest.raises(OutcomeUnknown):
            await asyncio.wait_for(write(ANNE), 0.5)
        far.cut()
        far.thaw()
        assert not await reads_on_replica(ANNE)
        assert not await reads_on_replica(ANNE)
        assert await reads_on_replica(BEN)
        await asyncio.sleep(1)
        # The first transaction learns how far the log reaches, once the commit has ended.
        assert not await reads_on_replica(ANNE)
        await pair.caught_up(database)
        assert await reads_on_replica(ANNE)


async def test_a_query_that_is_in_the_way_of_the_replay_is_asked_of_the_primary(
    pair: Pair, database: Database
) -> None:
    sql = "select pg_is_in_recovery() as it from (select count(*) from notes) as n, pg_sleep(1)"
    assert await reads_on_replica(BEN)
    slow = asyncio.create_task(ask(BEN, sql, read_only=True))
    asked = "select exists (select from pg_stat_activity where wait_event = 'PgSleep')"
    while not await pair.on_replica(database, asked):  # noqa: ASYNC110  # it can only be polled
        await asyncio.sleep(0.01)
    async with connected(database.direct_url) as connection:
        await connection.execute("drop table notes")
        await connection.execute(NOTES.partition(";")[0])
        await connection.execute("grant select on notes to authenticated")
    assert await slow is False


async def test_a_killed_replica_is_missed_by_no_caller(
    pair: Pair,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replica, "PAUSE_SECONDS", 1.0)
    seen: list[bool] = []
    used = asyncio.Event()

    async def read(identity: Identity) -> None:
        for _ in range(150):
            seen.append(await reads_on_replica(identity))
            if seen[-1]:
                used.set()
            await asyncio.sleep(0.01)

    with caplog.at_level(logging.INFO, "ottavino"):
        reading = asyncio.gather(*(read(each) for each in (ANNE, BEN) * 4))
        await used.wait()
        pair.kill_replica()
        await reading
        await asyncio.to_thread(pair.start_replica)
        async with asyncio.timeout(10):
            while not await reads_on_replica(ANNE):  # noqa: ASYNC110  # it can only be polled
                await asyncio.sleep(0.01)
    assert {True, False} == set(seen)
    said = [each.getMessage() for each in caplog.records if "read replica" in each.getMessage()]
    assert "is not used, and the primary answers" in said[0]
    assert "answers again" in said[-1]
    # Not once for each caller.
    assert len(said) < 10


async def test_a_replica_that_does_not_answer_is_tried_once_in_a_while(
    database: Database, settings_from: SettingsFrom
) -> None:
    async with line(database.url) as far:
        settings_from(READ_DATABASE_URL=far.url)
        await reads_on_replica(ANNE)
        far.freeze()
        begun = time.monotonic()
        assert not await reads_on_replica(ANNE)
        assert time.monotonic() - begun < replica.CONNECT_SECONDS + 1
        assert far.accepted == 1
        for _ in range(10):
            assert not await reads_on_replica(ANNE)
        assert far.accepted == 1


async def test_a_primary_is_no_replica(
    database: Database, settings_from: SettingsFrom, caplog: pytest.LogCaptureFixture
) -> None:
    settings_from(READ_DATABASE_URL=database.url)
    await reads_on_replica(ANNE)
    assert not await reads_on_replica(ANNE)
    assert "it does not replay a primary's log" in caplog.text


async def test_the_replica_is_behind_a_pooler_of_its_own(
    pair: Pair, database: Database, settings_from: SettingsFrom
) -> None:
    require_pooler()
    with pooler(pair.replica_folder, documented()) as pooled:
        settings_from(READ_DATABASE_URL=address(pooled.folder, LOGIN, database.name))
        await reads_on_replica(ANNE)
        assert await reads_on_replica(ANNE)
        async with stopped_replay(pair, database):
            await write(ANNE)
            assert await count(ANNE) == 1
            assert await reads_on_replica(BEN)
        pooled.kill()
        assert not await reads_on_replica(BEN)


async def test_a_replica_that_is_killed_behind_its_pooler_holds_up_one_caller(
    pair: Pair, database: Database, settings_from: SettingsFrom
) -> None:
    require_pooler()
    with pooler(pair.replica_folder, documented()) as pooled:
        settings_from(READ_DATABASE_URL=address(pooled.folder, LOGIN, database.name))
        await reads_on_replica(ANNE)
        assert await reads_on_replica(ANNE)
        pair.kill_replica()
        begun = time.monotonic()
        # Its processes run for a moment more.
        while await reads_on_replica(ANNE):
            begun = time.monotonic()
        # `query_wait_timeout`, and more on a busy machine.
        assert time.monotonic() - begun < 5 + 2
        begun = time.monotonic()
        for _ in range(10):
            assert not await reads_on_replica(ANNE)
        assert time.monotonic() - begun < 1


async def test_both_are_behind_poolers(
    pair: Pair, database: Database, settings_from: SettingsFrom
) -> None:
    require_pooler()
    with (
        pooler(pair.cluster.socket_folder, documented()) as first,
        pooler(pair.replica_folder, documented()) as second,
    ):
        settings_from(
            DATABASE_URL=address(first.folder, LOGIN, database.name),
            READ_DATABASE_URL=address(second.folder, LOGIN, database.name),
        )
        for number in range(1, 100):
            await write(ANNE, number)
            assert await count(ANNE) == number
        await pair.caught_up(database)
        await asyncio.sleep(replica.BEHIND_SECONDS)
        assert await reads_on_replica(ANNE)


async def seen(url: str, **headers: str) -> dict[str, Any]:
    """The rows that a request of Anne's sees, on a connection of its own."""
    async with httpx.AsyncClient(headers=bearer() | headers, timeout=PATIENCE_SECONDS) as http:
        return (await http.get(url)).json()


async def seen_by_several(url: str) -> list[dict[str, Any]]:
    """What requests at once see, until more than one process has answered."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len({each["process"] for each in found}) < 2:
            found += await asyncio.gather(*(seen(url) for _ in range(10)))
    return found


async def store(url: str, number: int) -> httpx.Headers:
    """The headers of an answer to a request of Anne's that has written."""
    async with httpx.AsyncClient(headers=bearer(), timeout=PATIENCE_SECONDS) as http:
        answer = await http.post(f"{url}/{number}")
    assert answer.status_code == HTTPStatus.CREATED
    return answer.headers


@contextmanager
def serving(pair: Pair, database: Database, name: str, **variables: str) -> Generator[str]:
    """A server of its own; gives the address of the function."""
    read_url = {"READ_DATABASE_URL": pair.replica_url(database)}
    chosen = stage.environment(database.variables) | read_url | variables
    module = "tests.ottavino.postgres.replica_service"
    with stage.server(name, module, chosen | {"JWT_SECRET": SECRET}) as server:
        yield f"{server.url}/functions/v1/it"


async def until_on_replica(pair: Pair, database: Database, url: str) -> None:
    """Wait until the server reads from the replica."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(httpx.TransportError):
                if (await seen(url))["on_replica"]:
                    break
            await pair.caught_up(database)


async def test_a_caller_sees_their_own_writes_in_every_process_of_a_machine(
    pair: Pair, database: Database
) -> None:
    with serving(pair, database, "replica", WEB_CONCURRENCY="4") as url:
        await until_on_replica(pair, database, url)
        await seen_by_several(url)
        async with stopped_replay(pair, database):
            await store(url, 1)
            found = await seen_by_several(url)
        assert {each["notes"] for each in found} == {1}


async def test_a_caller_sees_their_own_writes_on_another_machine_by_the_header(
    pair: Pair, database: Database
) -> None:
    with (
        serving(pair, database, "replica") as here,
        serving(pair, database, "replica-there") as there,
    ):
        await until_on_replica(pair, database, here)
        await until_on_replica(pair, database, there)
        async with stopped_replay(pair, database):
            headers = await store(here, 1)
            header = {HEADER: headers[HEADER]}
            assert (await seen(there))["notes"] == 0
            assert (await seen(there, **header))["notes"] == 1
            assert (await seen(there, **{HEADER: "no position"}))["on_replica"]


async def test_a_promoted_replica_is_not_asked_any_more(
    pair: Pair, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The last test of the module: a promoted server does not become a replica again."""
    await pair.on_replica(database, "select pg_promote()")
    await write(ANNE)
    async with asyncio.timeout(30):
        while await pair.on_replica(database, "select pg_is_in_recovery()"):  # noqa: ASYNC110  # it can only be polled
            await asyncio.sleep(0.05)
    await pair.on_replica(database, "insert into notes values (2, gen_random_uuid())")
    assert await ask(BEN, "select id as it from notes order by id desc", read_only=True) == 1
    assert "it does not replay a primary's log" in caplog.text
