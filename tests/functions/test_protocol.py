"""What is answered on the wire to what is hardly a request, or none at all."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator

import httpx
import pytest
from starlette.requests import Request

from functions._shared.errors import HeadersTooLarge, Unreadable
from functions._shared.function import OPTIONAL, Function
from functions.app import create_app
from tests.conftest import SettingsFrom
from tests.functions.client import served

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def connection(settings_from: SettingsFrom) -> AsyncGenerator[Connection]:
    """A connection to a server that takes 8 KB of head."""
    settings_from(MAX_HEADER_BYTES="8192")
    async with served(create_app({"it": function()})) as url:
        address = httpx.URL(url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        yield reader, writer
        writer.close()


def function() -> Function:
    function = Function(caller=OPTIONAL)

    @function.post("/names")
    async def names(request: Request) -> list[str]:
        await request.body()
        return request.headers.keys()

    @function.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(0.2)
        return "done"

    return function


async def answer(connection: Connection, *pieces: bytes) -> tuple[bytes, bytes]:
    """The head and the body of all that is answered to what is sent in pieces."""
    reader, writer = connection
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.05)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(("size", "status"), [(3000, 404), (9000, 431)])
@pytest.mark.parametrize("where", ["header", "query"])
async def test_the_head_of_a_request_has_a_largest_size(
    size: int, status: int, where: str, connection: Connection
) -> None:
    long = "x" * size
    head = f"?{long} HTTP/1.1" if where == "query" else f" HTTP/1.1\r\nx-own: {long}"
    sent = f"GET /{head}\r\nhost: x\r\nconnection: close\r\n\r\n".encode()
    # In pieces, as a network brings it: a server may count what is not complete.
    head, _ = await answer(connection, sent[:8300], sent[8300:])
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"access-control-allow-origin: *" in head


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nx-own: ", b"GET /"])
async def test_a_head_that_does_not_end_is_not_collected(
    begun: bytes, connection: Connection
) -> None:
    head, body = await answer(connection, begun, b"x" * 17_000)
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert json.loads(body)["error"] == HeadersTooLarge.__doc__


async def test_heads_are_measured_one_by_one(connection: Connection) -> None:
    request = b"GET /nowhere HTTP/1.1\r\nhost: x\r\nx-own: " + b"x" * 5000 + b"\r\n\r\n"
    last = request.replace(b"host: x", b"host: x\r\nconnection: close")
    pieces = [piece for each in (*[request] * 5, last) for piece in (each[:4000], each[4000:])]
    reader, writer = connection
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.01)
    assert (await reader.read()).count(b"HTTP/1.1 404 ") == 6


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nx own: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"BREW / HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_answered_in_json(
    sent: bytes, connection: Connection
) -> None:
    head, body = await answer(connection, sent)
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


async def test_no_answer_is_written_into_another(connection: Connection) -> None:
    slow = b"GET /functions/v1/it/slow HTTP/1.1\r\nhost: x\r\n\r\n"
    reader, writer = connection
    writer.write(slow + b"no request at all\r\n\r\n")
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""


async def test_what_comes_after_a_body_is_no_header(connection: Connection) -> None:
    sent = (
        b"POST /functions/v1/it/names HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-late: 1\r\n\r\n"
    )
    _, body = await answer(connection, sent)
    assert json.loads(body) == ["host", "connection", "transfer-encoding"]
