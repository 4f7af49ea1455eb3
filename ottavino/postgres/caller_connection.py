"""The one connection of a session. No query runs on it before its caller is bound.

This is the only place where a caller's connection is opened. The statements that set the caller
are sent ahead of the first statement. If one of them fails, PostgreSQL executes no further
statement.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg

from ottavino.deadline import within
from ottavino.errors import CommitFailed, DatabaseUnavailable, NoSession, QueryRefused
from ottavino.identity import Identity
from ottavino.postgres import driver, kept_statements
from ottavino.postgres import driver_errors as errors
from ottavino.postgres.budget import GUARD_SECONDS, end_of_budget
from ottavino.postgres.destination import Destination
from ottavino.postgres.driver import Connection
from ottavino.postgres.kept_statements import Fetched, Key
from ottavino.postgres.pipeline import Pipeline
from ottavino.postgres.release import End, release
from ottavino.postgres.transaction import Opening, opening
from ottavino.postgres.watch import current_watch
from ottavino.settings import settings

INTERRUPTED = (
    "A savepoint was interrupted while it ended, so its outcome is unknown. The whole "
    "transaction was rolled back: run it again."
)


ENDED = (
    "A statement ended the session's transaction, so the caller is no longer bound. Remove "
    "it: the session itself commits and rolls back."
)

FAILED = (
    "A statement of this transaction was interrupted, so PostgreSQL executes no more "
    "statements in it. Leave the session, and open another one."
)

T = TypeVar("T")


class CallerConnection:
    """The session's connection: the first query opens it as the caller, and the session's end
    releases it.
    """

    def __init__(self, identity: Identity, application_name: str, *, read_only: bool) -> None:
        self._identity = identity
        self._application_name = application_name
        self._read_only = read_only
        self._destination = Destination(identity, read_only=read_only)
        self._pipeline: Pipeline | None = None
        self._watch = current_watch()
        self._end_of_budget = end_of_budget()
        self._end: End | None = None
        self.turn: asyncio.Lock
        """The lock that a query holds until it is answered; each scope sets a lock of its own
        here.
        """
        self.before_commit = b""
        """Statements that are sent together with the commit, as messages of `wire`."""
        self.is_doomed = False
        """Whether the transaction can only be rolled back."""
        self.has_ended = False
        """Whether the session has ended, so that it refuses queries."""

    async def open(self) -> Connection:
        """The connection, with the transaction begun as its caller."""
        return await self._answered(self._open)

    async def _open(self) -> Connection:
        pipeline = await self._usable()
        if pipeline.is_new:
            self.count(1)
            try:
                await self._limited(pipeline.begin())
            finally:
                if not pipeline.has_begun:
                    self._drop()
        return pipeline.connection

    async def fetch(
        self, sql: str, values: Sequence[object], *, counts_moments: bool = False
    ) -> Fetched:
        """The rows of a statement. The first statement connects, begins the transaction and
        sets the caller.
        """
        return await self._answered(lambda: self._fetch(sql, values, counts_moments))

    async def _fetch(self, sql: str, values: Sequence[object], counts_moments: bool) -> Fetched:
        pipeline = await self._usable()
        if pipeline.is_over:
            raise QueryRefused(ENDED)
        self.count(0, sql)
        key = Key(sql, self._identity.role, pipeline.address, counts_moments)
        return await self._asked(kept_statements.fetch(pipeline, key, values, self.count))

    async def execute(self, sql: str, before: bytes = b"") -> int:
        """Execute messages of `wire` and one more statement; return the number of rows. No row
        has a column.
        """
        return await self._answered(lambda: self._execute(sql, before))

    async def _execute(self, sql: str, before: bytes) -> int:
        pipeline = await self._usable()
        self.count(1)
        rows, _ = await self._asked(pipeline.execute(sql, before))
        return rows

    async def undo(self, savepoint: str) -> None:
        """Roll back to a savepoint, and release it."""
        pipeline = await self._usable()
        self.count(1)
        sql = f"rollback to savepoint {savepoint}; release savepoint {savepoint}"
        await self._limited(pipeline.connection.execute(sql))

    @property
    def is_lost(self) -> bool:
        """Whether the connection was lost."""
        return self._pipeline is None or self._pipeline.connection.is_closed()

    @property
    def is_unused(self) -> bool:
        """Whether nothing was sent, so that there is nothing to commit."""
        return self._pipeline is None or self._pipeline.is_new

    async def _usable(self) -> Pipeline:
        """The present connection, or a new one if its transaction can no longer begin."""
        pipeline = self._pipeline
        if pipeline is not None and not pipeline.is_new:
            await self._limited(driver.cancellations_over(pipeline.connection))
            if not pipeline.is_usable:
                self._drop()
                pipeline = None
        if pipeline is None:
            pipeline = self._pipeline = await self._connected()
        return pipeline

    async def _answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer to a statement, from the primary if the replica fails to give one."""
        try:
            answer = await ask()
        except Exception as error:
            has_begun = self._pipeline is not None and self._pipeline.has_begun
            if not self._destination.is_to_change(error, has_begun=has_begun):
                raise
            self._drop()
            answer = await ask()
        self._destination.decide()
        return answer

    async def _connected(self) -> Pipeline:
        connection = await self._destination.connect(self._application_name)
        try:
            opening = self._opening(connection)
            pipeline = Pipeline(connection, opening, self._destination.address)
        except BaseException:
            driver.drop(connection)
            raise
        if self._end_of_budget is not None:
            self._end = End(connection, self._end_of_budget + GUARD_SECONDS)
            self._end.start()
        return pipeline

    def _opening(self, connection: Connection) -> Opening:
        """The statements that set the caller, unless the session has ended in the meantime."""
        if self.has_ended:
            raise NoSession
        return opening(
            connection,
            self._identity,
            name=self._application_name,
            read_only=self._read_only,
            replayed=self._destination.replayed,
        )

    async def _asked(self, asking: Awaitable[T]) -> T:
        pipeline = self._pipeline
        try:
            return await self._limited(asking)
        except (asyncio.CancelledError, DatabaseUnavailable):
            if pipeline is not None:
                pipeline.is_interrupted = True
            raise
        except asyncpg.InFailedSQLTransactionError as error:
            if pipeline is not None and pipeline.is_interrupted:
                error.add_note(FAILED)
            raise
        finally:
            # After an error before the caller is bound, the connection is dropped.
            if pipeline is not None and pipeline.cannot_begin:
                self._drop()

    async def _limited(self, asking: Awaitable[T]) -> T:
        """Wait for an answer: in an invocation at most until its end and a margin, without one
        for the statement's limit and a margin. PostgreSQL itself ends a statement at these
        limits, unless it cannot be reached. Then `DatabaseUnavailable` is raised.
        """
        try:
            if self._end_of_budget is not None:
                # `End` limits all of them, whichever task waits.
                return await asking
            with within(settings().statement_timeout + GUARD_SECONDS):
                return await asking
        except errors.ERRORS as error:
            errors.raise_if_away(error)
            raise

    def _drop(self) -> None:
        """Drop the connection, so that the next query opens another one."""
        if (pipeline := self._taken()) is not None:
            driver.drop(pipeline.connection)

    async def commit(self) -> None:
        """Commit, unless nothing was sent."""
        pipeline = self._pipeline
        if pipeline is None or pipeline.is_new:
            return
        if self.is_doomed:
            raise CommitFailed(INTERRUPTED)
        if pipeline.is_ended:
            driver.drop(pipeline.connection)
            raise CommitFailed(ENDED)
        await driver.cancellations_over(pipeline.connection)
        if not pipeline.is_usable:
            raise CommitFailed
        self.count(1)
        await self._destination.commit(pipeline.connection, self.before_commit)

    def release(self) -> "asyncio.Task[None] | None":
        """Begin to roll back and close the connection, if it was opened."""
        pipeline = self._pipeline
        if pipeline is None or pipeline.is_new:
            self.close()
            return None
        self._taken()
        self.count(1)
        released = release(pipeline.connection, self.turn)
        released.add_done_callback(lambda _: kept_statements.keep(pipeline))
        return released

    def close(self) -> None:
        """Close the connection, if it was opened, without waiting."""
        pipeline = self._taken()
        if pipeline is not None and not pipeline.connection.is_closed():
            driver.close(pipeline.connection)
            kept_statements.keep(pipeline)

    def _taken(self) -> Pipeline | None:
        """Take the connection from the session; it no longer ends with the invocation."""
        if self._end is not None:
            self._end.stop()
        pipeline, self._pipeline = self._pipeline, None
        return pipeline

    def seconds_left(self) -> float:
        """How long a commit or a rollback that begins now may take."""
        if self._end_of_budget is None:
            return settings().function_timeout
        return max(0, self._end_of_budget - asyncio.get_running_loop().time())

    def count(self, round_trips: int, statement: str = "") -> None:
        """Count the statement, if a test or a measurement has a `Watch`."""
        if (watch := self._watch) is not None:
            watch.round_trips += round_trips
            if statement:
                watch.statements += 1
                watch.last = statement
