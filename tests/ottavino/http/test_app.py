import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Message

from ottavino.dev.database import embedded
from ottavino.http import create_app
from ottavino.http.auth.admission import Auth
from ottavino.http.function import Function, plain
from ottavino.http.lifespan import lifespan
from ottavino.postgres.session import session
from ottavino.query import select
from ottavino.settings import ROOT
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import short_folder
from tests.ottavino.house.db.tables import Document
from tests.ottavino.http.client import bearer, checked, client, network, served
from tests.ottavino.http.seen import Seen
from tests.ottavino.users import User
from tests.ottavino.wire import TERMINATE, tapped


def hello(auth: Auth = "optional") -> Function:
    function = Function(auth=auth)

    @function.get()
    @function.post()
    async def hello() -> str:
        return "hello"

    return function


# Addresses


async def test_an_app_that_is_mounted_in_another_tells_the_address_of_the_whole() -> None:
    function = Function(auth="optional")

    @function.get()
    async def base(request: Request) -> str:
        return str(request.base_url)

    whole = Starlette(routes=[Mount("/outer", app=checked(create_app({"it": function})))])
    async with client(whole) as http:
        response = await http.get("http://test/outer/functions/v1/it")
    assert response.text == "http://test/"


async def test_health_is_answered_without_a_database_or_a_caller() -> None:
    async with client(create_app({})) as http:
        response = await http.get("http://test/_internal/health")
    assert response.json() == {"message": "ok"}


@pytest.mark.whole_but_first("requests each of many addresses")
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/favicon.ico",
        "/functions",
        "/functions/v1",
        "/functions/v1/",
        "/functions/v1//",
        "/functions/v1/other",
        "/functions/v1/other/it",
        "/functions/v1/_shared",
        "/functions/v1/%2e%2e/it",
        "/functions/v1/it%00",
        "/functions/v1/it%0a",
        "/functions/v1/it%20",
        "/functions/v1/%F0%9F%98%80",
        "/functions/v1/%ff",
        "/functions/v2/it",
        "//functions/v1/it",
        "/_internal/health/",
        "/_internal",
    ],
)
async def test_an_unknown_address_is_not_found_in_json(path: str) -> None:
    async with served(hello()) as url, network() as http:
        response = await http.get(httpx.URL(url).copy_with(raw_path=path.encode()))
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert response.headers["sb-error-code"] == "NOT_FOUND"
    assert response.json()["request_id"] == response.headers["x-request-id"]


async def test_a_method_that_health_lacks_is_refused_in_json() -> None:
    async with client(create_app({})) as http:
        response = await http.post("http://test/_internal/health")
    assert response.status_code == 405
    assert response.headers["sb-error-code"] == "METHOD_NOT_ALLOWED"
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


# The order of one invocation


async def test_an_unknown_function_is_not_found_before_the_caller_is_verified() -> None:
    async with client(hello("user")) as http:
        assert (await http.get("/other")).status_code == 404


async def test_a_user_is_required_unless_the_function_says_otherwise() -> None:
    async with client(hello("user")) as http:
        response = await http.get("/it")
        assert response.status_code == 401
        assert response.headers["sb-error-code"] == "UNAUTHORIZED_NO_AUTH_HEADER"
        assert response.headers["www-authenticate"] == "Bearer"
        assert (await http.get("/it", headers=bearer())).text == "hello"


async def test_an_unverified_caller_learns_nothing_about_a_function() -> None:
    async with client(hello("user")) as http:
        assert (await http.delete("/it")).status_code == 401
        assert (await http.get("/it/other")).status_code == 401


def post(*headers: tuple[bytes, bytes]) -> dict[str, object]:
    """A request as a server hands it to an app."""
    path = "/functions/v1/it"
    return {"type": "http", "method": "POST", "path": path, "headers": list(headers)}


async def test_the_body_of_an_unverified_caller_is_not_read() -> None:
    async def receive() -> Message:
        raise AssertionError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await checked(hello("user"))(post(), receive, send)
    assert sent[0]["status"] == 401


# The size of a body


def measure(limit: int) -> Function:
    function = Function(auth="optional", max_body_bytes=limit)

    @function.post()
    async def measure(request: Request) -> int:
        return len(await request.body())

    return function


async def chunks(count: int) -> AsyncGenerator[bytes]:
    for _ in range(count):
        yield b"x" * 10


@pytest.mark.parametrize(("count", "status"), [(10, 200), (11, 413), (1000, 413)])
async def test_a_body_is_counted_while_it_arrives(count: int, status: int) -> None:
    async with served(measure(100)) as url, network() as http:
        response = await http.post(f"{url}/it", content=chunks(count))
    assert response.status_code == status
    if status == 413:
        assert response.headers["sb-error-code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(("size", "status"), [(0, 200), (100, 200), (101, 413)])
async def test_a_body_with_too_large_a_content_length_is_refused(
    size: int, status: int
) -> None:
    async with served(measure(100)) as url, network() as http:
        response = await http.post(f"{url}/it", content=b"x" * size)
    assert response.status_code == status


async def test_a_body_with_too_large_a_content_length_is_not_read() -> None:
    async def receive() -> Message:
        raise AssertionError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await checked(measure(100))(post((b"content-length", b"101")), receive, send)
    assert sent[0]["status"] == 413


async def test_a_refused_body_leaves_the_connection_usable() -> None:
    async with served(measure(100)) as url, network() as http:
        for _ in range(3):
            response = await http.post(f"{url}/it", content=b"x" * 5_000_000)
            assert response.status_code == 413
            assert (await http.post(f"{url}/it", content=b"x")).json() == 1


# The time of a function


async def test_a_function_that_does_not_answer_in_time_is_cancelled() -> None:
    function = Function(auth="optional", timeout=0.05)
    ended = asyncio.Event()

    @function.get()
    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with client(function) as http:
        response = await http.get("/it")
    assert response.status_code == 504
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"
    assert ended.is_set()


async def test_the_settings_say_how_long_a_function_may_take(
    settings_from: SettingsFrom,
) -> None:
    settings_from(FUNCTION_TIMEOUT="0.05")
    function = Function(auth="optional")

    @function.get()
    async def wait() -> None:
        await asyncio.sleep(60)

    async with client(function) as http:
        assert (await http.get("/it")).status_code == 504


@pytest.mark.parametrize("frame", ["content-length: 9", "transfer-encoding: chunked"])
async def test_a_body_that_does_not_arrive_in_time_ends_the_invocation(frame: str) -> None:
    function = Function(auth="optional", timeout=0.05)

    @function.post()
    async def add(body: str) -> str:
        return body

    async with served(function) as url:
        reader, writer = await begin_body(url, frame)
        assert await reader.readline() == b"HTTP/1.1 504 Gateway Timeout\r\n"
        writer.close()


async def begin_body(
    url: str, frame: str = "content-length: 9"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send the first byte of a body, and nothing after it."""
    address = httpx.URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    first = "1\r\nx\r\n" if "chunked" in frame else "x"
    writer.write(
        f"POST /functions/v1/it HTTP/1.1\r\nhost: x\r\n{frame}\r\n\r\n{first}".encode()
    )
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize("reaction", ["swallow", "raise"])
async def test_a_function_cannot_suppress_its_timeout(reaction: str) -> None:
    function = Function(auth="optional", timeout=0.05)

    @function.get()
    async def wait() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if reaction == "raise":
                raise ValueError from None
        return "still here"

    async with client(function) as http:
        assert (await http.get("/it")).status_code == 504


async def test_a_timeout_that_a_function_raises_itself_is_its_failure() -> None:
    function = Function(auth="optional")

    @function.get()
    async def wait() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)

    async with client(function) as http:
        response = await http.get("/it")
    assert response.headers["sb-error-code"] == "EDGE_FUNCTION_ERROR"


# A client that disconnects


async def test_a_handler_whose_client_has_left_is_cancelled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "ottavino")
    function = Function(auth="optional")
    begun, ended = asyncio.Event(), asyncio.Event()

    @function.post()
    async def wait(body: str) -> str:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return body

    async with served(function) as url, network() as http:
        call = asyncio.create_task(http.post(f"{url}/it", json="hello"))
        await asyncio.wait_for(begun.wait(), 5)
        call.cancel()
        await asyncio.wait_for(ended.wait(), 5)
    assert [each.levelno for each in caplog.records if each.levelno > logging.INFO] == []
    assert " it POST 499 " in caplog.text


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_error(
    caplog: pytest.LogCaptureFixture, seen: Seen
) -> None:
    caplog.set_level(logging.INFO, "ottavino")

    async with served(measure(100)) as url:
        _, writer = await begin_body(url)
        # Before the server has read it, there is no request.
        await seen.until(1)
        writer.close()
        await writer.wait_closed()
    assert [each.levelno for each in caplog.records if each.levelno > logging.INFO] == []
    assert " it POST 499 " in caplog.text


# Work that goes on when the answer has begun


async def test_a_streamed_answer_arrives_piece_by_piece() -> None:
    async def handler(_: Request) -> Response:
        return StreamingResponse(chunks(3), media_type="text/event-stream")

    async with served(plain(handler)) as url, network() as http:
        response = await http.get(f"{url}/it", headers=bearer())
    assert response.text == "x" * 30


async def test_a_background_task_does_not_hold_up_the_answer() -> None:
    release, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await release.wait()
        done.set()

    async def handler(_: Request) -> Response:
        return PlainTextResponse("hello", background=BackgroundTask(work))

    async with served(plain(handler)) as url, network() as http:
        response = await http.get(f"{url}/it", headers=bearer())
        assert response.text == "hello"
        assert not done.is_set()
        release.set()
    assert done.is_set()


# The log


async def test_a_request_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ottavino")
    async with client(hello("user")) as http:
        response = await http.post(
            "/it?secret=swordfish", content="swordfish", headers=bearer()
        )
    (record,) = caplog.records
    request_id, name, method, status, milliseconds, unit = record.getMessage().split()
    assert (record.name, record.levelno) == ("ottavino", logging.INFO)
    assert request_id == response.headers["x-request-id"]
    assert (name, method, status, unit) == ("it", "POST", "200", "ms")
    assert float(milliseconds) < 1000


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/it", " it GET 401 "), ("/swordfish", " - GET 404 "), ("/it%0aid", " - GET 404 ")],
)
async def test_the_log_contains_nothing_that_an_unverified_caller_sent(
    path: str, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ottavino")
    async with client(hello("user")) as http:
        await http.get(f"{path}?swordfish", headers=bearer("swordfish"))
    (record,) = caplog.records
    assert expected in record.getMessage()
    assert "swordfish" not in record.getMessage()
    assert "\n" not in record.getMessage()


async def test_every_request_has_an_id_of_its_own() -> None:
    shared = PlainTextResponse("hello")

    async def handler(_: Request) -> Response:
        return shared

    async with client(plain(handler)) as http:
        ids = {(await http.get("/it", headers=bearer())).headers["x-request-id"] for _ in "abc"}
    assert len(ids) == 3


# Start and end


async def started(app: Starlette) -> list[Message]:
    """The messages that a server gets from an app when it starts and stops it."""
    inbox = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return inbox.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "lifespan", "state": {}}, receive, send)
    return sent


async def test_an_app_with_its_settings_starts_and_stops() -> None:
    messages = [message["type"] for message in await started(create_app({}))]
    assert messages == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("JWT_SECRET", "", "JWT_SECRET is not set."),
        ("JWT_SECRET", "short", "JWT_SECRET is shorter than 32 bytes."),
        ("DATABASE_URL", "", "DATABASE_URL is not set."),
        ("DATABASE_URL", "mysql://", "DATABASE_URL must begin with postgresql://"),
        ("FUNCTION_TIMEOUT", "long", "FUNCTION_TIMEOUT must be a number"),
    ],
)
async def test_an_app_without_its_settings_says_so_in_a_sentence(
    name: str, value: str, sentence: str, settings_from: SettingsFrom
) -> None:
    settings_from(**{name: value})
    (message,) = await started(create_app({}))
    assert message["type"] == "lifespan.startup.failed"
    assert message["message"].startswith(sentence)
    assert "Traceback" not in message["message"]


@pytest.fixture
def embedded_folder() -> Generator[Path]:
    with short_folder() as folder:
        yield folder
        embedded.release()


@pytest.mark.whole
async def test_an_embedded_database_is_released_at_the_end(
    embedded_folder: Path, settings_from: SettingsFrom
) -> None:
    addresses = embedded.start(embedded_folder)
    settings_from(DATABASE_URL="embedded")
    async with lifespan(create_app({})):
        await (await asyncpg.connect(addresses.direct_url)).close()
    with pytest.raises(OSError, match=r".*"):
        await asyncpg.connect(addresses.direct_url)


async def test_a_connection_that_is_still_closing_is_waited_for_at_the_end(
    database: Database, alice: User, settings_from: SettingsFrom
) -> None:
    async with tapped(database.url) as wire:
        settings_from(DATABASE_URL=wire.url)
        async with lifespan(create_app({})), session(alice.identity):
            await select(Document.id)
        await wire.closed()
        assert wire.messages[-1][:1] == TERMINATE


@pytest.mark.whole
def test_importing_the_app_needs_no_settings_and_touches_no_network() -> None:
    program = """
import socket
def refuse(*_): raise AssertionError("a connection")
socket.socket.connect = refuse
import functions.app
"""
    environment = {"DATABASE_URL": "", "JWT_SECRET": ""}
    done = subprocess.run(  # noqa: S603  # the program is the test's
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("at", "expected"), [(0, "mine"), (1, "it")])
async def test_a_route_before_the_functions_is_asked_first(at: int, expected: str) -> None:
    function = Function(auth="optional")

    @function.get()
    async def it() -> str:
        return "it"

    async def mine(_: Request) -> Response:
        return PlainTextResponse("mine")

    app = create_app({"it": function})
    app.router.routes.insert(at, Route("/functions/v1/it", mine))
    async with client(app) as http:
        assert (await http.get("/it")).text == expected
