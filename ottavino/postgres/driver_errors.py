"""Classifies the errors of the driver; no other module does.

Either the database is away, so that another connection may work later; or it refused a
statement, as its code says; or it is a mistake in the program, as all other errors are.
"""

import contextlib
from collections.abc import Generator
from typing import Any

import asyncpg

from ottavino.errors import DatabaseUnavailable, StatementRefused

ERRORS = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""All classes of errors that a connection raises. A `TimeoutError` is an `OSError`."""

NO_ROOM = "53"
"""The class of codes for insufficient resources: memory, disk space or connections."""
LOST = "08"
"""The class of codes for a failed connection."""
ENDED = {"57P01", "57P02", "57P03", "57P05"}
"""The server stops, has crashed, starts, or ended a connection that was idle for too long."""

MISFITS = {"42703", "42P01", "42883", "42704", "42804", "3F000"}
"""The codes for a column, table, function, type or schema that is missing or has another type.
"""

TWICE = {"ExecOnConflictUpdate", "ExecMergeMatched"}
"""The function of the server that raises the error for a row given twice. Other errors with the
same code, 21000, are mistakes in the statement, and messages are translated.
"""

CLOSED = "connection is closed"
"""The driver's message for a closed connection, since asyncpg has no class for it."""

LOST_TRACK = (
    "not connected",
    "cannot switch to ",
    "cannot process message ",
    "got result for unknown protocol state ",
    "unexpected error while performing authentication",
)
"""How the driver's messages begin if the server's answer belongs to no query, as when it ends
the connection between two queries. The same class is raised for unreadable types.
"""


def is_away(error: BaseException) -> bool:
    """Whether a retry on another connection may succeed a little later."""
    if isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith(NO_ROOM):
        return True
    return is_lost(error)


def is_lost(error: BaseException) -> bool:
    """Whether the connection can no longer be used."""
    match error:
        case asyncpg.PostgresError():
            code = error.sqlstate or ""
            return code.startswith(LOST) or code in ENDED
        case asyncpg.InterfaceError():
            return error.args[:1] == (CLOSED,)
        case asyncpg.InternalClientError():
            return str(error).startswith(LOST_TRACK)
        case _:
            return isinstance(error, OSError)


def is_misfit(error: BaseException) -> bool:
    """Whether the statement does not fit the present schema of the database."""
    if isinstance(error, asyncpg.PostgresError):
        return error.sqlstate in MISFITS or isinstance(
            error, asyncpg.InvalidCachedStatementError
        )
    return isinstance(error, asyncpg.OutdatedSchemaCacheError)


def is_twice(error: asyncpg.PostgresError) -> bool:
    """Whether two of the given rows have the same key, in an upsert."""
    return error.sqlstate == "21000" and error.server_source_function in TWICE


class understood:  # noqa: N801  # a block, as contextlib's are
    """Convert the driver's errors for an unavailable database to `DatabaseUnavailable`. All
    others pass: a function may catch a refusal, and a mistake is logged.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ERRORS):
            raise_if_away(error)


def raise_if_away(error: BaseException) -> None:
    """Raise `DatabaseUnavailable` if an error means that the database is unavailable."""
    if is_away(error):
        raise DatabaseUnavailable from error


@contextlib.contextmanager
def converted(connection: Any) -> Generator[None]:
    """Convert all errors of the driver in a block with a connection to errors of ours."""
    try:
        yield
    except ERRORS as error:
        # An unreadable file in the block is also an OSError.
        if connection.is_closed() or (is_lost(error) and not isinstance(error, OSError)):
            raise DatabaseUnavailable("The connection to the database was lost.") from error
        if isinstance(error, asyncpg.PostgresError):
            raise StatementRefused(f"PostgreSQL refused: {words(error)}.") from error
        raise


def words(error: asyncpg.PostgresError) -> str:
    """The message and its detail, on one line."""
    detail = "; ".join((error.detail or "").rstrip(".").splitlines())
    return f"{error.message} ({detail})" if detail else str(error.message)
