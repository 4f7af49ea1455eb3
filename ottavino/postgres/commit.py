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
"""The end of the log, which is behind every commit that was answered."""

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
    """Commit; `before` are statements, as `wire` writes them, that travel in the same flight.

    With `locating`, a position of the log behind the commit is taken in the same flight, too,
    and returned; None is returned where it could not be had.

    Raises `CommitFailed` where the database rolled back, and `OutcomeUnknown` where it was
    asked to commit and did not answer.
    """
    answers = CommitAnswers()
    # Where nothing can have been stored, nothing is in doubt.
    outcome = nullcontext() if read_only else _outcome(connection)
    try:
        with errors.understood(), outcome:
            # A statement that was cancelled may have been executed all the same.
            await driver.cancellations_over(connection)
            ended_early = not (connection.is_closed() or connection.is_in_transaction())
            if locating:
                tag = await _located(connection, before, answers)
            else:
                tag = await _committed(connection, before)
    except OutcomeUnknown:
        # A server that has not answered a commit will answer nothing else.
        connection.terminate()
        raise
    # A transaction with a failed statement answers ROLLBACK, and raises nothing.
    if tag != "COMMIT" or ended_early:
        raise CommitFailed
    return answers.position


async def _committed(connection: Connection, before: bytes) -> str:
    """The tag that the commit is answered with."""
    if not before:
        return await connection.execute("commit")
    driver.put_ahead(connection, before)
    try:
        _, tag = await driver.executed(connection, "commit")
    except asyncpg.InFailedSQLTransactionError:
        # What comes before the commit meets the failure first.
        return await connection.execute("rollback")
    finally:
        driver.take_back(connection)
    return tag


async def _located(connection: Connection, before: bytes, answers: CommitAnswers) -> str:
    """The same, and the position behind the commit is read into the answers."""
    driver.put_ahead(connection, before + wire.statement("commit"), answers)
    try:
        await driver.executed(connection, POSITION)
    except asyncpg.InFailedSQLTransactionError:
        return await connection.execute("rollback")
    except errors.ERRORS:
        # What follows an answered commit decides nothing.
        if not answers.tag:
            raise
    finally:
        driver.take_back(connection)
    return answers.tag


@contextlib.contextmanager
def _outcome(connection: Connection) -> Generator[None]:
    """Raise `OutcomeUnknown` where a commit was sent in this block and not answered."""
    is_sent = driver.sent_from_now_on(connection)
    try:
        yield
    except asyncpg.PostgresError as error:
        # An error that leaves the connection open is an answer: nothing is stored.
        if errors.is_lost(error) or connection.is_closed():
            raise OutcomeUnknown from error
        raise
    except BaseException as error:
        # Its time is over, its client has left, the server stops, or the connection is lost.
        if is_sent():
            raise OutcomeUnknown from error
        raise
