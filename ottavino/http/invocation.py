"""One invocation: verify, read, run inside the caller's session, commit, and only then send."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.background import BackgroundTasks
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Router
from starlette.types import Receive, Scope, Send

from ottavino.errors import OutcomeUnknown
from ottavino.http.auth.verifier import verifier
from ottavino.http.binding import Call
from ottavino.http.caller_session import Invocation
from ottavino.http.discovery import Functions
from ottavino.http.errors import ApiError, IdleTimeout, Invalid
from ottavino.http.function import Function
from ottavino.http.idempotency import Repeats, fingerprint, key_value
from ottavino.http.interruption import interruptible
from ottavino.http.lifespan import require_checked
from ottavino.http.load import Load
from ottavino.http.position import tracked
from ottavino.http.request import BoundedRequest
from ottavino.http.request_log import logged_request
from ottavino.http.result import JsonResponse, close
from ottavino.http.route import Route
from ottavino.http.routing import Routing, Target
from ottavino.identity import Identity, Role
from ottavino.postgres.idempotency_keys import Key
from ottavino.settings import settings

LAST_SECONDS = 0.5
"""The most of a function's time that is reserved for its commit or its rollback."""


TARGET = "ottavino.target"
"""The key in a request's scope for the function and the route that answer it."""


class FunctionsRoute(BaseRoute):
    """The route in Starlette's router that answers every method and path below an address."""

    def __init__(self, path: str, functions: Functions) -> None:
        self.path = path
        self._routing = Routing(functions)
        self._load = Load()
        self._repeats = Repeats()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Find the function and its route; the keys are also those of Starlette's `Mount`."""
        if scope["type"] != "http":
            return Match.NONE, {}
        root: str = scope.get("root_path", "")
        address, found, below = scope["path"].partition(f"{root}{self.path}/")
        if address or not found:
            return Match.NONE, {}
        return Match.FULL, {
            "app_root_path": scope.get("app_root_path", root),
            "root_path": found.removesuffix("/"),
            TARGET: self._routing.find(scope["method"], below),
        }

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that matched."""
        require_checked(scope["app"])
        target: Target = scope[TARGET]
        function = target.function
        logged_request(scope).function = target.name
        request = BoundedRequest(scope, receive, self._load.place())
        try:
            caller = await _caller(function, request)
            request.limit = _body_limit(function, caller)
            only_reads = function.only_reads(request.method)
            invocation = Invocation(caller, target.name, read_only=only_reads)
            await _answer(target, invocation, request, self._repeats, send)
        finally:
            request.end()


class FunctionsFirst:
    """A router that goes straight to the functions if they are the first of its routes."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        first = next(iter(self._router.routes), None)
        if isinstance(first, FunctionsRoute):
            match, found = first.matches(scope)
            if match is Match.FULL:
                scope.update(found, router=self._router, route=first)
                return first.handle(scope, receive, send)
        return self._router(scope, receive, send)


async def _answer(
    target: Target,
    invocation: Invocation,
    request: BoundedRequest,
    repeats: Repeats,
    send: Send,
) -> None:
    """Send a function's response, then run its background work."""
    with (
        invocation,
        tracked(invocation.caller, request) as tell_position,
    ):
        try:
            response = await invoke(target, invocation, request, repeats)
            tell_position(response)
        finally:
            # Uploaded files are deleted with the invocation.
            await request.close()
        # Inside this block, because a streamed body and background work may open the caller's
        # sessions.
        try:
            if not _is_sent(response, request, send):
                await response(request.scope, request.receive, send)
            elif response.background is not None:
                await response.background()
        finally:
            # If the client has left, the stream is not read to its end. The connection is
            # released before the stream does its other cleaning up.
            invocation.abandon()
            if (stream := getattr(response, "body_iterator", None)) is not None:
                await close(stream)


def _is_sent(response: Response, request: Request, send: Send) -> bool:
    """Send a result as JSON without the messages of ASGI, if no middleware wants to see them;
    return whether it is sent.
    """
    logged = logged_request(request.scope)
    return (
        isinstance(response, JsonResponse)
        and send == logged.send
        and logged.send_json(response)
    )


async def invoke(
    target: Target, invocation: Invocation, request: BoundedRequest, repeats: Repeats
) -> Response:
    """The committed response of a function, or the error that rolled it back.

    No query runs before the caller is known and the body fits. The result is encoded while the
    transaction is open, so that nothing is stored if it cannot be sent.
    """
    function, route, placeholders = target.function, target.route, target.placeholders
    if isinstance(route, ApiError):
        raise route
    request.scope["path_params"] = {"path": target.path, **placeholders}
    value = key_value(request, function, invocation)
    seconds = function.timeout or settings().function_timeout
    end = asyncio.get_running_loop().time() + seconds
    call = Call(request, invocation.caller, placeholders)
    await _read_body(call, request, end, is_form=route.takes_form)
    request.begin()
    run = partial(_run, route, route.arguments(call), request)
    # A timeout or a disconnect interrupts the handler, but not the commit that follows it: the
    # outcome of an interrupted commit would be unknown.
    last = end - min(LAST_SECONDS, seconds / 10)
    invocation.end = end
    try:
        if value is None:
            response = await _in_transaction(function, invocation, run, request, last)
        else:
            key = Key(value, await fingerprint(request, call.form, call.body))
            once = partial(repeats.once, key, run, last)
            with repeats.said(key):
                response = await _in_transaction(function, invocation, once, request, last)
    finally:
        # A streamed body and background work have the time that they need.
        invocation.end = None
    return _with_background(response, call.background)


async def _caller(function: Function, request: Request) -> Identity:
    """The caller; raises an error if the function does not accept them."""
    shown = await verifier(settings()).identity(request)
    # The log has the role even if the function refuses the caller.
    logged_request(request.scope).role = shown.role if shown else Role.ANON
    return function.admission.admit(shown)


def _body_limit(function: Function, caller: Identity) -> int:
    """The largest allowed body: smaller for an anonymous caller, unless the function sets a
    size.
    """
    if function.max_body_bytes is not None:
        return function.max_body_bytes
    chosen = settings()
    if caller.role == Role.ANON:
        return min(chosen.max_body_bytes, chosen.max_anonymous_body_bytes)
    return chosen.max_body_bytes


async def _read_body(call: Call, request: BoundedRequest, end: float, *, is_form: bool) -> None:
    """Read the whole body, as bytes or as a form. A form's files are written to disk as they
    arrive.
    """
    if request.has_no_body():
        return
    # A body whose Content-Length is too large is not read at all.
    announced = request.headers.get("content-length")
    if announced is not None and announced.isdecimal():
        request.expect(int(announced))
    try:
        async with asyncio.timeout_at(end):
            if is_form:
                call.form = await request.form()
            else:
                call.body = await request.body()
    except TimeoutError as error:
        raise IdleTimeout from error
    except HTTPException as error:
        raise Invalid(f"The body cannot be read as a form: {error.detail}") from error


async def _in_transaction(
    function: Function,
    invocation: Invocation,
    respond: Callable[[], Awaitable[Response]],
    request: Request,
    last: float,
) -> Response:
    """The response, after the commit if the transaction is the platform's.

    Raises `OutcomeUnknown` in place of any error if it is unknown what a commit has stored:
    that commit's own error may be in a group, or in a task that nobody waits for.
    """
    try:
        if function.transactions == "manual":
            return await interruptible(respond(), request.receive, last)
        async with invocation.session():
            return await interruptible(respond(), request.receive, last)
    except OutcomeUnknown:
        raise
    except (Exception, asyncio.CancelledError) as error:
        # A function that raises an error as its answer has dealt with the commits that ended.
        is_answer = error is logged_request(request.scope).raised_by_handler
        if invocation.committing or (invocation.has_lost_one and not is_answer):
            raise OutcomeUnknown from error
        raise


async def _run(route: Route, arguments: dict[str, object], request: Request) -> Response:
    """The response to what a handler returns."""
    try:
        result = await route.handler(**arguments)
    except (ApiError, HTTPException) as error:
        logged_request(request.scope).raised_by_handler = error
        raise
    except (SystemExit, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        # The function itself raised CancelledError; neither the server nor the client cancelled
        # the request.
        raise RuntimeError(f"The function raised {type(error).__name__}.") from error
    return route.answer(result)


def _with_background(response: Response, tasks: BackgroundTasks | None) -> Response:
    """Add background work, which starts after the response was sent and after its own work."""
    if tasks is not None and tasks.tasks:
        own = [response.background] if response.background else []
        response.background = BackgroundTasks([*own, *tasks.tasks])
    return response
