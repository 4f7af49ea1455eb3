"""Interrupts a handler when its time is up or its client has disconnected."""

import asyncio
from collections.abc import Awaitable
from contextvars import copy_context
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from ottavino.deadline import until
from ottavino.errors import OutcomeUnknown
from ottavino.http.errors import IdleTimeout

WATCH_AFTER_SECONDS = 0.02
"""How long a handler runs before its client is watched. Most handlers end within this time, and
need no task for it.
"""

T = TypeVar("T")


async def interruptible(handler: Awaitable[T], receive: Receive, end: float) -> T:
    """The result of a handler that runs at most until `end`, by the loop's clock.

    Raises `IdleTimeout` or `ClientDisconnect` if it was interrupted, even if it returned a
    result after that.
    """
    interruption = _Interruption(receive, end)
    try:
        with interruption:
            try:
                result = await handler
            finally:
                if interruption.watch is not None:
                    interruption.watch.cancel()
                    await asyncio.wait({interruption.watch})
    except Exception as reason:
        # An interrupted commit raises an error of its own, `OutcomeUnknown`.
        if interruption.has_passed and not isinstance(reason, OutcomeUnknown):
            raise interruption.error() from reason
        raise
    if interruption.has_passed:
        raise interruption.error()
    return result


class _Interruption(until):
    """The end of a handler's time, or of its client's connection."""

    __slots__ = ("_client_left", "_context", "_end", "_receive", "watch")

    def __init__(self, receive: Receive, end: float) -> None:
        super().__init__(min(asyncio.get_running_loop().time() + WATCH_AFTER_SECONDS, end))
        self._receive = receive
        self._end = end
        self._client_left = False
        # A middleware's `receive` may read the context variables of its request.
        self._context = copy_context()
        self.watch: asyncio.Task[None] | None = None
        """Waits for the client to disconnect."""

    def passed(self) -> None:
        """Begin to watch the client; then, at the end of the time, cancel the handler."""
        if self.watch is None:
            self.moment = self._end
            self.watch = asyncio.create_task(self._wait_for_disconnect(), context=self._context)
        else:
            super().passed()

    def error(self) -> Exception:
        """The error for the interruption."""
        return ClientDisconnect() if self._client_left else IdleTimeout()

    async def _wait_for_disconnect(self) -> None:
        # ASGI reports a disconnected client only when `receive` is called.
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.has_passed:
            self._client_left = True
            super().passed()
