"""A TCP gate in front of a PostgreSQL that listens on a Unix socket only, as a pooler is one.

It ends the clients' TLS, or speaks none, and can demand that logins come with or without.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

TLS_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
REFUSAL = b"SFATAL\0C28000\0Mno pg_hba.conf entry for this login\0\0"

LONGEST_STARTUP = 10_000
"""PostgreSQL closes a connection that begins with more than that."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Gate:
    """A gate in front of one server."""

    target: Path
    """The server's socket."""
    tls: ssl.SSLContext | None
    """What to speak TLS with, if at all."""
    demands: bool | None
    """Whether a login has to be encrypted (True) or must not be (False)."""
    port: int
    logins: list[bool] = field(default_factory=list[bool])
    """For each login that was tried, whether it was encrypted."""
    protocols: list[str | None] = field(default_factory=list[str | None])
    """What those that were encrypted said they would speak."""
    refusal: bytes = REFUSAL
    """The error that refuses a login."""
    is_direct: bool = False
    """Whether it expects TLS at once, without being asked for it."""
    asked: int = 0
    """How many clients have asked for TLS, and waited for the answer."""

    async def let_through(self, client: socket.socket) -> None:
        """Agree on TLS as PostgreSQL does, then carry bytes until either side has gone."""
        loop = asyncio.get_running_loop()
        first = b"" if self.is_direct else await loop.sock_recv(client, 8)
        asked = self.is_direct or first == TLS_REQUEST
        encrypted = asked and self.tls is not None
        if first == TLS_REQUEST:
            self.asked += 1
            await loop.sock_sendall(client, b"S" if encrypted else b"N")
        reader, writer = await _streams(client, self.tls if encrypted else None)
        try:
            head = await reader.readexactly(4) if asked else first
            rest = int.from_bytes(head[:4]) - len(head)
            if rest > LONGEST_STARTUP:
                return
            startup = head + await reader.readexactly(rest)
            self.logins.append(encrypted)
            if encrypted:
                tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
                self.protocols.append(tls.selected_alpn_protocol())
            if self.demands not in {None, encrypted}:
                writer.write(b"E" + (len(self.refusal) + 4).to_bytes(4) + self.refusal)
                await writer.drain()
                return
            await self._carry(startup, reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    async def _carry(
        self, startup: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self.target)
        server_writer.write(startup)
        ways = (
            asyncio.create_task(_pump(reader, server_writer)),
            asyncio.create_task(_pump(server_reader, writer)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server_writer.close()
            writer.close()
            await asyncio.wait(ways)


@contextlib.asynccontextmanager
async def gate(
    target: Path, tls: ssl.SSLContext | None = None, *, demands: bool | None = None
) -> AsyncGenerator[Gate]:
    """A gate on a port of its own, for the length of a block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        opened = Gate(target, tls, demands, port=listener.getsockname()[1])
        # Leaving the block waits for the clients, which have gone by then.
        async with asyncio.timeout(20), asyncio.TaskGroup() as clients:
            accepting = clients.create_task(_accept(listener, opened, clients))
            yield opened
            accepting.cancel()


async def _accept(listener: socket.socket, opened: Gate, clients: asyncio.TaskGroup) -> None:
    while True:
        client, _ = await asyncio.get_running_loop().sock_accept(listener)
        clients.create_task(_serve(opened, client))


async def _serve(opened: Gate, client: socket.socket) -> None:
    # In some tests a client closes the connection instead.
    with client, contextlib.suppress(OSError, asyncio.IncompleteReadError):
        await opened.let_through(client)


async def _streams(client: socket.socket, tls: ssl.SSLContext | None) -> Streams:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    # StreamWriter.start_tls() would be shorter, and loses the end of the stream.
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, client, ssl=tls)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
