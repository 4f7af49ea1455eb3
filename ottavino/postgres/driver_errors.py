"""What the driver raises, and what it means. Nothing of this is decided anywhere else.

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
"""All that a connection raises. A `TimeoutError` is an `OSError`."""

NO_ROOM = "53"
"""The class of the codes that say there is none: in memory, on the disk, for a connection."""
LOST = "08"
"""The class of the codes that say that the connection failed."""
ENDED = {"57P01", "57P02", "57P03", "57P05"}
"""The server stops, has crashed, starts, or ended a connection that was idle for too long."""

MISFITS = {"42703", "42P01", "42883", "42704", "42804", "3F000"}
"""There is no such column, table, function, type or schema, or it is of another type."""

TWICE = {"ExecOnConflictUpdate", "ExecMergeMatched"}
"""Where the server raises that a statement gives two values to one row. Another error with the
same code, 21000, is a mistake in the statement, and the messages are translated."""

CLOSED = "connection is closed"
"""asyncpg has no class of its own for it."""

LOST_TRACK = (
    "not connected",
    "cannot switch to ",
    "cannot process message ",
    "got result for unknown protocol state ",
    "unexpected error while performing authentication",
)
"""How its words begin where what the server sent fits nothing that was asked, as when it ends
the connection between two queries. Of the same class it raises that it cannot read a type.
"""


def is_away(error: BaseException) -> bool:
    """Whether the same may work a little later, on another connection."""
    if isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith(NO_ROOM):
        return True
    return is_lost(error)


def is_lost(error: BaseException) -> bool:
    """Whether the connection is of no use any more."""
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
    """Whether the statement was written for another schema than there is now."""
    if isinstance(error, asyncpg.PostgresError):
        return error.sqlstate in MISFITS or isinstance(
            error, asyncpg.InvalidCachedStatementError
        )
    return isinstance(error, asyncpg.OutdatedSchemaCacheError)


def is_twice(error: asyncpg.PostgresError) -> bool:
    """Whether two of the given rows have the same key, in an upsert."""
    return error.sqlstate == "21000" and error.server_source_function in TWICE


class understood:  # noqa: N801  # a block, as contextlib's are
    """Raise `DatabaseUnavailable` where the driver says so in one of its ways.

    Everything else passes: a refusal is for the function to catch, a mistake for the log.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ERRORS):
            raise_if_away(error)


def raise_if_away(error: BaseException) -> None:
    """Raise `DatabaseUnavailable` for an error that means it."""
    if is_away(error):
        raise DatabaseUnavailable from error


@contextlib.contextmanager
def converted(connection: Any) -> Generator[None]:
    """Raise an error of ours for whatever the driver raises in a block with a connection."""
    try:
        yield
    except ERRORS as error:
        # A file that the block cannot read is an OSError, too.
        if connection.is_closed() or (is_lost(error) and not isinstance(error, OSError)):
            raise DatabaseUnavailable("The connection to the database was lost.") from error
        if isinstance(error, asyncpg.PostgresError):
            raise StatementRefused(f"PostgreSQL refused: {words(error)}.") from error
        raise


def words(error: asyncpg.PostgresError) -> str:
    """The message and its detail, on one line."""
    detail = "; ".join((error.detail or "").rstrip(".").splitlines())
    return f"{error.message} ({detail})" if detail else str(error.message)
