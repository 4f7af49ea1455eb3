"""One invocation's connection: opened by its first query, as its caller, and closed with it.

A `Session` owns at most one connection. A `Scope`, kept in a context variable, says where
the queries of the running task belong: in the session's transaction, or in a savepoint
inside it. Queries of one scope run one after another, so `asyncio.gather` is safe; while a
savepoint is open, the queries of its siblings wait for its end.
"""

import asyncio
import contextlib
import functools
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

import asyncpg

from ottavino.errors import (
    CommitFailed,
    NoSession,
    OutcomeUnknown,
    QueryRefused,
    TransactionTimeout,
)
from ottavino.identity import Identity
from ottavino.postgres import driver_errors as driver
from ottavino.postgres import transaction, wire
from ottavino.postgres.address import Address, address_of
from ottavino.postgres.budget import GUARD_SECONDS, end_of_budget
from ottavino.postgres.connection import Connection, connect
from ottavino.postgres.statement import require_allowed
from ottavino.postgres.watch import current_watch
from ottavino.settings import settings

RELEASE_SECONDS = 5.0
"""How long a connection may take to roll back and to close before its socket is dropped."""

UNDO_SECONDS = 1.0
"""How long the answer to a request waits for its connection to be released, at most."""

CANCEL_SECONDS = 0.2
"""How long a query may go on after it was cancelled, until it is cancelled again."""

SIMPLE = 1
PREPARED = 2
"""How many round trips a query takes: at once, or parsed first and then executed."""

INTERRUPTED = (
    "A savepoint was interrupted while it ended, so it cannot be said what of it is kept. "
    "Everything was rolled back."
)


class Scope:
    """Where the queries of a task belong: a transaction, or a savepoint inside one."""

    def __init__(self, session: "Session", depth: int) -> None:
        self.session = session
        self.depth = depth
        self.lock = asyncio.Lock()
        self.ended = False
        self._loop = asyncio.get_running_loop()

    def check(self) -> None:
        """Refuse a query that comes too late, or from another thread's event loop."""
        if self.ended or self.session.has_ended or self._loop is not asyncio.get_running_loop():
            raise NoSession

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Run one statement when its turn has come; refuse one that is not a query."""
        require_allowed(sql)
        async with self.lock:
            self.check()
            connection = await self.session.open()
            if not connection.is_in_transaction():
                raise QueryRefused(
                    "The session's transaction was ended by a statement of its own, so the "
                    "caller is no longer bound. Let the session commit and roll back."
                )
            self.session.count(PREPARED, sql)
            with driver.understood():
                async with self.session.heard():
                    return await connection.fetch(sql, *arguments)


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def _leave(scope: Scope, outer: Scope | None) -> None:
    """End a scope. Where the running task is in it, the one around it is its own again.

    It may be in another one: a generator that was not read to its end is closed by whoever
    finds it, in a context of its own, where the token of a context variable is refused.
    """
    scope.ended = True
    if _scope.get() is scope:
        _scope.set(outer)


_releases: set[asyncio.Task[None]] = set()
"""What nobody may wait for any more, so that it is not collected before it is done."""


async def all_released() -> None:
    """Wait until the connection of every session that has been left is closed."""
    while _releases:
        await asyncio.wait(_releases)


def current_scope() -> Scope:
    """The scope of the running task, or the refusal: no identity, no query."""
    scope = _scope.get()
    if scope is None:
        raise NoSession
    scope.check()
    return scope


def is_session_open() -> bool:
    """Whether a query would find a session here."""
    scope = _scope.get()
    return scope is not None and not scope.ended


class Session:
    """A transaction on one connection, both begun by the first query inside the block.

    Leaving the block commits, leaving it by an exception rolls back; either way, and when
    the task is cancelled, the connection is closed. After a commit nobody waits for that.
    Both take no longer than what is left of the invocation; without one, a commit takes
    `commit_timeout` seconds at most. A commit that is not answered by then raises
    `OutcomeUnknown`.

    A session is entered once. It ends, and is rolled back, at the latest when both the task
    that entered it and the block of `owned_sessions` around it have ended.
    """

    def __init__(
        self,
        begin: Callable[[Connection], Awaitable[object]],
        address: Callable[[], Address],
        application_name: str,
        *,
        read_only: bool,
        commit_timeout: float | None = None,
    ) -> None:
        self._begin = begin
        self._address = address
        self._application_name = application_name
        self._read_only = read_only
        self._commit_timeout = commit_timeout
        self._connection: Connection | None = None
        self._watch = current_watch()
        self.before_commit = b""
        """Statements that travel in one flight with the commit, as `wire` writes them."""
        self.is_doomed = False
        """Whether it can only be rolled back."""

    async def __aenter__(self) -> Self:
        self._outermost = self.innermost = Scope(self, depth=0)
        self._end_of_budget = end_of_budget()
        self._outer = _scope.get()
        _scope.set(self._outermost)
        self._task = asyncio.current_task()
        self._owner = _owner.get()
        if self._owner is not None:
            self._owner.add(self)
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
            # Its connection is released already, and what it had changed rolled back.
            if exception is None:
                raise NoSession
            return
        if exception is not None:
            # Whoever is cancelled may be cancelled again at every await: a stream whose
            # client has left, a server that stops. The query that was under way would go on.
            if self._connection is not None:
                left = self._left()
                seconds = UNDO_SECONDS if left is None else min(UNDO_SECONDS, left)
                await asyncio.wait({_released(self._release(undo=True))}, timeout=seconds)
            return
        try:
            await self._commit()
        finally:
            if self._connection is not None:
                # Closing it is a round trip that nobody has to wait for.
                _released(self._release(undo=False))

    @property
    def has_ended(self) -> bool:
        """Whether nothing can be asked in it any more."""
        return self._outermost.ended

    def _end(self) -> None:
        _leave(self._outermost, self._outer)
        if self._owner is not None:
            self._owner.discard(self)

    def abandon(self) -> None:
        """Roll back and release the connection once the task that entered the session is done.

        Nobody has to wait for it, and nobody has to leave the session any more.
        """
        if self._task is None or self._task is asyncio.current_task() or self._task.done():
            self._abandon()
        else:
            self._task.add_done_callback(lambda _: self._abandon())

    def _abandon(self) -> None:
        if not self.has_ended:
            self._end()
            _released(self._release(undo=True))

    async def open(self) -> Connection:
        """The session's connection. The first call connects, begins and becomes the caller."""
        if self._connection is None:
            connection = await connect(self._address(), self._application_name)
            try:
                # All that it takes to become the caller is one round trip.
                self.count(SIMPLE)
                with driver.understood():
                    async with self.heard():
                        await self._begin(connection)
                # It may have ended meanwhile: then nobody would release the connection.
                self._outermost.check()
            except BaseException:
                # Whoever asked next would have found a connection without a caller.
                connection.terminate()
                raise
            self._connection = connection
        return self._connection

    def heard(self) -> AbstractAsyncContextManager[object]:
        """A block in which a statement is answered; what an invocation has, has its limit.

        Elsewhere PostgreSQL ends a statement by its own, unless it cannot be reached. Then
        `TimeoutError` is raised, which is one of the ways to say so.
        """
        if self._end_of_budget is not None:
            return nullcontext()
        return asyncio.timeout(settings().statement_timeout + GUARD_SECONDS)

    def count(self, round_trips: int, statement: str = "") -> None:
        """Let whoever watches know what is asked."""
        if (watch := self._watch) is not None:
            watch.round_trips += round_trips
            if statement:
                watch.statements += 1
                watch.last = statement

    def _left(self) -> float | None:
        """How much time is left: of the invocation, or for a commit that begins now."""
        if self._end_of_budget is not None:
            return max(0, self._end_of_budget - asyncio.get_running_loop().time())
        return self._commit_timeout

    async def _commit(self) -> None:
        """Commit in what is left of the time; what the driver does not know is said."""
        try:
            async with asyncio.timeout(self._left()), self._outermost.lock:
                if self._connection is not None:
                    await self._send_commit(self._connection)
        except TimeoutError as error:
            raise TransactionTimeout from error

    async def _send_commit(self, connection: Connection) -> None:
        if self.is_doomed:
            raise CommitFailed(INTERRUPTED)
        ended_early = not connection.is_in_transaction()
        self.count(SIMPLE)
        # Where nothing can have been stored, nothing is in doubt.
        outcome = nullcontext() if self._read_only else _outcome(connection)
        try:
            with driver.understood(), outcome:
                tag = await self._committed(connection)
        except OutcomeUnknown:
            # A server that has not answered a commit will answer nothing else.
            connection.terminate()
            raise
        # A transaction with a failed statement answers ROLLBACK, and raises nothing.
        if tag != "COMMIT" or ended_early:
            raise CommitFailed

    async def _committed(self, connection: Connection) -> str:
        """The tag that the commit is answered with."""
        if not self.before_commit:
            return await connection.execute("commit")
        try:
            _, tag = await wire.execute(connection, self.before_commit, "commit")
        except asyncpg.InFailedSQLTransactionError:
            # What comes before the commit meets the failure first.
            return await connection.execute("rollback")
        return tag

    async def _release(self, *, undo: bool) -> None:
        """Close the connection, which rolls back; drop the socket where that takes too long.

        Behind a pooler the rollback comes first: what is closed in a transaction, it closes
        too. A query that a task of the function's is waiting for is cancelled.
        """
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            with contextlib.suppress(*driver.ERRORS):
                async with asyncio.timeout(RELEASE_SECONDS):
                    if undo:
                        await self._roll_back(connection)
                    await connection.close()
        finally:
            # Failed or cancelled on the way: the socket is dropped, whatever else happens.
            if not connection.is_closed():
                connection.terminate()

    async def _roll_back(self, connection: Connection) -> None:
        # The innermost: a task that is in a savepoint keeps the locks around it.
        async with _cancelling(connection), self.innermost.lock:
            self.count(SIMPLE)
            await connection.execute("rollback")


@contextlib.contextmanager
def _outcome(connection: Connection) -> Generator[None]:
    """Raise `OutcomeUnknown` where a commit was sent in this block and not answered."""
    protocol: Any = connection._protocol  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # nothing else counts
    sent = protocol.queries_count
    try:
        yield
    except asyncpg.PostgresError as error:
        # An error that leaves the connection open is an answer: nothing is stored.
        if driver.is_lost(error) or connection.is_closed():
            raise OutcomeUnknown from error
        raise
    except BaseException as error:
        # Its time is over, its client has left, the server stops, or the connection is lost.
        if protocol.queries_count > sent:
            raise OutcomeUnknown from error
        raise


_owner: ContextVar[set[Session] | None] = ContextVar("owner", default=None)
"""The sessions of a block that are open, so that they end with it."""


@contextlib.contextmanager
def owned_sessions() -> Generator[Callable[[], None]]:
    """Let no session outlive this block that was entered in it, or in a task begun in it.

    A stream that is not read to its end leaves its session when Python happens to find the
    generator, or never. When the block ends, and whenever the function is called that it is
    given, the sessions that are still open are rolled back and their connections released.
    One that was entered by a task that still runs is left to that task until it is done.
    """
    owned: set[Session] = set()

    def abandon() -> None:
        for each in owned.copy():
            each.abandon()

    token = _owner.set(owned)
    try:
        yield abandon
    finally:
        _owner.reset(token)
        abandon()


def _released(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """A task that goes on until the connection is closed, whoever waits for it."""
    task = asyncio.create_task(work)
    _releases.add(task)
    task.add_done_callback(_releases.discard)
    return task


@contextlib.asynccontextmanager
async def _cancelling(connection: Connection) -> AsyncGenerator[None]:
    """A block that waits for the end of a cancelled query.

    A server that has not begun the query when it is told to cancel it begins it all the
    same. The driver tells it once.
    """

    async def cancel() -> None:
        while not connection.is_closed():
            await asyncio.sleep(CANCEL_SECONDS)
            sent: asyncio.Future[None] = asyncio.Future()
            connection._cancel_current_command(sent)  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # no other way
            # One at a time: each takes a connection, and on a dead line keeps it.
            await sent

    cancelling = asyncio.create_task(cancel())
    try:
        yield
    finally:
        cancelling.cancel()


class Savepoint:
    """A transaction inside the session's: its rows stay only if its block is left normally."""

    def __init__(self) -> None:
        self._outer = current_scope()
        self._inner = Scope(self._outer.session, self._outer.depth + 1)
        self._name = f"scope_{self._inner.depth}"

    async def __aenter__(self) -> Self:
        await self._outer.lock.acquire()
        try:
            self._outer.check()
            self._connection = await self._outer.session.open()
            await self._execute(f"savepoint {self._name}")
            self._outer.check()
        except BaseException:
            self._outer.lock.release()
            raise
        self._around = _scope.get()
        _scope.set(self._inner)
        self._outer.session.innermost = self._inner
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _leave(self._inner, self._around)
        session = self._outer.session
        try:
            async with self._inner.lock:
                await self._finish(keep=exception is None)
        except CommitFailed:
            raise
        except BaseException:
            session.is_doomed = True
            raise
        finally:
            session.innermost = self._outer
            self._outer.lock.release()

    async def _finish(self, *, keep: bool) -> None:
        undo = f"rollback to savepoint {self._name}; release savepoint {self._name}"
        if not keep:
            # Where the session has ended, or its connection is lost, nothing is kept anyway.
            if not (self._outer.session.has_ended or self._connection.is_closed()):
                await self._execute(undo)
            return
        if self._outer.session.has_ended:
            raise NoSession
        try:
            await self._execute(f"release savepoint {self._name}")
        except asyncpg.InFailedSQLTransactionError as error:
            await self._execute(undo)
            raise CommitFailed from error

    async def _execute(self, sql: str) -> None:
        self._outer.session.count(SIMPLE)
        with driver.understood():
            async with self._outer.session.heard():
                await self._connection.execute(sql)


def session(identity: Identity, *, name: str = "ottavino", read_only: bool = False) -> Session:
    """A session whose queries run as `identity`; `name` is what the server's log calls it."""
    begin = functools.partial(
        transaction.begin, identity=identity, name=name, read_only=read_only
    )
    return Session(
        begin,
        functools.partial(address_of, identity),
        name,
        read_only=read_only,
        commit_timeout=settings().function_timeout,
    )
