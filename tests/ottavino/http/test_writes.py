"""How many pieces an answer is written in: each is a packet and a call to the system."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from ottavino.http import create_app
from ottavino.http.function import Function
from ottavino.http.protocol import Protocol
from ottavino.http.serve import options
from tests.ottavino.http.test_linear import Unread


class Recorded(Unread):
    """A client's connection, which keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = asyncio.Queue[bytes]()

    def write(self, data: Any) -> None:
        self.writes.put_nowait(bytes(data))


def function(may_go_on: asyncio.Event) -> Function:
    function = Function(auth="optional")

    @function.get("/whole")
    async def whole() -> list[int]:
        return [1, 2]

    @function.get("/stream")
    async def stream() -> AsyncIterator[str]:
        async def parts() -> AsyncIterator[str]:
            await may_go_on.wait()
            yield "first"

        return parts()

    return function


@asynccontextmanager
async def received(request: bytes) -> AsyncGenerator[Recorded]:
    """A connection on which a request has arrived. Its stream goes on after the block."""
    may_go_on = asyncio.Event()
    app = create_app({"it": function(may_go_on)})
    app.state.is_checked = True
    own: dict[str, Any] = {"workers": 1, "log_config": None}
    config = uvicorn.Config(app, **{**options(), **own})
    config.load()
    protocol, connection = Protocol(config, ServerState(), {}), Recorded()
    protocol.connection_made(connection)
    protocol.data_received(request)
    yield connection
    may_go_on.set()
    while protocol.tasks:
        await asyncio.wait(protocol.tasks)
    protocol.connection_lost(None)


async def write(connection: Recorded) -> bytes:
    """The next write of an answer."""
    async with asyncio.timeout(5):
        return await connection.writes.get()


async def test_an_answer_is_written_in_one_piece() -> None:
    async with received(
        b"GET /functions/v1/it/whole HTTP/1.1\r\nhost: x\r\n\r\n"
    ) as connection:
        answer = await write(connection)
    assert connection.writes.empty()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n[1,2]")


async def test_pipelined_answers_are_written_one_by_one() -> None:
    request = b"GET /functions/v1/it/whole HTTP/1.1\r\nhost: x\r\n\r\n"
    async with received(request * 2) as connection:
        answers = [await write(connection) for _ in range(2)]
    assert [each[-9:] for each in answers] == [b"\r\n\r\n[1,2]"] * 2


async def test_an_answer_without_a_body_is_written() -> None:
    async with received(b"HEAD /_internal/health HTTP/1.1\r\nhost: x\r\n\r\n") as connection:
        answer = await write(connection)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")


async def test_the_head_of_a_stream_does_not_wait_for_its_first_part() -> None:
    async with received(
        b"GET /functions/v1/it/stream HTTP/1.1\r\nhost: x\r\n\r\n"
    ) as connection:
        head = await write(connection)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert head.endswith(b"\r\n\r\n")
