"""A request and its answer: one id for both, one line in the log, every error as JSON."""

import asyncio
import logging
import re
import time
from http import HTTPStatus
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ottavino.http.cors import preflight, share
from ottavino.http.errors import HeadersTooLarge, IdleTimeout
from ottavino.http.exception_handlers import to_api_error
from ottavino.http.function import PLAIN_METHODS
from ottavino.http.request_state import KEY, RequestState, state_of
from ottavino.settings import settings

logger = logging.getLogger("ottavino")

CLIENT_LEFT = 499
"""The log's status where nobody was left to be answered: nginx's number for it."""
MOST_HEADERS = 200
"""What looks for one goes through all of them."""
METHODS = {*PLAIN_METHODS, "OPTIONS"}
OTHER_METHOD = "OTHER"
"""The log's word for a method that no address offers: it may be any."""

_CLIENT = re.compile(
    r"(?:supabase|functions)(?:[-_/][a-z]{1,20}){0,4}[/ ]v?\d{1,4}(?:\.\d{1,4}){0,3}"
)

HEADERS = {
    # No browser is to take an answer for something else than it says it is,
    "x-content-type-options": "nosniff",
    # nor to show it inside another page,
    "x-frame-options": "DENY",
    # nor anybody on the way to keep it: a cache may not know whom it was made for.
    "cache-control": "no-store",
}
_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Stopped(IdleTimeout):
    """The server stopped before this was done. Try again."""


class RequestLogMiddleware:
    """Gives every request an id, logs one line about it, and answers what was raised.

    What is raised after the answer has begun can no longer be told to the client. If the
    answer is not complete, the error goes on to the server, which hangs up.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        logged = _LoggedRequest(scope, send)
        tasks: set[asyncio.Task[None] | None] = scope["app"].state.requests
        tasks.add(task := asyncio.current_task())
        try:
            await self._answer(logged, receive)
        except ClientDisconnect:
            pass
        except asyncio.CancelledError:
            # The server stops. The task is the request's own, and ends here in any case; if
            # it were to raise, the server would hang up on others of the same connection.
            if not await logged.fail(Stopped()):
                raise
        # Work in the background may try to end the process; only the server may.
        except (Exception, SystemExit) as exception:
            if not await logged.fail(exception):
                raise
        finally:
            logged.log()
            tasks.discard(task)

    async def _answer(self, logged: "_LoggedRequest", receive: Receive) -> None:
        _check_head(logged.request.scope)
        if logged.request.method == "OPTIONS":
            response = preflight(logged.request.headers)
            await response(logged.request.scope, receive, logged.send)
        else:
            await self.app(logged.request.scope, receive, logged.send)


class _LoggedRequest:
    """The id of a request, and what became of it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.request = Request(scope)
        self._state = RequestState(str(uuid4()))
        self._status: int | None = None
        self._complete = False
        self._send = send
        self._begun = time.perf_counter()
        self._logged = False
        scope[KEY] = self._state

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            share(headers, self.request.headers.get("origin"))
            raw = headers.raw
            there = {name for name, _ in raw}
            own = (b"x-request-id", self._state.id.encode())
            raw += [each for each in (own, *_HEADERS) if each[0] not in there]
        await self._send(message)
        if message.get("more_body"):
            # A stream that waits for nothing would let nobody else be answered, and go on for
            # ever when its client has left.
            await asyncio.sleep(0)
        elif message["type"] == "http.response.body":
            self._complete = True
            # Here, and not at the end: background tasks may still run for a long time.
            self.log()

    async def fail(self, exception: Exception | SystemExit) -> bool:
        """Answer an error, or log it where the answer was complete; say if that was enough."""
        if self._status is None:
            response = error_response(self.request, exception)
            await response(self.request.scope, self.request.receive, self.send)
            return True
        logger.error("%s failed after its answer", self._state.id, exc_info=exception)
        return self._complete

    def log(self) -> None:
        """One line, once: nothing in it is text of the caller's."""
        if self._logged:
            return
        self._logged = True
        state = self._state
        fields = {
            "request_id": state.id,
            "function": state.function,
            "method": method if (method := self.request.method) in METHODS else OTHER_METHOD,
            "status": self._status or CLIENT_LEFT,
            "milliseconds": round((time.perf_counter() - self._begun) * 1000, 1),
            "role": str(state.role),
            "client_info": _client(self.request.headers.get("x-client-info", "")),
            "code": state.error.code if state.error else "",
            # For a developer's terminal; what is logged as JSON does without.
            "reason": str(state.error or ""),
        }
        line = "%(request_id)s %(function)s %(method)s %(status)d %(milliseconds).1f ms"
        logger.info(line, fields, extra=fields)


def error_response(request: Request, exception: Exception | SystemExit) -> Response:
    """The contract's answer to whatever was raised; its cause goes into the log only."""
    error = to_api_error(exception)
    state = state_of(request.scope)
    state.error = error
    if error is not exception:
        is_ours = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        level = logging.ERROR if is_ours else logging.DEBUG
        logger.log(level, "%s %s", state.id, error.code, exc_info=exception)
    response = error.response(state.id)
    # An error that a handler raises to be told is the function's, and not the platform's.
    if settings().relay_errors and exception is not state.raised_by_handler:
        response.headers["x-relay-error"] = "true"
    return response


def _check_head(scope: Scope) -> None:
    """Refuse a head that is too large. The server measures only what comes in pieces."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    address = len(scope["path"]) + len(scope.get("query_string", b""))
    size = address + sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MOST_HEADERS or size > settings().max_header_bytes:
        raise HeadersTooLarge


def _client(text: str) -> str:
    """Which of Supabase's clients calls, in which version, and nothing else that it says."""
    client = _CLIENT.match(text)
    return client[0] if client else ""
