"""Many users who write and read at once, and compare each answer with what they wrote."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import UUID, uuid5

import asyncpg
import httpx

from tests.ottavino.http.client import bearer, token

EACH = 1_000_000
"""How many numbers a user has, who writes them one by one."""
SPACE = UUID(int=0)
PATIENCE_SECONDS = 10.0
WINDOW_SECONDS = 0.5
"""How long the rate has to be back."""
BACK = 0.8
"""Which share of the rate before counts as back."""

LOST = (OSError, asyncio.IncompleteReadError, TimeoutError)


@dataclass(slots=True)
class Crowd:
    """The users, and what they have seen so far."""

    url: str
    users: int
    answered: list[float] = field(default_factory=list[float])
    """When requests succeeded."""
    refused: list[float] = field(default_factory=list[float])
    """When they failed: with an error, or without an answer."""
    stored: set[int] = field(default_factory=set[int])
    """The numbers that were answered as stored."""
    refused_writes: set[int] = field(default_factory=set[int])
    """The numbers that were answered as not stored."""
    foreign: int = 0
    """How many answers had a row of another user."""
    stale: int = 0
    """How many lacked what the same user had stored before."""
    _ends: bool = False

    def end(self) -> None:
        """Send no more requests."""
        self._ends = True

    async def ask(self) -> None:
        """Let all users send requests, until `end`."""
        await asyncio.gather(*(self._user(number) for number in range(self.users)))

    async def _user(self, number: int) -> None:
        line = _Line(self.url, uuid5(SPACE, str(number)))
        following, last = number * EACH, -1
        while not self._ends:
            following += 1
            status = await line.ask("POST", f"/{following}")
            self._count(status)
            if status == HTTPStatus.CREATED:
                self.stored.add(following)
                last = following
            elif status is not None and line.code != "OUTCOME_UNKNOWN":
                self.refused_writes.add(following)
            status = await line.ask("GET", "/")
            self._count(status)
            if status == HTTPStatus.OK:
                self._look_at(json.loads(line.body), number, str(line.user), last)
            else:
                # Clients that are refused try again a little later.
                await asyncio.sleep(0.02)
        line.close()

    def _count(self, status: int | None) -> None:
        is_success = status in {HTTPStatus.OK, HTTPStatus.CREATED}
        (self.answered if is_success else self.refused).append(time.monotonic())

    def _look_at(self, rows: Sequence[list[object]], number: int, user: str, last: int) -> None:
        ids = [int(str(row[0])) for row in rows]
        if any(row[1] != user for row in rows) or any(i // EACH != number for i in ids):
            self.foreign += 1
        if last >= 0 and last not in ids:
            self.stale += 1

    def rate(self, begin: float, end: float) -> float:
        """How many requests a second succeeded in a time."""
        return sum(begin <= each < end for each in self.answered) / (end - begin)

    def recovery(self, fault: float, before: float) -> float | None:
        """How many seconds after a fault the rate was back, if it was."""
        step, last = 0.05, max(self.answered, default=fault) - WINDOW_SECONDS
        moment = fault
        while moment <= last:
            if self.rate(moment, moment + WINDOW_SECONDS) >= BACK * before:
                return moment - fault
            moment += step
        return None


@dataclass(frozen=True, slots=True)
class Kept:
    """How the rows of the database differ from the answers."""

    missing: int
    """How many numbers were answered as stored, and are not there."""
    twice: int
    """How many rows there are beside the first of a number."""
    refused: int
    """How many were answered as not stored, and are there."""
    foreign: int
    """How many belong to another user than wrote them."""


async def kept(connection: "asyncpg.Connection[asyncpg.Record]", crowd: Crowd) -> Kept:
    """Compare the table with the answers."""
    rows = await connection.fetch("select id, user_id from notes")
    numbers = Counter(int(row["id"]) for row in rows)
    return Kept(
        missing=len(crowd.stored - numbers.keys()),
        twice=numbers.total() - len(numbers),
        refused=len(crowd.refused_writes & numbers.keys()),
        foreign=sum(row["user_id"] != uuid5(SPACE, str(row["id"] // EACH)) for row in rows),
    )


class _Line:
    """A user's connection to the server, which is opened again if it is lost."""

    def __init__(self, url: str, user: UUID) -> None:
        self.user = user
        self.code = self.body = ""
        self._url = httpx.URL(url)
        authorization = bearer(token(sub=str(user)))["authorization"]
        self._head = f"host: x\r\ncontent-length: 0\r\nauthorization: {authorization}\r\n\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str) -> int | None:
        """The status of an answer, or None without an answer; its code and body are kept."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self._streams = self._streams or await asyncio.open_connection(
                    self._url.host, self._url.port
                )
                return await self._ask(*self._streams, f"{method} {self._url.path}{path}")
        except LOST:
            self.close()
            return None

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str
    ) -> int:
        writer.write(f"{line} HTTP/1.1\r\n{self._head}".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        split = (each.partition(": ") for each in head.split("\r\n")[1:])
        fields = {name: value for name, _, value in split}
        self.code = fields.get("sb-error-code", "").upper()
        self.body = (await reader.readexactly(int(fields.get("content-length", "0")))).decode()
        return int(head.split(" ", 2)[1])

    def close(self) -> None:
        """Hang up."""
        if self._streams:
            self._streams[1].transport.abort()
        self._streams = None
