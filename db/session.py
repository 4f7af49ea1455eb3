"""One invocation's connection: opened by its first query, as its caller, and closed with it.

A `Session` owns at most one connection. A `Scope`, kept in a context variable, says where
the queries of the running task belong: in the session's transaction, or in a savepoint
inside it. Queries of one scope run one after another, so `asyncio.gather` is safe; while a
savepoint is open, the queries of its siblings wait for its end.
"""

import asyncio
import contextlib
import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Self

import asyncpg

from db.connection import Address, Connection, service_address
from db.errors import CommitFailed, NoSession, QueryRefused
from db.identity import Identity
from db.settings import settings
from db.watch import current_watch

RELEASE_SECONDS = 5.0
"""How long a connection may take to roll back and say goodbye before its socket is dropped."""

CANCEL_SECONDS = 0.2
"""How long a query may go on after it was cancelled, until it is cancelled again."""

SIMPLE = 1
PREPARED = 2
"""How many round trips a query takes: at once, or parsed first and then executed."""

DRIVER_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


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
        if self.ended or self._loop is not asyncio.get_running_loop():
            raise NoSession

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Run one statement when its turn has come."""
        async with self.lock:
            self.check()
            connection = await self.session.open()
            if not connection.is_in_transaction():
                raise QueryRefused(
                    "The session's transaction was ended by a statement of its own, so the "
                    "caller is no longer bound. Let the session commit and roll back."
                )
            self.session.count(PREPARED, sql)
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
    A session is entered once. It ends, and is rolled back, at the latest when both the task
    that entered it and the block of `owned_sessions` around it have ended.
    """

    def __init__(
        self, begin: Callable[[], str], address: Address, application_name: str
    ) -> None:
        self._begin = begin
        self._address = address
        self._application_name = application_name
        self._connection: Connection | None = None
        self._watch = current_watch()

    async def __aenter__(self) -> Self:
        self._outermost = Scope(self, depth=0)
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
        is_abandoned = self._outermost.ended
        self._end()
        if is_abandoned:
            # Its connection is released already, and what it had changed rolled back.
            if exception is None:
                raise NoSession
            return
        if exception is not None:
            # Whoever is cancelled may be cancelled again at every await: a stream whose
            # client has left, a server that stops. The query that was under way would go on.
            await asyncio.shield(_released(self._undo()))
            return
        try:
            await self._commit()
        finally:
            if self._connection is not None:
                # Its goodbye is a round trip that nobody has to wait for.
                _released(self._close())

    def _end(self) -> None:
        _leave(self._outermost, self._outer)
        if self._owner is not None:
            self._owner.discard(self)

    def abandon(self) -> None:
        """Roll back and release the connection once the task that entered the session is done.

        Nobody has to wait for it, and nobody has to leave the session any more.
        """
        if self._task is None or self._task is asyncio.current_task() or self._task.done():
            self._release()
        else:
            self._task.add_done_callback(lambda _: self._release())

    def _release(self) -> None:
        if not self._outermost.ended:
            self._end()
            _released(self._undo())

    async def open(self) -> Connection:
        """The session's connection. The first call connects, begins and becomes the caller."""
        if self._connection is None:
            begin = self._begin()
            connection = await self._address.connect(
                self._application_name, settings().connect_timeout
            )
            try:
                # A simple query holds several statements: one round trip for them all.
                self.count(SIMPLE)
                await connection.execute(begin)
            except BaseException:
                # Whoever asked next would have found a connection without a caller.
                connection.terminate()
                raise
            self._connection = connection
        return self._connection

    def count(self, round_trips: int, statement: str = "") -> None:
        """Let whoever watches know what is asked."""
        if (watch := self._watch) is not None:
            watch.round_trips += round_trips
            if statement:
                watch.statements += 1
                watch.last = statement

    async def _commit(self) -> None:
        async with self._outermost.lock:
            if self._connection is None:
                return
            ended_early = not self._connection.is_in_transaction()
            self.count(SIMPLE)
            # A transaction with a failed statement answers ROLLBACK, and raises nothing.
            if await self._connection.execute("commit") != "COMMIT" or ended_early:
                raise CommitFailed

    async def _undo(self) -> None:
        try:
            await self._roll_back()
        finally:
            await self._close()

    async def _roll_back(self) -> None:
        """Roll back if that is quickly done: closing the connection does it as well."""
        with contextlib.suppress(*DRIVER_ERRORS):
            async with asyncio.timeout(RELEASE_SECONDS), self._outermost.lock:
                if self._connection is not None:
                    self.count(SIMPLE)
                    async with _cancelling(self._connection):
                        await self._connection.execute("rollback")

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            with contextlib.suppress(*DRIVER_ERRORS):
                await connection.close(timeout=RELEASE_SECONDS)
        finally:
            # Failed or cancelled on the way: the socket is dropped, whatever else happens.
            if not connection.is_closed():
                connection.terminate()


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
            connection._cancel_current_command(asyncio.Future())  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # no other way

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
        except BaseException:
            self._outer.lock.release()
            raise
        self._around = _scope.get()
        _scope.set(self._inner)
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _leave(self._inner, self._around)
        try:
            async with self._inner.lock:
                await self._finish(keep=exception is None)
        finally:
            self._outer.lock.release()

    async def _finish(self, *, keep: bool) -> None:
        undo = f"rollback to savepoint {self._name}; release savepoint {self._name}"
        if not keep:
            # On a connection that is lost, the error on its way out says so already.
            if not self._connection.is_closed():
                await self._execute(undo)
            return
        try:
            await self._execute(f"release savepoint {self._name}")
        except asyncpg.InFailedSQLTransactionError as error:
            await self._execute(undo)
            raise CommitFailed from error

    async def _execute(self, sql: str) -> None:
        self._outer.session.count(SIMPLE)
        await self._connection.execute(sql)


def session(identity: Identity, *, name: str = "ottavino", read_only: bool = False) -> Session:
    """A session whose queries run as `identity`; `name` is what the server's log calls it."""
    begin = functools.partial(begin_as, identity, read_only=read_only)
    return Session(begin, service_address(), name)


def begin_as(identity: Identity, *, read_only: bool = False) -> str:
    """The statements that begin a transaction and become a caller, until its end.

    The role comes from a closed list. The claims travel as hexadecimal digits, so nothing
    in them can ever be read as SQL, whatever the server's quoting settings are.
    """
    if identity.role not in settings().roles:
        raise QueryRefused(
            f"No caller can become {identity.role!r}: API_ROLES names the roles of the project."
        )
    claims = identity.claims_json.encode().hex()
    milliseconds = round(settings().statement_timeout * 1000)
    return f"""
        begin{" read only" if read_only else ""};
        select
            set_config('role', '{identity.role}', true),
            set_config(
                'request.jwt.claims', convert_from(decode('{claims}', 'hex'), 'utf8'), true
            ),
            -- auth.uid() asks these first: what another program left on a pooled
            -- connection must not answer for us.
            set_config('request.jwt.claim.sub', '', true),
            set_config('request.jwt.claim.role', '', true),
            set_config('request.jwt.claim.email', '', true),
            set_config('statement_timeout', '{milliseconds}', true);
    """
