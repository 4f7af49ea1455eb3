"""The deployed application, and at `/` a page on which a developer can call its functions."""

from importlib import import_module
from ipaddress import ip_address
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ottavino.dev.demo import demo_tokens
from ottavino.dev.rows import rows
from ottavino.http.errors import Forbidden
from ottavino.http.invocation import FunctionsRoute
from ottavino.http.openapi.endpoint import OpenApi
from ottavino.postgres.local import is_local
from ottavino.postgres.watch import watching

PAGE = Path(__file__).parent / "page.html"

HERE = {"localhost", "127.0.0.1", "::1"}

# Only the page's own scripts run, and they can reach only this server.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
)


class NotHere(Forbidden):
    """Tokens are given only to this machine: open http://127.0.0.1 with the server's port."""


class WatchMiddleware:
    """Counts the queries of each request, for the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with watching():
            await self.app(scope, receive, send)


async def page(_: Request) -> HTMLResponse:
    """The page, read from its file each time."""
    return HTMLResponse(PAGE.read_text("utf-8"), headers={"content-security-policy": POLICY})


async def callers(request: Request) -> JSONResponse:
    """The callers that the page offers, each with a token; Anonymous has none."""
    # A page of another origin must not read the tokens, either by a request to this server or
    # by a domain of its own that resolves to this machine.
    if request.url.hostname not in HERE or not _is_here(request):
        raise NotHere
    tokens = await demo_tokens() if await is_local() else {}
    found = [{"name": name.capitalize(), "token": token} for name, token in tokens.items()]
    return JSONResponse(
        [*found, {"name": "Anonymous", "token": None}],
        headers={"access-control-allow-origin": str(request.base_url).rstrip("/")},
    )


def _is_here(request: Request) -> bool:
    return request.client is not None and ip_address(request.client.host).is_loopback


app: Starlette = import_module("functions.app").app
app.router.routes[:0] = [
    Route("/", page),
    Route("/_local/callers", callers),
    Route("/_internal/openapi.json", OpenApi(app.state.functions, always=True).__call__),
    FunctionsRoute("/_local", {"rows": rows}),
]
app.add_middleware(WatchMiddleware)
