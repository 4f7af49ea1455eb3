"""A caller's connection, whose transaction begins with its first statement.

The messages that begin the transaction and set the caller are not sent alone. They are sent
ahead of the first statement, in one flight. If one of them fails, PostgreSQL skips the
statement.
"""

import contextlib
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import asyncpg

from ottavino.postgres import driver, wire
from ottavino.postgres.address import Address
from ottavino.postgres.answers import Answers
from ottavino.postgres.driver import Connection
from ottavino.postgres.transaction import OPENED, OPENING, Opening

FAIL = "select cast('the statement before this one has to be described again' as int)"
"""A statement that fails, for a transaction that must not go on."""


ENDS = {"COMMIT", "ROLLBACK"}
"""The tags of statements that end a transaction, such as `commit and chain`."""


class Prepared(NamedTuple):
    """A statement that was described once, and can be parsed and executed in one flight."""

    state: Any
    """The driver's codecs for its arguments and rows."""
    messages: bytes
    """The messages that parse it, with the types of its arguments, and describe it."""
    description: bytes
    """How the server described it."""
    moments: tuple[int, ...]
    """The columns of moments that the driver reads as whole numbers."""
    is_lasting: bool
    """Whether another connection may use it."""
    encoding: Callable[[], str]
    """The text encoding and the settings that it depends on."""


class Pipeline:
    """A connection on which one transaction runs, from its first statement on."""

    def __init__(self, connection: Connection, opening: Opening, address: Address) -> None:
        self.connection = connection
        self.address = address
        self._opening = opening
        self._first: Answers | None = None
        """The answers to the flight that begins the transaction; None before it is sent."""
        self.last: Answers | None = None
        """The inspected answers to the last flight; None if it was not sent."""

        self.described: dict[Hashable, Prepared] = {}
        """The statements that were described on this connection."""
        self._is_answered = False
        """Whether the server has reported its transaction state since the beginning."""
        self._has_asked = False
        """Whether a statement of the caller's may have been executed."""
        self.is_interrupted = False
        """Whether waiting for an answer was given up."""
        self.is_ended = False
        """Whether a statement was answered as one that ends a transaction."""

    @property
    def is_new(self) -> bool:
        """Whether the messages that begin the transaction have not been sent."""
        return self._first is None

    @property
    def has_begun(self) -> bool:
        """Whether the transaction is known to have begun, as its caller."""
        return self._first is not None and self._first.have_begun

    @property
    def is_usable(self) -> bool:
        """Whether this connection must be used further. Only if it was interrupted before any
        statement was executed can another one replace it.
        """
        return self.has_begun and (self._has_asked or not self.is_interrupted)

    @property
    def cannot_begin(self) -> bool:
        """Whether the server has answered, and the transaction has not begun as its caller."""
        first = self._first
        return first is not None and first.is_read and not first.have_begun

    @property
    def is_over(self) -> bool:
        """Whether a statement has ended the transaction."""
        connection = self.connection
        if connection.is_closed():
            return False
        return self.is_ended or (self._is_answered and not connection.is_in_transaction())

    async def begin(self) -> None:
        """Begin the transaction and set the caller without a statement."""
        if self.is_new:
            self._has_asked = True
            self._first = Answers(OPENED, OPENING)
            with _Flight(self, self._opening.statements, self._first):
                await driver.executed(self.connection, self._opening.become)

    async def execute(self, sql: str, before: bytes = b"") -> tuple[int, str]:
        """Execute statements and one more, which has no parameters, in one flight.

        Returns the number of rows, none of which has a column, and the last tag.
        """
        self._has_asked = True
        with self._flight(before):
            return await driver.executed(self.connection, sql)

    async def describe(
        self, sql: str, *, counts_moments: bool = False
    ) -> tuple[Prepared, bool]:
        """Let the server describe a statement; return whether the statement is still parsed
        there. The driver reads the moments in its rows as datetimes, or as whole numbers.
        """
        answers = None if self.is_new else Answers(b"", 0)
        is_answered = self._is_answered
        try:
            with self._flight(b"", answers):
                if self.last is not None:
                    self.last.counts_moments = counts_moments
                described = await driver.described(self.connection, sql)
        finally:
            # The answer does not contain the transaction's state.
            self._is_answered = is_answered
        prepared = Prepared(
            described.state,
            wire.description(sql, described.types),
            self.last.described if self.last else b"",
            self.last.moments if self.last else (),
            # Later, a statement of the caller may have changed the lookup of types.
            described.is_lasting and (described.is_current or self.last is self._first),
            described.encoding,
        )
        return prepared, described.is_current

    async def fetch(self, prepared: Prepared, values: Sequence[object]) -> list[asyncpg.Record]:
        """The rows of a statement, parsed and executed in one flight.

        Raises `InvalidCachedStatementError` if their types differ from the description.
        """
        self._has_asked = True
        description = prepared.description
        answers = None if self.is_new else Answers(b"", 0, description)
        with self._flight(prepared.messages, answers, description):
            rows, tag = await driver.fetched(self.connection, prepared.state, values)
        self.is_ended |= tag in ENDS
        return rows

    async def fetch_parsed(
        self, prepared: Prepared, values: Sequence[object]
    ) -> list[asyncpg.Record]:
        """The rows of the statement that the server has just parsed."""
        self._has_asked = True
        is_sent = driver.sent_from_now_on(self.connection)
        try:
            rows, tag = await driver.fetched(self.connection, prepared.state, values)
        except Exception:
            # If the arguments do not fit, they are not sent, and the flight before them still
            # lacks its Sync.
            if not is_sent() and not self.connection.is_closed():
                await self.connection.execute("select")
            raise
        finally:
            self._is_answered = True
        self.is_ended |= tag in ENDS
        return rows

    async def start_again(self) -> bool:
        """Roll back if the transaction consists of the last flight alone, so that the next one
        begins it again. A longer transaction has to fail.
        """
        if self.last is self._first:
            # The transaction is rolled back in any case: here, or with its connection.
            self._has_asked = False
            try:
                await self.connection.execute("rollback")
            except BaseException:
                # The transaction may have ended, so no statement may run on this connection.
                self.is_interrupted = True
                raise
            self._first = None
            self._is_answered = False
            return True
        with contextlib.suppress(asyncpg.PostgresError):
            await self.connection.execute(FAIL)
        return False

    def flown(self, *, is_sent: bool) -> None:
        """Record that a flight is over: answered, or never sent."""
        if is_sent:
            self._is_answered = True
            return
        if self.last is self._first:
            self._first = None
        self.last = None

    def _flight(
        self,
        messages: bytes,
        answers: Answers | None = None,
        description: bytes | None = None,
    ) -> "_Flight":
        """Send messages ahead of the statement of a block, and ahead of both the messages that
        begin the transaction.
        """
        if self.is_new:
            self._first = answers = Answers(OPENED, OPENING, description)
            messages = self._opening.all + messages
        return _Flight(self, messages, answers)


class _Flight:
    """A block whose statement is sent together with the messages ahead of it."""

    __slots__ = ("_answers", "_messages", "_pipeline")

    def __init__(self, pipeline: Pipeline, messages: bytes, answers: Answers | None) -> None:
        self._pipeline = pipeline
        self._messages = messages
        self._answers = answers

    def __enter__(self) -> None:
        self._pipeline.last = self._answers
        driver.put_ahead(self._pipeline.connection, self._messages, self._answers)

    def __exit__(self, *error: object) -> None:
        self._pipeline.flown(is_sent=not driver.take_back(self._pipeline.connection))
