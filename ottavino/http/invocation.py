"""One invocation: verify, read, run inside the caller's session, commit, and only then send."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from functools import partial

from starlette.background import BackgroundTasks
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ottavino.errors import OutcomeUnknown
from ottavino.http.auth.verifier import verifier
from ottavino.http.binding import Call
from ottavino.http.caller_session import Invocation, answering
from ottavino.http.discovery import Functions, Target, find
from ottavino.http.errors import (
    ApiError,
    IdleTimeout,
    Invalid,
)
from ottavino.http.function import Function, Route
from ottavino.http.idempotency import Repeats, fingerprint, key_value
from ottavino.http.lifespan import require_checked
from ottavino.http.load import Load
from ottavino.http.position import tracked
from ottavino.http.request import BoundedRequest
from ottavino.http.request_state import state_of
from ottavino.http.result import close
from ottavino.identity import Identity, Role
from ottavino.postgres.budget import ending_at
from ottavino.postgres.idempotency_keys import Key
from ottavino.postgres.session import owned_sessions
from ottavino.settings import settings

LAST_SECONDS = 0.5
"""How much of its time a function leaves for its commit or its rollback, at most."""

WATCH_AFTER_SECONDS = 0.02
"""How long a handler runs before its client is watched."""


class FunctionEndpoint:
    """Answers below the address at which it is mounted, to every method."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self._load = Load()
        self._repeats = Repeats()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        require_checked(scope["app"])
        # `root_path` is where it is mounted.
        below: str = scope["path"].removeprefix(scope["root_path"])
        target = find(self.functions, below.removeprefix("/"))
        function = target.function
        state_of(scope).function = target.name
        with self._load.place() as place:
            request = BoundedRequest(scope, receive, place)
            caller = await _caller(function, request)
            request.limit = _body_limit(function, caller)
            only_reads = function.only_reads(request.method)
            invocation = Invocation(caller, target.name, only_reads)
            await _answer(target, invocation, request, self._repeats, send)


async def _answer(
    target: Target,
    invocation: Invocation,
    request: BoundedRequest,
    repeats: Repeats,
    send: Send,
) -> None:
    """Send a function's response, and do what follows it."""
    with (
        answering(invocation),
        owned_sessions() as abandon,
        tracked(invocation.caller, request) as tell_position,
    ):
        try:
            response = await invoke(target, invocation, request, repeats)
            tell_position(response)
        finally:
            # Files that were uploaded go with the invocation.
            await request.close()
        # Here too: a streamed body and background work may open the caller's sessions.
        try:
            await response(request.scope, request.receive, send)
        finally:
            # Of a client that left, the stream is not read on. Its connection does not
            # wait for what else it has to clean up.
            abandon()
            await close(getattr(response, "body_iterator", None))


async def invoke(
    target: Target, invocation: Invocation, request: BoundedRequest, repeats: Repeats
) -> Response:
    """The committed response of a function, or the error that rolled it back.

    Nothing is asked of the database before the caller is known and the body fits. The
    result is written while the transaction is open: what cannot be sent is not stored.
    """
    function = target.function
    # Not before: a caller who is not known learns nothing of a function's paths.
    route, placeholders = function.find(request.method, target.path)
    request.scope["path_params"] = {"path": target.path, **placeholders}
    value = key_value(request, function, invocation)
    seconds = function.timeout or settings().function_timeout
    end = asyncio.get_running_loop().time() + seconds
    form, body = await _content(request, end, is_form=route.takes_form)
    request.begin()
    call = Call(request, invocation.caller, placeholders, body, form)
    run = partial(_run, route, route.arguments(call), request)
    key = None
    if value is not None:
        key = Key(value, await fingerprint(request, form, body))
    # Client and clock interrupt the handler, but not the commit that follows it: of an
    # interrupted commit nobody could say whether it happened.
    last = end - min(LAST_SECONDS, seconds / 10)
    with ending_at(end), repeats.said(key):
        async with (
            invocation.session() if function.transactions == "platform" else nullcontext(),
            _while_client_waits(request.receive, last),
        ):
            response = await (run() if key is None else repeats.once(key, run, last))
    return _with_background(response, call.background)


async def _caller(function: Function, request: Request) -> Identity:
    """Who calls, if they may."""
    shown = await verifier(settings()).identity(request)
    # For the log, whether they may or not.
    state_of(request.scope).role = shown.role if shown else Role.ANON
    return function.admission.admit(shown)


def _body_limit(function: Function, caller: Identity) -> int:
    """How large a body may be: less where nobody answers for it, unless the function says."""
    if function.max_body_bytes is not None:
        return function.max_body_bytes
    chosen = settings()
    if caller.role == Role.ANON:
        return min(chosen.max_body_bytes, chosen.max_anonymous_body_bytes)
    return chosen.max_body_bytes


async def _content(
    request: BoundedRequest, end: float, *, is_form: bool
) -> tuple[FormData, bytes]:
    """The whole body: a form, whose files are written to the disk as they come, or bytes."""
    announced = request.headers.get("content-length")
    if announced is None and "transfer-encoding" not in request.headers:
        # There is none to wait for.
        return FormData(), await request.body()
    # A client that says beforehand that it is too large is not read at all.
    if announced is not None and announced.isdecimal():
        request.expect(int(announced))
    try:
        async with asyncio.timeout_at(end):
            if is_form:
                return await request.form(), b""
            return FormData(), await request.body()
    except TimeoutError as error:
        raise IdleTimeout from error
    except HTTPException as error:
        raise Invalid(f"The body cannot be read as a form: {error.detail}") from error


async def _run(route: Route, arguments: dict[str, object], request: Request) -> Response:
    """The response to what a handler returns."""
    return route.answer(await _called(route, arguments, request))


async def _called(route: Route, arguments: dict[str, object], request: Request) -> object:
    try:
        return await route.handler(**arguments)
    except (ApiError, HTTPException) as error:
        state_of(request.scope).raised_by_handler = error
        raise
    except (SystemExit, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        # Nobody but the function itself has ended it.
        raise RuntimeError(f"The function raised {type(error).__name__}.") from error


def _with_background(response: Response, tasks: BackgroundTasks) -> Response:
    """Let work begin when its response is sent, after what the response brings with it."""
    if tasks.tasks:
        own = [response.background] if response.background else []
        response.background = BackgroundTasks([*own, *tasks.tasks])
    return response


@asynccontextmanager
async def _while_client_waits(receive: Receive, end: float) -> AsyncGenerator[None]:
    """Interrupt the block when its time is up or its client goes away, whatever it makes of it.

    A server says that a client went away only when asked; that begins after a moment, by which
    most are answered.
    """
    watcher: asyncio.Task[None] | None = None
    is_gone = False

    async def watch() -> None:
        nonlocal is_gone
        while (await receive())["type"] != "http.disconnect":
            pass
        if not limit.expired():
            is_gone = True
            limit.reschedule(0)

    def begin() -> None:
        nonlocal watcher
        watcher = asyncio.create_task(watch())

    def interruption() -> Exception:
        return ClientDisconnect() if is_gone else IdleTimeout()

    timer = asyncio.get_running_loop().call_later(WATCH_AFTER_SECONDS, begin)
    limit = asyncio.timeout_at(end)
    try:
        async with limit:
            try:
                yield
            finally:
                timer.cancel()
                if watcher is not None:
                    watcher.cancel()
                    await asyncio.wait({watcher})
    except Exception as reason:
        # Of a commit that was interrupted there is something else to say.
        if limit.expired() and not isinstance(reason, OutcomeUnknown):
            raise interruption() from reason
        raise
    if limit.expired():
        raise interruption()
