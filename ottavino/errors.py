"""The errors of this package: one base class, and the docstring is the message.

Raised without arguments, an error says its docstring; an argument replaces it where the
place of raising knows more.
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
    """No session is open here, so there is no caller to ask the database as.

    Query inside `async with session(identity)`. A query started with `run_sync`, in
    another thread or after the session has ended always lands here.
    """


class QueryRefused(OttavinoError):
    """This way of querying would leave the session's connection, and with it the caller."""


class CursorRefused(OttavinoError):
    """The cursor belongs to another list, or to another order of this one."""


class CommitFailed(OttavinoError):
    """The database rolled the transaction back instead of committing it.

    A statement in it had failed and its error was swallowed: let the error out, or put
    the statement that may fail into `async with engine.transaction()`.
    """


class DatabaseUnavailable(OttavinoError):
    """The database does not answer."""


class StatementRefused(OttavinoError):
    """PostgreSQL refused a statement of a command."""


class OutcomeUnknown(OttavinoError):
    """The commit was sent, and its answer never came: what it stores is stored, or is not."""


class RepeatableOutcome(OutcomeUnknown):
    """The same of a request that can be repeated: its key is stored with what it stores."""


class KeyInUse(OttavinoError):
    """A request with the same idempotency key is under way."""


class TransactionTimeout(OttavinoError):
    """The transaction could not be committed in its time.

    A task that the function had started was still using it: await what you start.
    """


class MigrationError(OttavinoError):
    """A migration cannot be made or applied."""


@contextlib.contextmanager
def in_a_sentence() -> Generator[None]:
    """Say an error of ours without a traceback, and exit with 1: for commands."""
    try:
        yield
    except OttavinoError as error:
        sys.exit(str(error))
