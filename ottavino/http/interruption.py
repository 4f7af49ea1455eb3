"""Interrupts a handler when its time is up or its client has disconnected."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from ottavino.errors import OutcomeUnknown
from ottavino.http.errors import IdleTimeout

WATCH_AFTER_SECONDS = 0.02
"""How long a handler runs before its client and its time are watched. Most handlers end within
this time, and cost only one timer.
"""

T = TypeVar("T")


async def interruptible(handler: Awaitable[T], receive: Receive, end: float) -> T:
    """The result of a handler that runs at most until `end`, by the loop's clock.

    Raises `IdleTimeout` or `ClientDisconnect` if it was interrupted, even if it returned a
    result after that.
    """
    loop = asyncio.get_running_loop()
    watch = _Watch(receive, end)
    timer = loop.call_later(min(WATCH_AFTER_SECONDS, end - loop.time()), watch.begin)
    try:
        async with watch.limit:
            try:
                result = await handler
            finally:
                timer.cancel()
                await watch.stop()
    except Exception as reason:
        # An interrupted commit raises an error of its own, `OutcomeUnknown`.
        if watch.limit.expired() and not isinstance(reason, OutcomeUnknown):
            raise watch.interruption() from reason
        raise
    if watch.limit.expired():
        raise watch.interruption()
    return result


class _Watch:
    """Watches one handler's client and time."""

    __slots__ = ("_client_left", "_end", "_receive", "_task", "limit")

    def __init__(self, receive: Receive, end: float) -> None:
        self.limit = asyncio.timeout(None)
        self._receive = receive
        self._end = end
        self._task: asyncio.Task[None] | None = None
        self._client_left = False

    def begin(self) -> None:
        self.limit.reschedule(self._end)
        self._task = asyncio.create_task(self._wait_for_disconnect())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def interruption(self) -> Exception:
        """The error for the interruption."""
        return ClientDisconnect() if self._client_left else IdleTimeout()

    async def _wait_for_disconnect(self) -> None:
        # ASGI reports a disconnected client only when `receive` is called.
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.limit.expired():
            self._client_left = True
            self.limit.reschedule(0)
