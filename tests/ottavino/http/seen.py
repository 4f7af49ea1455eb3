"""Counts what servers of a test have read, so that a client can wait until they have."""

import asyncio
from dataclasses import dataclass, field

import pytest

from ottavino.http.protocol import Protocol


@dataclass(slots=True)
class Seen:
    """How many bytes have been read, by all servers of this process.

    A connection keeps the method that reads it, so the count has to start before one is made.
    """

    count: int = 0
    _has_grown: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, count: int) -> None:
        """Note that so many more have been read."""
        self.count += count
        self._has_grown.set()

    async def until(self, count: int) -> None:
        """Wait until so many bytes have been read, for some seconds at most."""
        async with asyncio.timeout(10):
            while self.count < count:
                self._has_grown.clear()
                await self._has_grown.wait()

    async def read(
        self, piece: bytes, writer: asyncio.StreamWriter, ended: "asyncio.Task[bytes]"
    ) -> None:
        """Send a piece, and wait until the server has read it, or reads no more."""
        read = asyncio.create_task(self.until(self.count + len(piece)))
        writer.write(piece)
        await asyncio.wait({read, ended}, return_when=asyncio.FIRST_COMPLETED)
        read.cancel()


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Count what servers read of connections that are made from now on, after they have."""
    seen = Seen()
    read = Protocol.data_received

    def count(protocol: Protocol, data: bytes) -> None:
        read(protocol, data)
        seen.add(len(data))

    monkeypatch.setattr(Protocol, "data_received", count)
    return seen
