"""Two thousand clients that send a byte now and then, while a normal one has to be answered."""

import asyncio
import contextlib
import resource
import time
from http import HTTPStatus

import httpx

from ottavino.settings import settings
from tests.ottavino.api.stage import Stage

CLIENTS = 2000
SECONDS = 8.0
ENOUGH_SECONDS = 2.0
"""How long a healthy client waits on a machine that has much to do."""

HEAD = b"GET /functions/v1/hello HTTP/1.1\r\nhost: x\r\nx-slow: "
BODY = (
    b"POST /functions/v1/documents HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n"
    b"authorization: Bearer "
)


def begin_with_few_files() -> None:
    """Start servers from here on as most systems do, with 1,024 open files: sockets too."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, most))


async def is_answered(stage: Stage) -> bool:
    """Whether a normal client is answered every time, while all the others are slow."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    address = httpx.URL(stage.url)
    body = BODY + stage.token.encode() + b"\r\n\r\n"
    heads: list[asyncio.StreamReader] = []
    writers: list[asyncio.StreamWriter] = []
    for number in range(CLIENTS):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        # Half of them are slow with their heads, half with their bodies.
        if number % 2:
            heads.append(reader)
        writer.write(HEAD if number % 2 else body)
        writers.append(writer)
    dawdling = asyncio.create_task(_dawdle(writers))
    times, wrong = await _ask(stage)
    # A client that does not complete its head is not waited for.
    kept = await _still_there(heads)
    dawdling.cancel()
    for writer in writers:
        writer.transport.abort()
    print(  # noqa: T201  # its report
        f"{CLIENTS} slow clients: {len(times)} healthy requests, {wrong} not answered, the "
        f"slowest after {max(times):.2f} s; {kept} of {len(heads)} slow heads still waited for"
    )
    return wrong == 0 and kept == 0 and max(times) <= ENOUGH_SECONDS


async def _still_there(readers: list[asyncio.StreamReader]) -> int:
    """How many connections are open after the timeout of all."""
    end = time.perf_counter() + settings().client_timeout + ENOUGH_SECONDS
    while (kept := sum(not each.at_eof() for each in readers)) and time.perf_counter() < end:
        for each in readers:
            # The answer has to be read before the end of the connection is seen.
            with contextlib.suppress(TimeoutError, ConnectionError):
                await asyncio.wait_for(each.read(), 0.001)
    return kept


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
