"""Answers on the wire to malformed, incomplete and slow requests."""

import asyncio
import contextlib
import gc
import json
import logging
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

import httpx
import pytest
from starlette.requests import Request

from ottavino.http import create_app, protocol
from ottavino.http.errors import HeadersTooLarge, TooSlow, Unreadable
from ottavino.http.function import Function
from ottavino.http.interruption import WATCH_AFTER_SECONDS
from ottavino.testing import SettingsFrom
from tests.ottavino.http.client import served
from tests.ottavino.http.seen import Seen

LARGE = 12_000_000
"""More bytes than a network keeps under way by itself."""

PATIENCE_SECONDS = 10.0
"""After which a test waits no longer for an end."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def slow_may_end() -> asyncio.Event:
    """What the slow function waits for."""
    return asyncio.Event()


@pytest.fixture
async def connection(
    settings_from: SettingsFrom, seen: Seen, slow_may_end: asyncio.Event
) -> AsyncGenerator[Connection]:
    """A connection to a server that takes 8 KB of head."""
    settings_from(MAX_HEADER_BYTES="8192")
    async with served(create_app({"it": function(slow_may_end)})) as url:
        reader, writer = await connected(url)
        yield reader, writer
        writer.close()


async def connected(url: str) -> Connection:
    address = httpx.URL(url)
    return await asyncio.open_connection(address.host, address.port)


def function(slow_may_end: asyncio.Event) -> Function:
    function = Function(auth="optional")

    @function.post("/names")
    async def names(request: Request) -> list[str]:
        await request.body()
        return request.headers.keys()

    @function.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    @function.get("/slow")
    async def slow() -> str:
        await slow_may_end.wait()
        return "done"

    @function.get("/large")
    async def large() -> bytes:
        return b"x" * LARGE

    @function.get("/endless")
    async def endless() -> AsyncIterator[bytes]:
        async def pieces() -> AsyncGenerator[bytes]:
            while True:
                yield b"x" * 2**16

        return pieces()

    return function


async def test_a_stopping_server_answers_a_client_that_has_just_connected(
    seen: Seen, slow_may_end: asyncio.Event
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(
            served(create_app({"it": function(slow_may_end)}))
        )
        connection = await accepted(url)
        ending = asyncio.create_task(stack.aclose())
        await refused(url)
        request = b"GET /functions/v1/it/slow HTTP/1.1\r\nhost: x\r\n\r\n"
        head, body = await answer(connection, seen, request, then=slow_may_end)
        connection[1].close()
        await ending
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nconnection: close" in head
    assert body == b"done"


@pytest.mark.whole("waits until something is given up")
async def test_an_idle_connection_does_not_delay_a_stopping_server(
    slow_may_end: asyncio.Event,
) -> None:
    async with served(create_app({"it": function(slow_may_end)})) as url:
        reader, writer = await accepted(url)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert await reader.read() == b""
    writer.close()


async def accepted(url: str) -> Connection:
    """A connection that the server has accepted, since it has answered a later one."""
    connection = await connected(url)
    reader, writer = await connected(url)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 404 ")
    writer.close()
    return connection


async def refused(url: str) -> None:
    """Wait until a server takes no more connections."""
    address = httpx.URL(url)
    async with asyncio.timeout(PATIENCE_SECONDS):
        with contextlib.suppress(ConnectionRefusedError):
            while True:
                socket.create_connection((address.host, address.port)).close()
                await asyncio.sleep(0)


async def answer(
    connection: Connection, seen: Seen, *pieces: bytes, then: asyncio.Event | None = None
) -> tuple[bytes, bytes]:
    """The head and the body of all answers to a text that is sent in pieces.

    Each piece is sent when the server has read the one before. A server that has hung up
    reads no more. `then` is set when all pieces are sent.
    """
    reader, writer = connection
    async with asyncio.timeout(PATIENCE_SECONDS):
        ended = asyncio.create_task(reader.read())
        for piece in pieces:
            await seen.read(piece, writer, ended)
        if then is not None:
            then.set()
        head, _, body = (await ended).partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(("size", "status"), [(3000, 404), (9000, 431)])
@pytest.mark.parametrize("where", ["header", "query"])
async def test_the_head_of_a_request_has_a_largest_size(
    size: int, status: int, where: str, connection: Connection, seen: Seen
) -> None:
    long = "x" * size
    head = f"?{long} HTTP/1.1" if where == "query" else f" HTTP/1.1\r\nx-own: {long}"
    sent = f"GET /{head}\r\nhost: x\r\nconnection: close\r\n\r\n".encode()
    # In pieces, as a network brings it: a server may count what is not complete.
    head, _ = await answer(connection, seen, sent[:8300], sent[8300:])
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"access-control-allow-origin: *" in head


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nx-own: ", b"GET /"])
async def test_an_endless_head_is_refused(
    begun: bytes, connection: Connection, seen: Seen
) -> None:
    head, body = await answer(connection, seen, begun, b"x" * 17_000)
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert json.loads(body)["error"] == HeadersTooLarge.__doc__


async def test_heads_are_measured_one_by_one(connection: Connection, seen: Seen) -> None:
    request = b"GET /nowhere HTTP/1.1\r\nhost: x\r\nx-own: " + b"x" * 5000 + b"\r\n\r\n"
    last = request.replace(b"host: x", b"host: x\r\nconnection: close")
    pieces = [piece for each in (*[request] * 5, last) for piece in (each[:4000], each[4000:])]
    _, answers = await answer(connection, seen, *pieces)
    assert answers.count(b"HTTP/1.1 404 ") == 5, "after the first head"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nx own: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"BREW / HTTP/1.1\r\nhost: x\r\n\r\n",
        # Heads that two parsers could read as two different requests.
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        b"GET / HTTP/1.0\r\nhost: x\r\nhost: y\r\n\r\n",
        b"GET / HTTP/2.0\r\nhost: x\r\n\r\n",
        b"GET /\r\nhost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_an_invalid_request_is_answered_in_json(
    sent: bytes, connection: Connection, seen: Seen
) -> None:
    head, body = await answer(connection, seen, sent)
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    for header in (
        b"content-type: application/json",
        b"sb-error-code: BAD_REQUEST",
        b"access-control-allow-origin: *",
        b"x-content-type-options: nosniff",
        b"connection: close",
    ):
        assert header in head
    told = json.loads(body)
    assert told["error"] == told["message"] == Unreadable.__doc__
    assert told["code"] == "BAD_REQUEST"
    assert told["request_id"].encode() in head


async def test_no_answer_is_written_into_another(
    connection: Connection, seen: Seen, slow_may_end: asyncio.Event
) -> None:
    slow = b"GET /functions/v1/it/slow HTTP/1.1\r\nhost: x\r\n\r\n"
    both = slow + b"no request at all\r\n\r\n"
    head, body = await answer(connection, seen, both, then=slow_may_end)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == b"done"


CHUNKED = (
    b"POST /functions/v1/it/names HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
)


@pytest.mark.parametrize(
    "body", [b"1\nx", b"0x1\r\nx\r\n", b"1\r\nxx", b"0\r\nno header\r\n\r\n"]
)
async def test_a_truncated_body_is_answered_with_an_error(
    body: bytes, connection: Connection, seen: Seen
) -> None:
    head, told = await answer(connection, seen, CHUNKED, body)
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(told)["code"] == "BAD_REQUEST"


async def test_a_handler_that_waits_for_a_truncated_body_is_told(
    connection: Connection, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ottavino")
    head, told = await answer(connection, seen, CHUNKED, b"1\r\nx\r\n", b"no chunk\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"connection: close" in head
    # It was one answer, and the connection has ended.
    assert json.loads(told)["code"] == "BAD_REQUEST"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while " it POST 499 " not in caplog.text:  # noqa: ASYNC110  # the log tells nobody
            await asyncio.sleep(0.01)


async def test_the_last_answer_before_an_invalid_request_closes_the_connection(
    connection: Connection,
    seen: Seen,
    slow_may_end: asyncio.Event,
) -> None:
    slow = b"GET /functions/v1/it/slow HTTP/1.1\r\nhost: x\r\n\r\n"
    wrong = b"no request at all\r\n\r\n"
    head, body = await answer(connection, seen, slow, wrong, then=slow_may_end)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nconnection: close" in head
    assert body == b"done"


@pytest.mark.parametrize("offer", [b"h2c", b"websocket"])
@pytest.mark.parametrize(
    "body",
    [
        b'content-length: 4\r\n\r\n{""}',
        b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    ],
)
async def test_an_upgrade_to_another_protocol_is_declined(
    offer: bytes, body: bytes, connection: Connection, seen: Seen
) -> None:
    head = b"POST /functions/v1/it/size HTTP/1.1\r\nhost: x\r\n"
    offering = head + b"connection: upgrade\r\nupgrade: " + offer + b"\r\n"
    # The body comes later, and must not be read as a request.
    pieces = (offering + body[:24], body[24:], head + b"connection: close\r\n\r\n")
    answers = b"\r\n\r\n".join(await answer(connection, seen, *pieces)).split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in answers] == [b"200", b"200"]
    assert [each[-1:] for each in answers] == [b"4" if b"length" in body else b"1", b"0"]


async def test_an_address_that_the_parser_cannot_hold_is_too_large(
    settings_from: SettingsFrom, connection: Connection, seen: Seen
) -> None:
    settings_from(MAX_HEADER_BYTES="200000")
    head, body = await answer(
        connection, seen, b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"
    )
    assert head.startswith(b"HTTP/1.1 431 ")
    assert json.loads(body)["error"] == HeadersTooLarge.__doc__


async def test_an_invalid_requests_error_is_readable_by_the_page_that_sent_it(
    settings_from: SettingsFrom, connection: Connection, seen: Seen
) -> None:
    settings_from(RELAY_ERRORS="on", CORS_ORIGINS="https://a.example.com")
    head, _ = await answer(
        connection, seen, b"GET / HTTP/1.1\r\norigin: https://a.example.com\r\n\r\n"
    )
    assert b"x-relay-error: true" in head
    assert b"\r\nx-request-id: " in head
    assert b"access-control-allow-origin: https://a.example.com" in head


async def test_an_invalid_requests_error_is_not_marked_without_the_setting(
    settings_from: SettingsFrom, connection: Connection, seen: Seen
) -> None:
    settings_from(RELAY_ERRORS="off")
    head, _ = await answer(connection, seen, b"GET / HTTP/1.1\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"x-relay-error:" not in head


# Clients that are slow


async def test_a_head_that_arrives_too_slowly_is_refused(
    settings_from: SettingsFrom, connection: Connection, seen: Seen
) -> None:
    settings_from(CLIENT_TIMEOUT="0.2")
    reader, writer = connection
    # A first request, whose time is over when the next begins.
    writer.write(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readuntil(b"}")
    begun = time.perf_counter()
    head = await answer(connection, seen, b"\r\n", b"GET /", b"now")
    assert 0.15 < time.perf_counter() - begun < 1
    assert head[0].startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert json.loads(head[1])["error"] == TooSlow.__doc__


@pytest.mark.whole("waits until something is given up")
async def test_each_head_has_its_own_time(
    settings_from: SettingsFrom, connection: Connection
) -> None:
    settings_from(CLIENT_TIMEOUT="0.5")
    reader, writer = await asyncio.open_connection(*connection[1].get_extra_info("peername"))
    # Each of them comes within its own time; together they take longer than one may.
    for _ in range(2):
        writer.write(b"GET /nowhere HTTP/1.1\r\n")
        await asyncio.sleep(0.3)
        writer.write(b"host: x\r\n\r\n")
        assert b" 404 " in await reader.readuntil(b"}")
    writer.close()


async def test_a_finished_request_leaves_no_timer(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = connection
    before = asyncio.all_tasks()
    writer.write(b"POST /functions/v1/it/size HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n0")
    # By now the server would have begun to watch whether the client is still connected.
    await asyncio.sleep(3 * WATCH_AFTER_SECONDS)
    gc.collect()
    assert asyncio.all_tasks() == before
    assert [each.name for each in caplog.records if each.name == "asyncio"] == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (b"", b"404"),
        (b"host: x\r\n", b"404"),
        (b"host: x\r\nhost: y\r\n", b"400"),
        (b"transfer-encoding: chunked\r\n", b"400"),
    ],
)
async def test_a_request_of_http_1_0_needs_no_host_and_has_no_coding(
    fields: bytes, status: bytes, connection: Connection, seen: Seen
) -> None:
    request = b"GET /nowhere HTTP/1.0\r\n" + fields + b"\r\n"
    head, _ = await answer(connection, seen, request)
    assert head.startswith(b"HTTP/1.1 " + status)


async def test_a_request_that_comes_before_the_last_is_answered_has_its_turn(
    connection: Connection, seen: Seen, slow_may_end: asyncio.Event
) -> None:
    slow = b"GET /functions/v1/it/slow HTTP/1.1\r\nhost: x\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    head, body = await answer(connection, seen, slow + last, then=slow_may_end)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body.startswith(b"doneHTTP/1.1 404 Not Found\r\n")


async def test_a_body_may_be_larger_than_heads_are_let_be(
    connection: Connection, seen: Seen
) -> None:
    head = b"POST /functions/v1/it/size HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
    pieces = [b"x" * 4000] * 10
    length = b"content-length: 40000\r\n\r\n"
    answered, body = await answer(connection, seen, head + length, *pieces)
    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == b"40000"


async def test_only_a_server_that_ends_makes_a_last_call(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LAST_CALL_SECONDS", 0)
    monkeypatch.setattr(protocol, "ONCE_MORE_SECONDS", 0)
    reader, writer = connection
    for _ in range(2):
        writer.write(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b" 404 " in await reader.readuntil(b"}")
        # The time for one more request before a stop would be over by then.
        await asyncio.sleep(0.05)


async def test_what_is_refused_is_logged_by_its_id_status_and_code(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ottavino")
    connection[1].write(b"nonsense\r\n\r\n")
    headers = (await connection[0].read()).partition(b"\r\n\r\n")[0].decode()
    record: dict[str, object] = vars(caplog.records[-1])
    assert f"x-request-id: {record['request_id']}" in headers
    logged = (record["name"], record["status"], record["code"])
    assert logged == ("ottavino", 400, Unreadable.code)


async def test_who_asks_nothing_is_hung_up_on(
    settings_from: SettingsFrom, connection: Connection
) -> None:
    settings_from(CLIENT_TIMEOUT="0.1")
    address = connection[1].get_extra_info("peername")
    silent, writer = await asyncio.open_connection(*address)
    assert await asyncio.wait_for(silent.read(), PATIENCE_SECONDS) == b""
    writer.close()


class Always:
    """An attribute that stays as it is, whatever it is set to."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __get__(self, *_: object) -> float:
        return self._seconds

    def __set__(self, *_: object) -> None: ...


@pytest.mark.parametrize("requests", [1, 3])
async def test_a_connection_is_closed_once_it_was_idle_for_a_time(
    monkeypatch: pytest.MonkeyPatch, slow_may_end: asyncio.Event, requests: int
) -> None:
    monkeypatch.setattr(protocol.Protocol, "timeout_keep_alive", Always(0.2), raising=False)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with served(create_app({"it": function(slow_may_end)})) as url:
        reader, writer = await connected(url)
        for _ in range(requests):
            writer.write(b"GET /functions/v1/it/slow HTTP/1.1\r\nhost: x\r\n\r\n")
            # An answer that takes longer than a connection may be idle.
            loop.call_later(0.3, slow_may_end.set)
            assert b" 200 OK" in await reader.readuntil(b"done")
            begun = loop.time()
            slow_may_end.clear()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await reader.read() == b""
        assert loop.time() - begun > 0.15
        writer.close()


@pytest.mark.whole("waits until something is given up")
@pytest.mark.parametrize("path", ["large", "endless"])
async def test_a_client_that_reads_nothing_is_disconnected(
    path: str, settings_from: SettingsFrom, connection: Connection
) -> None:
    settings_from(CLIENT_TIMEOUT="0.1")
    reader, writer = connection
    writer.write(b"GET /functions/v1/it/%b HTTP/1.1\r\nhost: x\r\n\r\n" % path.encode())
    # The client reads a little, and then nothing for longer than it may. What is sent meanwhile
    # fills the buffers of the network.
    received = len(await reader.read(1000))
    await asyncio.sleep(0.5)
    with contextlib.suppress(ConnectionResetError):
        # An endless answer would be read for ever.
        while received < LARGE and (piece := await soon(reader)):
            received += len(piece)
    assert received < LARGE


async def soon(reader: asyncio.StreamReader) -> bytes:
    """The next bytes, or none where the connection has ended."""
    return await asyncio.wait_for(reader.read(2**20), PATIENCE_SECONDS)


async def test_a_client_that_reads_slowly_gets_all_of_the_answer(
    settings_from: SettingsFrom, connection: Connection
) -> None:
    settings_from(CLIENT_TIMEOUT="0.2")
    reader, writer = connection
    writer.write(b"GET /functions/v1/it/large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    received = 0
    while piece := await reader.read(2**20):
        received += len(piece)
        # It is slow: all of it takes longer than a client may read nothing.
        await asyncio.sleep(0.01)
    assert received > LARGE


async def test_a_trailer_is_no_header(connection: Connection, seen: Seen) -> None:
    sent = (
        b"POST /functions/v1/it/names HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-late: 1\r\n\r\n"
    )
    _, body = await answer(connection, seen, sent)
    assert json.loads(body) == ["host", "connection", "transfer-encoding"]


class Watched:
    """The connections of a server, and what they have written."""

    def __init__(self) -> None:
        self.protocols: list[protocol.Protocol] = []
        self.written: list[bytes] = []
        self.closed_as: list[bool] = []
        """For each connection that was closed, whether its application was cut off before."""


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Watch the connections that are made from now on."""
    watched = Watched()
    made = protocol.Protocol.connection_made

    class Transport:
        def __init__(self, inner: asyncio.Transport) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def write(self, data: bytes) -> None:
            watched.written.append(data)
            self._inner.write(data)

        def close(self) -> None:
            watched.closed_as.append(watched.protocols[-1].cycle.disconnected)
            self._inner.close()

    def connection_made(connection: protocol.Protocol, transport: Any) -> None:
        watched.protocols.append(connection)
        made(connection, cast("Any", Transport(transport)))

    monkeypatch.setattr(protocol.Protocol, "connection_made", connection_made)
    return watched


async def test_the_head_and_the_body_of_an_answer_are_written_at_once(
    watched: Watched, connection: Connection, slow_may_end: asyncio.Event
) -> None:
    reader, writer = connection
    slow_may_end.set()
    writer.write(b"GET /functions/v1/it/slow HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    (written,) = watched.written
    assert written.startswith(b"HTTP/1.1 200 OK\r\n")
    assert written.endswith(b"done")


async def test_nothing_is_read_behind_an_invalid_request_while_another_is_answered(
    watched: Watched, connection: Connection, seen: Seen, slow_may_end: asyncio.Event
) -> None:
    reader, writer = connection
    ended = asyncio.create_task(reader.read())
    slow = b"GET /functions/v1/it/slow HTTP/1.1\r\nhost: x\r\n\r\n"
    for piece in (slow, b"no request at all\r\n\r\n"):
        await seen.read(piece, writer, ended)
    (server,) = watched.protocols
    assert server.flow.read_paused
    slow_may_end.set()
    assert (await asyncio.wait_for(ended, PATIENCE_SECONDS)).endswith(b"done")


async def test_an_application_is_cut_off_before_its_connection_is_closed(
    watched: Watched, connection: Connection, seen: Seen
) -> None:
    # Otherwise it could write its answer behind the error, as long as a client does not read.
    head, _ = await answer(connection, seen, CHUNKED, b"1\r\nx\r\n", b"no chunk\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert watched.closed_as[0]
