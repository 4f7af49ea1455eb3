"""What travels between a client and PostgreSQL: counted, and delayed where asked.

`python -m bench.wire LISTEN TARGET MILLISECONDS` relays between two addresses, `HOST:PORT`
or the path of a socket. A line on its standard input is answered by what was counted since
the last one, so the caller decides to which request they belong.
"""

import asyncio
import contextlib
import dataclasses
import json
import selectors
import struct
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import IO, cast

# A client waits for an answer after a simple query, a sync, a flush, and a password.
ASKING = b"QSHp"
READY = ord("Z")
TLS_REQUEST = 80877103


@dataclass(slots=True)
class Count:
    """What passed since it was last asked for."""

    connections: int = 0
    connecting: int = 0
    """Round trips until the server was ready for the first query."""
    asking: int = 0
    """Round trips after that."""
    statements: list[str] = field(default_factory=list[str])


class Wire:
    """A relay that runs in a process of its own, so that its work is not counted as ours."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def count(self) -> Count:
        """What passed since the last call."""
        stdin, stdout = (
            cast("IO[str]", self._process.stdin),
            cast("IO[str]", self._process.stdout),
        )
        stdin.write("\n")
        stdin.flush()
        return Count(**json.loads(stdout.readline()))


@contextlib.contextmanager
def relayed(listen: str, target: str, milliseconds: float = 0) -> Generator[Wire]:
    """A wire between two addresses for the length of a block."""
    process = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "bench.wire", listen, target, str(milliseconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wire = Wire(process)
        wire.count()
        yield wire
    finally:
        process.terminate()
        process.wait()


class Messages:
    """Cuts one direction of a conversation into messages."""

    def __init__(self, *, from_client: bool) -> None:
        self._buffer = b""
        self._headless = from_client
        self._secret = False

    def feed(self, data: bytes) -> Generator[tuple[int, bytes]]:
        """The type and content of each message that is complete; 0 for a startup."""
        if self._secret:
            return
        self._buffer += data
        while (start := 0 if self._headless else 1) + 4 <= len(self._buffer):
            (length,) = struct.unpack_from("!I", self._buffer, start)
            if len(self._buffer) < start + length:
                return
            kind = 0 if self._headless else self._buffer[0]
            body = self._buffer[start + 4 : start + length]
            self._buffer = self._buffer[start + length :]
            if kind == 0 and struct.unpack_from("!I", body)[0] == TLS_REQUEST:
                # What follows cannot be read, so it is not counted.
                self._secret = True
                return
            self._headless = False
            yield kind, body


class Conversation:
    """Counts the round trips of one connection: questions that waited for an answer."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self._client = Messages(from_client=True)
        self._server = Messages(from_client=False)
        self._waiting = False
        self._ready = False
        relay.count.connections += 1

    def asked(self, data: bytes) -> None:
        """Note what the client sent."""
        for kind, body in self._client.feed(data):
            if kind == ord("Q"):
                self._relay.count.statements.append(body[:-1].decode())
            if kind == ord("P"):
                self._relay.count.statements.append(body.split(b"\0")[1].decode())
            if (kind == 0 or kind in ASKING) and not self._waiting:
                self._waiting = True
                if self._ready:
                    self._relay.count.asking += 1
                else:
                    self._relay.count.connecting += 1

    def answered(self, data: bytes) -> None:
        """Note what the server sent."""
        self._waiting = False
        if not self._ready:
            self._ready = any(kind == READY for kind, _ in self._server.feed(data))


class Relay:
    """Passes on what it receives, each piece after the same time, and counts it."""

    def __init__(self, target: str, seconds: float) -> None:
        self.count = Count()
        self._target = target
        self._seconds = seconds
        self._clients: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection until either side ends it."""
        conversation = Conversation(self)
        # On a network the handshake of TCP is a round trip of its own.
        await asyncio.sleep(self._seconds)
        server_reader, server_writer = await _connect(self._target)
        upstream = asyncio.create_task(_pass(reader, server_writer, 0, conversation.asked))
        downstream = asyncio.create_task(
            _pass(server_reader, writer, self._seconds, conversation.answered)
        )
        try:
            await asyncio.wait({upstream, downstream}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (upstream, downstream):
                each.cancel()
            await asyncio.gather(upstream, downstream, return_exceptions=True)
            server_writer.close()
            writer.close()

    async def report(self) -> None:
        """Answer each line with the count, until the client has closed the connection."""
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            # What was sent last may still be on its way here.
            await asyncio.sleep(0.05)
            counted, self.count = self.count, Count()
            sys.stdout.write(json.dumps(dataclasses.asdict(counted)) + "\n")
            sys.stdout.flush()


async def _pass(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    seconds: float,
    note: Callable[[bytes], None],
) -> None:
    """Pass data on in one direction, each piece `seconds` after it came."""
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        note(data)
        if seconds:
            loop.call_later(seconds, writer.write, data)
        else:
            writer.write(data)
    await asyncio.sleep(seconds)


async def _connect(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if target.startswith("/"):
        return await asyncio.open_unix_connection(target)
    host, _, port = target.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def _listen(relay: Relay, listen: str) -> asyncio.Server:
    if listen.startswith("/"):
        return await asyncio.start_unix_server(relay.accept, listen)
    host, _, port = listen.rpartition(":")
    return await asyncio.start_server(relay.accept, host, int(port))


async def main(listen: str, target: str, milliseconds: str) -> None:
    """Relay until a signal stops the process."""
    relay = Relay(target, float(milliseconds) / 1000)
    async with await _listen(relay, listen):
        await relay.report()


if __name__ == "__main__":
    # epoll rounds a wait up to whole milliseconds, and the delay is as short as that.
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        runner.run(main(*sys.argv[1:]))
