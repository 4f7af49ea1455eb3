"""The HTTP server: which address is answered by what."""

import asyncio

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from ottavino.http.discovery import Functions, discover
from ottavino.http.invocation import FunctionEndpoint
from ottavino.http.lifespan import LifespanMiddleware, lifespan
from ottavino.http.openapi.endpoint import OpenApi
from ottavino.http.readiness import Readiness
from ottavino.http.request_log import RequestLogMiddleware, error_response

ADDRESS = "/functions/v1"


def create_app(functions: str | Functions) -> Starlette:
    """An application that answers for the functions of a package, or for these."""
    functions = discover(functions) if isinstance(functions, str) else functions
    app = Starlette(
        routes=[
            # They are tried in turn, so the one that most requests take comes first.
            Mount(ADDRESS, FunctionEndpoint(functions)),
            Route("/_internal/health", health),
            Route("/_internal/ready", Readiness().__call__),
            Route("/_internal/openapi.json", OpenApi(functions).__call__),
        ],
        middleware=[Middleware(LifespanMiddleware), Middleware(RequestLogMiddleware)],
        exception_handlers={HTTPException: error_response},
        lifespan=lifespan,
    )
    # An address is right or wrong; a redirect would answer both without JSON.
    app.router.redirect_slashes = False
    app.state.functions = functions
    app.state.requests = set[asyncio.Task[None]]()
    app.state.is_checked = False
    return app


async def health(_: Request) -> JSONResponse:
    """Whether this process answers. The database is not asked."""
    return JSONResponse({"message": "ok"})
