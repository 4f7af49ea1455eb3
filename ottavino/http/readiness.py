"""Whether requests can be sent here: the database answers, and has what this server needs.

What it has besides is no matter. Where servers are replaced one by one, the migrations of the
next release are applied first, and the servers of this one answer until their turn comes.
"""

import asyncio
import logging
from time import monotonic

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse

from ottavino.errors import MigrationError, OttavinoError
from ottavino.http.errors import ApiError, DatabaseDown, SchemaChanged
from ottavino.http.lifespan import require_checked
from ottavino.identity import Identity
from ottavino.inspect.fit import lacking
from ottavino.migrate.history import histories
from ottavino.migrate.transaction import reading
from ottavino.postgres import driver_errors as driver
from ottavino.postgres.session import session

logger = logging.getLogger("ottavino")

APPLIED = "applied"
UNKNOWN = "unknown"
PATIENCE_SECONDS = 3.0
HOLDS_SECONDS = 1.0
"""A probe within this time gets the same answer again, without a connection."""


class NotReady(DatabaseDown):
    """Not ready."""


class Readiness:
    """Answers that the database has what the server needs: every migration that the server
    has a file of, unless the login may not see them, and every column. Else it is an error.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._until = float("-inf")
        self._found: str | ApiError = ""

    async def __call__(self, request: Request) -> JSONResponse:
        require_checked(request.app)
        async with self._lock:
            if monotonic() >= self._until:
                self._found = await _found()
                self._until = monotonic() + HOLDS_SECONDS
        if isinstance(self._found, ApiError):
            # Anew, since one that is raised again keeps what it has gone through before.
            raise type(self._found)(str(self._found))
        return JSONResponse({"message": "ok", "migrations": self._found})


async def _found() -> str | ApiError:
    """How the migrations are, or what is missing, saying nothing of where the database is."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            migrations = await _migrations()
            await _require_columns()
            return migrations
    except ApiError as error:
        return error
    except (OttavinoError, *driver.ERRORS) as error:
        logger.warning("Not ready: %s", str(error) or type(error).__name__)
        return NotReady("The database does not answer.")


async def _require_columns() -> None:
    async with session(Identity.anonymous(), name="ready") as opened:
        if columns := await lacking(await opened.open()):
            logger.warning("Not ready: the database does not have %s.", ", ".join(columns))
            raise SchemaChanged(
                f"The database lacks columns that this server needs: {len(columns)}. Deploy "
                "the release whose migrations are applied."
            )


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
        raise NotReady(
            f"Migrations are not applied: {pending}. Run piccolo migrations forwards all."
        )
    return APPLIED
