"""A TCP line to a PostgreSQL that listens on a Unix socket, which fails as networks do.

A frozen line carries nothing: what is sent waits, new connections are accepted and get no
answer, and neither end learns that the other has closed its connection.
"""

import asyncio
import contextlib
import ctypes
import socket
import struct
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PORT = 5432
PIECE_BYTES = 65536
PATIENCE_SECONDS = 10

ATTACH_FILTER = 26
"""Linux's number of an option that has no name in Python."""

_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
_NOTHING_PASSES = struct.pack("HL", 1, ctypes.addressof(_NOTHING))
"""A program of one instruction for the system's filter: keep 0 bytes of each packet."""

COMMIT = b"commit\0"
"""What ends a transaction on the wire. The statement that begins it says "committed"."""


@dataclass(slots=True)
class Line:
    """The line, while it is there."""

    url: str
    """The database's address at this end of it."""
    trigger: bytes | None = None
    """What freezes the line when a client sends it."""
    carries_trigger: bool = False
    """Whether that still arrives, so that only its answer is lost."""
    hides_ends: bool = False
    """Whether neither end learns that the other has closed its connection."""
    has_frozen: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: int = 0
    """How many connections it has accepted."""
    _flows: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def freeze(self) -> None:
        """Carry nothing from now on."""
        self._flows.clear()
        self.has_frozen.set()

    async def frozen(self) -> None:
        """Wait until it is frozen, and raise `TimeoutError` if nothing freezes it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.has_frozen.wait()

    def freeze_at(self, words: bytes, *, arrives: bool) -> None:
        """Freeze when a client sends these words, once they have arrived or before."""
        self.trigger, self.carries_trigger = words, arrives

    def thaw(self) -> None:
        """Carry everything again, first the bytes that have waited."""
        self.trigger = None
        self.has_frozen.clear()
        self._flows.set()

    def vanish(self) -> None:
        """Vanish from all connections like a host without power: nothing reaches it."""
        for each in self._ends:
            silence(each.get_extra_info("socket"))

    def cut(self) -> None:
        """Reset every connection, at both ends."""
        for each in self._ends:
            each.transport.abort()

    async def carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_up: bool
    ) -> None:
        """Pass on the bytes of one end, up to the server or down to the client."""
        self._ends.add(writer)
        try:
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(PIECE_BYTES):
                    if is_up and self.trigger is not None and self.trigger in data:
                        if self.carries_trigger:
                            writer.write(data)
                            data = b""
                        self.freeze()
                    await self._flows.wait()
                    writer.write(data)
                await (asyncio.Event() if self.hides_ends else self._flows).wait()
        finally:
            self._ends.discard(writer)
            writer.close()


def silence(end: socket.socket) -> None:
    """Let a socket receive nothing more, so that the other end gets no acknowledgement."""
    if end.family != socket.AF_UNIX:
        end.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, _NOTHING_PASSES)


@contextlib.asynccontextmanager
async def line(url: str) -> AsyncGenerator[Line]:
    """A line to a database that is named by its Unix socket, for the length of a block."""
    parts = urlsplit(url)
    target = Path(parse_qs(parts.query)["host"][0]) / f".s.PGSQL.{PORT}"
    carrying: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.accepted += 1
        server_reader, server_writer = await asyncio.open_unix_connection(target)
        for way in (
            opened.carry(reader, server_writer, is_up=True),
            opened.carry(server_reader, writer, is_up=False),
        ):
            carrying.add(asyncio.create_task(way))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    opened = Line(f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}?sslmode=disable")
    opened.thaw()
    try:
        yield opened
    finally:
        server.close()
        for each in carrying:
            each.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)
