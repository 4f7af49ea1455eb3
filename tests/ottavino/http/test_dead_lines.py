"""Answers, and their times, when the connection to the database is dead."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import asyncpg
import httpx
import pytest
from starlette.background import BackgroundTasks

from ottavino.errors import DatabaseUnavailable, OutcomeUnknown
from ottavino.http.caller_session import caller_session
from ottavino.http.errors import Conflict
from ottavino.http.function import Function
from ottavino.postgres.address import address
from ottavino.postgres.budget import GUARD_SECONDS
from ottavino.postgres.connection import TCP_OPTIONS, connect
from ottavino.postgres.release import UNDO_SECONDS, all_released
from ottavino.postgres.scope import current_scope
from ottavino.postgres.transaction import TRANSACTION_TIMEOUT_SINCE
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.http.client import SECRET, bearer, client, connections
from tests.ottavino.http.test_server import running
from tests.ottavino.line import COMMIT, PATIENCE_SECONDS, Line, line

SECONDS = 0.5
"""How long the functions of these tests may take."""
LATE = SECONDS + 1
"""What counts as too late. A machine that is busy needs some of it to say anything."""

SLEEP = "select pg_sleep(60)"


async def query(sql: str) -> None:
    await current_scope().fetch(sql, ())


async def add() -> None:
    await query("insert into notes default values")


@pytest.fixture(autouse=True)
def secret(database: Database, settings_from: SettingsFrom) -> None:
    """Verify tokens with the secret of the tests."""
    settings_from(JWT_SECRET=SECRET)


@pytest.fixture
async def far(database: Database, settings_from: SettingsFrom) -> AsyncGenerator[Line]:
    """A database at the other end of a line, with a table that a user may write."""
    async with connected(database.direct_url) as connection:
        await connection.execute(
            "create table notes (id int generated always as identity);"
            "grant select, insert on notes to authenticated;"
        )
    async with line(database.url) as far:
        settings_from(DATABASE_URL=far.url)
        yield far


async def stored(database: Database) -> int:
    async with connected(database.direct_url) as connection:
        count: int = await connection.fetchval("select count(*) from notes")
        return count


async def asleep(database: Database) -> None:
    """Wait until a connection sleeps."""
    sql = (
        "select exists (select from pg_stat_activity "
        "where datname = current_database() and wait_event = 'PgSleep')"
    )
    async with connected(database.superuser_url) as connection, asyncio.timeout(10):
        while not await connection.fetchval(sql):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.02)


async def transactions(database: Database) -> int:
    """How many transactions of the function are open after two seconds, if any is."""
    sql = (
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and application_name = 'it' and xact_start is not null"
    )
    async with connected(database.superuser_url) as connection:
        for _ in range(100):
            if not await connection.fetchval(sql):
                return 0
            await asyncio.sleep(0.02)
        count: int = await connection.fetchval(sql)
        return count


async def answered(function: Function, method: str = "POST") -> tuple[httpx.Response, float]:
    """The answer of a function, and how long it took."""
    async with client(function) as http:
        begun = time.monotonic()
        response = await http.request(method, "/it", headers=bearer())
        return response, time.monotonic() - begun


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("arrives", [False, True], ids=["before it", "after it"])
async def test_a_commit_whose_answer_is_lost_is_said_to_be_unknown(
    arrives: bool, far: Line, database: Database
) -> None:
    far.freeze_at(COMMIT, arrives=arrives)
    function = Function(timeout=SECONDS)

    @function.post()
    async def create() -> str:
        await add()
        return "stored"

    response, seconds = await answered(function)
    assert response.status_code == 503
    assert response.headers["sb-error-code"] == "OUTCOME_UNKNOWN"
    assert "retry-after" not in response.headers
    assert response.headers["x-request-id"] in response.json()["error"]
    assert seconds < LATE
    assert await stored(database) == int(arrives)
    # The service waits for nothing more from a server that has not answered.
    await asyncio.wait_for(all_released(), LATE)
    # Nothing more reaches PostgreSQL, which ends the transaction by itself.
    assert await transactions(database) == 0


async def in_session() -> None:
    async with caller_session():
        await add()


async def in_a_group(_: Line) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(in_session())


async def beside_an_error(far: Line) -> None:
    async def fails() -> None:
        await far.frozen()
        raise Conflict

    async with asyncio.TaskGroup() as group:
        group.create_task(in_session())
        group.create_task(fails())


async def shielded(_: Line) -> None:
    await asyncio.shield(in_session())


async def swallowed(_: Line) -> None:
    with contextlib.suppress(OutcomeUnknown):
        await in_session()


async def with_another_error(_: Line) -> None:
    try:
        await in_session()
    except OutcomeUnknown as error:
        raise ValueError from error


async def under_way(far: Line) -> None:
    task = asyncio.create_task(in_session())
    await far.frozen()
    if not task.done():
        raise Conflict


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    "store",
    [in_a_group, beside_an_error, shielded, swallowed, with_another_error, under_way],
    ids=lambda each: each.__name__,
)
async def test_an_outcome_is_unknown_wherever_the_error_of_the_commit_went(
    store: Callable[[Line], Awaitable[None]], far: Line, database: Database
) -> None:
    far.freeze_at(COMMIT, arrives=True)
    function = Function(timeout=SECONDS, transactions="manual")

    @function.post()
    async def create() -> str:
        await store(far)
        return "stored"

    response, seconds = await answered(function)
    assert response.headers["sb-error-code"] == "OUTCOME_UNKNOWN"
    assert seconds < LATE
    assert await stored(database) == 1
    far.thaw()
    await all_released()


@pytest.mark.whole("waits for a deadline")
async def test_a_function_that_was_told_of_an_unknown_outcome_may_answer_with_its_own_error(
    far: Line,
) -> None:
    far.freeze_at(COMMIT, arrives=True)
    function = Function(timeout=SECONDS, transactions="manual")

    @function.post()
    async def create() -> str:
        try:
            async with asyncio.timeout(SECONDS / 2):
                await in_session()
        except OutcomeUnknown:
            raise Conflict from None
        return "stored"

    response, _ = await answered(function)
    assert response.headers["sb-error-code"] == "CONFLICT"


@pytest.mark.whole("waits until something is given up")
async def test_a_connection_that_freezes_within_a_query_is_given_up_too(
    far: Line, database: Database
) -> None:
    """PostgreSQL has parsed it and waits for its values, which is not to be idle."""
    function = Function(timeout=SECONDS)

    @function.post()
    async def create() -> None:
        await add()
        far.freeze_at(b"select 'parsed'", arrives=True)
        await query("select 'parsed'")

    response, _ = await answered(function)
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"
    async with connected(database.superuser_url) as connection:
        has_limit = connection.get_server_version().major >= TRANSACTION_TIMEOUT_SINCE
    assert await transactions(database) == (0 if has_limit else 1)


@pytest.mark.whole("waits until something is given up")
@pytest.mark.parametrize("words", [b"begin isolation", b"insert", b"savepoint"])
async def test_work_after_the_answer_does_not_wait_for_ever(
    words: bytes, far: Line, settings_from: SettingsFrom
) -> None:
    """Work in the background has no time of its own, and each of its statements has."""
    settings_from(STATEMENT_TIMEOUT="0.2")
    function, raised = Function(), list[Exception]()

    @function.post()
    async def create(background: BackgroundTasks) -> None:
        background.add_task(add_later)

    async def add_later() -> None:
        far.freeze_at(words, arrives=False)
        try:
            async with caller_session(), DB.transaction():
                await add()
        except DatabaseUnavailable as error:
            raised.append(error)

    response, seconds = await answered(function)
    assert response.is_success
    assert len(raised) == 1
    assert seconds < 2 * (0.2 + GUARD_SECONDS + UNDO_SECONDS)


async def test_a_commit_of_the_functions_own_is_unknown_too(far: Line) -> None:
    far.freeze_at(COMMIT, arrives=True)
    function = Function(timeout=SECONDS, transactions="manual")

    @function.post()
    async def create() -> None:
        async with caller_session():
            await add()

    response, seconds = await answered(function)
    assert response.headers["sb-error-code"] == "OUTCOME_UNKNOWN"
    assert seconds < LATE


async def test_a_lost_commit_that_stored_nothing_is_not_reported_as_unknown(far: Line) -> None:
    far.freeze_at(COMMIT, arrives=True)
    function = Function(timeout=SECONDS)

    @function.get()
    async def read() -> None:
        await query("select 1")

    response, seconds = await answered(function, "GET")
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"
    assert seconds < LATE


async def test_a_line_that_is_cut_at_the_commit_leaves_it_unknown(far: Line) -> None:
    far.freeze_at(COMMIT, arrives=False)
    function = Function()

    @function.post()
    async def create() -> None:
        await add()

    async def cut() -> None:
        await far.frozen()
        far.cut()

    cutting = asyncio.create_task(cut())
    response, _ = await answered(function)
    assert response.headers["sb-error-code"] == "OUTCOME_UNKNOWN"
    await cutting


async def test_a_line_that_is_cut_before_the_commit_leaves_no_doubt(
    far: Line, database: Database
) -> None:
    function = Function()

    @function.post()
    async def create() -> None:
        await add()
        connection = await current_scope().connection.open()
        far.cut()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not connection.is_closed():  # noqa: ASYNC110  # the driver has no event for it
                await asyncio.sleep(0.01)

    response, _ = await answered(function)
    assert response.headers["sb-error-code"] == "DATABASE_UNAVAILABLE"
    assert "retry-after" in response.headers
    assert await stored(database) == 0


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("then", ["query", "savepoint", "commit"])
async def test_a_notice_between_two_queries_is_not_an_error(
    then: str, far: Line, database: Database
) -> None:
    """PostgreSQL sends one when it is stopped, and the driver cannot parse it."""
    far.hides_ends = True
    function = Function()

    @function.post()
    async def create() -> None:
        await add()
        async with (
            connected(database.superuser_url) as connection,
            asyncio.timeout(PATIENCE_SECONDS),
        ):
            while await connection.fetch(END):  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.01)
        if then == "query":
            await add()
        if then == "savepoint":
            async with DB.transaction():
                await add()

    response, _ = await answered(function)
    assert response.headers["sb-error-code"] == "DATABASE_UNAVAILABLE"
    assert "retry-after" in response.headers
    assert await stored(database) == 0


END = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'it'
"""


@pytest.mark.whole("waits until something is given up")
@pytest.mark.parametrize("words", [b"begin", b"insert"])
async def test_a_query_whose_answer_is_lost_takes_no_longer_than_its_function_may(
    words: bytes, far: Line, database: Database
) -> None:
    far.freeze_at(words, arrives=False)
    function = Function(timeout=SECONDS)

    @function.post()
    async def create() -> None:
        await add()

    response, seconds = await answered(function)
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"
    assert seconds < LATE
    assert await stored(database) == 0


@pytest.mark.whole("waits until something is given up")
@pytest.mark.parametrize("deaf_to", ["first", "second"])
async def test_a_query_after_a_caught_interruption_has_an_end(far: Line, deaf_to: str) -> None:
    function, raised = Function(timeout=SECONDS), list[Exception]()

    @function.post()
    async def create() -> None:
        await add()
        try:
            if deaf_to == "first":
                far.freeze()
                await add()
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            far.freeze()
            try:
                await add()
            except DatabaseUnavailable as error:
                raised.append(error)

    response, seconds = await answered(function)
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"
    assert len(raised) == 1
    assert SECONDS + GUARD_SECONDS <= seconds < SECONDS + GUARD_SECONDS + 1


@pytest.mark.whole("waits until something is given up")
async def test_a_query_of_a_task_that_goes_on_has_an_end(far: Line) -> None:
    function, tasks = (
        Function(timeout=SECONDS, transactions="manual"),
        set[asyncio.Task[None]](),
    )

    async def stray() -> None:
        async with caller_session():
            await add()
            far.freeze()
            await add()

    @function.post()
    async def create() -> None:
        tasks.add(asyncio.create_task(stray()))
        await far.frozen()

    response, seconds = await answered(function)
    assert response.is_success
    assert seconds < SECONDS
    (task,) = tasks
    with pytest.raises(DatabaseUnavailable):
        await asyncio.wait_for(task, SECONDS + GUARD_SECONDS + 1)
    await asyncio.wait_for(all_released(), UNDO_SECONDS + 1)


@pytest.mark.whole("waits until something is given up")
async def test_a_query_of_a_task_that_goes_on_ends_at_the_server_too(
    database: Database,
) -> None:
    function, tasks = (
        Function(timeout=SECONDS, transactions="manual"),
        set[asyncio.Task[None]](),
    )

    async def stray() -> None:
        async with caller_session():
            await query(SLEEP)

    @function.post()
    async def create() -> None:
        tasks.add(asyncio.create_task(stray()))
        await asleep(database)

    await answered(function)
    await asyncio.wait(tasks, timeout=SECONDS + GUARD_SECONDS + 1)
    assert all(each.exception() for each in tasks)
    assert await transactions(database) == 0


@pytest.mark.whole("waits until something is given up")
async def test_a_query_is_not_cancelled_on_ever_more_connections(
    far: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes a place at the server, and none that is lost on a dead line is given back."""
    monkeypatch.setattr("ottavino.postgres.release.RELEASE_SECONDS", 1.0)
    monkeypatch.setattr("ottavino.postgres.release.CANCEL_SECONDS", 0.02)
    far.freeze_at(b"insert", arrives=True)
    function = Function(timeout=SECONDS)

    @function.post()
    async def create() -> None:
        await add()

    await answered(function)
    await all_released()
    # Its own, the driver's request to cancel the query, and one of ours.
    assert far.accepted == 3


@pytest.mark.whole("waits until something is given up")
async def test_an_error_does_not_wait_for_a_rollback_on_a_dead_connection(far: Line) -> None:
    function = Function()

    @function.post()
    async def create() -> None:
        await add()
        far.freeze()
        raise Conflict

    response, seconds = await answered(function)
    assert response.status_code == 409
    assert seconds < 1.5


@pytest.mark.whole
async def test_a_stopping_server_does_not_wait_for_dead_connections(
    far: Line, database: Database
) -> None:
    far.freeze_at(COMMIT, arrives=False)
    variables = {**database.variables, "DATABASE_URL": far.url, "JWT_SECRET": SECRET}
    # Its own timeout is longer than the test.
    async with (
        running("-c", PROGRAM, **variables, SHUTDOWN_TIMEOUT="0.2") as server,
        httpx.AsyncClient(timeout=20) as http,
    ):
        asking = asyncio.create_task(http.post(server.url, headers=bearer()))
        await far.frozen()
        server.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        response = await asking
        await asyncio.to_thread(server.process.wait, PATIENCE_SECONDS)
    assert response.headers["sb-error-code"] == "OUTCOME_UNKNOWN"
    assert time.monotonic() - begun < 5


PROGRAM = """
from ottavino.postgres.scope import current_scope
from tests.ottavino.house.functions import app as served
from ottavino.http.function import Function
from ottavino.http.serve import main

function = Function(timeout=60)

@function.post()
async def create() -> None:
    await current_scope().fetch("insert into notes default values", ())

served.app = served.create_app({"it": function})
if __name__ == "__main__":
    main("tests.ottavino.house.functions.app:app")
"""


async def test_a_connection_is_probed_by_the_network(far: Line) -> None:
    connection = await connect(address(far.url), "test", 5)
    options = {
        socket.SOL_SOCKET: (socket.SO_KEEPALIVE,),
        socket.IPPROTO_TCP: (socket.TCP_KEEPIDLE, socket.TCP_USER_TIMEOUT),
    }
    transport: asyncio.BaseTransport = getattr(connection, "_transport")  # noqa: B009  # no type has it
    sock: socket.socket = transport.get_extra_info("socket")
    found = [sock.getsockopt(level, each) for level, names in options.items() for each in names]
    assert found == [1, 5, 10_000]
    await connection.close()


@pytest.mark.whole("waits until something is given up")
@pytest.mark.parametrize("sql", ["select 1", SLEEP], ids=["asked", "waiting"])
async def test_a_server_whose_host_is_gone_is_given_up(
    far: Line, database: Database, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    """Whether or not something was sent to it. The system does it, with no timer of ours."""
    # The same at a faster pace.
    pace = {"TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_USER_TIMEOUT": 1000}
    monkeypatch.setattr("ottavino.postgres.connection.TCP_OPTIONS", TCP_OPTIONS | pace)
    connection = await connect(address(far.url), "it", 5)
    if sql == SLEEP:
        asking = asyncio.create_task(connection.fetch(sql))
        await asleep(database)
        far.vanish()
    else:
        far.vanish()
        asking = asyncio.create_task(connection.fetch(sql))
    async with asyncio.timeout(10):
        with pytest.raises(asyncpg.PostgresConnectionError):
            await asking


# Tasks that go on


async def test_a_task_in_a_savepoint_does_not_hold_up_an_error(database: Database) -> None:
    function = Function()
    entered = asyncio.Event()

    async def stray() -> None:
        async with DB.transaction():
            await query("select 1")
            entered.set()
            await asyncio.sleep(60)

    @function.post()
    async def create() -> None:
        tasks.append(asyncio.create_task(stray()))
        await entered.wait()
        raise Conflict

    tasks: list[asyncio.Task[None]] = []
    response, seconds = await answered(function)
    assert response.status_code == 409
    assert seconds < 1
    assert await connections(database) == 0
    tasks[0].cancel()


async def test_a_task_in_a_savepoint_does_not_hold_up_a_commit_for_longer_than_its_time(
    database: Database,
) -> None:
    function = Function(timeout=SECONDS)
    entered = asyncio.Event()

    async def stray() -> None:
        async with DB.transaction():
            await query("select 1")
            entered.set()
            await asyncio.sleep(60)

    @function.post()
    async def create() -> None:
        tasks.append(asyncio.create_task(stray()))
        await entered.wait()

    tasks: list[asyncio.Task[None]] = []
    response, seconds = await answered(function)
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"
    assert seconds < LATE
    assert await connections(database) == 0
    tasks[0].cancel()


async def test_an_abandoned_query_does_not_delay_an_error(
    database: Database,
) -> None:
    function = Function()

    @function.post()
    async def create() -> None:
        tasks.append(asyncio.create_task(query("select pg_sleep(60)")))
        async with connected(database.superuser_url) as watch:
            while not await watch.fetchval(ASLEEP):  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.01)
        raise Conflict

    tasks: list[asyncio.Task[None]] = []
    response, seconds = await answered(function)
    assert response.status_code == 409
    assert seconds < 1
    assert await connections(database) == 0
    await asyncio.wait(tasks)
    assert tasks[0].exception() is not None


ASLEEP = """
    select exists (
        select from pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep'
    )
"""
