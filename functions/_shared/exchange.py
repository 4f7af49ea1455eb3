"""A request and its answer: one id for both, one line in the log, every error as JSON."""

import logging
import time
from http import HTTPStatus
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions._shared.errors import to_api_error

logger = logging.getLogger("ottavino")

CLIENT_LEFT = 499
"""The log's status where nobody was left to be answered: nginx's number for it."""


class ExchangeMiddleware:
    """Gives every request an id, logs one line about it, and answers what was raised.

    What is raised after the answer has begun can no longer be told to the client, and goes
    on to the server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        try:
            await self.app(scope, receive, exchange.send)
        except ClientDisconnect:
            pass
        except Exception as exception:
            if exchange.status is not None:
                raise
            response = error_response(Request(scope), exception)
            await response(scope, receive, exchange.send)
        finally:
            exchange.log()


class _Exchange:
    """The id of a request, and what became of it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.status: int | None = None
        self._id = str(uuid4())
        self._scope = scope
        self._send = send
        self._begun = time.perf_counter()
        self._logged = False
        scope.setdefault("state", {}).update(request_id=self._id)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message).setdefault("x-request-id", self._id)
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            # Here, and not at the end: background tasks may still run for a long time.
            self.log()

    def log(self) -> None:
        """One line, once: never a token, a query or a body."""
        if self._logged:
            return
        self._logged = True
        logger.info(
            "%s %s %s %d %.1f ms",
            self._id,
            self._scope["state"].get("function", "-"),
            self._scope["method"],
            self.status or CLIENT_LEFT,
            (time.perf_counter() - self._begun) * 1000,
        )


def error_response(request: Request, exception: Exception) -> Response:
    """The contract's answer to whatever was raised; its cause goes into the log only."""
    error = to_api_error(exception)
    request_id: str = request.state.request_id
    if error is not exception and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("%s %s", request_id, error.code, exc_info=exception)
    return error.response(request_id)
