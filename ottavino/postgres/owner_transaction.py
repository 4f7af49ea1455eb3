"""A transaction of the role that owns the tables, for migrations. No caller is bound in it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ottavino.postgres import driver
from ottavino.postgres import driver_errors as errors
from ottavino.postgres.address import migration_address
from ottavino.postgres.budget import GUARD_SECONDS
from ottavino.postgres.commit import commit
from ottavino.postgres.connection import Connection, connect
from ottavino.postgres.release import UNDO_SECONDS, release
from ottavino.settings import settings


@asynccontextmanager
async def owner_transaction(application_name: str, begin: str) -> AsyncGenerator[Connection]:
    """A transaction that the SQL `begin` begins, on a connection of its own.

    Leaving the block commits, with the same errors as a session's commit; leaving it by an
    exception rolls back. The block works with the connection: it is no session, so a query of
    Piccolo in it is refused like anywhere else without a caller.
    """
    connection = await connect(migration_address(), application_name)
    try:
        with errors.understood():
            async with asyncio.timeout(settings().statement_timeout + GUARD_SECONDS):
                await connection.execute(begin)
        yield connection
    except BaseException:
        # Waited for, so that the next try does not meet the locks of this one.
        await asyncio.wait({release(connection, asyncio.Lock())}, timeout=UNDO_SECONDS)
        raise
    try:
        await commit(connection)
    finally:
        driver.close(connection)
