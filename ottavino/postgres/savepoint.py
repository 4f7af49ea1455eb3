"""Savepoints, which `async with DB.transaction()` opens inside a session."""

from types import TracebackType
from typing import Self

import asyncpg

from ottavino.errors import CommitFailed, NoSession
from ottavino.postgres.scope import Scope, current_scope


class Savepoint:
    """A nested transaction: an exception in its block rolls back only its own changes."""

    def __init__(self) -> None:
        self._outer = current_scope()
        self._session_connection = self._outer.connection
        self._inner = Scope(self._session_connection, self._outer.depth + 1)
        self._name = f"scope_{self._inner.depth}"

    async def __aenter__(self) -> Self:
        await self._outer.lock.acquire()
        try:
            self._outer.check()
            await self._session_connection.execute(f"savepoint {self._name}")
            self._outer.check()
        except BaseException:
            self._outer.lock.release()
            raise
        self._inner.enter()
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._inner.leave()
        try:
            async with self._inner.lock:
                await self._finish(keep=exception is None)
        except CommitFailed:
            raise
        except BaseException:
            self._session_connection.is_doomed = True
            raise
        finally:
            self._session_connection.turn = self._outer.lock
            self._outer.lock.release()

    async def _finish(self, *, keep: bool) -> None:
        if not keep:
            # If the session has ended or its connection is lost, everything is rolled back
            # anyway.
            if not (self._session_connection.has_ended or self._session_connection.is_lost):
                await self._session_connection.undo(self._name)
            return
        if self._session_connection.has_ended:
            raise NoSession
        try:
            await self._session_connection.execute(f"release savepoint {self._name}")
        except asyncpg.InFailedSQLTransactionError as error:
            await self._session_connection.undo(self._name)
            raise CommitFailed from error
