"""A transaction of the role that owns the tables, for migrations. No caller is bound in it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ottavino.postgres import driver_errors as errors
from ottavino.postgres.budget import GUARD_SECONDS
from ottavino.postgres.commit import commit
from ottavino.postgres.connection import Connection, owner_connection
from ottavino.settings import settings


@asynccontextmanager
async def owner_transaction(application_name: str, begin: str) -> AsyncGenerator[Connection]:
    """A transaction that the SQL `begin` begins, on a connection of its own.

    Leaving the block commits, with the same errors as a session's commit; leaving it by an
    exception rolls back. The block uses the connection itself. It has no session, so a query of
    Piccolo in it is refused, as everywhere without a caller.
    """
    async with owner_connection(application_name) as connection:
        with errors.understood():
            async with asyncio.timeout(settings().statement_timeout + GUARD_SECONDS):
                await connection.execute(begin)
        yield connection
        await commit(connection)
