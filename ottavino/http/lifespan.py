"""What a process checks before its first request, and ends after its last one."""

import asyncio
import contextlib
import gc
import logging
import resource
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from ottavino.errors import DatabaseUnavailable, SettingsError, StatementRefused
from ottavino.http.auth.verifier import has_published_secret, verifier
from ottavino.http.configuration import import_configuration
from ottavino.http.errors import NotChecked
from ottavino.http.log import configure
from ottavino.postgres.address import (
    caller_address,
    migration_address,
    replica_address,
    service_address,
)
from ottavino.postgres.embedded import embedded
from ottavino.postgres.local import is_local
from ottavino.postgres.login import service_login
from ottavino.postgres.release import all_released
from ottavino.settings import EMBEDDED, dotenv_warning, settings

logger = logging.getLogger("ottavino")

LAST_SECONDS = 3.0
"""How long what was cancelled at the end may take to roll back and to say so."""


class LifespanMiddleware:
    """Refuses to start where a setting is missing or wrong, and says which.

    Raised in the lifespan below, the sentence would come out at the end of a traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            configure()
            try:
                check_settings()
                await check_secrets()
                warn_of_connections()
                await check_login()
            except SettingsError as error:
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            scope["app"].state.is_checked = True
        await self.app(scope, receive, send)


def require_checked(app: Starlette) -> None:
    """Refuse to serve where nothing was checked: a server may leave the lifespan out."""
    if not app.state.is_checked:
        raise NotChecked


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[None]:
    """Take all that there is to have; at the end, wait for what was cancelled to be undone."""
    allow_many_connections()
    # Piccolo imports it with the first query, whose caller would wait for that.
    import_configuration()
    # What is here now stays, and to look through it for garbage takes 30 ms each time.
    gc.freeze()
    yield
    # A process that ends in the middle of a rollback leaves its query to run on.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            if running := app.state.requests - {asyncio.current_task()}:
                await asyncio.wait(running)
            await all_released()
    if settings().database_url == EMBEDDED:
        embedded().release()
    # The server ends by the signal that it was sent, after which Python flushes nothing.
    for handler in logger.handlers:
        handler.flush()


def allow_many_connections() -> None:
    """Take all the open files that this process may have.

    At 1,024, where most systems begin, that many slow clients would be all who are answered.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Where there is no end to it, as on macOS, the system has another one.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def check_settings() -> None:
    """Raise `SettingsError` for the first setting that is missing or wrong."""
    _ = settings().required_database_url
    verifier(settings())
    if warning := dotenv_warning():
        logger.warning(warning)


async def check_secrets() -> None:
    """Refuse a secret that is published, unless the database is known to be a local one."""
    if not has_published_secret(settings()):
        return
    try:
        local = await is_local()
    except DatabaseUnavailable:
        local = False
    if not local:
        raise SettingsError(
            "JWT_SECRET or SUPABASE_SECRET_KEYS is one that is published, and the database is "
            "not marked as a local one: anybody could be anybody. Take the project's own; or, "
            "if the database is for development alone, mark it with `piccolo db mark_local`."
        )


def warn_of_connections() -> None:
    """Warn of databases whose server is not verified, so that another one could answer."""
    addresses = {"DATABASE_URL": caller_address}
    if settings().read_database_url:
        addresses["READ_DATABASE_URL"] = replica_address
    if settings().service_database_url:
        addresses["SERVICE_DATABASE_URL"] = service_address
    if settings().direct_url:
        addresses["DIRECT_URL"] = migration_address
    for name, address in addresses.items():
        if not address().is_verified:
            logger.warning(
                "%s does not ask who answers at %s: somebody on the way there could read and "
                "change everything. Add sslmode=verify-full to it, and sslrootcert=FILE where "
                "the server's certificate is not from an authority that this system knows.",
                name,
                address().host,
            )


async def check_login() -> None:
    """Refuse a database that cannot be served. One that does not answer may do so later."""
    try:
        login = await service_login()
    except (DatabaseUnavailable, StatementRefused) as error:
        logger.warning("The database is not there yet: %s", error)
        return
    login.check()
    for warning in login.warnings:
        logger.warning(warning)
