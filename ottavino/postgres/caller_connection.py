"""The one connection of a session. No query runs on it before its caller is bound.

This is the only place where a caller's connection is opened: `open` returns it after
`transaction.begin` has made it the caller's, or drops it.
"""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext

from ottavino.errors import CommitFailed, NoSession
from ottavino.identity import Identity
from ottavino.postgres import driver_errors as driver
from ottavino.postgres import transaction
from ottavino.postgres.address import address_of
from ottavino.postgres.budget import GUARD_SECONDS, end_of_budget
from ottavino.postgres.commit import commit
from ottavino.postgres.connection import Connection, connect
from ottavino.postgres.release import release
from ottavino.postgres.watch import current_watch
from ottavino.settings import settings

SIMPLE = 1
PREPARED = 2
"""How many round trips a query takes: at once, or parsed first and then executed."""

INTERRUPTED = (
    "A savepoint was interrupted while it ended, so it cannot be said what of it is kept. "
    "Everything was rolled back."
)


class CallerConnection:
    """Opened by the first query, as the caller; released once, when the session ends."""

    def __init__(self, identity: Identity, application_name: str, *, read_only: bool) -> None:
        self._identity = identity
        self._application_name = application_name
        self._read_only = read_only
        self._connection: Connection | None = None
        self._watch = current_watch()
        self._end_of_budget = end_of_budget()
        self.turn = asyncio.Lock()
        """Held while a query is sent and answered; a savepoint puts a lock of its own here."""
        self.before_commit = b""
        """Statements that travel in one flight with the commit, as `wire` writes them."""
        self.is_doomed = False
        """Whether the transaction can only be rolled back."""
        self.has_ended = False
        """Whether the session has ended, so that nothing can be asked any more."""

    async def open(self) -> Connection:
        """The connection. The first call connects, begins and becomes the caller."""
        if self._connection is None:
            connection = await connect(address_of(self._identity), self._application_name)
            try:
                await self._begin(connection)
            except BaseException:
                # The next query would find a connection without a caller.
                connection.terminate()
                raise
            self._connection = connection
        return self._connection

    async def _begin(self, connection: Connection) -> None:
        """Become the caller, unless the session has ended meanwhile."""
        # All that it takes to become the caller is one round trip.
        self.count(SIMPLE)
        with driver.understood():
            async with self.time_limit():
                await transaction.begin(
                    connection,
                    self._identity,
                    name=self._application_name,
                    read_only=self._read_only,
                )
        if self.has_ended:
            raise NoSession

    async def commit(self) -> None:
        """Commit what was done on it, if it was ever opened."""
        if self._connection is None:
            return
        if self.is_doomed:
            raise CommitFailed(INTERRUPTED)
        self.count(SIMPLE)
        await commit(self._connection, self.before_commit, read_only=self._read_only)

    def release(self, *, undo: bool) -> "asyncio.Task[None] | None":
        """Begin to release it, if it was ever opened: `undo` rolls back before it is closed."""
        connection, self._connection = self._connection, None
        if connection is None:
            return None
        if undo:
            self.count(SIMPLE)
        return release(connection, self.turn if undo else None)

    def time_limit(self) -> AbstractAsyncContextManager[object]:
        """A limit for one statement, where the invocation has none.

        PostgreSQL ends a statement by its own limit, unless it cannot be reached. Then
        `TimeoutError` is raised, which is one of the ways to say so.
        """
        if self._end_of_budget is not None:
            return nullcontext()
        return asyncio.timeout(settings().statement_timeout + GUARD_SECONDS)

    def seconds_left(self) -> float:
        """How long a commit or a rollback that begins now may take."""
        if self._end_of_budget is None:
            return settings().function_timeout
        return max(0, self._end_of_budget - asyncio.get_running_loop().time())

    def count(self, round_trips: int, statement: str = "") -> None:
        """Count what is sent, where a test or a measurement watches."""
        if (watch := self._watch) is not None:
            watch.round_trips += round_trips
            if statement:
                watch.statements += 1
                watch.last = statement
