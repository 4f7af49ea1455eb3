"""The HTTP application: the functions, and the addresses for health, readiness and OpenAPI."""

import asyncio

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from ottavino.http.discovery import Functions, discover
from ottavino.http.invocation import FunctionsFirst, FunctionsRoute
from ottavino.http.lifespan import LifespanMiddleware, lifespan
from ottavino.http.openapi.endpoint import OpenApi
from ottavino.http.readiness import Readiness
from ottavino.http.request_log import RequestLogMiddleware, error_response

ADDRESS = "/functions/v1"


def create_app(functions: str | Functions) -> Starlette:
    """An application that serves the functions of a package, or the given ones."""
    functions = discover(functions) if isinstance(functions, str) else functions
    app = FunctionsApp(functions)
    # An unknown address is answered with JSON, and not with a redirect to a similar one.
    app.router.redirect_slashes = False
    app.state.functions = functions
    app.state.requests = set[asyncio.Task[None]]()
    app.state.is_checked = False
    return app


class FunctionsApp(Starlette):
    """Starlette without its middleware for errors, since the request log answers all errors.

    Middleware and exception handlers that a project adds apply.
    """

    def __init__(self, functions: Functions) -> None:
        super().__init__(
            routes=[
                FunctionsRoute(ADDRESS, functions),
                Route("/_internal/health", health),
                Route("/_internal/ready", Readiness().__call__),
                Route("/_internal/openapi.json", OpenApi(functions).__call__),
            ],
            middleware=[Middleware(RequestLogMiddleware)],
            lifespan=lifespan,
        )

    def build_middleware_stack(self) -> ASGIApp:
        """The middleware and exception handlers that the project added, around the router."""
        app: ASGIApp = FunctionsFirst(self.router)
        if self.exception_handlers:
            handlers = {HTTPException: error_response, **self.exception_handlers}
            app = ExceptionMiddleware(app, handlers)
        for middleware, arguments, options in reversed(self.user_middleware):
            app = middleware(app, *arguments, **options)
        return LifespanMiddleware(app)


async def health(_: Request) -> JSONResponse:
    """Answer that this process runs, without a query to the database."""
    return JSONResponse({"message": "ok"})
