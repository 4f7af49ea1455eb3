"""The errors of this package, with one base class. The docstring of a class is its default
message.

An error that is raised without arguments has the docstring as its message; an argument replaces
it.
"""

import contextlib
import inspect
import sys
from collections.abc import Generator


class OttavinoError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)))


class SettingsError(OttavinoError):
    """A setting is missing or wrong."""


class NoSession(OttavinoError):
    """No session is open here, so the query has no caller.

    Query inside `async with session(identity)`. Queries by `run_sync`, in another thread or
    after the session's end always raise this error.
    """


class QueryRefused(OttavinoError):
    """This query would not run on the session's connection, so it would have no caller."""


class CursorRefused(OttavinoError):
    """The cursor belongs to another list or order: begin at the first page."""


class CommitFailed(OttavinoError):
    """The database rolled the transaction back instead of committing it.

    A statement in it had failed, and its error was caught: do not catch it, or put the
    statement that may fail into `async with engine.transaction()`.
    """


class DatabaseUnavailable(OttavinoError):
    """The database does not answer."""


class StatementRefused(OttavinoError):
    """PostgreSQL refused a statement of a command."""


class OutcomeUnknown(OttavinoError):
    """The commit was sent, but not answered, so it is unknown whether its changes are
    stored.
    """


class RepeatableOutcome(OutcomeUnknown):
    """The outcome of a commit is unknown, but the request has a key: repeat it with the same
    key.
    """


class KeyInUse(OttavinoError):
    """A request with the same idempotency key is in progress."""


class TransactionTimeout(OttavinoError):
    """The transaction could not be committed in time, because a task that the function had
    started was still using it: await each task that you start.
    """


class MigrationError(OttavinoError):
    """A migration cannot be made or applied."""


@contextlib.contextmanager
def in_a_sentence() -> Generator[None]:
    """Print an error of ours without a traceback, and exit with 1: for commands."""
    try:
        yield
    except OttavinoError as error:
        sys.exit(str(error))
