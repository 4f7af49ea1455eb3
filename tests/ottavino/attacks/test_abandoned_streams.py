"""A stream whose client has gone releases its connection, and a pooler's too."""

import asyncio
import signal
import socket
import struct
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from ottavino.dev.database.server import address
from ottavino.postgres.connection import Connection
from ottavino.postgres.supabase import LOGIN
from ottavino.testing import Database
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.attacks.abandoning import CHUNK, FUNCTIONS
from tests.ottavino.attacks.conftest import DIRECTLY, POOLED
from tests.ottavino.http.client import SECRET, bearer
from tests.ottavino.http.test_server import Server, running
from tests.ottavino.pooler import pooler, require_pooler

pytestmark = pytest.mark.whole

CLIENT_SECONDS = 0.3
"""How long a client of these tests may read nothing."""

STOP_SECONDS = 0.3
"""How long what is under way may go on once the server is told to stop."""

LEFT_SECONDS = 15.0
"""How long an unused connection may stay open."""

SILENT = {"quiet_before_the_first_chunk", "busy_before_the_first_chunk"}
"""Streams of which nothing can be read."""
FINITE = {*SILENT, "quiet_after_the_first_chunk", "with_queries_gathered", "in_the_background"}
"""Streams of which so little can be read that it can be sent to a client that reads nothing."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Leaving = Callable[[Streams], Awaitable[None]]


@pytest.fixture(scope="module", params=[DIRECTLY, pytest.param(POOLED, marks=pytest.mark.long)])
def url(
    request: pytest.FixtureRequest, cluster: Cluster, shared_database: Database
) -> Iterator[str]:
    """How the server reaches its database: a pooler has a connection for each stream."""
    if request.param == DIRECTLY:
        yield shared_database.url
        return
    require_pooler()
    with pooler(cluster.socket_folder, f"default_pool_size = {len(FUNCTIONS)}\n") as started:
        yield address(started.folder, LOGIN, shared_database.name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(url: str, shared_database: Database) -> AsyncGenerator[Server]:
    """One server for all of them: what one test leaves open, the next would find."""
    settings = variables(shared_database) | {"DATABASE_URL": url}
    async with running(*PROGRAM, **settings) as server:
        yield server


PROGRAM = ("-m", "tests.ottavino.attacks.abandoning")


def variables(database: Database) -> dict[str, str]:
    return {
        **database.variables,
        "JWT_SECRET": SECRET,
        "CLIENT_TIMEOUT": str(CLIENT_SECONDS),
        "STATEMENT_TIMEOUT": "60",
        "SHUTDOWN_TIMEOUT": str(STOP_SECONDS),
    }


async def closing(streams: Streams) -> None:
    """Hang up, as a browser does when its page is closed."""
    streams[1].close()


async def closing_after_some_bytes(streams: Streams) -> None:
    """Hang up in the middle of a chunk."""
    await streams[0].readexactly(len(CHUNK) // 2)
    streams[1].close()


async def resetting(streams: Streams) -> None:
    """Reset the connection."""
    sock: socket.socket = streams[1].get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    streams[1].transport.abort()


async def saying_no_more(streams: Streams) -> None:
    """Close only the half of the connection on which requests are sent."""
    streams[1].write_eof()


async def reading_nothing(_: Streams) -> None:
    """Keep the connection, and read nothing."""
    await asyncio.sleep(2 * CLIENT_SECONDS)


WAYS: list[Leaving] = [
    closing,
    closing_after_some_bytes,
    resetting,
    saying_no_more,
    reading_nothing,
]


def attacks(leaving: Leaving) -> set[str]:
    """The functions whose clients can leave in this way: some send nothing to read."""
    if leaving is reading_nothing:
        return FUNCTIONS.keys() - FINITE
    return FUNCTIONS.keys() - SILENT if leaving is closing_after_some_bytes else {*FUNCTIONS}


@pytest.mark.parametrize("leaving", WAYS, ids=lambda way: way.__name__)
@pytest.mark.asyncio(loop_scope="module")
async def test_streams_that_are_abandoned_hold_no_connection(
    leaving: Leaving, server: Server, url: str, shared_database: Database
) -> None:
    functions, is_pooled = attacks(leaving), url != shared_database.url
    async with (
        connected(shared_database.superuser_url) as connection,
        reading(server, functions) as clients,
    ):
        await held(connection, functions, is_pooled=is_pooled)
        await asyncio.gather(*map(leaving, clients))
        assert await left(connection, is_pooled=is_pooled) == set()


async def test_a_server_that_stops_holds_no_connection(database: Database) -> None:
    """Not even one of the streams that ignore their end."""
    async with (
        running(*PROGRAM, **variables(database)) as server,
        connected(database.superuser_url) as connection,
        reading(server, {*FUNCTIONS}),
    ):
        await held(connection, {*FUNCTIONS})
        server.process.send_signal(signal.SIGTERM)
        assert await left(connection) == set()


def test_fifty_kinds_of_abandoned_streams_are_tried() -> None:
    assert sum(len(attacks(way)) for way in WAYS) >= 50


@asynccontextmanager
async def reading(server: Server, functions: set[str]) -> AsyncGenerator[list[Streams]]:
    """Clients that read from these functions, until the end of the block at most."""
    clients = [await asked(server, function) for function in functions]
    try:
        yield clients
    finally:
        for _, writer in clients:
            writer.close()


async def asked(server: Server, function: str) -> Streams:
    """A client that has asked for a stream, and has read nothing yet."""
    url = httpx.URL(server.url)
    # Small buffers, in the operating system too, for a client that does not read.
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (url.host, url.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=1024)
    writer.write(
        f"GET /functions/v1/{function} HTTP/1.1\r\nhost: x\r\n"
        f"authorization: {bearer()['authorization']}\r\n\r\n".encode()
    )
    return reader, writer


async def names(connection: Connection, *, is_pooled: bool) -> set[str]:
    """The functions that have a connection, or a pooler's connection in a transaction."""
    rows = await connection.fetch(
        "select application_name from pg_stat_activity where datname = current_database() "
        "and pid <> pg_backend_pid() and application_name <> 'start' "
        "and (xact_start is not null or not $1)",
        is_pooled,
    )
    return {row["application_name"] for row in rows}


async def held(connection: Connection, functions: set[str], *, is_pooled: bool = False) -> None:
    """Wait until the transactions are open. A pooler opens its connections one by one."""
    async with asyncio.timeout(60):
        while await names(connection, is_pooled=is_pooled) != functions:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.005)


async def left(connection: Connection, *, is_pooled: bool = False) -> set[str]:
    """The functions that still have a connection after some time, if any has.

    A machine that has other things to do needs some of it. What is not released keeps its
    connection for a minute.
    """
    end = time.monotonic() + LEFT_SECONDS
    while (found := await names(connection, is_pooled=is_pooled)) and time.monotonic() < end:  # noqa: ASYNC110  # another process
        await asyncio.sleep(0.01)
    return found
