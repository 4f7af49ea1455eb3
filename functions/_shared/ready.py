"""Whether requests can be sent here: the database answers, and every migration is applied."""

import asyncio
import logging
from time import monotonic

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse

from db import driver
from db.errors import MigrationError, OttavinoError
from db.identity import Identity
from db.schema.apply import reading
from db.schema.history import histories
from db.session import current_scope, session
from functions._shared.errors import DatabaseDown

logger = logging.getLogger("ottavino")

APPLIED = "applied"
UNKNOWN = "unknown"
PATIENCE_SECONDS = 3.0
HOLDS_SECONDS = 1.0
"""Whoever asks more often than this is told the same again, without a connection."""


class NotReady(DatabaseDown):
    """Not ready."""


class Readiness:
    """Answers whether the database answers, and which migrations are applied: just those that
    the server has files of, or some that the login may not see. Anything else is an error.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._until = float("-inf")
        self._found = ""

    async def __call__(self, _: Request) -> JSONResponse:
        async with self._lock:
            if monotonic() >= self._until:
                self._found = await _found()
                self._until = monotonic() + HOLDS_SECONDS
        if self._found not in {APPLIED, UNKNOWN}:
            raise NotReady(self._found)
        return JSONResponse({"message": "ok", "migrations": self._found})


async def _found() -> str:
    """How the migrations are, or what is missing, saying nothing of where the database is."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async with session(Identity.anonymous(), name="ready"):
                await current_scope().fetch("select 1", ())
            return await _migrations()
    except (OttavinoError, *driver.ERRORS) as error:
        logger.warning("Not ready: %s", str(error) or type(error).__name__)
        return "The database does not answer."


async def _migrations() -> str:
    try:
        async with reading() as connection:
            apps = await histories(connection, "all")
    except MigrationError as error:
        # Without DIRECT_URL, the login may be one that sees nothing but its callers' rows.
        if isinstance(error.__cause__, asyncpg.InsufficientPrivilegeError):
            return UNKNOWN
        raise
    if pending := sum(len(each.pending) for each in apps):
        return f"Migrations are not applied: {pending}. Run piccolo migrations forwards all."
    if other := sum(len(each.gone) + len(each.edited) for each in apps):
        return (
            f"Applied migrations are not those of this server: {other}. Deploy their release."
        )
    return APPLIED
