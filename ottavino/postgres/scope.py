"""The transaction or savepoint in which the running task's queries run.

Queries of one scope run one after another, so `asyncio.gather` is safe. While a savepoint is
open, the queries of the scope around it wait for its end.
"""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import asyncpg

from ottavino.errors import NoSession
from ottavino.postgres.caller_connection import CallerConnection
from ottavino.postgres.kept_statements import Fetched
from ottavino.postgres.statement import require_allowed


class Scope:
    """A transaction, or a savepoint inside one. It becomes the running task's when entered."""

    def __init__(self, connection: CallerConnection, depth: int = 0) -> None:
        self.connection = connection
        self.depth = depth
        self.lock = asyncio.Lock()
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._around: Scope | None = None

    def enter(self) -> None:
        """Run the queries of the running task in this scope."""
        self._around = _scope.get()
        _scope.set(self)
        self.connection.turn = self.lock

    def leave(self) -> None:
        """End this scope, and continue in the outer one.

        The running task may be in another scope: a generator that was not read to its end is
        closed in any context, where the token of a context variable would be refused.
        """
        self.ended = True
        if _scope.get() is self:
            _scope.set(self._around)

    def check(self) -> None:
        """Refuse a query after the scope's end, or from another thread's event loop."""
        has_ended = self.ended or self.connection.has_ended
        if has_ended or self._loop is not asyncio.get_running_loop():
            raise NoSession

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Run one statement after those before it; refuse one that a session does not allow."""
        records, _ = await self.fetch_counted(sql, arguments, counts_moments=False)
        return records

    async def fetch_counted(
        self, sql: str, arguments: Sequence[object], *, counts_moments: bool = True
    ) -> Fetched:
        """The same, with each moment as the microseconds since 2000, of which `Reading.rows`
        makes datetimes. The driver would take longer for them than for all else in a row.
        """
        require_allowed(sql)
        async with self.lock:
            self.check()
            return await self.connection.fetch(sql, arguments, counts_moments=counts_moments)


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope:
    """The scope of the running task; raises `NoSession` without one."""
    scope = _scope.get()
    if scope is None:
        raise NoSession
    scope.check()
    return scope


def is_session_open() -> bool:
    """Whether the running task has an open session."""
    scope = _scope.get()
    return scope is not None and not scope.ended
