"""Sessions: one caller, one transaction, one connection, all of which end together."""

import asyncio
from types import TracebackType
from typing import Self

from ottavino.deadline import within
from ottavino.errors import NoSession, OutcomeUnknown, TransactionTimeout
from ottavino.identity import Identity
from ottavino.postgres.caller_connection import CallerConnection
from ottavino.postgres.driver import Connection
from ottavino.postgres.owned_sessions import current_owner
from ottavino.postgres.release import UNDO_SECONDS
from ottavino.postgres.scope import Scope


class Session:
    """A transaction of one caller on one connection, which the first query opens.

    Leaving the block commits, and leaving it by an exception rolls back. Either way, and when
    the task is cancelled, the connection is closed. Both must end by the invocation's deadline;
    without an invocation, a commit may take `FUNCTION_TIMEOUT`. A commit without an answer by
    then raises `OutcomeUnknown`.

    A session is entered once. It ends, and is rolled back, at the latest when both the task
    that entered it and the block of `owned_sessions` around it have ended.
    """

    def __init__(self, identity: Identity, *, name: str, read_only: bool) -> None:
        self._identity = identity
        self._name = name
        self._read_only = read_only

    async def __aenter__(self) -> Self:
        self._connection = CallerConnection(
            self._identity, self._name, read_only=self._read_only
        )
        self._scope = Scope(self._connection)
        self._scope.enter()
        self._task = asyncio.current_task()
        self._owner = current_owner()
        if self._owner is not None:
            self._owner.open.add(self)
            if self._owner.has_ended and self._task is not None:
                # A task that has outlived the block is entering it.
                self._task.add_done_callback(lambda _: self._abandon())
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_abandoned = self.has_ended
        self._end()
        if is_abandoned:
            # The connection is already released, and its changes are rolled back.
            if exception is None:
                raise NoSession
        elif exception is not None:
            await self._roll_back()
        else:
            try:
                await self._commit()
            finally:
                self._connection.close()

    @property
    def has_ended(self) -> bool:
        """Whether the session takes no more queries."""
        return self._connection.has_ended

    async def open(self) -> Connection:
        """The session's connection, as its caller."""
        return await self._connection.open()

    def abandon(self) -> None:
        """Roll back and release the connection once the task that entered the session is done.

        The task itself no longer has to leave the session.
        """
        if self._task is None or self._task is asyncio.current_task() or self._task.done():
            self._abandon()
        else:
            self._task.add_done_callback(lambda _: self._abandon())

    def _abandon(self) -> None:
        if not self.has_ended:
            self._end()
            self._connection.release()

    def _end(self) -> None:
        self._scope.leave()
        self._connection.has_ended = True
        if self._owner is not None:
            self._owner.open.discard(self)

    async def _commit(self) -> None:
        """Wait for running queries, then commit, before the deadline. The owner is told how it
        went, because the error may not reach it.
        """
        if self._connection.is_unused and not self._scope.lock.locked():
            return
        owner = None if self._read_only else self._owner
        if owner is not None:
            owner.committing.add(self)
        try:
            with within(self._connection.seconds_left()):
                async with self._scope.lock:
                    await self._connection.commit()
        except TimeoutError as error:
            raise TransactionTimeout from error
        except OutcomeUnknown:
            if owner is not None:
                owner.has_lost_one = True
            raise
        finally:
            if owner is not None:
                owner.committing.discard(self)

    async def _roll_back(self) -> None:
        """Wait briefly for the rollback, which runs in a task of its own. A cancelled task may
        be cancelled again at every await, as when a stream's client has left or the server
        stops. The rollback must not end with it, or the running query would continue.
        """
        if released := self._connection.release():
            seconds = min(UNDO_SECONDS, self._connection.seconds_left())
            await asyncio.wait({released}, timeout=seconds)


def session(identity: Identity, *, name: str = "ottavino", read_only: bool = False) -> Session:
    """A session whose queries run as `identity`; `name` identifies it in the server's log."""
    return Session(identity, name=name, read_only=read_only)
