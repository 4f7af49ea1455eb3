"""Requests with an `Idempotency-Key`: done once, however often they are sent."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest
from starlette.background import BackgroundTasks
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from ottavino.dev.database.server import address
from ottavino.errors import CommitFailed
from ottavino.http import create_app
from ottavino.http.errors import Conflict
from ottavino.http.function import Function, plain
from ottavino.migrate import platform
from ottavino.postgres import idempotency_keys as idempotency
from ottavino.postgres.scope import current_scope
from ottavino.postgres.supabase import LOGIN
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.databases import piccolo
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
from tests.ottavino.line import COMMIT, line
from tests.ottavino.wire import tapped

BOB = UUID("b0b00000-0000-4000-8000-000000000002")

CODE = "sb-error-code"
REPLAYED = "idempotent-replayed"

KEPT = "select count(*) from ottavino.idempotency_keys"
NOTES = "select count(*) from notes"


@pytest.fixture(autouse=True)
async def notes(database: Database, settings_from: SettingsFrom) -> None:
    """A table that every request adds a row to."""
    settings_from(JWT_SECRET=SECRET)
    async with connected(database.direct_url) as connection:
        await connection.execute(
            "create table notes (id int generated always as identity primary key, text text);"
            "grant select, insert on notes to authenticated, anon;"
            "create table once (id int primary key deferrable initially deferred);"
            "grant insert on once to authenticated"
        )


async def count(database: Database, sql: str = NOTES) -> int:
    async with connected(database.direct_url) as connection:
        found: int = await connection.fetchval(sql)
        return found


async def query(sql: str, *arguments: object) -> list[asyncpg.Record]:
    return await current_scope().fetch(sql, arguments)


async def add() -> int:
    """Add a note; gives its number."""
    return (await query("insert into notes default values returning id"))[0][0]


def adding(**options: object) -> Function:
    """A function that adds a note and answers its number."""
    function = Function(**options)  # pyright: ignore[reportArgumentType]  # as the test says

    @function.post(status=201)
    async def create() -> int:
        return await add()

    @function.put("/{name}")
    async def put(name: str) -> str:
        return f"{name} {await add()}"

    @function.get()
    async def get() -> int:
        return (await query(NOTES))[0][0]

    return function


def keyed(key: str = "a-key", **claims: object) -> dict[str, str]:
    """Alice's headers, or another's, with a key."""
    return {**bearer(token(**claims)), "idempotency-key": key}


# Repeating


async def test_a_repeat_is_given_the_first_answer_and_stores_nothing(
    database: Database,
) -> None:
    async with client(adding()) as http:
        first = await http.post("/it", headers=keyed())
        again = await http.post("/it", headers=keyed())
        other = await http.post("/it", headers=keyed("another-key"))
    assert (first.status_code, first.json()) == (201, 1)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert (other.json(), REPLAYED in other.headers) == (2, False)
    assert await count(database) == 2
    assert await connections(database) == 0


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("status", "body"), [(200, b"\xff\x00\xfe"), (409, b"no"), (204, b""), (302, b"")]
)
async def test_every_committed_answer_is_repeated_unchanged(
    status: int, body: bytes, database: Database
) -> None:
    async def handler(_: Request) -> Response:
        await add()
        response = Response(body, status, {"x-own": "ä", "location": "/x"}, "text/x-own")
        response.set_cookie("one", "1")
        response.set_cookie("two", "2")
        return response

    async with client(plain(handler)) as http:
        first = await http.post("/it", headers=keyed())
        again = await http.post("/it", headers=keyed())
    own = {"x-request-id", REPLAYED}
    kept, given = (
        sorted(pair for pair in each.headers.multi_items() if pair[0] not in own)
        for each in (again, first)
    )
    assert kept == given
    assert len(again.headers.get_list("set-cookie")) == 2
    assert (again.status_code, again.content) == (status, body)
    assert again.headers[REPLAYED] == "true"
    assert await count(database) == 1


@pytest.mark.whole("waits for work in the background")
async def test_work_in_the_background_is_not_done_again() -> None:
    done: list[int] = []
    function = Function()

    @function.post()
    async def create(background: BackgroundTasks) -> int:
        background.add_task(done.append, 1)
        return await add()

    async with client(function) as http:
        for _ in range(2):
            assert (await http.post("/it", headers=keyed())).json() == 1
    assert done == [1]


async def test_the_same_key_of_another_user_is_another_key(database: Database) -> None:
    async with client(adding()) as http:
        first = await http.post("/it", headers=keyed())
        other = await http.post("/it", headers=keyed(sub=str(BOB)))
    assert (first.json(), other.json()) == (1, 2)
    assert REPLAYED not in other.headers
    assert await count(database, KEPT) == 2


# What makes it another request


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/it/a", b"1"),
        ("POST", "/it/b", b"1"),
        ("POST", "/it/a?x=1", b"1"),
        ("POST", "/it/a", b"2"),
        ("POST", "/other/a", b"1"),
    ],
)
async def test_a_key_is_for_one_request(
    method: str, path: str, body: bytes, database: Database
) -> None:
    async def handler(_: Request) -> Response:
        return PlainTextResponse(str(await add()))

    app = create_app({"it": plain(handler), "other": plain(handler)})
    async with client(app) as http:
        await http.post("/it/a", content=b"1", headers=keyed())
        again = await http.post("/it/a", content=b"1", headers=keyed())
        response = await http.request(method, path, content=body, headers=keyed())
    assert again.headers[REPLAYED] == "true"
    assert response.status_code == 422
    assert response.headers[CODE] == "IDEMPOTENCY_KEY_REUSED"
    assert await count(database) == 1


async def test_the_name_of_a_placeholder_makes_no_difference() -> None:
    function = Function()

    @function.post("/{path}/{number:int}")
    async def create(path: str, number: int) -> str:
        return f"{path} {number}"

    async with client(function) as http:
        await http.post("/it/a/1", headers=keyed())
        response = await http.post("/it/a/2", headers=keyed())
    assert response.headers[CODE] == "IDEMPOTENCY_KEY_REUSED"


def form(content: bytes) -> dict[str, tuple[str, bytes]]:
    """A file of a form, which is sent with a boundary that is new each time."""
    return {"file": ("a.txt", content)}


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("kind", ["a file", "the whole form", "Starlette's request"])
async def test_a_form_is_the_same_whatever_its_boundary(kind: str, database: Database) -> None:
    function = Function()

    async def stored(found: object) -> int:
        assert isinstance(found, UploadFile)
        # The file is read from its beginning, although the platform has read it before.
        assert (await found.read()).startswith(b"same")
        return await add()

    @function.post("/a-file")
    async def file(file: UploadFile) -> int:
        return await stored(file)

    @function.post("/the-whole-form")
    async def whole(form: FormData) -> int:
        return await stored(form["file"])

    @function.post("/starlette's-request")
    async def request(request: Request) -> int:
        return await stored((await request.form())["file"])

    path = "/it/" + kind.lower().replace(" ", "-")
    large = b"same" * 100_000
    async with client(function) as http:
        first = await http.post(path, files=form(large), headers=keyed())
        again = await http.post(path, files=form(large), headers=keyed())
        other = await http.post(path, files=form(large + b"!"), headers=keyed())
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (first.status_code, again.headers[REPLAYED]) == (200, "true")
    assert other.headers[CODE] == "IDEMPOTENCY_KEY_REUSED"
    assert await count(database) == 1


@pytest.mark.whole("sends many requests")
async def test_a_form_differs_by_each_of_its_values() -> None:
    function = Function()

    @function.post()
    async def create(form: FormData) -> str:
        return str(form["name"])

    sent = [{"name": "a", "of": "b"}, {"name": "a", "of": "c"}, {"name": "a", "from": "b"}]
    async with client(function) as http:
        for first in (sent[0], sent[0]):
            response = await http.post("/it", data=first, headers=keyed())
        assert response.headers[REPLAYED] == "true"
        for other in sent[1:]:
            response = await http.post("/it", data=other, headers=keyed())
            assert response.headers[CODE] == "IDEMPOTENCY_KEY_REUSED"


# Answers that are rolled back or not kept


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("how", ["raised", "not sent", "at the commit", "swallowed"])
async def test_a_request_that_was_rolled_back_runs_again(how: str, database: Database) -> None:
    function = Function()
    attempts = 0

    async def fail() -> object:
        if how == "raised":
            raise Conflict
        if how == "at the commit":
            await query("insert into once values (1), (1)")
        if how == "swallowed":
            with pytest.raises(asyncpg.DivisionByZeroError):
                await query("select 1 / 0")
        return object() if how == "not sent" else None

    @function.post()
    async def create() -> dict[str, object]:
        nonlocal attempts
        attempts += 1
        await add()
        return {"": await fail() if attempts == 1 else None}

    async with client(function) as http:
        first = await http.post("/it", headers=keyed())
        assert first.status_code in {409, 500}
        assert (await count(database), await count(database, KEPT)) == (0, 0)
        again = await http.post("/it", headers=keyed())
    assert (again.status_code, REPLAYED in again.headers) == (200, False)
    assert (await count(database), await count(database, KEPT)) == (1, 1)
    assert await connections(database) == 0


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("headers", [keyed(), bearer()], ids=["with a key", "without one"])
async def test_an_abandoned_query_fails_the_commit(
    headers: dict[str, str], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    function = Function()

    @function.post()
    async def create() -> str:
        await add()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await query("select pg_sleep(60)")
        return "stored"

    async with client(function) as http:
        response = await http.post("/it", headers=headers)
    assert (response.status_code, response.headers[CODE]) == (500, "EDGE_FUNCTION_ERROR")
    # The log says what to do about it.
    (failed,) = (each.exc_info for each in caplog.records if each.exc_info)
    assert failed[0] is CommitFailed
    assert await count(database) == 0
    assert await connections(database) == 0


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("headers", [keyed(), bearer()], ids=["with a key", "without one"])
async def test_a_connection_that_is_lost_before_the_commit_stores_nothing(
    headers: dict[str, str], database: Database
) -> None:
    function = Function()

    @function.post()
    async def create() -> str:
        await add()
        ((process,),) = await query("select pg_backend_pid()")
        connection = await current_scope().connection.open()
        async with connected(database.superuser_url) as other:
            await other.execute(f"select pg_terminate_backend({process}, 5000)")
        while not connection.is_closed():  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.01)
        return "stored"

    async with client(function) as http:
        response = await http.post("/it", headers=headers)
    assert (response.status_code, response.headers[CODE]) == (503, "DATABASE_UNAVAILABLE")
    assert await count(database) == 0


async def test_a_request_that_does_not_fit_keeps_no_key(database: Database) -> None:
    function = Function()

    @function.post()
    async def create(body: list[int]) -> int:
        return await add() + len(body)

    async with client(function) as http:
        assert (await http.post("/it", json="x", headers=keyed())).status_code == 422
        assert (await http.post("/it", json=[1], headers=keyed())).json() == 2


async def _pieces() -> AsyncGenerator[str]:
    yield "one"
    yield "two"


async def _stream() -> AsyncIterator[str]:
    await add()
    return _pieces()


async def _large() -> str:
    await add()
    return "x" * (idempotency.MOST_KEPT_BYTES + 1)


async def _large_head() -> Response:
    await add()
    head = {"x-large": "x" * idempotency.MOST_KEPT_BYTES}
    return Response(headers=head)


async def _file() -> FileResponse:
    await add()
    return FileResponse(__file__)


class _OwnWay(Response):
    """A response that has a body, and sends another one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Response(b"another")(scope, receive, send)


async def _own_way() -> Response:
    await add()
    return _OwnWay(b"one")


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("handler", [_stream, _large, _large_head, _file, _own_way])
async def test_a_request_whose_answer_was_not_kept_does_not_run_again(
    handler: Callable[[], Awaitable[object]], database: Database
) -> None:
    function = Function()
    function.post()(handler)
    async with client(function) as http:
        first = await http.post("/it", headers=keyed())
        again = await http.post("/it", headers=keyed())
        other = await http.post("/it", content=b"x", headers=keyed())
    assert (first.status_code, again.status_code) == (200, 409)
    assert again.headers[CODE] == "IDEMPOTENCY_ANSWER_NOT_KEPT"
    assert "retry-after" not in again.headers
    assert other.headers[CODE] == "IDEMPOTENCY_KEY_REUSED"
    assert await count(database) == 1


async def test_an_answer_is_kept_up_to_the_documented_size(database: Database) -> None:
    # The headers, as JSON, count too.
    head = [["content-length", "65_000"], ["content-type", "application/octet-stream"]]
    body = b"x" * (idempotency.MOST_KEPT_BYTES - len(json.dumps(head)) + len("_"))
    function = Function()

    @function.post()
    async def create() -> bytes:
        return body

    async with client(function) as http:
        assert (await http.post("/it", headers=keyed())).status_code == 200
        assert (await http.post("/it", headers=keyed())).content == body
    kept = "select length(headers::text) + length(body) from ottavino.idempotency_keys"
    assert await count(database, kept) == idempotency.MOST_KEPT_BYTES


# At the same time


async def waiting(database: Database) -> None:
    """Wait until a request waits for a key."""
    sql = (
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and application_name = 'it' and wait_event_type = 'Lock'"
    )
    async with connected(database.superuser_url) as connection, asyncio.timeout(5):
        while not await connection.fetchval(sql):  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.01)


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("fails", [False, True])
async def test_of_two_at_once_the_second_waits_for_the_first(
    fails: bool, database: Database
) -> None:
    function = Function()
    begun, goes_on = asyncio.Event(), asyncio.Event()
    attempts = 0

    @function.post()
    async def create() -> int:
        nonlocal attempts
        attempts += 1
        number = attempts
        await add()
        begun.set()
        await goes_on.wait()
        if fails and number == 1:
            raise Conflict
        return number

    async with client(function) as http:
        first = asyncio.create_task(http.post("/it", headers=keyed()))
        await begun.wait()
        second = asyncio.create_task(http.post("/it", headers=keyed()))
        await waiting(database)
        goes_on.set()
        answers = await first, await second
    assert [each.status_code for each in answers] == ([409, 200] if fails else [200, 200])
    assert (REPLAYED in answers[1].headers) is not fails
    assert attempts == (2 if fails else 1)
    assert await count(database) == 1


async def test_requests_with_other_keys_or_users_do_not_wait(
    database: Database,
) -> None:
    function = Function()
    begun, goes_on = asyncio.Event(), asyncio.Event()

    @function.post()
    async def create(request: Request) -> int:
        number = await add()
        if "waits" in request.query_params:
            begun.set()
            await goes_on.wait()
        return number

    async with client(function) as http:
        first = asyncio.create_task(http.post("/it?waits", headers=keyed()))
        await begun.wait()
        async with asyncio.timeout(5):
            assert (await http.post("/it", headers=keyed(sub=str(BOB)))).status_code == 200
            assert (await http.post("/it", headers=keyed("another"))).status_code == 200
        goes_on.set()
        assert (await first).json() == 1
    assert await count(database) == 3


@contextlib.asynccontextmanager
async def held(database: Database) -> AsyncGenerator[None]:
    """A block in which a request with Alice's key is under way. It is rolled back."""
    async with connected(database.superuser_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "insert into ottavino.idempotency_keys (user_id, key, fingerprint) "
            "values ($1, 'a-key', sha256(''))",
            ALICE,
        )
        yield
        await transaction.rollback()


@pytest.mark.whole("waits until something is given up")
@pytest.mark.parametrize("statement_timeout", ["60", "0.2"])
async def test_a_repeat_that_waits_too_long_is_told_to_retry(
    statement_timeout: str, database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(STATEMENT_TIMEOUT=statement_timeout, FUNCTION_TIMEOUT="2")
    async with client(adding()) as http:
        async with held(database):
            response = await http.post("/it", headers=keyed())
            assert response.status_code == 409
            assert response.headers[CODE] == "IDEMPOTENCY_KEY_IN_USE"
            assert response.headers["retry-after"] == "1"
            assert await connections(database) == 0
        assert await count(database) == 0
        assert (await http.post("/it", headers=keyed())).status_code == 201


async def test_a_client_that_disconnects_while_it_waits_leaves_nothing(
    database: Database,
) -> None:
    async with served(adding()) as url, network() as http:
        async with held(database):
            call = asyncio.create_task(http.post(f"{url}/it", headers=keyed()))
            await waiting(database)
            call.cancel()
            assert await connections(database) == 0
        assert await count(database) == 0
        assert (await http.post(f"{url}/it", headers=keyed())).status_code == 201


async def test_the_lock_timeout_of_the_key_does_not_hold_for_the_handler() -> None:
    function = Function()

    @function.post()
    async def create() -> str:
        return (await query("select current_setting('lock_timeout')"))[0][0]

    async with client(function) as http:
        assert (await http.post("/it", headers=keyed())).text == "0"


# A day later


async def age(database: Database, interval: str) -> None:
    async with connected(database.direct_url) as connection:
        await connection.execute(
            f"update ottavino.idempotency_keys set claimed_at = now() - interval '{interval}'"
        )


async def expired(database: Database, number: int) -> None:
    """Add keys of other users that have expired."""
    async with connected(database.direct_url) as connection:
        await connection.execute(
            "insert into ottavino.idempotency_keys (user_id, key, fingerprint, claimed_at) "
            "select gen_random_uuid(), 'a-key', sha256(''), now() - interval '25 hours' "
            "from generate_series(1, $1)",
            number,
        )


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("others", [0, 20], ids=["alone", "behind others that have expired"])
@pytest.mark.parametrize(("interval", "is_replayed"), [("23:59", True), ("24:01", False)])
async def test_a_key_is_kept_for_a_day(
    interval: str, is_replayed: bool, others: int, database: Database
) -> None:
    async with client(adding()) as http:
        await http.post("/it", headers=keyed())
        await age(database, interval)
        await expired(database, others)
        again = await http.post("/it", headers=keyed())
    assert again.status_code == 201
    assert (REPLAYED in again.headers) is is_replayed
    assert await count(database) == (1 if is_replayed else 2)


@pytest.mark.whole("sends many requests")
async def test_a_users_next_request_deletes_their_expired_keys(database: Database) -> None:
    async with client(adding()) as http:
        await http.post("/it", headers=keyed(sub=str(BOB)))
        for number in range(12):
            await http.post("/it", headers=keyed(str(number)))
        await age(database, "24:01")
        await http.post("/it", headers=keyed("another"))
        assert await count(database, KEPT) == 1 + 12 + 1 - 10
        await http.post("/it", headers=keyed("yet-another"))
    # The other user's request may be about to claim that key again.
    assert await count(database, KEPT) == 1 + 2


async def test_deleting_expired_keys_waits_for_no_lock(database: Database) -> None:
    """Two requests of one user do not wait for each other either, whichever keys they have."""
    function, begun, others = adding(), asyncio.Event(), keyed(sub=str(BOB))

    @function.post("/slowly")
    async def add_slowly() -> None:
        await add()
        begun.set()
        await released.wait()

    released = asyncio.Event()
    async with client(function) as http:
        for headers in (keyed("1"), keyed("2"), others):
            await http.post("/it", headers=headers)
        await age(database, "24:01")
        slow = asyncio.create_task(http.post("/it/slowly", headers=keyed("1")))
        await begun.wait()
        async with asyncio.timeout(5):
            for headers in (keyed("2"), others):
                assert (await http.post("/it", headers=headers)).status_code == 201
        released.set()
        assert (await slow).is_success


@pytest.mark.whole
async def test_migrations_delete_expired_keys_of_all_users(database: Database) -> None:
    await expired(database, 25)
    piccolo(database, "migrations", "forwards", "all")
    assert await count(database, KEPT) == 0


async def test_the_settings_of_the_wait_do_not_stay_on_a_pooled_connection(
    database: Database, pooler: Path, settings_from: SettingsFrom
) -> None:
    pooled = address(pooler, LOGIN, database.name)
    settings_from(DATABASE_URL=pooled)
    async with client(adding()) as http:
        assert (await http.post("/it", headers=keyed())).status_code == 201
    shown: list[str] = []
    for url in (pooled, database.url):
        async with connected(url) as connection, connection.transaction():
            shown.append(await connection.fetchval("select current_setting('lock_timeout')"))
    assert shown[0] == shown[1]


# Where there is no key


MALFORMED = ["", " ", "x" * 256, "a key", "ключ".encode(), b"\xe4", b"a\tb"]


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("value", MALFORMED)
async def test_a_key_that_is_malformed_is_refused(
    value: str | bytes, database: Database
) -> None:
    raw = value if isinstance(value, bytes) else value.encode()
    async with client(adding()) as http:
        headers = [(b"authorization", bearer()["authorization"].encode())]
        headers.append((b"idempotency-key", raw))
        response = await http.post("/it", headers=headers)
    assert response.status_code == 400
    assert response.headers[CODE] == "IDEMPOTENCY_KEY_INVALID"
    assert await count(database) == 0


async def test_a_key_that_is_sent_twice_is_refused(database: Database) -> None:
    async with client(adding()) as http:
        response = await http.post(
            "/it", headers=[*keyed().items(), ("idempotency-key", "another")]
        )
    assert response.headers[CODE] == "IDEMPOTENCY_KEY_INVALID"
    assert await count(database) == 0


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("value", ["x" * 255, '"8e03978e-40d5-43e8-bc93-6894a57f9324"', "~!"])
async def test_a_key_is_any_visible_characters(value: str) -> None:
    async with client(adding()) as http:
        for _ in range(2):
            assert (await http.post("/it", headers=keyed(value))).json() == 1


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("options", "headers", "word"),
    [
        ({"transactions": "manual"}, keyed(), "transactions"),
        ({"auth": "optional"}, {"idempotency-key": "a-key"}, "signed-in user"),
        ({"auth": "key"}, keyed(role="anon"), "signed-in user"),
        ({"roles": ("staff",)}, keyed(role="staff", sub=None), "signed-in user"),
        ({"roles": ("service_role",)}, keyed(role="service_role"), "signed-in user"),
    ],
)
async def test_a_request_whose_key_cannot_be_kept_is_refused(
    options: dict[str, object],
    headers: dict[str, str],
    word: str,
    database: Database,
    settings_from: SettingsFrom,
) -> None:
    settings_from(API_ROLES="staff")
    async with client(adding(**options)) as http:
        response = await http.post("/it", headers=headers)
    assert response.status_code == 400
    assert response.headers[CODE] == "IDEMPOTENCY_KEY_UNSUPPORTED"
    assert word in response.json()["error"]
    assert (await count(database), await count(database, KEPT)) == (0, 0)


async def test_a_key_is_refused_where_the_ids_of_users_are_text(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(USER_ID_TYPE="text")
    async with client(adding()) as http:
        response = await http.post("/it", headers=keyed())
    assert response.headers[CODE] == "IDEMPOTENCY_KEY_UNSUPPORTED"
    assert "whose id is a uuid" in response.json()["error"]
    assert await count(database) == 0


@pytest.mark.whole("waits for another transaction")
async def test_a_key_that_expires_while_it_is_read_can_be_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def kept(_: object) -> None:
        pass

    async with client(adding()) as http:
        await http.post("/it", headers=keyed())
        monkeypatch.setattr("ottavino.postgres.idempotency_keys.kept", kept)
        response = await http.post("/it", headers=keyed())
    assert response.headers[CODE] == "IDEMPOTENCY_KEY_IN_USE"
    assert response.headers["retry-after"]


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("value", ["a-key", ""])
async def test_a_reading_request_ignores_its_key(value: str, database: Database) -> None:
    function = Function(read_only=True)

    @function.post()
    async def search() -> int:
        return (await query(NOTES))[0][0]

    async with client(adding()) as http:
        assert (await http.get("/it", headers=keyed(value))).status_code == 200
    async with client(function) as http:
        assert (await http.post("/it", headers=keyed(value))).status_code == 200
    assert await count(database, KEPT) == 0


# Round trips


async def asked(
    database: Database, settings_from: SettingsFrom, *headers: dict[str, str]
) -> list[int]:
    """How many round trips requests take; before them, one asks whether keys are kept."""
    async with tapped(database.url) as wire:
        settings_from(DATABASE_URL=wire.url)
        trips: list[int] = []
        async with client(adding()) as http:
            for each in (keyed("the-first-one"), *headers):
                before = wire.round_trips
                assert (await http.post("/it", headers=each)).status_code == 201
                trips.append(wire.round_trips - before)
        return trips[1:]


async def test_a_key_costs_one_round_trip_and_none_without(
    database: Database, settings_from: SettingsFrom
) -> None:
    without, claimed, again = await asked(database, settings_from, bearer(), keyed(), keyed())
    # The query and the commit; with a key the claim before. The answer travels with the commit.
    assert (without, claimed) == (2, 3)
    # The claim; the statement that keeps the answer, which is described first; and the commit.
    assert again == 4


# Where it is not installed


EARLIER = """
drop function ottavino.claim_key, ottavino.keep_answer, ottavino.kept_answer;
drop table ottavino.idempotency_keys;
comment on schema ottavino is 'Ottavino of the year before';
"""


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("earlier", [EARLIER, "alter schema ottavino rename to gone"])
async def test_a_database_of_an_earlier_version_ignores_keys(
    earlier: str,
    database: Database,
    settings_from: SettingsFrom,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute(earlier)
    trips = await asked(database, settings_from, bearer(), keyed(), keyed())
    assert trips == [2, 2, 2]
    assert await count(database) == 4
    (said,) = (each for each in caplog.records if each.levelno == logging.WARNING)
    assert "Run piccolo migrations forwards all" in said.message


@pytest.mark.whole("applies migrations")
async def test_an_upgrade_brings_the_keys(database: Database) -> None:
    async with connected(database.direct_url) as connection, connection.transaction():
        await connection.execute(EARLIER)
        await platform.install(connection)
    async with client(adding()) as http:
        for _ in range(2):
            assert (await http.post("/it", headers=keyed())).json() == 1


# An answer that is lost


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("arrives", [False, True], ids=["before it", "after it"])
async def test_a_commit_whose_answer_is_lost_is_repeated_and_stored_once(
    arrives: bool, database: Database, settings_from: SettingsFrom
) -> None:
    async with line(database.url) as far:
        settings_from(DATABASE_URL=far.url, FUNCTION_TIMEOUT="1.5")
        async with client(adding()) as http:
            far.freeze_at(COMMIT, arrives=arrives)
            first: httpx.Response = await http.post("/it", headers=keyed())
            far.cut()
            far.thaw()
            assert first.status_code == 503
            assert first.headers[CODE] == "OUTCOME_UNKNOWN"
            assert "retry-after" not in first.headers
            assert "Repeat the request with its `Idempotency-Key`" in first.json()["error"]
            assert first.headers["x-request-id"] in first.json()["error"]
            settings_from(FUNCTION_TIMEOUT="20")
            again = await http.post("/it", headers=keyed())
    assert again.status_code == 201
    assert (REPLAYED in again.headers) is arrives
    assert await count(database) == 1


@pytest.mark.whole("waits until something is given up")
@pytest.mark.parametrize(
    ("before", "headers"),
    [("select 1", bearer()), (EARLIER, keyed())],
    ids=["no key", "none kept"],
)
async def test_without_a_key_an_unknown_outcome_is_not_said_to_be_safe(
    before: str, headers: dict[str, str], database: Database, settings_from: SettingsFrom
) -> None:
    async with connected(database.direct_url) as connection:
        await connection.execute(before)
    async with line(database.url) as far:
        settings_from(DATABASE_URL=far.url, FUNCTION_TIMEOUT="1.5")
        async with client(adding()) as http:
            # So that this process knows whether keys are kept.
            assert (await http.post("/it", headers=keyed("first"))).status_code == 201
            far.freeze_at(COMMIT, arrives=True)
            response = await http.post("/it", headers=headers)
    assert response.headers[CODE] == "OUTCOME_UNKNOWN"
    assert "read the rows before you repeat it" in response.json()["error"]
