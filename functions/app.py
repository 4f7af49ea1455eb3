"""The HTTP server: which address is answered by what."""

import asyncio

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from functions._openapi.endpoint import OpenApi
from functions._shared.discovery import Functions, discover
from functions._shared.exchange import ExchangeMiddleware, error_response
from functions._shared.invocation import FunctionEndpoint
from functions._shared.ready import Readiness
from functions._shared.start import StartMiddleware, lifespan

ADDRESS = "/functions/v1/{slug}"


def create_app(functions: Functions) -> Starlette:
    """An application that answers for these functions."""
    endpoint = FunctionEndpoint(functions)
    app = Starlette(
        routes=[
            # They are tried in turn, so what is asked most comes first.
            Route(ADDRESS, endpoint),
            Route(ADDRESS + "/{path:path}", endpoint),
            Route("/_internal/health", health),
            Route("/_internal/ready", Readiness().__call__),
            Route("/_internal/openapi.json", OpenApi(functions).__call__),
        ],
        middleware=[Middleware(StartMiddleware), Middleware(ExchangeMiddleware)],
        exception_handlers={HTTPException: error_response},
        lifespan=lifespan,
    )
    # An address is right or wrong; a redirect would answer both without JSON.
    app.router.redirect_slashes = False
    app.state.exchanges = set[asyncio.Task[None]]()
    app.state.is_checked = False
    return app


async def health(_: Request) -> JSONResponse:
    """Whether this process answers. The database is not asked."""
    return JSONResponse({"message": "ok"})


app = create_app(discover("functions"))
