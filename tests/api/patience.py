"""Two thousand clients that send a byte now and then, and one that wants an answer."""

import asyncio
import resource
import time
from http import HTTPStatus

import httpx

from tests.api.stage import Stage

CLIENTS = 2000
SECONDS = 8.0
ENOUGH_SECONDS = 2.0
"""How long a healthy client waits on a machine that has much to do."""

HEAD = b"GET /functions/v1/hello HTTP/1.1\r\nhost: x\r\nx-slow: "
BODY = (
    b"POST /functions/v1/documents HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n"
    b"authorization: Bearer "
)


def allow_many_files() -> None:
    """A socket is a file, here and in the server, which inherits what is allowed."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def is_answered(stage: Stage) -> bool:
    """Whether a healthy client is answered, every time, while all the others dawdle."""
    address = httpx.URL(stage.url)
    body = BODY + stage.token.encode() + b"\r\n\r\n"
    writers: list[asyncio.StreamWriter] = []
    for number in range(CLIENTS):
        _, writer = await asyncio.open_connection(address.host, address.port)
        # Half of them are slow with their heads, half with their bodies.
        writer.write(HEAD if number % 2 else body)
        writers.append(writer)
    dawdling = asyncio.create_task(_dawdle(writers))
    times, wrong = await _ask(stage)
    dawdling.cancel()
    left = sum(writer.is_closing() for writer in writers)
    for writer in writers:
        writer.transport.abort()
    print(  # noqa: T201
        f"{CLIENTS} slow clients, {left} turned away: {len(times)} healthy requests, "
        f"{wrong} not answered, the slowest after {max(times):.2f} s"
    )
    return wrong == 0 and left == 0 and max(times) <= ENOUGH_SECONDS


async def _dawdle(writers: list[asyncio.StreamWriter]) -> None:
    while True:
        for writer in writers:
            writer.write(b"x")
        await asyncio.sleep(1)


async def _ask(stage: Stage) -> tuple[list[float], int]:
    times: list[float] = []
    wrong = 0
    headers = {"authorization": f"Bearer {stage.token}"}
    end = time.perf_counter() + SECONDS
    while (asked := time.perf_counter()) < end:
        # Each on a connection of its own: it has to be accepted, too.
        async with httpx.AsyncClient(timeout=20, headers=headers) as http:
            answer = await http.get(f"{stage.url}/functions/v1/hello")
        wrong += answer.status_code != HTTPStatus.OK
        times.append(time.perf_counter() - asked)
    return times, wrong
