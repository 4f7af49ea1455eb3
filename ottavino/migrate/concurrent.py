"""Builds or drops an index concurrently, outside of any transaction.

This cannot be rolled back: an interrupted run leaves an invalid index, or a valid one that is
not recorded. The next run deals with both.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ottavino.errors import MigrationError
from ottavino.migrate import bookkeeping
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.steps import CreateConcurrently
from ottavino.migrate.transaction import WAIT_FOR_OTHERS, RolledBack, execute, in_sentences
from ottavino.postgres.connection import Connection, owner_connection

STATE = """
    select indisvalid and indisready and indislive from pg_index
    where indexrelid = to_regclass($1)
"""

# The statement is found by its text, because the server shows nothing else while it waits for
# the table.
UNDER_WAY = """
    select exists (
        select from pg_stat_activity
        where datname = current_database() and state = 'active'
            and left(query, 500) in (select left(sql, 500) from unnest($1::text[]) as sql)
    )
"""

PAUSE = 0.1


async def build(
    lock: Connection, app_name: str, file: MigrationFile, index: CreateConcurrently
) -> None:
    """Build an index, unless an earlier run has; an unfinished one is dropped first.

    `lock` is the connection whose open transaction keeps other runs out. The build is recorded
    before it begins, so that the index can be told from another one with its name.
    """
    async with _beside(lock) as connection:
        await bookkeeping.note_begun(connection, app_name, file.id)
        await _wait_for_orphan(connection, index)
        is_valid = await connection.fetchval(STATE, index.name)
        if is_valid is False:
            await execute(connection, file, index.backwards())
        build, *settings = index.build.statements
        if not is_valid:
            await execute(connection, file, build)
        for setting in settings:
            await execute(connection, file, setting)


async def drop(lock: Connection, file: MigrationFile, index: CreateConcurrently) -> None:
    """Drop an index, unless an earlier run has."""
    async with _beside(lock) as connection:
        await _wait_for_orphan(connection, index)
        if await connection.fetchval(STATE, index.name) is not None:
            await execute(connection, file, index.backwards())


@asynccontextmanager
async def _beside(lock: Connection) -> AsyncGenerator[Connection]:
    """A connection without a transaction, besides the one that holds the lock of the run.

    That one holds it in an open transaction: if the run were killed, a lock of the session
    would stay with a pooler, and block every later run. The settings below are the session's
    all the same, which is why DIRECT_URL has to lead past a pooler.
    """
    async with in_sentences():
        # A query keeps its snapshot until the transaction's next query, and the index would
        # wait for that: this query takes no snapshot.
        await lock.execute("select")
    async with owner_connection("migrations") as connection, in_sentences():
        # PostgreSQL waits for every older transaction. No statement waits behind it meanwhile.
        await connection.execute(
            f"set lock_timeout = '{WAIT_FOR_OTHERS}s'; set statement_timeout = 0; "
            "set search_path = public, extensions"
        )
        try:
            yield connection
        except RolledBack as error:
            raise MigrationError(
                f"{error} The unfinished index stays, and the next run goes on with it."
            ) from error


async def _wait_for_orphan(connection: Connection, index: CreateConcurrently) -> None:
    """Wait until the server has ended a statement of a run that was killed."""
    statements = [index.build.statements[0], index.backwards()]
    if await connection.fetchval(UNDER_WAY, statements):
        words = f"The server is still busy with {index.name} for a run that is gone; waiting."
        print(words, flush=True)  # noqa: T201  # the output reports a wait
    while await connection.fetchval(UNDER_WAY, statements):  # noqa: ASYNC110  # PostgreSQL does not notify of its end
        await asyncio.sleep(PAUSE)
