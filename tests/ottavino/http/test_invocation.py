"""A whole invocation, over HTTP and down to PostgreSQL."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator

import asyncpg
import pytest
import pytest_asyncio
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ottavino.errors import NoSession
from ottavino.http.caller_session import Invocation, caller_session
from ottavino.http.errors import Conflict
from ottavino.http.function import Function, plain
from ottavino.identity import Identity
from ottavino.postgres.budget import end_of_budget
from ottavino.postgres.scope import current_scope
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.http.client import (
    ALICE,
    SECRET,
    bearer,
    client,
    connections,
    network,
    served,
    token,
)
from tests.ottavino.http.conftest import NOWHERE

TABLES = """
create table kinds (name text primary key);

create table notes (
    id int primary key,
    user_id uuid default auth.uid(),
    text text check (text <> 'forbidden'),
    kind text references kinds deferrable initially deferred
);
alter table notes enable row level security;
create policy own on notes to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
revoke all on notes, kinds from anon, authenticated;
grant select, insert on notes to authenticated;
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tables(shared_database: Database) -> Database:
    """A database with a table of notes, each of which only its owner sees."""
    async with connected(shared_database.direct_url) as connection:
        await connection.execute(TABLES)
    return shared_database


@pytest.fixture(autouse=True)
async def database(tables: Database, settings_from: SettingsFrom) -> Database:
    """The same, without a note."""
    settings_from(**tables.variables | {"JWT_SECRET": SECRET})
    async with connected(tables.superuser_url) as connection:
        await connection.execute(
            f"truncate notes, kinds; alter database {tables.name} connection limit -1"
        )
    return tables


async def query(sql: str, *arguments: object) -> list[asyncpg.Record]:
    """A query that a handler sends in its session."""
    return await current_scope().fetch(sql, arguments)


async def add(number: int = 1, text: str = "a", kind: str | None = None) -> None:
    """Add a note of the caller's."""
    await query("insert into notes (id, text, kind) values ($1, $2, $3)", number, text, kind)


async def stored(database: Database) -> int:
    """How many notes there are, of all users."""
    async with connected(database.direct_url) as connection:
        count: int = await connection.fetchval("select count(*) from notes")
        return count


# Commit, then send


async def test_what_a_handler_stored_is_stored_when_its_answer_arrives(
    database: Database,
) -> None:
    function = Function()

    @function.post(status=201)
    async def create() -> str:
        await add()
        assert await stored(database) == 0
        return "stored"

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == 201
    assert await stored(database) == 1
    assert await connections(database) == 0


async def test_nothing_is_sent_before_the_commit_has_succeeded(database: Database) -> None:
    function = Function()

    @function.post(status=201)
    async def create() -> str:
        await add(kind="of a kind that is checked at the end, and is not there")
        return "stored"

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == 409
    assert response.headers["sb-error-code"] == "CONFLICT"
    assert await stored(database) == 0
    assert await connections(database) == 0


async def test_a_failure_that_a_handler_swallowed_is_not_answered_as_success(
    database: Database,
) -> None:
    function = Function()

    @function.post(status=201)
    async def create() -> str:
        await add()
        with contextlib.suppress(asyncpg.UniqueViolationError):
            await add()
        return "stored"

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == 500
    assert await stored(database) == 0


# Roll back


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("exception", "status"),
    [
        (Conflict(), 409),
        (HTTPException(409), 409),
        (ValueError(), 500),
        # A function ends neither the process nor the task that calls it.
        (SystemExit(), 500),
        (asyncio.CancelledError(), 500),
    ],
)
async def test_an_error_rolls_back_what_was_stored(
    exception: BaseException, status: int, database: Database
) -> None:
    function = Function()

    @function.post()
    async def create() -> None:
        await add()
        raise exception

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == status
    assert await stored(database) == 0
    assert await connections(database) == 0


async def test_a_result_that_cannot_be_sent_is_not_stored(database: Database) -> None:
    function = Function()

    @function.post()
    async def create() -> dict[str, object]:
        await add()
        return {"not JSON": object()}

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == 500
    assert await stored(database) == 0


async def test_a_response_with_an_error_status_commits(
    database: Database,
) -> None:
    async def handler(_: Request) -> Response:
        await add()
        return PlainTextResponse("no", 409)

    async with client(plain(handler)) as http:
        assert (await http.post("/it", headers=bearer())).text == "no"
    assert await stored(database) == 1


async def test_a_function_that_runs_out_of_time_stores_nothing(database: Database) -> None:
    function = Function(timeout=0.2)

    @function.post()
    async def create() -> None:
        await add()
        await asyncio.sleep(60)

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == 504
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"
    assert await stored(database) == 0
    assert await connections(database) == 0


@pytest.mark.whole("waits for a timeout")
async def test_some_of_a_functions_time_is_reserved_for_its_rollback() -> None:
    function = Function(timeout=0.5)
    left: list[float | None] = []

    @function.post()
    async def create() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            left.append(end_of_budget())

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == 504
    (seconds,) = left
    # It was not used up.
    assert seconds is not None


@pytest.mark.whole("waits for a timeout")
async def test_a_function_that_runs_out_of_time_in_a_query_is_ended_too(
    database: Database,
) -> None:
    function = Function(timeout=0.2)

    @function.post()
    async def create() -> None:
        await add()
        await query("select pg_sleep(60)")

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == 504
    assert await stored(database) == 0
    assert await connections(database) == 0


@pytest.mark.whole("waits for a timeout")
async def test_a_function_that_carries_on_after_its_time_stores_nothing(
    database: Database,
) -> None:
    function = Function(timeout=0.2)

    @function.post()
    async def create() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await add()
        return "stored"

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == 504
    assert await stored(database) == 0


async def test_a_statement_that_runs_out_of_time_is_the_functions_time_too(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(STATEMENT_TIMEOUT="0.1")
    function = Function()

    @function.post()
    async def create() -> None:
        await add()
        await query("select pg_sleep(60)")

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == 504
    assert await stored(database) == 0


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("where", ["between queries", "in a query"])
async def test_a_client_that_disconnects_causes_a_rollback(
    where: str, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    function = Function()
    begun, ended = asyncio.Event(), asyncio.Event()

    @function.post()
    async def create() -> None:
        await add()
        begun.set()
        try:
            await (query("select pg_sleep(60)") if where == "in a query" else asyncio.sleep(60))
        finally:
            ended.set()

    async with served(function) as url, network() as http:
        call = asyncio.create_task(http.post(f"{url}/it", headers=bearer()))
        await asyncio.wait_for(begun.wait(), 5)
        call.cancel()
        await asyncio.wait_for(ended.wait(), 5)
        assert await connections(database) == 0
    assert await stored(database) == 0
    assert [each for each in caplog.records if each.levelno > logging.INFO] == []


@pytest.mark.whole("waits for a timeout")
async def test_a_client_that_disconnects_after_the_timeout_is_not_the_reason(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ottavino")
    function = Function(timeout=0.2)
    late, ended = asyncio.Event(), asyncio.Event()

    @function.post()
    async def create(request: Request) -> None:
        try:
            # On a busy machine the time may already be over here.
            await add()
            await asyncio.sleep(60)
        finally:
            late.set()
            while not await request.is_disconnected():  # noqa: ASYNC110  # nothing tells
                await asyncio.sleep(0.01)
            ended.set()

    async with served(function) as url, network() as http:
        call = asyncio.create_task(http.post(f"{url}/it", headers=bearer()))
        await asyncio.wait_for(late.wait(), 5)
        call.cancel()
        await asyncio.wait_for(ended.wait(), 5)
        assert await connections(database) == 0
    assert await stored(database) == 0
    (code,) = (each.__dict__["code"] for each in caplog.records if "code" in each.__dict__)
    assert code == "IDLE_TIMEOUT"


async def test_a_request_that_is_cancelled_is_answered_as_by_a_server_that_stops(
    database: Database,
) -> None:
    function = Function()
    begun = asyncio.Event()

    @function.post()
    async def create() -> None:
        await add()
        begun.set()
        await asyncio.sleep(60)

    async with client(function) as http:
        call = asyncio.create_task(http.post("/it", headers=bearer()))
        await begun.wait()
        call.cancel()
        assert (await call).json()["error"].startswith("The server stopped")
    assert await stored(database) == 0


# What is taken on


async def test_an_anonymous_callers_body_is_bounded_more_tightly(
    settings_from: SettingsFrom,
) -> None:
    settings_from(MAX_BODY_BYTES="2000", MAX_ANONYMOUS_BODY_BYTES="1000")
    function = Function(auth="optional")

    @function.post()
    async def read(request: Request) -> int:
        return len(await request.body())

    async with client(function) as http:
        for size, visitors, users in ((1000, 200, 200), (2000, 413, 200), (2001, 413, 413)):
            body = b"x" * size
            assert (await http.post("/it", content=body)).status_code == visitors
            user = await http.post("/it", content=body, headers=bearer())
            assert user.status_code == users


async def test_requests_beyond_the_limit_are_told_to_retry(
    settings_from: SettingsFrom,
) -> None:
    settings_from(MAX_REQUESTS="1")
    function = Function()
    begun, ended = asyncio.Event(), asyncio.Event()

    @function.get()
    async def wait() -> None:
        begun.set()
        await ended.wait()

    async with client(function) as http:
        first = asyncio.create_task(http.get("/it", headers=bearer()))
        await begun.wait()
        second = await http.get("/it", headers=bearer())
        ended.set()
        assert (await first).is_success
    assert second.headers["sb-error-code"] == "OVERLOADED"


# The caller in the database


async def test_a_handler_queries_as_its_caller() -> None:
    function = Function(auth="optional")

    @function.get()
    async def who(caller: Identity) -> list[str | None]:
        (row,) = await query("select current_user::text, auth.uid()::text, auth.role()")
        return [caller.role, *row]

    async with client(function) as http:
        user = (await http.get("/it", headers=bearer())).json()
        assert user == ["authenticated", "authenticated", str(ALICE), "authenticated"]
        assert (await http.get("/it")).json() == ["anon", "anon", None, "anon"]
        service = bearer(token(role="service_role", sub=None, aud=None))
        assert (await http.get("/it", headers=service)).json()[:2] == ["service_role"] * 2


async def test_the_database_shows_the_function_of_a_transaction() -> None:
    function = Function()

    @function.get()
    async def name() -> str:
        (row,) = await query("select current_setting('application_name')")
        called: str = row[0]
        return called

    async with client(function) as http:
        assert (await http.get("/it", headers=bearer())).text == "it"


def test_after_an_answer_there_is_no_session_of_its_caller() -> None:
    with Invocation(Identity.user(ALICE), "it", read_only=False):
        assert caller_session()
    with pytest.raises(NoSession, match="No request is being answered"):
        caller_session()


async def test_a_claim_arrives_as_it_was_signed() -> None:
    function = Function()

    @function.get()
    async def claim() -> str:
        (row,) = await query("select auth.jwt() ->> 'name'")
        name: str = row[0]
        return name

    name = "Žofie '; drop table notes; -- \\ \" 😀 \\u0000"
    async with client(function) as http:
        assert (await http.get("/it", headers=bearer(token(name=name)))).text == name


@pytest.mark.parametrize(
    ("role", "rest"), [("anon", {}), ("authenticated", {"user_id": str(ALICE)[::-1]})]
)
async def test_what_a_policy_or_a_grant_denies_is_forbidden_without_a_reason(
    role: str, rest: dict[str, str]
) -> None:
    function = Function(auth="key")

    @function.post()
    async def create() -> None:
        await query("insert into notes (id, user_id) values (1, $1)", rest.get("user_id"))

    async with client(function) as http:
        response = await http.post("/it", headers=bearer(token(role=role)))
    assert response.status_code == 403
    assert response.json()["error"] == "You may not do this."


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("text", "status", "constraint"),
    [("forbidden", 422, "notes_text_check"), ("a", 409, "notes_pkey")],
)
async def test_a_violated_constraint_is_named_and_no_value_is(
    text: str, status: int, constraint: str, database: Database
) -> None:
    async with connected(database.direct_url) as connection:
        await connection.execute("insert into notes values (1, gen_random_uuid(), 'secret')")
    function = Function()

    @function.post()
    async def create() -> None:
        await add(1, text)

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == status
    assert f"(constraint {constraint})" in response.json()["error"]
    assert "secret" not in response.text
    assert "insert" not in response.text


@pytest.mark.parametrize("value", ["\0", "x" * 10])
async def test_a_value_that_a_column_cannot_hold_does_not_fit(value: str) -> None:
    function = Function()

    @function.post()
    async def create() -> None:
        await query("select cast($1::text as int)", value)

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == 422
    assert response.headers["sb-error-code"] == "VALIDATION_ERROR"


# Connections


async def test_a_function_without_a_query_opens_no_connection(
    settings_from: SettingsFrom,
) -> None:
    settings_from(DATABASE_URL=NOWHERE)
    function = Function()

    @function.get()
    async def hello() -> str:
        return "hello"

    async with client(function) as http:
        assert (await http.get("/it", headers=bearer())).text == "hello"


async def test_a_database_that_does_not_answer_is_unavailable_for_now(
    settings_from: SettingsFrom, caplog: pytest.LogCaptureFixture
) -> None:
    settings_from(DATABASE_URL=NOWHERE)
    function = Function()

    @function.post()
    async def create() -> None:
        await add()

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == 503
    assert response.headers["sb-error-code"] == "DATABASE_UNAVAILABLE"
    assert "retry-after" in response.headers
    assert "127.0.0.1" not in response.text
    assert "127.0.0.1" in caplog.text


async def test_a_server_with_no_room_for_another_connection_is_unavailable(
    database: Database,
) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute(f"alter database {database.name} connection limit 0")
    function = Function()

    @function.post()
    async def create() -> None:
        await add()

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == 503
    assert response.headers["sb-error-code"] == "DATABASE_UNAVAILABLE"


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("then", ["returns", "asks"])
async def test_a_connection_that_the_server_ends_is_unavailable(
    then: str, database: Database
) -> None:
    function = Function()

    @function.post()
    async def create() -> None:
        await add(1)
        (row,) = await query("select pg_backend_pid()")
        async with connected(database.superuser_url) as connection:
            await connection.execute(f"select pg_terminate_backend({row[0]}, 1000)")
        if then == "asks":
            await add(2)

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.status_code == 503
    assert await stored(database) == 0


async def test_invocations_at_once_have_a_connection_each(database: Database) -> None:
    function = Function()
    together = asyncio.Barrier(5)

    @function.post("/{number}")
    async def create(number: int) -> int:
        await add(number)
        await together.wait()
        (row,) = await query("select pg_backend_pid()")
        process: int = row[0]
        return process

    async with client(function) as http:
        calls = [http.post(f"/it/{number}", headers=bearer()) for number in range(5)]
        processes = {response.json() for response in await asyncio.gather(*calls)}
    assert len(processes) == 5
    assert await stored(database) == 5
    assert await connections(database) == 0


# Queries after the handler has returned


async def test_work_after_the_return_has_no_session(database: Database) -> None:
    refused: list[str] = []

    async def ask(name: str) -> None:
        try:
            await add()
        except NoSession:
            refused.append(name)

    async def stream() -> AsyncGenerator[bytes]:
        await ask("stream")
        yield b"x"

    async def handler(_: Request) -> Response:
        await add()
        return StreamingResponse(stream(), background=BackgroundTask(ask, "background"))

    async with client(plain(handler)) as http:
        assert (await http.post("/it", headers=bearer())).text == "x"
    assert refused == ["stream", "background"]
    assert await stored(database) == 1
