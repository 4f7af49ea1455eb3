"""What a process does when it starts and when it stops: checks, limits, and last rollbacks."""

import asyncio
import contextlib
import gc
import logging
import resource
from collections.abc import AsyncGenerator, Awaitable
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
"""How long a stopping process waits for cancelled requests to roll back and to answer."""


class LifespanMiddleware:
    """Refuses to start if a setting is missing or wrong, and names it.

    If the lifespan below raised the error, uvicorn would print its sentence after a traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "lifespan":
            return self._checked(scope, receive, send)
        return self.app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
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
    """Refuse to serve if the checks did not run: a server may skip the lifespan."""
    if not app.state.is_checked:
        raise NotChecked


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[None]:
    """Prepare the process; when it stops, wait for cancelled requests to roll back."""
    allow_many_connections()
    # Otherwise Piccolo would import the configuration at the first query, whose caller would
    # wait.
    import_configuration()
    # Objects that exist now are never freed, and each full collection would spend 30 ms on
    # them.
    gc.freeze()
    yield
    # If a process ends in the middle of a rollback, its query goes on in the database.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            if running := app.state.requests - {asyncio.current_task()}:
                await asyncio.wait(running)
            await all_released()
    if settings().database_url == EMBEDDED:
        embedded().release()
    # The process ends by its signal, and Python flushes nothing then.
    for handler in logger.handlers:
        handler.flush()


def allow_many_connections() -> None:
    """Raise the limit of open files as far as this process may.

    Most systems begin with 1,024: so many slow clients would keep all others from being
    answered.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # If the hard limit is unlimited, as on macOS, the kernel still has a lower one.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def check_settings() -> None:
    """Raise `SettingsError` for the first setting that is missing or wrong."""
    _ = settings().required_database_url
    verifier(settings())
    if warning := dotenv_warning():
        logger.warning(warning)


async def check_secrets() -> None:
    """Refuse a published secret, unless the database is known to be a local one."""
    if not has_published_secret(settings()):
        return
    try:
        local = await is_local()
    except DatabaseUnavailable:
        local = False
    if not local:
        raise SettingsError(
            "JWT_SECRET or SUPABASE_SECRET_KEYS has a published value, and the database is not "
            "marked as a local one: everybody can sign a token for any user with it. Take the "
            "project's own; or, if the database is for development alone, mark it with "
            "`piccolo db mark_local`."
        )


def warn_of_connections() -> None:
    """Warn about each database that TLS does not verify: another server could answer."""
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
                "%s does not verify the server at %s: a machine on the way there can read and "
                "change everything. Add sslmode=verify-full to it, and sslrootcert=FILE where "
                "the server's certificate is not from an authority that this system knows.",
                name,
                address().host,
            )


async def check_login() -> None:
    """Refuse a database with which this server cannot work. One that does not answer yet is
    accepted.
    """
    try:
        login = await service_login()
    except (DatabaseUnavailable, StatementRefused) as error:
        logger.warning("The server starts without its database: %s", error)
        return
    login.check()
    for warning in login.warnings:
        logger.warning(warning)
