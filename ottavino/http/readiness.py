"""Whether requests can be sent here: the database answers, and has what this server needs.

The database may have more than that. In a rolling deployment, the migrations of the next
release are applied first, and the servers of this release go on answering until they are
replaced.
"""

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic
from typing import Protocol, runtime_checkable

import asyncpg
from piccolo.conf.apps import Finder
from starlette.requests import Request
from starlette.responses import JSONResponse

from ottavino.errors import OttavinoError, StatementRefused
from ottavino.http.errors import ApiError, DatabaseDown, SchemaChanged
from ottavino.http.lifespan import require_checked
from ottavino.identity import Identity
from ottavino.postgres import driver_errors as driver
from ottavino.postgres.connection import Connection
from ottavino.postgres.owner_transaction import owner_transaction
from ottavino.postgres.session import session

logger = logging.getLogger("ottavino")

APPLIED = "applied"
UNKNOWN = "unknown"
PATIENCE_SECONDS = 3.0
HOLDS_SECONDS = 1.0
"""For this time an answer is repeated to further probes, without a connection."""


@runtime_checkable
class Schema(Protocol):
    """An app of Piccolo that knows what its tables need of a database."""

    async def lacking(self, connection: Connection) -> list[str]:
        """The declared columns that the database lacks, or has with another type."""
        ...

    async def pending(self, connection: Connection) -> int:
        """How many of the app's migrations are not applied."""
        ...


class NotReady(DatabaseDown):
    """The database is not ready for this server."""


class Readiness:
    """Answers whether the database has every migration and every column of this server.

    The migrations are left out if the login may not see which of them are applied.
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
            # A new error each time, because an error that is raised twice keeps its first
            # traceback.
            raise type(self._found)(str(self._found))
        return JSONResponse({"message": "ok", "migrations": self._found})


async def _found() -> str | ApiError:
    """Whether migrations are applied, or the error, which does not name the database."""
    apps = Finder().get_app_registry().app_configs.values()
    schemas = [app for app in apps if isinstance(app, Schema)]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            migrations = await _migrations(schemas)
            await _require_columns(schemas)
            return migrations
    except ApiError as error:
        return error
    except (OttavinoError, *driver.ERRORS) as error:
        logger.warning("Not ready: %s", str(error) or type(error).__name__)
        return NotReady("The database does not answer.")


async def _require_columns(schemas: Sequence[Schema]) -> None:
    async with session(Identity.anonymous(), name="ready") as opened:
        connection = await opened.open()
        columns = [each for schema in schemas for each in await schema.lacking(connection)]
    if columns:
        logger.warning("Not ready: the database does not have %s.", ", ".join(columns))
        raise SchemaChanged(
            f"The database lacks columns that this server needs: {len(columns)}. Deploy "
            "the release whose migrations are applied."
        )


async def _migrations(schemas: Sequence[Schema]) -> str:
    try:
        async with owner_transaction("ready", "begin read only") as connection:
            pending = sum([await schema.pending(connection) for schema in schemas])
    except StatementRefused as error:
        if not isinstance(error.__cause__, asyncpg.InsufficientPrivilegeError):
            raise
        # Without DIRECT_URL, the login may not be allowed to read the table of migrations.
        return UNKNOWN
    if pending:
        raise NotReady(
            f"Migrations are not applied: {pending}. Run piccolo migrations forwards all."
        )
    return APPLIED
