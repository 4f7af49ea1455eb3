"""Sends malformed requests, many at a time, and lists the answers that are wrong."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import psutil

from tests.ottavino.api.malformed import Request, requests
from tests.ottavino.api.stage import Stage

AT_ONCE = 40
PATIENCE_SECONDS = 15.0
UNFINISHED_SECONDS = 0.2
"""How long a client waits that has not sent all it announced."""

WARM_UP = 1000
FLAT_BYTES = 16 * 1024**2
"""What the memory may differ by, from when every path has been taken to the end."""

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(slots=True)
class Storm:
    """The answers."""

    answers: Counter[str] = field(default_factory=Counter[str])
    complaints: list[str] = field(default_factory=list[str])

    async def send(self, stage: Stage, all_of_them: Iterator[Request]) -> None:
        """Send them, some at a time."""
        address = httpx.URL(stage.url)

        async def worker() -> None:
            for request in all_of_them:
                await self._exchange(address.host, address.port or 80, request)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))

    async def _exchange(self, host: str, port: int, request: Request) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        seconds = PATIENCE_SECONDS if request.is_whole else UNFINISHED_SECONDS
        received = b""
        try:
            async with asyncio.timeout(seconds):
                writer.write(request.sent)
                while piece := await reader.read(65536):
                    received += piece
        except TimeoutError:
            if request.is_whole:
                self._complain("no end of the answer", request, received)
        except ConnectionError:
            pass  # The server hung up after its answer.
        finally:
            writer.close()
        self._judge(request, received)

    def _judge(self, request: Request, received: bytes) -> None:
        found = STATUS.match(received)
        status = int(found[1]) if found else 0
        self.answers[f"{request.kind} {status or 'hung up'}"] += 1
        if not received and request.is_whole:
            self._complain("no answer", request, received)
        if received and not found:
            self._complain("not HTTP", request, received)
        if b"Traceback" in received or b'File "' in received:
            self._complain("a stack trace", request, received)
        if status >= 500:
            self._complain("an error of the server's", request, received)
        if status >= 400 and not _is_told(request, received):
            self._complain("an error without its JSON", request, received)

    def _complain(self, what: str, request: Request, received: bytes) -> None:
        self.complaints.append(f"{what}\n  {request.sent[:300]!r}\n  {received[:600]!r}")


def _is_told(request: Request, received: bytes) -> bool:
    """Whether an error has the contract's body, or its header where there can be none."""
    head, _, body = received.partition(b"\r\n\r\n")
    if request.sent.startswith(b"HEAD "):
        return b"sb-error-code" in head
    try:
        return {"error", "code", "message", "request_id"} <= json.loads(body).keys()
    except ValueError:
        return False


async def survives(stage: Stage, count: int, seed: int) -> bool:
    """Whether the server answers as many malformed requests as it should, and is as before."""
    process = psutil.Process(stage.server.process.pid)
    storm = Storm()
    await storm.send(stage, requests(WARM_UP, seed + 1, stage.token))
    before, begun = process.memory_info().rss, time.perf_counter()
    await storm.send(stage, requests(count, seed, stage.token))
    seconds = time.perf_counter() - begun
    grown = process.memory_info().rss - before
    if grown > FLAT_BYTES:
        storm.complaints.append(f"the memory grew by {grown / 1024**2:.1f} MB")
    if 'Error"' in (log := stage.server.log.read_text("utf-8")) or "Traceback" in log:
        storm.complaints.append(f"an error in {stage.server.log}")
    _print(storm, f"{count} requests in {seconds:.0f} s, memory {grown / 1024**2:+.1f} MB")
    return not storm.complaints


def _print(storm: Storm, summary: str) -> None:
    print(summary)  # noqa: T201  # its report
    for answer, times in sorted(storm.answers.items()):
        print(f"  {answer}: {times}")  # noqa: T201  # its report
    for complaint in storm.complaints[:20]:
        print(complaint)  # noqa: T201  # its report
    print(f"{len(storm.complaints)} complaints")  # noqa: T201  # its report
