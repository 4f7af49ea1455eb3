"""Callers that send their next request as soon as they are answered, and what they saw."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

SUMMARY = Path(__file__).parent / "summary.lua"


@dataclass(frozen=True, slots=True)
class Load:
    """What callers saw. Times are in milliseconds."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds


def missing() -> str | None:
    """What is done where there is no wrk."""
    if shutil.which("wrk"):
        return None
    return (
        "wrk is not on this machine (apt-get install wrk): the callers are a Python program, "
        "which takes more of the processor, so rates are lower than they could be."
    )


def load(url: str, headers: Mapping[str, str], callers: int, seconds: float) -> Load:
    """Let so many callers send requests for so long."""
    if shutil.which("wrk"):
        return _wrk(url, headers, callers, seconds)
    times, errors, took = asyncio.run(_ask(url, headers, callers, seconds))
    return summed(times, errors, took)


def summed(times: Sequence[float], errors: int, seconds: float) -> Load:
    """What single answers, in seconds each, add up to."""
    ordered = sorted(times) or [0.0]

    def percentile(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    return Load(
        len(times), seconds, errors, percentile(0.5), percentile(0.95), percentile(0.99)
    )


def _wrk(url: str, headers: Mapping[str, str], callers: int, seconds: float) -> Load:
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    amounts = ("-t", "1", "-c", str(callers), "-d", f"{max(1, round(seconds))}s")
    run = subprocess.run(  # noqa: S603  # addresses and headers of our own
        ["wrk", *amounts, "--timeout", "20s", *given, "-s", str(SUMMARY), url],  # noqa: S607  # whichever is installed
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout.strip().splitlines()[-1])
    return Load(**found)


async def _ask(
    url: str, headers: Mapping[str, str], callers: int, seconds: float
) -> tuple[list[float], int, float]:
    times: list[float] = []
    errors = 0
    begun = time.perf_counter()

    async def call() -> None:
        nonlocal errors
        async with Caller(url, headers) as caller:
            while (asked := time.perf_counter()) < begun + seconds:
                status, _ = await caller.ask()
                times.append(time.perf_counter() - asked)
                errors += status != HTTPStatus.OK

    await asyncio.gather(*(call() for _ in range(callers)))
    return times, errors, time.perf_counter() - begun


class Caller:
    """One kept HTTP connection, which sends the same request again and again."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        lines = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._request = "\r\n".join([*lines, "", ""]).encode()

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self) -> tuple[int, bytes]:
        """The status and the body of one answer."""
        self._writer.write(self._request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        length = head.partition("\r\ncontent-length:")[2].partition("\r\n")[0]
        return status, await self._reader.readexactly(int(length or 0))
