"""Turns any error that was raised into one of the contract's errors."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import asyncpg
from starlette.exceptions import HTTPException

from ottavino.errors import (
    CursorRefused,
    DatabaseUnavailable,
    KeyInUse,
    OutcomeUnknown,
    RepeatableOutcome,
    TransactionTimeout,
)
from ottavino.http.errors import (
    ApiError,
    Conflict,
    DatabaseDown,
    Forbidden,
    FunctionFailed,
    IdleTimeout,
    Invalid,
    KeyUnderWay,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Retry,
    SchemaChanged,
    UnknownButRepeatable,
    UnknownOutcome,
    WorkerLimit,
)
from ottavino.postgres.driver_errors import is_away, is_misfit, is_twice

SENDABLE = range(200, 600)
"""The statuses that an answer can have."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def to_api_error(exception: Exception | SystemExit) -> ApiError:
    """Convert any exception to an error of the contract."""
    error = _told(_alone(exception))
    return error if all(map(is_sendable, error.headers.items())) else FunctionFailed()


def is_sendable(header: tuple[str | bytes, str | bytes]) -> bool:
    """Whether a header can be sent. If it cannot, the server would close the connection."""
    try:
        name, value = (
            each if isinstance(each, bytes) else each.encode("latin-1") for each in header
        )
    except UnicodeEncodeError:
        return False
    return bool(_NAME.fullmatch(name)) and not _UNSENDABLE.search(value)


def _told(exception: Exception | SystemExit) -> ApiError:
    match exception:
        case ApiError() as error:
            return error
        case CursorRefused():
            return Invalid(str(exception))
        case HTTPException() as error if error.status_code in SENDABLE:
            return _HttpError(error)
        case asyncpg.PostgresError() if not (is_away(exception) or is_misfit(exception)):
            return _from_postgres(exception)
        case _:
            return _by_kind(exception)


def _by_kind(exception: Exception | SystemExit) -> ApiError:
    # A session raises `DatabaseUnavailable`; this error is from a connection that the function
    # made.
    if isinstance(exception, _DRIVERS) and is_away(exception):
        return DatabaseDown()
    if is_misfit(exception):
        return SchemaChanged()
    answers = (answer for kind, answer in _BY_KIND.items() if isinstance(exception, kind))
    return next(answers, FunctionFailed)()


def _alone(exception: Exception | SystemExit) -> Exception | SystemExit:
    """The only error in a group, which a task group makes even for one error."""
    # By attribute, because the static type of the members is lost after isinstance.
    members: Sequence[Exception] = getattr(exception, "exceptions", ())
    return _alone(members[0]) if len(members) == 1 else exception


class _HttpError(ApiError):
    """The function refused the request."""

    # It is Starlette's exception, with the contract's code for its status.
    def __init__(self, exception: HTTPException) -> None:
        self.status = exception.status_code
        # Without a detail, Starlette's exception has the text "Not Found", which is not a
        # sentence.
        is_said = exception.detail not in {_phrase(self.status), ""}
        super().__init__(exception.detail if is_said else _SENTENCES.get(self.status))
        self.code = _CODES.get(self.status) or _name(self.status)
        self.headers = exception.headers or {}


_KINDS = (NotFound, MethodNotAllowed, PayloadTooLarge, Invalid, Conflict, Forbidden)
_CODES = {kind.status: kind.code for kind in _KINDS}
_SENTENCES = {kind.status: kind.__doc__ for kind in _KINDS}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _name(status: int) -> str:
    try:
        return HTTPStatus(status).name
    except ValueError:
        return f"HTTP_{status}"


_DRIVERS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_BY_KIND: Mapping[type[Exception], type[ApiError]] = {
    DatabaseUnavailable: DatabaseDown,
    KeyInUse: KeyUnderWay,
    # The subclass comes before its parent class, since the first match is used.
    RepeatableOutcome: UnknownButRepeatable,
    OutcomeUnknown: UnknownOutcome,
    TransactionTimeout: IdleTimeout,
    MemoryError: WorkerLimit,
}

# Errors are told apart by their SQLSTATE alone: their text may contain SQL and values of rows.
_BY_SQLSTATE: Mapping[str, tuple[type[ApiError], str | None]] = {
    "42501": (Forbidden, None),
    "23505": (Conflict, "This value is already taken"),
    "23P01": (Conflict, "This value is already taken"),
    "23503": (
        Conflict,
        "A reference between rows does not allow the change",
    ),
    "23001": (
        Conflict,
        "A reference between rows does not allow the change",
    ),
    "23514": (Invalid, "A value violates a check of its table"),
    "23502": (Invalid, "A value is missing"),
    "22": (Invalid, "A value does not fit its column"),
    "23": (Invalid, "A value does not fit its column"),
    "40001": (Retry, None),
    "40P01": (Retry, None),
    "57014": (IdleTimeout, None),
    "25P03": (IdleTimeout, None),
    "25P04": (IdleTimeout, None),
}


def _from_postgres(error: asyncpg.PostgresError) -> ApiError:
    if is_twice(error):
        return Invalid("Two of the rows have the same key: send each once.")
    state = error.sqlstate or ""
    known = _BY_SQLSTATE.get(state) or _BY_SQLSTATE.get(state[:2])
    kind, sentence = known or (FunctionFailed, None)
    if sentence is None:
        return kind()
    where = f" (constraint {error.constraint_name})" if error.constraint_name else ""
    return kind(f"{sentence}{where}.")
