"""What runs for one request sees the context variables of no other: its caller is in them."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest
from starlette.types import Message

from ottavino.deadline import STEP_SECONDS, Deadline
from ottavino.http.auth.jwks import Jwks
from ottavino.http.function import Function
from ottavino.http.interruption import WATCH_AFTER_SECONDS, interruptible
from tests.ottavino.http.client import served

asker: ContextVar[str] = ContextVar("asker", default="nobody")


@pytest.fixture
def sets() -> Function:
    """A function that answers with what an earlier request has set, and sets it, too."""
    function = Function(auth="optional")

    @function.get("/{name}")
    async def get(name: str) -> str:
        before = asker.get()
        asker.set(name)
        await asyncio.sleep(0.01)
        return before

    return function


def request(name: str, *, last: bool = False) -> bytes:
    head = f"GET /functions/v1/it/{name} HTTP/1.1\r\nhost: x\r\n"
    head += "connection: close\r\n" if last else ""
    return head.encode() + b"\r\n"


@asynccontextmanager
async def connected(
    function: Function,
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with served(function) as url:
        host, port = url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            yield reader, writer
        finally:
            writer.close()


async def test_a_pipelined_request_sees_nothing_of_the_one_before_it(sets: Function) -> None:
    async with connected(sets) as (reader, writer):
        writer.write(request("a") + request("b") + request("c", last=True))
        answers = await reader.read()
    assert answers.count(b"\r\n\r\nnobody") == 3, answers


def test_a_request_sees_nothing_of_one_that_let_its_connection_be_read(sets: Function) -> None:
    third = after_two_at_once(sets, request("c", last=True))
    assert third.endswith(b"\r\n\r\nnobody"), third


def after_two_at_once(function: Function, third: bytes) -> bytes:
    """The answer to what follows a pipelined request, which is read when the first one has let
    the connection be read again. Python's own event loop, which serves where there is no
    uvloop, reads in the context of the request that lets it.
    """

    async def answer() -> bytes:
        async with connected(function) as (reader, writer):
            writer.write(request("a") + request("b"))
            for _ in "ab":
                await reader.readuntil(b"\r\n\r\nnobody")
            writer.write(third)
            return await reader.read()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(asyncio.wait_for(answer(), 10))


class Contexts(logging.Filter):
    """Remembers who asked where a line was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        if record.__dict__.get("code") == "BAD_REQUEST":
            self.seen.append(asker.get())
        return True


def test_the_line_about_a_bad_head_sees_nothing_of_the_request_before_it(
    sets: Function,
) -> None:
    contexts = Contexts()
    logger = logging.getLogger("ottavino")
    logger.addFilter(contexts)
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        after_two_at_once(sets, b"no request\r\n\r\n")
    finally:
        logger.removeFilter(contexts)
        logger.setLevel(level)
    assert contexts.seen == ["nobody"]


async def test_a_client_is_watched_in_the_context_of_its_own_request() -> None:
    """All requests share one timer, which the first of them starts."""
    seen: dict[str, str] = {}

    async def answer(name: str) -> None:
        asker.set(name)

        async def receive() -> Message:
            seen[name] = asker.get()
            return await asyncio.get_running_loop().create_future()

        end = asyncio.get_running_loop().time() + 30
        await interruptible(asyncio.sleep(3 * WATCH_AFTER_SECONDS), receive, end)

    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(answer(name))
            await asyncio.sleep(WATCH_AFTER_SECONDS / 3)
    assert seen == {"a": "a", "b": "b", "c": "c"}


@pytest.mark.parametrize("seconds", [-1.0, STEP_SECONDS])
async def test_a_deadline_passes_in_the_context_of_no_request(seconds: float) -> None:
    asker.set("a")
    seen = asyncio.get_running_loop().create_future()

    class Noticed(Deadline):
        def passed(self) -> None:
            self.stop()
            seen.set_result(asker.get())

    Noticed(asyncio.get_running_loop().time() + seconds).start()
    assert await seen == "nobody"


async def test_keys_are_fetched_in_the_context_of_no_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Others wait for them, too."""
    seen: list[str] = []

    async def fetch(*_: object) -> None:
        seen.append(asker.get())

    monkeypatch.setattr(Jwks, "_fetch", fetch)
    asker.set("a")
    await Jwks("http://127.0.0.1:1/", None).find("ES256", "unknown")
    assert seen == ["nobody"]
