"""Gives each request an id and a line in the log, and answers each error in JSON."""

import asyncio
import logging
import re
import time
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ottavino.http.cors import SHARED_WITH_ALL, preflight, share, shared_with_all
from ottavino.http.errors import ApiError, HeadersTooLarge, IdleTimeout
from ottavino.http.exception_handlers import to_api_error
from ottavino.http.function import PLAIN_METHODS
from ottavino.http.line_handler import only_handler
from ottavino.http.request_id import new_request_id
from ottavino.http.request_record import RequestFields, RequestRecord
from ottavino.http.result import JsonResponse
from ottavino.http.whole import CYCLE, lines_of, send_lines, send_whole
from ottavino.settings import settings

logger = logging.getLogger("ottavino")

KEY = "ottavino.request"
CLIENT_LEFT = 499
"""The logged status of a request whose client left before the answer; nginx uses it too."""
MOST_HEADERS = 200
"""The most headers of a request, since each look-up of a header compares all of them."""
METHODS = {*PLAIN_METHODS, "OPTIONS"}
OTHER_METHOD = "OTHER"
"""The logged name of an unknown method, which is text that the client sent."""

_CLIENT = re.compile(
    r"(?:supabase|functions)(?:[-_/][a-z]{1,20}){0,4}[/ ]v?\d{1,4}(?:\.\d{1,4}){0,3}"
)

HEADERS = {
    # A browser must not guess another type for the answer,
    "x-content-type-options": "nosniff",
    # nor show it inside another page,
    "x-frame-options": "DENY",
    # and no cache may keep it: it may hold the rows of one caller.
    "cache-control": "no-store",
}


class Stopped(IdleTimeout):
    """The server stopped before this was done. Try again."""


class LoggedRequest:
    """The facts about a request, from its head to its line in the log.

    Each step of the invocation adds some: `function`, `role`, `error`, and `raised_by_handler`,
    which is the error that the handler itself raised as its answer.
    """

    __slots__ = (
        "_begun",
        "_cycle",
        "_is_complete",
        "_is_logged",
        "_send",
        "_start",
        "_status",
        "error",
        "function",
        "id",
        "raised_by_handler",
        "role",
        "scope",
    )

    def __init__(self, scope: Scope, send: Send) -> None:
        self.id = new_request_id()
        self.scope = scope
        self.function = "-"
        self.role = "-"
        self.error: ApiError | None = None
        self.raised_by_handler: Exception | None = None
        self._status: int | None = None
        self._start: Message | None = None
        """The beginning of an answer that waits for its body."""
        cycle = scope.get(CYCLE)
        # A middleware around this one has to see the answer.
        self._cycle = cycle if cycle is not None and send == cycle.send else None
        self._is_complete = False
        self._is_logged = False
        self._send = send
        self._begun = time.perf_counter()

    async def send(self, message: Message) -> None:
        """Send a part of the answer, and log the request after the last one."""
        if message["type"] == "http.response.start":
            names = self._add_headers(message)
            # A stream, which has no length, may wait for its first part.
            if self._cycle is not None and b"content-length" in names:
                self._start = message
                return
            self._status = message["status"]
        elif (start := self._start) is not None:
            self._start, self._status = None, start["status"]
            body, is_whole = message.get("body", b""), not message.get("more_body")
            if is_whole and self._cycle is not None and send_whole(self._cycle, start, body):
                self._is_complete = True
                self.log()
                return
            await self._send(start)
        await self._send(message)
        if message.get("more_body"):
            # A stream that never waits would block all other requests, and would go on after
            # its client has left.
            await asyncio.sleep(0)
        elif message["type"] == "http.response.body":
            self._is_complete = True
            # It is logged here, and not after the application's call, because background work
            # may take long.
            self.log()

    def send_json(self, response: JsonResponse) -> bool:
        """Send a result in one piece, and log it; return whether that was possible.

        If it was not, the response sends itself by the messages of ASGI, as others do.
        """
        cycle = self._cycle
        if cycle is None or not response.is_plain or not shared_with_all():
            return False
        lines = b"x-request-id: %b\r\n%b" % (self.id.encode(), _JSON_LINES)
        if not send_lines(cycle, response.status_code, lines, bytes(response.body)):
            return False
        self._status = response.status_code
        self._is_complete = True
        self.log()
        return True

    def _add_headers(self, message: Message) -> set[bytes]:
        """Add the headers that every answer has, unless the answer sets them itself; return the
        names of its own.
        """
        raw: list[tuple[bytes, bytes]] = [*message["headers"]]
        message["headers"] = raw
        names = {name for name, _ in raw}
        shared = shared_with_all()
        if shared and names.isdisjoint(ADDED):
            raw.append((b"x-request-id", self.id.encode()))
            raw += shared
            raw += _HEADERS
            return names
        share(MutableHeaders(raw=raw), Headers(scope=self.scope).get("origin"))
        own = (b"x-request-id", self.id.encode())
        raw += [each for each in (own, *_HEADERS) if each[0] not in names]
        return names

    async def fail(self, exception: Exception | SystemExit) -> bool:
        """Answer an error, or log it if the answer has begun; return whether the answer is
        complete.
        """
        if self._status is None:
            request = Request(self.scope)
            response = error_response(request, exception)
            await response(self.scope, request.receive, self.send)
            return True
        logger.error("%s failed after its answer was sent", self.id, exc_info=exception)
        return self._is_complete

    def log(self) -> None:
        """Log one line, once. Nothing in it is text that the client sent."""
        if self._is_logged or not logger.isEnabledFor(logging.INFO):
            return
        self._is_logged = True
        method: str = self.scope["method"]
        fields: RequestFields = {
            "request_id": self.id,
            "function": self.function,
            "method": method if method in METHODS else OTHER_METHOD,
            "status": self._status or CLIENT_LEFT,
            # `round` would take longer than the rest of the line.
            "milliseconds": int((time.perf_counter() - self._begun) * 10_000 + 0.5) / 10,
            "role": str(self.role),
            "client_info": _client(self.scope),
            "code": self.error.code if self.error else "",
            "reason": str(self.error or ""),
        }
        if lines := only_handler(logger):
            lines.request(fields)
        else:
            logger.handle(RequestRecord(fields))

    def end(self) -> None:
        """Release the request, which has this object in its scope. Otherwise the request and
        its body would stay in memory until the next garbage collection.
        """
        self.scope = _ENDED
        self._send = _nowhere
        self._cycle = None
        self.error = self.raised_by_handler = None


async def _nowhere(_: Message) -> None:
    """Send nothing, since the request has ended."""


_ENDED: Scope = {}

_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

_JSON_LINES = lines_of([(b"content-type", b"application/json"), *SHARED_WITH_ALL, *_HEADERS])
"""The headers of a result as JSON, in lines."""

ADDED = {b"x-request-id", *(name for name, _ in (*_HEADERS, *SHARED_WITH_ALL))}
"""The headers that an answer can set itself; most answers set none of them."""


class RequestLogMiddleware:
    """Gives every request an id, logs one line about it, and answers errors.

    An error after the beginning of the answer can no longer be answered. If the answer is not
    complete, the error is passed on to the server, which closes the connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[KEY] = request = LoggedRequest(scope, send)
        tasks: set[asyncio.Task[None] | None] = scope["app"].state.requests
        tasks.add(task := asyncio.current_task())
        try:
            _check_head(scope)
            if scope["method"] == "OPTIONS":
                await preflight(Headers(scope=scope))(scope, receive, request.send)
            else:
                await self.app(scope, receive, request.send)
        except ClientDisconnect:
            pass
        except asyncio.CancelledError:
            # The server is stopping. This task belongs to the request, and ends here in any
            # case. An error would close the connection, which other requests may use.
            if not await request.fail(Stopped()):
                raise
        # Background work may raise SystemExit, but only the server may end the process.
        except (Exception, SystemExit) as exception:
            if not await request.fail(exception):
                raise
        finally:
            request.log()
            request.end()
            tasks.discard(task)


def logged_request(scope: Scope) -> LoggedRequest:
    """The facts about the request of a scope."""
    return scope[KEY]


def error_response(request: Request, exception: Exception | SystemExit) -> Response:
    """The contract's answer to an exception. The cause is logged, but not sent."""
    error = to_api_error(exception)
    logged = logged_request(request.scope)
    logged.error = error
    is_ours = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    # Starlette's own errors are answers such as 404, and their tracebacks explain nothing.
    if error is not exception and (is_ours or not isinstance(exception, HTTPException)):
        level = logging.ERROR if is_ours else logging.DEBUG
        logger.log(level, "%s %s", logged.id, error.code, exc_info=exception)
    response = error.response(logged.id)
    # An error that a handler raises as its answer is marked as the function's own.
    if settings().relay_errors and exception is not logged.raised_by_handler:
        response.headers["x-relay-error"] = "true"
    return response


def _check_head(scope: Scope) -> None:
    """Refuse a head that is too large. The server checks only heads that arrive in pieces."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    size = len(scope["path"]) + len(scope.get("query_string", b""))
    for name, value in headers:
        size += len(name) + len(value)
    if len(headers) > MOST_HEADERS or size > settings().max_header_bytes:
        raise HeadersTooLarge


def _client(scope: Scope) -> str:
    """The name and the version of one of Supabase's clients, and no other text of it."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name == b"x-client-info":
            client = _CLIENT.match(value.decode("latin-1"))
            return client[0] if client else ""
    return ""
