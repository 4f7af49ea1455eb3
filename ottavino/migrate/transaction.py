"""Runs migrations in one transaction, with their records, under one lock: all or none.

Piccolo runs each file in a transaction of its own, and records it on another connection. If a
run ends in between, no file describes the database that it leaves.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg

from ottavino.declare.generated import only_newer
from ottavino.errors import MigrationError, OutcomeUnknown, StatementRefused
from ottavino.migrate import platform
from ottavino.migrate.blockers import sessions, watched, watching
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.passed_on import is_passed_on, passed_on
from ottavino.postgres import driver_errors as driver
from ottavino.postgres.connection import Connection
from ottavino.postgres.owner_transaction import owner_transaction
from ottavino.postgres.supabase import has_auth
from ottavino.settings import settings

T = TypeVar("T")

LOCK = 0x0077A417
"""The advisory lock that a run holds: a number that nothing else uses."""

HOLDERS = """
    select array_agg(pid) from pg_locks
    where locktype = 'advisory' and granted and classid = 0 and objid = $1
        and database = (select oid from pg_database where datname = current_database())
"""

WAIT_FOR_OTHERS = 600.0
"""Seconds to wait for another run, for all locks, and for transactions older than an index."""

PAUSE = 0.1
"""Seconds between two checks whether another run has ended."""

PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds to wait after each failed lock, so that others go first. The last one repeats."""

CONNECTION_LOST = (
    "The connection to the database was lost. `piccolo migrations check` says what is "
    "applied; if the commit had not been reached, nothing was changed."
)

LOCK_ERRORS = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)

PROCESS_INVALIDATIONS = "select from (select 1 offset 0) as nothing for update"
"""Lets later statements create things in a subtransaction, such as a block with `exception`.

`alter domain` leaves invalidation messages behind. PostgreSQL 15.20 then refuses that with
"cannot start a subtransaction when there are unprocessed inval messages". It processes them
after a statement that writes or locks rows, which this one does without a table or a privilege.
"""


class RolledBack(MigrationError):
    """A transaction of migrations failed; the caller adds whether anything was changed."""


class Blocked(RolledBack):
    """A transaction of migrations did not get a lock in time; the error names who holds it."""


async def repeated(work: Callable[[Connection], Awaitable[T]]) -> T:
    """Do some work in a transaction. If a lock is held, roll it back and try again.

    While it waits for a table, every later query on that table waits behind it. So each wait is
    short, and all locks are released before the next try.
    """
    async with watching():
        return await _repeated(work)


async def _repeated(work: Callable[[Connection], Awaitable[T]]) -> T:
    loop = asyncio.get_running_loop()
    end = loop.time() + WAIT_FOR_OTHERS
    pauses = itertools.chain(PAUSES, itertools.repeat(PAUSES[-1]))
    while True:
        try:
            async with migrating() as connection:
                return await work(connection)
        except Blocked as error:
            pause = next(pauses)
            if loop.time() + pause > end:
                raise RolledBack(
                    f"{error} That was tried for {WAIT_FOR_OTHERS:g} s."
                ) from error
            print(f"{error} Others pass now; it is tried again in {pause:g} s.", flush=True)
        await asyncio.sleep(pause)


@asynccontextmanager
async def migrating() -> AsyncGenerator[Connection]:
    """A transaction of the schema's owner. No other run changes the schema until it ends."""
    async with _transaction("read write") as connection:
        await _wait_for_turn(connection)
        await _check_database(connection)
        await platform.install(connection)
        await connection.execute(platform.FORGET)
        yield connection


@asynccontextmanager
async def recording() -> AsyncGenerator[Connection]:
    """A transaction that writes only to the record of migrations."""
    async with _transaction("read write") as connection:
        await _wait_for_turn(connection)
        await _check_database(connection)
        yield connection


@asynccontextmanager
async def reading() -> AsyncGenerator[Connection]:
    """A read-only transaction that does not wait for another run."""
    async with _transaction("read only") as connection:
        yield connection


async def execute(
    connection: Connection, file: MigrationFile, sql: str, subject: str | None = None
) -> None:
    """Run the SQL of a step. An error names the step, and the session that held the needed
    lock.

    The step is named by its subject, `check public.notes.notes_size`, or by its first line that
    is no comment.
    """
    lines = [line for line in map(str.strip, sql.splitlines()) if not line.startswith("--")]
    named = subject or next(filter(None, lines), "").removesuffix(" (")
    where = f"{file.path.parent.name}/{file.path.name}: {named}"
    async with watched(connection) as blockers:
        try:
            await connection.execute(sql)
        except LOCK_ERRORS as error:
            who = " and ".join(blockers) or "another connection"
            raise Blocked(f"{where}: gave up waiting for a lock of {who}.") from error
        except asyncpg.PostgresError as error:
            if driver.is_lost(error):
                raise
            hint = await passed_on(sql) if is_passed_on(error) else only_newer(error, sql)
            raise RolledBack(f"{where}: {driver.words(error)}.{hint}") from error


@asynccontextmanager
async def in_sentences() -> AsyncGenerator[None]:
    """Turn each error of PostgreSQL in the block into a sentence."""
    try:
        yield
    except OutcomeUnknown as error:
        raise MigrationError(CONNECTION_LOST) from error
    except StatementRefused as error:
        kind = Blocked if isinstance(error.__cause__, LOCK_ERRORS) else RolledBack
        raise kind(str(error)) from error
    except LOCK_ERRORS as error:
        raise Blocked(f"Another connection has a lock: {driver.words(error)}.") from error
    except driver.ERRORS as error:
        if driver.is_lost(error):
            raise MigrationError(CONNECTION_LOST) from error
        if isinstance(error, asyncpg.PostgresError):
            raise RolledBack(f"PostgreSQL refused: {driver.words(error)}.") from error
        raise


@asynccontextmanager
async def _transaction(mode: str) -> AsyncGenerator[Connection]:
    async with (
        in_sentences(),
        owner_transaction("migrations", begin(mode)) as connection,
        in_sentences(),
    ):
        yield connection


def begin(mode: str) -> str:
    """The statements that begin a transaction of migrations: `read write`, `read only`."""
    milliseconds = round(settings().lock_timeout * 1000)
    # This isolation level, because the run has to see what another one commits while it waits.
    return f"""
        begin isolation level read committed {mode};
        select
            set_config('lock_timeout', '{milliseconds}', true),
            -- A migration may take its time; only waiting for others is bounded.
            set_config('statement_timeout', '0', true),
            set_config('idle_in_transaction_session_timeout', '0', true),
            -- A body may name what the same migration makes later.
            set_config('check_function_bodies', 'off', true),
            -- A backslash in a string is no more than that: so the steps were read.
            set_config('standard_conforming_strings', 'on', true),
            -- As on Supabase. Some SQL cannot name an operator of an extension with its schema:
            -- `is distinct from`, `in`, `case`.
            set_config('search_path', 'public, extensions', true);
    """


async def _wait_for_turn(connection: Connection) -> None:
    """Take the lock, which the end of the transaction releases."""
    take = "select pg_try_advisory_xact_lock($1)"
    if await connection.fetchval(take, LOCK):
        return
    print("Another migration run is in progress; waiting for its end.", flush=True)
    # It polls, with a new transaction each time: an index that the other run builds
    # concurrently waits for every open transaction, so one long transaction would be a
    # deadlock.
    loop = asyncio.get_running_loop()
    end = loop.time() + WAIT_FOR_OTHERS
    while not await connection.fetchval(take, LOCK):
        if loop.time() > end:
            holders = await connection.fetchval(HOLDERS, LOCK)
            who = " and ".join(await sessions(connection, holders or []))
            raise RolledBack(
                f"Another migration run has not ended in {WAIT_FOR_OTHERS:g} s: {who}."
            )
        await connection.execute("rollback")
        await asyncio.sleep(PAUSE)
        await connection.execute(begin("read write"))


async def _check_database(connection: Connection) -> None:
    if not await has_auth(connection):
        raise MigrationError(
            "This database has no auth.users. Point DIRECT_URL at a Supabase project, or "
            "install the roles and the schema auth with `piccolo db install_auth`."
        )
    if not await connection.fetchval(
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    ):
        raise MigrationError(
            "The migrating role is bound by row level security, so a migration would miss "
            "rows without an error. Give it BYPASSRLS, as Supabase's postgres has it."
        )
