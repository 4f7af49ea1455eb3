"""Functions whose streams hold a transaction open, each in another way, served by a process.

The function's name says how. None of them ends by itself before its client leaves, and none
begins before its transaction is open.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from starlette.background import BackgroundTasks
from starlette.responses import StreamingResponse

from ottavino.http.caller_session import caller_session
from ottavino.http.events import Event
from ottavino.http.function import Function
from ottavino.http.serve import main
from ottavino.identity import Identity
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from tests.ottavino.house.functions import app as served
from tests.ottavino.house.piccolo_conf import DB

CHUNK = "x" * 65536

FUNCTIONS: dict[str, Function] = {}


async def query(sql: str = "select 1") -> None:
    await current_scope().fetch(sql, ())


def stream(pieces: Callable[[], AsyncIterator[str]]) -> Callable[[], AsyncIterator[str]]:
    """Serve what a generator makes, under its name."""
    FUNCTIONS[pieces.__name__] = function = Function()

    @function.get()
    async def answer() -> AsyncIterator[str]:
        return pieces()

    return pieces


@stream
async def held_around_every_chunk() -> AsyncGenerator[str]:
    async with caller_session():
        await query()
        while True:
            yield CHUNK
            await asyncio.sleep(0.01)


@stream
async def asked_between_chunks() -> AsyncGenerator[str]:
    async with caller_session():
        while True:
            await query()
            yield CHUNK


@stream
async def quiet_before_the_first_chunk() -> AsyncGenerator[str]:
    async with caller_session():
        await query()
        await asyncio.sleep(60)
        yield CHUNK


@stream
async def busy_before_the_first_chunk() -> AsyncGenerator[str]:
    async with caller_session():
        await query("select pg_sleep(60)")
        yield CHUNK


@stream
async def quiet_after_the_first_chunk() -> AsyncGenerator[str]:
    async with caller_session():
        await query()
        yield CHUNK
        await asyncio.sleep(60)


@stream
async def in_a_savepoint() -> AsyncGenerator[str]:
    async with caller_session(), DB.transaction():
        await query()
        while True:
            yield CHUNK


@stream
async def in_a_generator_inside() -> AsyncGenerator[str]:
    async for piece in asked_between_chunks():
        yield piece


@stream
async def in_a_session_by_name() -> AsyncGenerator[str]:
    async with session(Identity.anonymous(), name="in_a_session_by_name"):
        await query()
        while True:
            yield CHUNK


@stream
async def with_queries_gathered() -> AsyncGenerator[str]:
    async with caller_session():
        await query()
        yield CHUNK
        await asyncio.gather(*(query("select pg_sleep(60)") for _ in range(5)))


@stream
async def deaf_to_its_end() -> AsyncGenerator[str]:
    async with caller_session():
        await query()
        while True:
            with contextlib.suppress(GeneratorExit):
                yield CHUNK


@stream
async def slow_to_end() -> AsyncGenerator[str]:
    async with caller_session():
        await query()
        try:
            while True:
                yield CHUNK
        finally:
            await asyncio.sleep(60)


class Chunks:
    """An iterator that is no generator: nothing can close it."""

    _is_open = False

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        if not self._is_open:
            self._is_open = True
            await caller_session().__aenter__()
            await query()
        return CHUNK


@stream
def in_an_iterator_that_cannot_be_closed() -> AsyncIterator[str]:
    return Chunks()


@stream
async def read_in_tasks_of_their_own() -> AsyncGenerator[str]:
    """As a stream does that sends keep-alives while the next piece takes long."""
    pieces = held_around_every_chunk()
    while True:
        yield await asyncio.ensure_future(anext(pieces))


FUNCTIONS["opened_by_the_handler"] = opened_by_the_handler = Function(transactions="manual")


@opened_by_the_handler.get()
async def opened() -> AsyncIterator[str]:
    stack = contextlib.AsyncExitStack()
    await stack.enter_async_context(caller_session())
    await query()

    async def pieces() -> AsyncGenerator[str]:
        async with stack:
            while True:
                yield CHUNK

    return pieces()


FUNCTIONS["a_response_of_its_own"] = a_response_of_its_own = Function()


@a_response_of_its_own.get()
async def response() -> StreamingResponse:
    return StreamingResponse(asked_between_chunks())


FUNCTIONS["server_sent_events"] = server_sent_events = Function()


@server_sent_events.get()
async def sent() -> AsyncIterator[Event]:
    async def told() -> AsyncGenerator[Event]:
        async for piece in asked_between_chunks():
            yield Event(piece)

    return told()


FUNCTIONS["in_the_background"] = in_the_background = Function()


@in_the_background.get()
async def background(background: BackgroundTasks) -> str:
    async def work() -> None:
        pieces = asked_between_chunks()
        async for _ in pieces:
            break
        # While it is referred to here, the garbage collector does not find it.
        await asyncio.sleep(0.3)

    background.add_task(work)
    return CHUNK


served.app = served.create_app(FUNCTIONS)

if __name__ == "__main__":
    main("tests.ottavino.house.functions.app:app")
