"""Clients that ask without a pause, each on a connection that it keeps, and what they hear."""

import asyncio
import time
from dataclasses import dataclass, field

import httpx

from tests.functions.client import bearer

LOST = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError)
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client heard: no status where the connection ended without an answer."""

    sent: float
    heard: float
    status: int | None
    code: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the client was told that the number is stored."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class Load:
    """The clients of one trial."""

    url: str
    answers: dict[int, Answer] = field(default_factory=dict[int, Answer])
    pause: float = 0
    """Seconds that a client waits before it asks again."""
    deserting: bool = False
    """Whether every third request is given up before it can be answered."""
    _number: int = 0
    _ends: bool = False

    def end(self) -> None:
        """Ask nothing more."""
        self._ends = True

    async def client(self) -> None:
        """Ask until the load ends."""
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        url = httpx.URL(self.url)
        while not self._ends:
            self._number = number = self._number + 1
            sent = time.monotonic()
            try:
                streams = streams or await asyncio.open_connection(url.host, url.port)
                async with asyncio.timeout(self._patience(number)):
                    status, code = await _ask(*streams, f"{url.path}/{number}")
                self.answers[number] = Answer(sent, time.monotonic(), status, code)
                # Whoever is refused tries again a little later.
                refused = 0 if self.answers[number].is_success else 0.02
                await asyncio.sleep(max(self.pause, refused))
            except LOST:
                self.answers[number] = Answer(sent, time.monotonic(), None)
                if streams:
                    streams[1].transport.abort()
                streams = None
                await asyncio.sleep(0.01)
        if streams:
            streams[1].close()

    def _patience(self, number: int) -> float:
        return 0.003 if self.deserting and number % 3 == 0 else PATIENCE_SECONDS


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
) -> tuple[int, str]:
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n"
    writer.write(f"{head}authorization: {bearer()['authorization']}\r\n\r\n".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    lines = [line.partition(b": ") for line in answer.split(b"\r\n")[1:]]
    headers = {name.lower(): value for name, _, value in lines}
    await reader.readexactly(int(headers.get(b"content-length", b"0")))
    return int(answer.split(b" ", 2)[1]), headers.get(b"sb-error-code", b"").decode()
