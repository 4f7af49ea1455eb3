"""Lines of the log leave the process in batches, and never hold it up."""

import asyncio
import fcntl
import json
import logging
import os
import time
from collections.abc import Generator
from typing import Any

import pytest

from ottavino.http import create_app, line_handler
from ottavino.http.lifespan import lifespan
from ottavino.http.line_handler import LineHandler
from ottavino.http.log import JsonLines
from ottavino.http.request_record import RequestFields, RequestRecord
from tests.ottavino import forked

LOGGER = logging.getLogger("ottavino.test_line_handler")


@pytest.fixture
def pipe() -> Generator[tuple[int, int]]:
    """The two ends of a pipe: to read from, and to write to."""
    ends = os.pipe()
    os.set_blocking(ends[0], False)
    yield ends
    for each in ends:
        os.close(each)


@pytest.fixture
def handler(pipe: tuple[int, int]) -> Generator[LineHandler]:
    handler = LineHandler(pipe[1])
    handler.setFormatter(JsonLines())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    yield handler
    LOGGER.removeHandler(handler)


def request(number: int = 0) -> RequestRecord:
    fields: RequestFields = {
        "request_id": f"request-{number}",
        "function": "it",
        "method": "GET",
        "status": 200,
        "milliseconds": 0.5,
        "role": "authenticated",
        "client_info": "",
        "code": "",
        "reason": "",
    }
    return RequestRecord(fields)


async def readable(pipe: tuple[int, int]) -> None:
    """Wait until there is something to be read."""
    there = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe[0], there.set)
    async with asyncio.timeout(10):
        await there.wait()
    asyncio.get_running_loop().remove_reader(pipe[0])


def read(pipe: tuple[int, int]) -> bytes:
    """Everything that can be read without waiting."""
    found = bytearray()
    try:
        while piece := os.read(pipe[0], 65536):
            found += piece
    except BlockingIOError:
        pass
    return bytes(found)


def lines(pipe: tuple[int, int]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in read(pipe).splitlines()]


def fill(pipe: tuple[int, int]) -> None:
    """Fill a pipe, as happens when its reader hangs."""
    size = fcntl.fcntl(pipe[1], fcntl.F_GETPIPE_SZ)
    os.write(pipe[1], b"x" * (size - 1) + b"\n")


def test_the_line_of_a_request_is_json_with_its_fields() -> None:
    line = json.loads(JsonLines().format(request()))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "message": "request-0 it GET 200 0.5 ms",
        "request_id": "request-0",
        "milliseconds": 0.5,
        "function": "it",
        "method": "GET",
        "status": 200,
        "role": "authenticated",
    }


async def test_lines_of_requests_wait_for_each_other(
    handler: LineHandler, pipe: tuple[int, int]
) -> None:
    for number in range(100):
        LOGGER.handle(request(number))
    assert read(pipe) == b""
    await readable(pipe)
    assert [each["request_id"] for each in lines(pipe)] == [f"request-{n}" for n in range(100)]


@pytest.mark.parametrize("level", [logging.INFO, logging.ERROR])
async def test_any_other_line_is_written_at_once_after_the_waiting_ones(
    level: int, handler: LineHandler, pipe: tuple[int, int]
) -> None:
    LOGGER.handle(request())
    LOGGER.log(level, "It is written.")
    assert [each["message"] for each in lines(pipe)] == [
        "request-0 it GET 200 0.5 ms",
        "It is written.",
    ]


async def test_a_pipe_that_is_not_read_holds_nothing_up_and_the_loss_is_counted(
    handler: LineHandler, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_handler, "MOST_BYTES", 10_000)
    fill(pipe)
    waited: list[float] = []
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", waited.append)
        for number in range(1000):
            LOGGER.handle(request(number))
            LOGGER.error("It failed.")
    assert waited == []
    read(pipe)
    handler.flush()
    told = [each["message"] for each in lines(pipe)]
    LOGGER.error("It is read again.")
    told += [each["message"] for each in lines(pipe)]
    (lost,) = [int(each.split()[3]) for each in told if each.startswith("The log lost")]
    assert lost + len(told) - 2 == 2000


async def test_a_line_longer_than_a_pipe_arrives_whole(
    handler: LineHandler, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_handler, "FLUSH_SECONDS", 0)
    handler.setFormatter(logging.Formatter())
    text = "y" * 300_000
    LOGGER.error(text)
    found = read(pipe)
    while len(found) <= len(text):
        handler.flush()
        found += read(pipe)
    assert found.decode() == text + "\n"


def test_a_closed_pipe_loses_only_lines() -> None:
    read_end, write_end = os.pipe()
    handler = LineHandler(write_end)
    os.close(read_end)
    handler.handle(logging.makeLogRecord({"msg": "Unheard.", "levelno": logging.ERROR}))
    handler.flush()
    os.close(write_end)


KILLED = """
import asyncio, logging.config, os, signal
from ottavino.http.log import LOGGING
from tests.ottavino.http.test_line_handler import request

logging.config.dictConfig(LOGGING)
logger = logging.getLogger("ottavino")

async def main():
    logger.handle(request())
    {last}

asyncio.run(main())
"""


@pytest.mark.whole
@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("logger.error('It fails.'); os.kill(os.getpid(), signal.SIGKILL)", 2),
        ("pass", 1),
    ],
)
def test_no_error_is_lost_with_its_process_and_nothing_at_a_normal_end(
    last: str, expected: int
) -> None:
    program = KILLED.replace("{last}", last)
    run = forked.run("-c", program)
    assert len([json.loads(line) for line in run.stderr.splitlines()]) == expected


async def test_a_forked_process_leaves_the_lines_to_its_parent(
    handler: LineHandler, pipe: tuple[int, int]
) -> None:
    LOGGER.handle(request())
    handler._forget()  # noqa: SLF001  # a test that forks loses its threads
    handler.flush()
    assert read(pipe) == b""


async def test_the_end_of_the_application_writes_what_waits(
    handler: LineHandler, pipe: tuple[int, int]
) -> None:
    served = logging.getLogger("ottavino")
    served.addHandler(handler)
    try:
        async with lifespan(create_app({})):
            handler.handle(request())
    finally:
        served.removeHandler(handler)
    assert [each["request_id"] for each in lines(pipe)] == ["request-0"]


def test_a_long_line_of_one_process_has_no_line_of_another_in_it(pipe: tuple[int, int]) -> None:
    """Each process opens the pipe for itself, as two handlers of one process do."""
    one, other = LineHandler(pipe[1]), LineHandler(pipe[1])
    for handler, text in ((one, "y" * 200_000), (other, "short"), (one, "last")):
        handler.handle(logging.makeLogRecord({"msg": text, "levelno": logging.ERROR}))
    found = read(pipe)
    for _ in range(20):
        for handler in (other, one):
            handler.handle(logging.makeLogRecord({"msg": "", "levelno": logging.ERROR}))
        found += read(pipe)
    written = [line for line in found.decode().split("\n") if line]
    assert sorted(written) == sorted(["y" * 200_000, "short", "last"])


def test_the_end_of_a_process_waits_for_the_long_line_of_another(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_handler, "FLUSH_SECONDS", 0.05)
    one, other = LineHandler(pipe[1]), LineHandler(pipe[1])
    one.handle(logging.makeLogRecord({"msg": "y" * 200_000, "levelno": logging.ERROR}))
    read(pipe)
    other.handle(logging.makeLogRecord({"msg": "short", "levelno": logging.ERROR}))
    begun = time.process_time()
    other.flush()
    assert time.process_time() - begun < 0.03
    assert b"short" not in read(pipe)
