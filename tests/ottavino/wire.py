"""The messages between a client and PostgreSQL, counted on the wire."""

import asyncio
import contextlib
import struct
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

PORT = 5432
# A client waits for an answer after a simple query, a sync, or a flush.
ASKING = {b"Q", b"S", b"H"}
TERMINATE = b"X"
CANCEL = struct.pack("!I", 80877102)
"""What a connection begins with that is there to cancel the query of another."""


@dataclass(slots=True)
class Wire:
    """A proxy in front of a database's Unix socket."""

    url: str
    connections: int = 0
    open: int = 0
    is_deaf: bool = False
    """Whether the Terminate message of a client gets no answer."""
    lost: int = 0
    """How many requests to cancel a query are to get lost."""
    messages: list[bytes] = field(default_factory=list[bytes])
    """What clients sent after the startup, message by message, each with its type first."""

    @property
    def round_trips(self) -> int:
        """How often a connected client waited for the server."""
        return sum(message[:1] in ASKING for message in self.messages)

    async def closed(self) -> None:
        """Wait until every client has closed its connection."""
        async with asyncio.timeout(5):
            while self.open:  # noqa: ASYNC110  # nothing tells
                await asyncio.sleep(0.001)

    @property
    def statements(self) -> list[str]:
        """The SQL that was sent, in either protocol."""
        simple = [m[5:-1] for m in self.messages if m[:1] == b"Q"]
        parsed = [m[5:].split(b"\0")[1] for m in self.messages if m[:1] == b"P"]
        return [sql.decode() for sql in [*simple, *parsed]]


@contextlib.asynccontextmanager
async def tapped(url: str) -> AsyncGenerator[Wire]:
    """A database address that goes through a wire, for the length of a block."""
    parts = urlsplit(url)
    target = Path(parse_qs(parts.query)["host"][0]) / f".s.PGSQL.{PORT}"
    with tempfile.TemporaryDirectory() as folder:
        wire = Wire(urlunsplit((*parts[:3], f"host={folder}", "")))
        clients: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                clients.add(task)
            await _relay(wire, target, reader, writer)

        server = await asyncio.start_unix_server(accept, Path(folder) / f".s.PGSQL.{PORT}")
        try:
            yield wire
        finally:
            server.close()
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)


async def _relay(
    wire: Wire, target: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    server_reader, server_writer = await asyncio.open_unix_connection(target)
    wire.connections += 1
    wire.open += 1

    async def downstream() -> None:
        while data := await server_reader.read(65536):
            writer.write(data)
        writer.close()

    answers = asyncio.create_task(downstream())
    try:
        await _upstream(wire, reader, server_writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # The client has gone, which is how every connection ends.
    finally:
        wire.open -= 1
        server_writer.close()
        await asyncio.wait({answers}, timeout=1)
        answers.cancel()
        writer.close()


async def _upstream(
    wire: Wire, reader: asyncio.StreamReader, server: asyncio.StreamWriter
) -> None:
    (length,) = struct.unpack("!I", startup := await reader.readexactly(4))
    startup += await reader.readexactly(length - 4)
    if startup[4:8] == CANCEL and wire.lost:
        wire.lost -= 1
        return
    server.write(startup)
    while True:
        head = await reader.readexactly(5)
        body = await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
        wire.messages.append(head + body)
        if head[:1] == TERMINATE and wire.is_deaf:
            await asyncio.Event().wait()
        server.write(head + body)
