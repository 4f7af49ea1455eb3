"""One invocation: verify, read, run inside the caller's session, commit, and only then send."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from db.identity import Identity
from db.session import session
from db.settings import settings
from functions._shared.binding import Call
from functions._shared.caller import verifier
from functions._shared.discovery import Functions, find
from functions._shared.errors import IdleTimeout, NoCredentials, PayloadTooLarge
from functions._shared.function import OPTIONAL, Function


class FunctionEndpoint:
    """Answers at the addresses of functions, to every method."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, function = find(self.functions, scope["path_params"]["slug"])
        scope["state"]["function"] = name
        response = await invoke(function, name, scope, receive)
        await response(scope, receive, send)


async def invoke(function: Function, name: str, scope: Scope, receive: Receive) -> Response:
    """The committed response of a function, or the error that rolled it back.

    Nothing is asked of the database before the caller is known and the body fits. The
    result is written while the transaction is open: what cannot be sent is not stored.
    """
    request = Request(scope, _limited(receive, function.max_body_bytes))
    caller = _caller(function, request)
    route, placeholders = function.find(request.method, request.path_params.get("path", ""))
    request.path_params.update(placeholders)
    end = asyncio.get_running_loop().time() + (function.timeout or settings().function_timeout)
    async with _ended_by(asyncio.timeout_at(end), IdleTimeout):
        body = await _body(request, function.max_body_bytes)
    arguments = route.arguments(Call(request, caller, placeholders, body))
    # Client and clock interrupt the handler, but not the commit that follows it: of an
    # interrupted commit nobody could say whether it happened.
    async with (
        session(caller, name=name),
        _while_client_waits(receive),
        _ended_by(asyncio.timeout_at(end), IdleTimeout),
    ):
        return route.answer(await route.handler(**arguments))


def _caller(function: Function, request: Request) -> Identity:
    identity = verifier(settings()).identity(request)
    if identity is None and function.caller is not OPTIONAL:
        raise NoCredentials
    return identity or Identity.anonymous()


async def _body(request: Request, limit: int) -> bytes:
    """The whole body. A client that says beforehand that it is too large is not read at all."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise PayloadTooLarge
    return await request.body()


def _limited(receive: Receive, limit: int) -> Receive:
    """Count a body while it arrives: not every client says how long it is going to be."""
    received = 0

    async def receive_within_limit() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise PayloadTooLarge
        return message

    return receive_within_limit


@asynccontextmanager
async def _ended_by(
    limit: asyncio.Timeout, error: type[Exception]
) -> AsyncGenerator[asyncio.Timeout]:
    """Raise `error` where `limit` has ended the block, whatever the block made of that."""
    try:
        async with limit:
            yield limit
    except Exception as reason:
        if limit.expired():
            raise error from reason
        raise
    if limit.expired():
        raise error


@asynccontextmanager
async def _while_client_waits(receive: Receive) -> AsyncGenerator[None]:
    """Cancel the block when the client goes away: servers only tell those who ask."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not limit.expired():
            limit.reschedule(0)

    async with _ended_by(asyncio.timeout(None), ClientDisconnect) as limit:
        watcher = asyncio.create_task(watch())
        try:
            yield
        finally:
            watcher.cancel()
            await asyncio.wait({watcher})
