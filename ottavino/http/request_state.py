"""What is known of a request, from its head to its line in the log."""

from dataclasses import dataclass

from starlette.types import Scope

from ottavino.http.errors import ApiError

KEY = "ottavino.request"


@dataclass(slots=True)
class RequestState:
    """Made by the request log. Each step of the invocation notes what it finds out."""

    id: str
    function: str = "-"
    role: str = "-"
    error: ApiError | None = None
    """What the client is told went wrong."""
    raised_by_handler: Exception | None = None
    """The error, if the handler raised it to be told, so that it is not the platform's."""


def state_of(scope: Scope) -> RequestState:
    """The state of the request of a scope."""
    return scope[KEY]
