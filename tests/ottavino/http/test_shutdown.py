"""A server that is stopped answers everything that was sent before."""

import asyncio
import signal
import time
from dataclasses import dataclass, field

import httpx
import pytest

from tests.ottavino.http.client import network
from tests.ottavino.http.test_server import Server, running

PATHS = ("/wait/0", "/wait/0.02", "/stream")
CLIENTS = 20
"""How many ask for each of them."""


@dataclass(slots=True)
class Client:
    """A client that sends its next request after each answer, on one connection."""

    sent: float = 0
    """When the last request was sent."""
    answers: int = 0
    is_waiting: bool = False
    """Whether that has not been answered."""
    was_told: bool = False
    """Whether the last answer said that the connection ends."""
    errors: list[str] = field(default_factory=list[str])

    async def ask(self, server: Server, path: str) -> None:
        """Ask until the connection ends."""
        url = httpx.URL(server.url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        request = f"GET {url.path}{path} HTTP/1.1\r\nhost: x\r\n\r\n".encode()
        try:
            while not self.was_told:
                self.is_waiting = True
                writer.write(request)
                self.sent = time.monotonic()
                await self._answer(reader)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.errors.append(repr(error))
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"transfer-encoding" in head:
            await reader.readuntil(b"0\r\n\r\n")
        else:
            length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
        self.is_waiting = False
        self.answers += 1
        self.was_told = b"connection: close" in head


@pytest.mark.whole
async def test_no_request_is_lost_that_was_sent_before_the_signal() -> None:
    clients = {path: [Client() for _ in range(CLIENTS)] for path in PATHS}
    all_of_them = [each for those in clients.values() for each in those]
    async with running() as server, asyncio.timeout(60):
        # A log that is not read would block the server that writes it.
        reading = asyncio.create_task(asyncio.to_thread(server.process.communicate))
        asking = [
            asyncio.create_task(each.ask(server, path))
            for path, those in clients.items()
            for each in those
        ]
        while not all(each.answers for each in all_of_them):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.05)
        stopped = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*asking)
        await reading
        seconds = time.monotonic() - stopped
    for path, those in clients.items():
        assert [each for each in those if each.is_waiting and each.sent < stopped] == [], path
    assert seconds < 10


@pytest.mark.whole
async def test_an_idle_connection_does_not_delay_the_end() -> None:
    async with running() as server, httpx.AsyncClient() as http:
        await http.get(f"{server.url}/wait/0")
        _, _, seconds = await asyncio.to_thread(server.stop)
    assert seconds < 5


@pytest.mark.whole
async def test_every_request_before_the_signal_has_its_line_in_the_log() -> None:
    async with running() as server, network() as http:
        ids = [
            (await http.get(f"{server.url}/wait/0")).headers["x-request-id"] for _ in range(20)
        ]
        _, lines, _ = server.stop()
    assert [each["request_id"] for each in lines if each.get("request_id") in ids] == ids
