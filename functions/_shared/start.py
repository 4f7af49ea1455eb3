"""What a process checks before it takes a request, and lets go of after the last one."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from db.errors import SettingsError
from db.local import embedded
from db.settings import EMBEDDED, settings
from functions._shared.caller import verifier

logger = logging.getLogger("ottavino")


class StartMiddleware:
    """Refuses to start where a setting is missing or wrong, and says which.

    Raised in the lifespan below, the sentence would come out at the end of a traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                _check_settings()
            except SettingsError as error:
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
        await self.app(scope, receive, send)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[None]:
    """Log where nobody listens yet, and let an embedded database go at the end."""
    _log_to_terminal()
    yield
    if settings().database_url == EMBEDDED:
        embedded.release()


def _check_settings() -> None:
    _ = settings().required_database_url
    verifier(settings())


def _log_to_terminal() -> None:
    if logger.hasHandlers():
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
