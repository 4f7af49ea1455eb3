"""Releases a connection: it is closed, or dropped if closing takes too long. A release runs in
a task of its own, and is not stopped when the task that began it is cancelled.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ottavino.deadline import Deadline
from ottavino.postgres import driver
from ottavino.postgres import driver_errors as errors
from ottavino.postgres.driver import Connection

RELEASE_SECONDS = 5.0
"""How long a connection may take to roll back and to close before its socket is dropped."""

UNDO_SECONDS = 1.0
"""How long the answer to a request waits for its connection to be released, at most."""

CANCEL_SECONDS = 0.2
"""The time after which a running query is cancelled again."""

_releases: set[asyncio.Task[None]] = set()
"""The running releases, referenced here so that Python does not collect their tasks."""


def release(connection: Connection, undo: asyncio.Lock) -> asyncio.Task[None]:
    """Roll back and close a connection in a task of its own, which is returned.

    `undo` is the lock that a task holds while it sends a query: the query under way is
    cancelled, and the transaction rolled back before the connection is closed. A pooler closes
    its server's connection, too, when its client leaves in a transaction.
    """
    task = asyncio.create_task(_release(connection, undo))
    _releases.add(task)
    task.add_done_callback(_releases.discard)
    return task


async def all_released() -> None:
    """Wait until every connection that is being released is closed, and briefly until their
    last cancellations are answered.
    """
    while _releases:
        await asyncio.wait(_releases)
    if driver.unanswered:
        await asyncio.wait(driver.unanswered, timeout=UNDO_SECONDS)
    # The event loop sends written data at the end of its turn.
    await asyncio.sleep(0)


class End(Deadline):
    """The moment at which a connection is given up: the query under way is cancelled, and the
    connection dropped soon after. So no task waits longer for its answer.
    """

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection, moment: float) -> None:
        super().__init__(moment)
        self._connection = connection

    def passed(self) -> None:
        """Cancel the query, once, in a task of its own."""
        self.stop()
        if not self._connection.is_closed():
            loop = asyncio.get_running_loop()
            driver.cancel(self._connection, loop.create_future())
            loop.call_later(CANCEL_SECONDS, driver.drop, self._connection)


async def _release(connection: Connection, undo: asyncio.Lock) -> None:
    try:
        with contextlib.suppress(*errors.ERRORS):
            async with asyncio.timeout(RELEASE_SECONDS):
                async with _cancelling(connection), undo:
                    await connection.execute("rollback")
                driver.close(connection)
    finally:
        # If the release failed or was cancelled, the socket is dropped.
        if not connection.is_closed():
            driver.drop(connection)


@asynccontextmanager
async def _cancelling(connection: Connection) -> AsyncGenerator[None]:
    """Cancel the query under way, again and again until the block has its turn.

    A cancellation that arrives before the query has no effect, and the driver sends only one.
    """

    async def cancel() -> None:
        while not connection.is_closed():
            await asyncio.sleep(CANCEL_SECONDS)
            sent: asyncio.Future[None] = asyncio.Future()
            driver.cancel(connection, sent)
            # One cancellation at a time: each needs a connection, which stays open if the
            # network is down.
            await sent

    cancelling = asyncio.create_task(cancel())
    try:
        yield
    finally:
        cancelling.cancel()
