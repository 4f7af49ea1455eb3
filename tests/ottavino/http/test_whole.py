"""An answer in one piece: the same bytes, and the same end, as when uvicorn writes it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ottavino.http import Function, create_app, invocation
from ottavino.http import request_log as log
from ottavino.testing import SettingsFrom
from tests.ottavino.http.client import checked, served

Headers = list[tuple[bytes, bytes]]

LARGE = 12_000_000
"""More bytes than a network keeps under way by itself."""

told = asyncio.Queue[str]()
"""What background work was told by the server after its answer."""

ANSWERS: dict[str, Headers] = {
    "plain": [(b"content-length", b"2"), (b"x-own", b"1")],
    "mixed": [(b"content-length", b"2"), (b"X-Own", b"1")],
    "upper": [(b"Content-Length", b"2"), (b"Connection", b"close")],
    "closing": [(b"content-length", b"2"), (b"connection", b"close")],
    "empty_name": [(b"content-length", b"2"), (b"", b"close")],
    "bad_name": [(b"content-length", b"2"), (b"x own", b"close")],
    "bad_value": [(b"content-length", b"2"), (b"x-own", b"a\r\nx-other: b")],
    "longer": [(b"content-length", b"3")],
    "shorter": [(b"content-length", b"1")],
    "twice": [(b"content-length", b"2"), (b"content-length", b"2")],
    "chunked": [(b"content-length", b"2"), (b"transfer-encoding", b"chunked")],
}


class Around:
    """A middleware that sees every message, so that uvicorn writes the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def passed(message: Message) -> None:
            await send(message)

        await self.app(scope, receive, passed)


def app() -> Starlette:
    async def answer(request: Request) -> Response:
        response = Response(b"ok")
        response.raw_headers = list(ANSWERS[request.path_params["name"]])
        return response

    async def afterwards(request: Request) -> Response:
        await request.body()
        waiting = asyncio.create_task(wait(request))
        await asyncio.sleep(0)
        return Response(b"ok", background=BackgroundTask(asyncio.wait, {waiting}))

    async def unread(request: Request) -> Response:
        return Response(b"ok", background=BackgroundTask(wait, request))

    async def wait(request: Request) -> None:
        told.put_nowait((await request.receive())["type"])

    async def large(_: Request) -> Response:
        return Response(b"-" * LARGE)

    made = create_app({})
    made.router.routes += [
        Route("/odd/{name}", answer),
        Route("/afterwards", afterwards),
        Route("/unread", unread),
        Route("/large", large),
        Route("/twice", Twice()),
    ]
    return made


def function() -> Function:
    """A function whose result is JSON."""
    made = Function(auth="optional")

    @made.get("/{name}")
    async def result(name: str, tasks: BackgroundTasks) -> dict[str, str]:
        if name == "later":
            tasks.add_task(told.put, name)
        return {"name": name}

    @made.get("/created", status=201)
    async def created() -> list[int]:
        return [1]

    return made


async def test_a_stream_without_a_byte_may_say_so(caplog: pytest.LogCaptureFixture) -> None:
    made = Function(auth="optional")

    async def pieces() -> AsyncGenerator[bytes]:
        yield b""

    @made.get()
    async def nothing() -> Response:
        return StreamingResponse(pieces(), headers={"content-length": "0"})

    request = b"GET /functions/v1/it HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await exchanged(create_app({"it": made}), request)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n<closed>")
    assert not [each for each in caplog.records if each.exc_info]


class Twice:
    """An application that answers twice."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            await Response(b"ok")(scope, receive, send)


async def exchanged(made: Starlette, request: bytes) -> bytes:
    """All that a server sends back to a request, until it closes or is silent."""
    async with served(made) as url:
        address = httpx.URL(url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(request)
        received = b""
        try:
            async with asyncio.timeout(0.3):
                while part := await reader.read(10_000):
                    received += part
            received += b"<closed>"
        except TimeoutError:
            received += b"<open>"
        writer.close()
    return re.sub(rb"(date|x-request-id): [^\r]*", rb"\1: -", received)


REQUESTS = {
    "1.1": b"GET /odd/%b HTTP/1.1\r\nhost: x\r\n\r\n",
    "HEAD": b"HEAD /odd/%b HTTP/1.1\r\nhost: x\r\n\r\n",
    "close": b"GET /odd/%b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    "1.0": b"GET /odd/%b HTTP/1.0\r\n\r\n",
    "continue": b"GET /odd/%b HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\r\n",
}


@pytest.mark.whole("waits for silence")
@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
async def test_the_same_is_sent_as_by_uvicorn(name: str, request_: bytes) -> None:
    wrapped = app()
    wrapped.add_middleware(Around)
    request = request_ % name.encode()
    ours, theirs = await asyncio.gather(exchanged(app(), request), exchanged(wrapped, request))
    assert ours == theirs
    if name == "plain":
        assert ours.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.whole("waits for silence")
@pytest.mark.parametrize("origins", ["*", "https://a.example"])
@pytest.mark.parametrize("name", ["here", "created"])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
async def test_the_same_result_is_sent_as_by_uvicorn(
    name: str, request_: bytes, origins: str, settings_from: SettingsFrom
) -> None:
    settings_from(CORS_ORIGINS=origins)
    plain, wrapped = checked(function()), checked(function())
    wrapped.add_middleware(Around)
    request = request_.replace(b"/odd/%b", b"/functions/v1/it/%b") % name.encode()
    ours, theirs = await asyncio.gather(exchanged(plain, request), exchanged(wrapped, request))
    assert in_order(ours) == in_order(theirs)
    assert b"201 Created" in ours or b" 200 OK" in ours


def in_order(answer: bytes) -> tuple[list[bytes], bytes]:
    """The head of an answer, sorted by its headers' names, and its body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return sorted(head.split(b"\r\n")), body


async def test_background_work_follows_a_result() -> None:
    async with served(function()) as url, httpx.AsyncClient() as client:
        await client.get(f"{url}/it/later")
        async with asyncio.timeout(5):
            assert await told.get() == "later"


async def test_a_result_takes_the_short_way_unless_it_has_headers_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ways = list[bool]()
    send_json = log.LoggedRequest.send_json

    def recorded(*arguments: Any) -> bool:
        ways.append(send_json(*arguments))
        return ways[-1]

    monkeypatch.setattr(log.LoggedRequest, "send_json", recorded)
    monkeypatch.setattr(invocation, "tracked", told_position)
    async with served(function()) as url, httpx.AsyncClient() as client:
        for name in ("here", "created"):
            position = (await client.get(f"{url}/it/{name}")).headers.get("x-position")
            assert position == ("1" if name == "created" else None)
    assert ways == [True, False]


@contextlib.contextmanager
def told_position(*_: object) -> Generator[Callable[[Response], None]]:
    """Add a header to the answers with status 201."""

    def tell(response: Response) -> None:
        if response.status_code == 201:
            response.headers["x-position"] = "1"

    yield tell


async def test_an_application_that_answers_twice_is_refused() -> None:
    received = await exchanged(app(), b"GET /twice HTTP/1.1\r\nhost: x\r\n\r\n")
    assert received.count(b"HTTP/1.1 200 OK") == 1
    assert b"\r\n\r\nok<" in received


async def test_an_answer_waits_for_a_client_that_has_not_read_the_last_one() -> None:
    async with served(app()) as url:
        address = httpx.URL(url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        writer.write(b"GET /odd/plain HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(10):
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(LARGE)
            assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
            assert (await reader.readuntil(b"\r\n\r\nok")).endswith(b"ok")
        writer.close()


async def test_background_work_is_told_that_the_answer_was_sent() -> None:
    async with served(app()) as url, httpx.AsyncClient() as client:
        await client.get(url.removesuffix("/functions/v1") + "/afterwards")
        async with asyncio.timeout(5):
            assert await told.get() == "http.disconnect"


async def test_a_client_is_not_asked_for_a_body_after_the_answer() -> None:
    request = b"GET /unread HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\r\n"
    assert b"100 Continue" not in await exchanged(app(), request)


async def test_a_plain_answer_does_not_take_uvicorns_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ways = list[bool]()
    send_whole = log.send_whole

    def recorded(*arguments: Any) -> bool:
        ways.append(send_whole(*arguments))
        return ways[-1]

    monkeypatch.setattr(log, "send_whole", recorded)
    for name in ("plain", "closing"):
        async with served(app()) as url, httpx.AsyncClient() as client:
            await client.get(url.removesuffix("/functions/v1") + f"/odd/{name}")
    assert ways == [True, False]
