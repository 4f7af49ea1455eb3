"""A handler is interrupted when its client leaves or its time is up; the error says which."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from ottavino.http.errors import IdleTimeout
from ottavino.http.interruption import WATCH_AFTER_SECONDS, interruptible

LATER = 30.0
"""Seconds after which a test would have failed."""


async def leaves() -> Message:
    return {"type": "http.disconnect"}


async def stays() -> Message:
    return await asyncio.get_running_loop().create_future()


def end(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_the_error_says_whether_the_client_left_or_the_time_was_up() -> None:
    with pytest.raises(ClientDisconnect):
        await interruptible(asyncio.sleep(LATER), leaves, end(LATER))
    with pytest.raises(IdleTimeout):
        await interruptible(asyncio.sleep(LATER), stays, end(2 * WATCH_AFTER_SECONDS))


async def test_nothing_waits_for_the_client_once_the_handler_has_ended() -> None:
    """The next reader gets what the client sends next."""
    waits, has_ended = asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        waits.set()
        try:
            return await stays()
        finally:
            has_ended.set()

    await interruptible(waits.wait(), receive, end(LATER))
    assert has_ended.is_set()
