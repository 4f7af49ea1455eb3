"""The commit of a transaction, and the error if its answer does not come."""

import contextlib
from collections.abc import Generator
from contextlib import nullcontext

import asyncpg

from ottavino.errors import CommitFailed, OutcomeUnknown
from ottavino.postgres import driver, wire
from ottavino.postgres import driver_errors as errors
from ottavino.postgres.answers import HEAD, messages
from ottavino.postgres.driver import Connection
from ottavino.postgres.positions import parsed

POSITION = "select pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text"
"""The end of the log, which no answered commit exceeds."""

ENDS = {"COMMIT", "ROLLBACK"}
"""How PostgreSQL answers a commit: the second where the transaction had failed."""
COLUMN = HEAD + 6
"""Where the value of a row with one column begins, after two numbers."""


class CommitAnswers:
    """What a server answers to a commit and to the statement behind it, for a position.

    The driver knows of the last statement alone, and sees no row of it. Whether the commit
    succeeded must be known even where that one fails.
    """

    def __init__(self) -> None:
        self.is_read = False
        """Whether the whole answer has arrived."""
        self.tag = ""
        """The answer to the commit, empty before it comes."""
        self.position: int | None = None
        self._held: bytes = b""

    def read(self, data: bytes) -> bytes:
        """The part of the received data that the driver may read now."""
        data = self._held + data
        passed = b""
        end = 0
        for kind, at, end in messages(data):
            if kind == b"D":
                self.position = parsed(data[at + COLUMN : end].decode())
                continue
            passed += data[at:end]
            if kind == b"C" and (tag := data[at + HEAD : end - 1].decode()) in ENDS:
                self.tag = tag
            self.is_read |= kind == b"Z"
        self._held = data[end:]
        return passed


async def commit(
    connection: Connection,
    before: bytes = b"",
    *,
    read_only: bool = False,
    locating: bool = False,
) -> int | None:
    """Commit; `before` are messages of `wire` that are sent in the same flight. With
    `locating`, the log position after the commit is read in the same flight and returned, or
    None if reading it failed. Raises `CommitFailed` if the database rolled back, and
    `OutcomeUnknown` if it did not answer the commit.
    """
    answers = CommitAnswers()
    # Without a write, the outcome of the commit does not matter.
    outcome = nullcontext() if read_only else _outcome(connection)
    try:
        with errors.understood(), outcome:
            # A cancelled statement may have been executed.
            await driver.cancellations_over(connection)
            ended_early = not (connection.is_closed() or connection.is_in_transaction())
            if locating:
                tag = await _located(connection, before, answers)
            else:
                tag = await _committed(connection, before)
    except OutcomeUnknown:
        # The connection is dropped: a server that has not answered a commit answers no
        # cancellation either.
        driver.drop(connection)
        raise
    # A transaction with a failed statement answers ROLLBACK, and raises nothing.
    if tag != "COMMIT" or ended_early:
        raise CommitFailed
    return answers.position


async def _committed(connection: Connection, before: bytes) -> str:
    """The tag that the commit is answered with."""
    if not before:
        return await driver.commanded(connection, "commit")
    driver.put_ahead(connection, before)
    try:
        _, tag = await driver.executed(connection, "commit")
    except asyncpg.InFailedSQLTransactionError:
        # A statement before the commit fails first.
        return await connection.execute("rollback")
    finally:
        driver.take_back(connection)
    return tag


async def _located(connection: Connection, before: bytes, answers: CommitAnswers) -> str:
    """Commit like `_committed`, and read the log position after the commit."""
    driver.put_ahead(connection, before + wire.statement("commit"), answers)
    try:
        await driver.executed(connection, POSITION)
    except asyncpg.InFailedSQLTransactionError:
        return await connection.execute("rollback")
    except errors.ERRORS:
        # Once the commit is answered, a later error does not change the outcome.
        if not answers.tag:
            raise
    finally:
        driver.take_back(connection)
    return answers.tag


@contextlib.contextmanager
def _outcome(connection: Connection) -> Generator[None]:
    """Raise `OutcomeUnknown` if a commit was sent in this block and not answered."""
    is_sent = driver.sent_from_now_on(connection)
    try:
        yield
    except asyncpg.PostgresError as error:
        # If the connection is still open, the error is the server's answer: nothing is stored.
        if errors.is_lost(error) or connection.is_closed():
            raise OutcomeUnknown from error
        raise
    except BaseException as error:
        # The deadline has passed, the client has left, the server stops, or the connection is
        # lost.
        if is_sent():
            raise OutcomeUnknown from error
        raise
