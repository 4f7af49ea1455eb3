"""Migrations in a transaction: all of them or none, under one lock, bookkeeping included.

Piccolo gives each file a transaction, and writes down that it ran on another connection: a
failure or a kill in between leaves a database that no file describes.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from db.connection import Connection, migration_address
from db.errors import MigrationError
from db.local.supabase import has_auth
from db.schema.blockers import sessions, watched
from db.schema.files import MigrationFile
from db.schema.steps import CreateConcurrently, Step
from db.session import Session
from db.settings import settings

LOCK = 0x0077A417
"""The advisory lock that a run holds: a number that nothing else uses."""

HOLDERS = """
    select array_agg(pid) from pg_locks
    where locktype = 'advisory' and granted and classid = 0 and objid = $1
        and database = (select oid from pg_database where datname = current_database())
"""

WAIT_FOR_OTHERS = 600.0
"""Seconds to wait for another run, and an index for the transactions before it."""

PAUSE = 0.1
"""Seconds between two questions whether another run has ended."""

CONNECTION_ERRORS = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    OSError,
)

BOOKKEEPING = """
    create table if not exists public.migration (
        id serial primary key,
        name varchar(200) not null,
        app_name varchar(200) not null,
        ran_on timestamp not null default current_timestamp
    );
    -- Supabase's data API serves whatever lies in this schema.
    alter table public.migration enable row level security;
    revoke all on public.migration from public, anon, authenticated, service_role;
    revoke all on sequence public.migration_id_seq
        from public, anon, authenticated, service_role;
"""


BOOKKEPT = "select relrowsecurity from pg_class where oid = to_regclass('public.migration')"


class RolledBack(MigrationError):
    """A transaction of migrations failed; its error says why, and not what it left."""


@asynccontextmanager
async def migrating() -> AsyncGenerator[Connection]:
    """A transaction of the owner of the schema, who is alone in changing it until it ends."""
    async with _transaction("read write") as connection:
        await _wait_for_turn(connection)
        await _check_database(connection)
        yield connection


@asynccontextmanager
async def reading() -> AsyncGenerator[Connection]:
    """A transaction that writes nothing, and waits for no other run."""
    async with _transaction("read only") as connection:
        yield connection


async def applied(connection: Connection, app_name: str) -> list[str]:
    """The ids of the migrations that have run, the oldest first."""
    if not await connection.fetchval("select to_regclass('public.migration') is not null"):
        return []
    rows = await connection.fetch(
        "select name from public.migration where app_name = $1", app_name
    )
    # Sorted here, as the files are: a database has an order of its own. And once each: by
    # itself, Piccolo notes a migration as often as it runs beside itself.
    return sorted({row["name"] for row in rows})


async def run_forwards(connection: Connection, file: MigrationFile) -> None:
    """Take the steps of a file."""
    for step in map(_inside, file.migration.steps):
        await _run(connection, file, step.forwards())


async def run_backwards(connection: Connection, file: MigrationFile) -> None:
    """Undo the steps of a file, the last one first."""
    for step in map(_inside, reversed(file.migration.steps)):
        await _run(connection, file, step.backwards())


async def note_applied(connection: Connection, app_name: str, migration_id: str) -> None:
    """Write down that a migration ran."""
    # Only where it is needed: the lock that it takes would keep `check` waiting.
    if not await connection.fetchval(BOOKKEPT):
        await connection.execute(BOOKKEEPING)
    await connection.execute(
        "insert into public.migration (name, app_name) values ($1, $2)", migration_id, app_name
    )


async def note_undone(connection: Connection, app_name: str, migration_id: str) -> None:
    """Write down that a migration did not run."""
    await connection.execute(
        "delete from public.migration where name = $1 and app_name = $2", migration_id, app_name
    )


def preview(steps: Sequence[Step], *, backwards: bool = False) -> str:
    """The SQL that would be run."""
    if backwards:
        statements = [step.backwards() for step in reversed(steps)]
    else:
        statements = [step.forwards() for step in steps]
    return "\n\n".join(f"{statement.rstrip(';')};" for statement in statements if statement)


async def execute(connection: Connection, file: MigrationFile, sql: str) -> None:
    """Run the SQL of a step; an error says which it was, and who held the lock it needed."""
    statement = sql.partition("\n")[0].removesuffix(" (")
    where = f"{file.path.parent.name}/{file.path.name}: {statement}"
    async with watched(connection) as blockers:
        try:
            await connection.execute(sql)
        except CONNECTION_ERRORS:
            raise
        except asyncpg.LockNotAvailableError as error:
            who = " and ".join(blockers) or "another connection"
            raise RolledBack(f"{where}: gave up waiting for a lock of {who}.") from error
        except asyncpg.PostgresError as error:
            raise RolledBack(f"{where}: {_words(error)}.") from error


@asynccontextmanager
async def in_sentences() -> AsyncGenerator[None]:
    """A block in which whatever PostgreSQL raises is told in a sentence."""
    try:
        yield
    except CONNECTION_ERRORS as error:
        raise MigrationError(
            "The connection to the database was lost. `piccolo migrations check` says what is "
            "applied; if the commit had not been reached, nothing was changed."
        ) from error
    except asyncpg.PostgresError as error:
        raise RolledBack(f"PostgreSQL refused: {_words(error)}.") from error


@asynccontextmanager
async def _transaction(mode: str) -> AsyncGenerator[Connection]:
    async with (
        in_sentences(),
        Session(lambda: _begin(mode), migration_address(), "migrations") as session,
    ):
        yield await session.open()


def _begin(mode: str) -> str:
    milliseconds = round(settings().lock_timeout * 1000)
    # Whatever the role's default: what another run has committed while this one waited
    # has to be seen.
    return f"""
        begin isolation level read committed {mode};
        select
            set_config('lock_timeout', '{milliseconds}', true),
            -- A migration may take its time; only waiting for others is bounded.
            set_config('statement_timeout', '0', true),
            set_config('idle_in_transaction_session_timeout', '0', true),
            -- A body may name what the same migration makes later.
            set_config('check_function_bodies', 'off', true),
            set_config('search_path', 'public', true);
    """


async def _wait_for_turn(connection: Connection) -> None:
    """Take the lock, which only the end of the transaction gives back."""
    take = "select pg_try_advisory_xact_lock($1)"
    if await connection.fetchval(take, LOCK):
        return
    print("Another migration run is under way; waiting for its end.", flush=True)
    # Asked again and again, in a transaction each: an index that the other run builds
    # concurrently waits for every transaction, and we would wait for each other for ever.
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
        await connection.execute(_begin("read write"))


async def _check_database(connection: Connection) -> None:
    if not await has_auth(connection):
        raise MigrationError(
            "This database has no auth.users. Point DIRECT_URL at a Supabase project, or lay "
            "the roles and the schema auth with `piccolo db lay_auth`."
        )
    if not await connection.fetchval(
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    ):
        raise MigrationError(
            "The migrating role is bound by row level security, so a migration would miss "
            "rows without an error. Give it BYPASSRLS, as Supabase's postgres has it."
        )


def _inside(step: Step) -> Step:
    return step.inside if isinstance(step, CreateConcurrently) else step


async def _run(connection: Connection, file: MigrationFile, sql: str) -> None:
    if not sql:
        return
    await execute(connection, file, sql)
    if not connection.is_in_transaction():
        statement = sql.partition("\n")[0]
        raise MigrationError(
            f"{file.path.parent.name}/{file.path.name}: {statement}: it ends the transaction "
            "that all migrations share, so what came before it may have been changed without "
            "being written down. Take the statement out of the file, and mend the database."
        )


def _words(error: asyncpg.PostgresError) -> str:
    """The message, and on the same line the detail: what depends on it, which row."""
    detail = "; ".join((error.detail or "").rstrip(".").splitlines())
    return f"{error.message} ({detail})" if detail else str(error.message)
