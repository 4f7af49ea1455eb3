"""The errors that a client can receive: each has a status, a code of the HTTP contract and a
sentence.

A handler raises one of these. `exception_handlers.py` turns any other error into one.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypedDict

from starlette.responses import JSONResponse, Response

from ottavino.errors import OttavinoError

BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED}


class Detail(TypedDict):
    """The name of an invalid value and the expected form, but never the value itself."""

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
        sentence = self.sentence(request_id)
        content: dict[str, object] = {
            "error": sentence,
            "code": self.code,
            "message": sentence,
            "request_id": request_id,
        }
        if self.details:
            content["details"] = self.details
        return JSONResponse(content, status_code=self.status, headers=headers)

    def sentence(self, request_id: str) -> str:
        """The sentence that the client is sent."""
        return str(self)


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


class NotAUser(NoCredentials):
    """This function needs a signed-in user: send a user's token. A key alone is not a user."""


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

    # A token signed with a private key was verified, and not one signed with the secret.
    code = "UNAUTHORIZED_ASYMMETRIC_JWT"


class UnsupportedAlgorithm(Unauthorized):
    """The bearer token is signed with an algorithm that is not accepted here."""

    code = "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM"


class Forbidden(ApiError):
    """You may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "FORBIDDEN"


class RoleNotAllowed(Forbidden):
    """This function does not accept your role."""

    code = "FORBIDDEN_ROLE"


class NotFound(ApiError):
    """No function answers at this address: check the path."""

    status = HTTPStatus.NOT_FOUND
    code = "NOT_FOUND"


class MethodNotAllowed(ApiError):
    """This address does not support this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, offered: Sequence[str]) -> None:
        super().__init__()
        self.headers = {"allow": ", ".join(offered)}


class PayloadTooLarge(ApiError):
    """The body is larger than this function accepts."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "PAYLOAD_TOO_LARGE"


class Unreadable(ApiError):
    """The request is not valid HTTP/1.1."""

    status = HTTPStatus.BAD_REQUEST
    code = "BAD_REQUEST"


class TooSlow(ApiError):
    """The request did not arrive in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "REQUEST_TIMEOUT"


class HeadersTooLarge(ApiError):
    """The address and the headers are larger than this server accepts."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "HEADERS_TOO_LARGE"


class Invalid(ApiError):
    """The request does not have the expected form."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "VALIDATION_ERROR"

    def __init__(self, message: str | None = None, details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.details = details


class Conflict(ApiError):
    """The change conflicts with stored rows."""

    status = HTTPStatus.CONFLICT
    code = "CONFLICT"


class KeyInvalid(ApiError):
    """An `Idempotency-Key` is sent once, as 1 to 255 visible ASCII characters."""

    status = HTTPStatus.BAD_REQUEST
    code = "IDEMPOTENCY_KEY_INVALID"


class KeyUnsupported(ApiError):
    """An `Idempotency-Key` is not kept for this request. Send it without one."""

    status = HTTPStatus.BAD_REQUEST
    code = "IDEMPOTENCY_KEY_UNSUPPORTED"


class KeyReused(ApiError):
    """The `Idempotency-Key` was sent with another request. Use a new key for each request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "IDEMPOTENCY_KEY_REUSED"


class KeyUnderWay(ApiError):
    """A request with this `Idempotency-Key` is in progress. Repeat it to get its answer."""

    status = HTTPStatus.CONFLICT
    code = "IDEMPOTENCY_KEY_IN_USE"
    headers: Mapping[str, str] = {"retry-after": "1"}


class AnswerNotKept(ApiError):
    """The request with this `Idempotency-Key` succeeded; its answer was not stored."""

    status = HTTPStatus.CONFLICT
    code = "IDEMPOTENCY_ANSWER_NOT_KEPT"


class Retry(ApiError):
    """The change collided with another one. Nothing was stored: try again."""

    status = HTTPStatus.CONFLICT
    code = "RETRY"
    headers: Mapping[str, str] = {"retry-after": "1"}


class DatabaseDown(ApiError):
    """The database does not answer. Try again later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "DATABASE_UNAVAILABLE"
    headers: Mapping[str, str] = {"retry-after": "5"}


class UnknownOutcome(ApiError):
    """It is unknown whether the change was stored: read the rows before you repeat it."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "OUTCOME_UNKNOWN"

    def sentence(self, request_id: str) -> str:
        """The sentence with the request's id, because a client may show nothing but the
        sentence.
        """
        return f"{self} The server's log has the request as {request_id}."


class UnknownButRepeatable(UnknownOutcome):
    """The outcome is unknown. Repeat the request with its `Idempotency-Key`: this is safe."""


class SchemaChanged(ApiError):
    """The tables do not fit this server, as during a release. Try again in a moment."""

    # This happens during a deployment, whose migrations are applied before its servers start.
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "SCHEMA_CHANGED"
    headers: Mapping[str, str] = {"retry-after": "5"}


class Overloaded(ApiError):
    """The server is overloaded. Nothing was done: try again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "OVERLOADED"
    headers: Mapping[str, str] = {"retry-after": "1"}


class BootError(ApiError):
    """This function could not be imported. The server's log says why."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "BOOT_ERROR"


class NotChecked(BootError):
    """The server skipped its checks at start: run it with `--lifespan on`."""


class IdleTimeout(ApiError):
    """The function did not answer in time. Changes that were not committed are rolled back."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "IDLE_TIMEOUT"


class WorkerLimit(ApiError):
    """The function ran out of memory."""

    status = 546
    code = "WORKER_LIMIT"
