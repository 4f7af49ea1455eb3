"""What a client can be told went wrong: a status, a code of the HTTP contract, a sentence.

A handler raises one of these; `to_api_error` turns everything else that is raised into one.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypedDict

import asyncpg
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from db.errors import DatabaseUnavailable, OttavinoError

BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED}
SENDABLE = range(200, 600)
"""What can be the status of an answer."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Detail(TypedDict):
    """What did not fit, and what was expected in its place. Never the value itself."""

    field: str
    expected: str


class ApiError(OttavinoError):
    """The function failed."""

    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    code: str = "EDGE_FUNCTION_ERROR"
    headers: Mapping[str, str] = {}
    details: Sequence[Detail] = ()

    def response(self, request_id: str) -> Response:
        """The error as the contract's JSON."""
        headers = {**self.headers, "sb-error-code": self.code}
        if self.status in BODILESS:
            return Response(status_code=self.status, headers=headers)
        sentence = str(self)
        content: dict[str, object] = {
            "error": sentence,
            "code": self.code,
            "message": sentence,
            "request_id": request_id,
        }
        if self.details:
            content["details"] = self.details
        return JSONResponse(content, status_code=self.status, headers=headers)


class FunctionFailed(ApiError):
    """The function failed. The request id finds the reason in the server's log."""


class Unauthorized(ApiError):
    """Who is calling could not be verified."""

    status = HTTPStatus.UNAUTHORIZED
    code = "UNAUTHORIZED"
    headers: Mapping[str, str] = {"www-authenticate": "Bearer"}


class NoCredentials(Unauthorized):
    """This function needs a caller: send `Authorization: Bearer <token>`, or `apikey`."""

    code = "UNAUTHORIZED_NO_AUTH_HEADER"


class MalformedToken(Unauthorized):
    """The bearer token is not a JSON Web Token that this project can have issued."""

    code = "UNAUTHORIZED_INVALID_JWT_FORMAT"


class UnknownKey(MalformedToken):
    """The API key is none of this project's."""


class InvalidToken(Unauthorized):
    """The bearer token does not verify, is not meant for this project, or has expired."""

    code = "UNAUTHORIZED_LEGACY_JWT"


class InvalidSignedToken(InvalidToken):
    """The bearer token does not verify, is not meant for this project, or has expired."""

    # Signed with a private key, and not with the shared secret.
    code = "UNAUTHORIZED_ASYMMETRIC_JWT"


class UnsupportedAlgorithm(Unauthorized):
    """The bearer token is signed with an algorithm that is not accepted here."""

    code = "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM"


class Forbidden(ApiError):
    """You may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "FORBIDDEN"


class RoleNotAllowed(Forbidden):
    """Your role is not accepted here."""

    code = "FORBIDDEN_ROLE"


class NotFound(ApiError):
    """There is nothing at this address."""

    status = HTTPStatus.NOT_FOUND
    code = "NOT_FOUND"


class MethodNotAllowed(ApiError):
    """This address does not answer to this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, offered: Sequence[str]) -> None:
        super().__init__()
        self.headers = {"allow": ", ".join(offered)}


class PayloadTooLarge(ApiError):
    """The body is larger than this function takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "PAYLOAD_TOO_LARGE"


class Unreadable(ApiError):
    """This is not a request of HTTP/1.1."""

    status = HTTPStatus.BAD_REQUEST
    code = "BAD_REQUEST"


class TooSlow(ApiError):
    """The request did not arrive in its time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "REQUEST_TIMEOUT"


class HeadersTooLarge(ApiError):
    """The address and the headers are larger than what is taken here."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "HEADERS_TOO_LARGE"


class Invalid(ApiError):
    """What was sent does not fit what is expected."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "VALIDATION_ERROR"

    def __init__(self, message: str | None = None, details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.details = details


class Conflict(ApiError):
    """The change conflicts with what is already stored."""

    status = HTTPStatus.CONFLICT
    code = "CONFLICT"


class Retry(ApiError):
    """The change met another one at the same moment. Nothing was stored: try again."""

    status = HTTPStatus.CONFLICT
    code = "RETRY"
    headers: Mapping[str, str] = {"retry-after": "1"}


class DatabaseDown(ApiError):
    """The database does not answer at the moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "DATABASE_UNAVAILABLE"
    headers: Mapping[str, str] = {"retry-after": "5"}


class BootError(ApiError):
    """This function did not start. The server's log says why."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "BOOT_ERROR"


class IdleTimeout(ApiError):
    """The function did not answer in its time. What it had not committed is not stored."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "IDLE_TIMEOUT"


class WorkerLimit(ApiError):
    """The function asked for more memory than there is."""

    status = 546
    code = "WORKER_LIMIT"


def to_api_error(exception: Exception) -> ApiError:
    """What the client is told about anything that was raised."""
    error = _told(_alone(exception))
    return error if all(map(is_sendable, error.headers.items())) else FunctionFailed()


def is_sendable(header: tuple[str | bytes, str | bytes]) -> bool:
    """Whether a header can be sent: the server would hang up on whoever waits for another."""
    try:
        name, value = (
            each if isinstance(each, bytes) else each.encode("latin-1") for each in header
        )
    except UnicodeEncodeError:
        return False
    return bool(_NAME.fullmatch(name)) and not _UNSENDABLE.search(value)


def _told(exception: Exception) -> ApiError:
    match exception:
        case ApiError() as error:
            return error
        case HTTPException() as error if error.status_code in SENDABLE:
            return _HttpError(error)
        case asyncpg.PostgresError() as error:
            return _from_postgres(error)
        # asyncpg has no class for it: the server ended the connection between two queries.
        case DatabaseUnavailable() | asyncpg.InterfaceError(args=("connection is closed",)):
            return DatabaseDown()
        case MemoryError():
            return WorkerLimit()
        case _:
            return FunctionFailed()


def _alone(exception: Exception) -> Exception:
    """The error of one task, of which a task group makes a group of one."""
    # By its name: of which errors a group consists, isinstance cannot say.
    members: Sequence[Exception] = getattr(exception, "exceptions", ())
    return _alone(members[0]) if len(members) == 1 else exception


class _HttpError(ApiError):
    """The function did not accept this."""

    # Starlette's exception, with the code that the contract has for its status.
    def __init__(self, exception: HTTPException) -> None:
        self.status = exception.status_code
        # Where nothing else was said, it says "Not Found", which is no sentence.
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


# By the driver's code alone: its text holds SQL, and values of rows.
_BY_SQLSTATE: Mapping[str, tuple[type[ApiError], str | None]] = {
    "42501": (Forbidden, None),
    "23505": (Conflict, "This value is already taken"),
    "23P01": (Conflict, "This value is already taken"),
    "23503": (Conflict, "The rows that this is tied to do not allow it"),
    "23001": (Conflict, "The rows that this is tied to do not allow it"),
    "23514": (Invalid, "A value is not among those allowed"),
    "23502": (Invalid, "A value is missing"),
    "22": (Invalid, "A value does not fit the column that it is meant for"),
    "23": (Invalid, "A value does not fit the column that it is meant for"),
    "40001": (Retry, None),
    "40P01": (Retry, None),
    "57014": (IdleTimeout, None),
    "25P03": (IdleTimeout, None),
    "25P04": (IdleTimeout, None),
    "57P01": (DatabaseDown, None),
    "57P02": (DatabaseDown, None),
    "57P03": (DatabaseDown, None),
    "08": (DatabaseDown, None),
    "53": (DatabaseDown, None),
}


def _from_postgres(error: asyncpg.PostgresError) -> ApiError:
    state = error.sqlstate or ""
    known = _BY_SQLSTATE.get(state) or _BY_SQLSTATE.get(state[:2])
    kind, sentence = known or (FunctionFailed, None)
    if sentence is None:
        return kind()
    where = f" (constraint {error.constraint_name})" if error.constraint_name else ""
    return kind(f"{sentence}{where}.")
