"""How a cell of the access matrix is tried: on the owner's row, as its caller, and undone."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg

from ottavino.postgres.connection import Connection
from ottavino.postgres.scope import current_scope
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN
from ottavino.postgres.transaction import become
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.access import NEWCOMER, OWNER, PARENT, STRANGER, Cell, insertion
from tests.ottavino.house.injection import INJECTIONS
from tests.ottavino.house.piccolo_conf import DB

NOT_BY_POLICY = "new row violates row-level security policy for table"

Attempt = Callable[[Cell], Awaitable[int]]
"""Runs the statement of a cell, undoes it, and gives the number of its rows."""

COLUMNS = """
    select attname from pg_attribute
    where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
"""
"""What PostgreSQL says the columns of a table are."""

PARENTS = {
    "document_chunks": "insert into public.documents (id, user_id, filename, file_type, "
    f"file_size) values ('{PARENT}', '{OWNER}', 'a.txt', 'text/plain', 1)",
    "agent_requests": "insert into public.agent_sessions (id, user_id) "
    f"values ('{PARENT}', '{OWNER}')",
}


class Undo(Exception):
    """Leaves a block so that it is rolled back."""


async def seed(connection: Connection, table: str) -> None:
    """Give the table one row, the owner's, and the API roles a schema to make tables in."""
    await connection.execute(f"""
        insert into auth.users (id) values ('{OWNER}'), ('{STRANGER}'), ('{NEWCOMER}');
        delete from public.user_profiles where id <> '{OWNER}';
        create schema playground;
        grant all on schema playground to anon, authenticated, service_role;
        {PARENTS.get(table, "")};
        -- A profile is there since sign-up.
        {insertion(table) if table != "user_profiles" else ""};
        -- A caller who may add a chunk adds the seventh.
        update public.document_chunks set chunk_index = 0;
    """)


@asynccontextmanager
async def undone(connection: Connection) -> AsyncGenerator[None]:
    """A block whose statements are rolled back at its end."""
    with suppress(Undo):
        async with connection.transaction():
            yield
            raise Undo


@asynccontextmanager
async def seeded(database: Database, table: str) -> AsyncGenerator[Connection]:
    """A superuser's connection with the seed, in a transaction that is undone."""
    async with connected(database.superuser_url) as connection, undone(connection):
        await seed(connection, table)
        yield connection


def in_session(injection: str = "") -> Attempt:
    """Try cells in the session that is open, as an invocation has it, after an injection."""

    async def attempt(cell: Cell) -> int:
        rows: list[asyncpg.Record] = []
        with suppress(Undo):
            async with DB.transaction():
                # Uses the connection itself, since a scope refuses anything but queries.
                connection = await current_scope().connection.open()
                if injection:
                    await connection.fetch(injection)
                rows = await connection.fetch(cell.sql)
                raise Undo
        return len(rows)

    return attempt


def on(connection: Connection) -> Attempt:
    """Try cells in a transaction that may have changed the rules, as a session would."""

    async def attempt(cell: Cell) -> int:
        tag = ""
        async with undone(connection):
            # Who has logged in, the database cannot be told otherwise by a query.
            login = AUTHENTICATOR if cell.caller == "service" else LOGIN
            await connection.execute(f"set local session authorization {login}")
            await become(connection, cell.identity)
            if cell.caller == "injected":
                await connection.fetch(INJECTIONS["other claims"])
            tag = await connection.execute(cell.sql)
        number = tag.split()[-1]
        return int(number) if number.isdecimal() else 0

    return attempt


async def difference(attempt: Attempt, cell: Cell) -> str | None:
    """A sentence, if the cell comes out otherwise than it says."""
    outcome = await observe(attempt, cell)
    return None if outcome == cell.outcome else f"{cell}: {outcome}, not {cell.outcome}"


async def observe(attempt: Attempt, cell: Cell) -> str:
    """What comes of it, in the words of the matrix; anything else in PostgreSQL's."""
    try:
        rows = await attempt(cell)
    except asyncpg.InsufficientPrivilegeError as error:
        message = str(error)
        if message.startswith(f'{NOT_BY_POLICY} "{cell.table}"'):
            return "refused"
        denials = (
            f"permission denied for table {cell.table}",
            f"must be owner of table {cell.table}",
        )
        return "denied" if message in denials else message
    except asyncpg.PostgresError as error:
        return f"{error.sqlstate} {error}"
    return "yes" if rows or not cell.asks_for_rows else "none"
