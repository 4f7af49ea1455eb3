"""Clients that send requests without a pause, each on its own connection, and their answers."""

import asyncio
import time
from dataclasses import dataclass, field

import httpx

from tests.ottavino.http.client import bearer

UNKNOWN = "OUTCOME_UNKNOWN"

LOST = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError)
PATIENCE_SECONDS = 30.0
MOST_REPEATS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; it has no status where the connection ended without one."""

    sent: float
    heard: float
    status: int | None
    code: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the answer says that the number is stored."""
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
    repeating: bool = False
    """Whether each request has a key, and is repeated with it where its outcome is unknown."""
    repeats: int = 0
    _number: int = 0
    _ends: bool = False

    def end(self) -> None:
        """Send no more requests."""
        self._ends = True

    async def client(self) -> None:
        """Send requests until the load ends."""
        line = _Line(self.url)
        while not self._ends:
            self._number = number = self._number + 1
            self.answers[number] = answer = await self._answer(line, number)
            # A refused client tries again a little later.
            await asyncio.sleep(max(self.pause, 0 if answer.is_success else 0.02))
        line.close()

    async def _answer(self, line: "_Line", number: int) -> Answer:
        key = f"idempotency-key: {number}\r\n" if self.repeating else ""
        answer = await line.ask(number, key, self._patience(number))
        if self.repeating and answer.code == UNKNOWN:
            answer = await self._repeated(line, number, key)
        return answer

    async def _repeated(self, line: "_Line", number: int, key: str) -> Answer:
        """The answer to a request that is repeated until one says whether it was done."""
        for _ in range(MOST_REPEATS):
            await asyncio.sleep(0.02)
            self.repeats += 1
            answer = await line.ask(number, key, PATIENCE_SECONDS)
            if answer.is_success:
                return answer
        raise RuntimeError(f"{number} was not answered in {MOST_REPEATS} repeats.")

    def _patience(self, number: int) -> float:
        return 0.003 if self.deserting and number % 3 == 0 else PATIENCE_SECONDS


class _Line:
    """A connection to the server, which is opened again after it was lost."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, number: int, key: str, patience: float) -> Answer:
        """Request that a number is stored, with an idempotency key or without."""
        sent = time.monotonic()
        try:
            self._streams = self._streams or await asyncio.open_connection(
                self._url.host, self._url.port
            )
            async with asyncio.timeout(patience):
                status, code = await _ask(*self._streams, f"{self._url.path}/{number}", key)
            return Answer(sent, time.monotonic(), status, code)
        except LOST:
            if self._streams:
                self._streams[1].transport.abort()
            self._streams = None
            return Answer(sent, time.monotonic(), None)

    def close(self) -> None:
        """Hang up."""
        if self._streams:
            self._streams[1].close()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, key: str
) -> tuple[int, str]:
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n{key}"
    writer.write(f"{head}authorization: {bearer()['authorization']}\r\n\r\n".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    lines = [line.partition(b": ") for line in answer.split(b"\r\n")[1:]]
    headers = {name.lower(): value for name, _, value in lines}
    await reader.readexactly(int(headers.get(b"content-length", b"0")))
    return int(answer.split(b" ", 2)[1]), headers.get(b"sb-error-code", b"").decode()
