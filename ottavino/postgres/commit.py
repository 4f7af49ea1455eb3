"""The commit of a transaction, and what is said where its answer does not come."""

import contextlib
from collections.abc import Generator
from contextlib import nullcontext

import asyncpg

from ottavino.errors import CommitFailed, OutcomeUnknown
from ottavino.postgres import driver
from ottavino.postgres import driver_errors as errors
from ottavino.postgres.driver import Connection


async def commit(
    connection: Connection, before: bytes = b"", *, read_only: bool = False
) -> None:
    """Commit; `before` are statements, as `wire` writes them, that travel in the same flight.

    Raises `CommitFailed` where the database rolled back, and `OutcomeUnknown` where it was
    asked to commit and did not answer.
    """
    ended_early = not connection.is_in_transaction()
    # Where nothing can have been stored, nothing is in doubt.
    outcome = nullcontext() if read_only else _outcome(connection)
    try:
        with errors.understood(), outcome:
            tag = await _committed(connection, before)
    except OutcomeUnknown:
        # A server that has not answered a commit will answer nothing else.
        connection.terminate()
        raise
    # A transaction with a failed statement answers ROLLBACK, and raises nothing.
    if tag != "COMMIT" or ended_early:
        raise CommitFailed


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
