"""Connections that last as long as a block, and the errors that are raised in it."""

import asyncio
import contextlib

import pytest

from ottavino.errors import DatabaseUnavailable, StatementRefused
from ottavino.postgres.address import address
from ottavino.postgres.connection import Connection, connect, connected, owner_connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected as superuser
from tests.ottavino.wire import TERMINATE, tapped


@pytest.fixture
def database(reused_database: Database) -> Database:
    """One for all of these tests, none of which changes it."""
    return reused_database


@pytest.mark.parametrize("version", [b"", b"S\0\0\0\x17server_version\0odd\0"])
async def test_a_server_without_a_readable_version_is_unavailable(version: bytes) -> None:
    greeting = b"R\0\0\0\x08\0\0\0\0" + version + b"K\0\0\0\x0c\0\0\0\1\0\0\0\2Z\0\0\0\5I"
    is_left = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(greeting)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        is_left.set()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"postgresql://it@127.0.0.1:{port}/it?sslmode=disable"
        with pytest.raises(DatabaseUnavailable, match="which version of PostgreSQL"):
            await connect(address(url), "test")
        await asyncio.wait_for(is_left.wait(), 5)


async def test_the_owner_connects_past_the_pooler(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(DATABASE_URL=database.url, DIRECT_URL=database.direct_url)
    async with owner_connection("test") as connection:
        role = await connection.fetchval("select current_user::text")
    assert role == address(database.direct_url).user
    assert connection.is_closed()


async def test_a_statement_that_is_refused_is_a_sentence(database: Database) -> None:
    with pytest.raises(StatementRefused, match=r"^PostgreSQL refused: relation .* exist\.$"):
        await ask(database, "select from nothing_of_this_name")


async def test_a_block_may_handle_an_error_of_the_driver_itself(database: Database) -> None:
    async with connected(address(database.url), "test") as connection:
        with pytest.raises(Exception, match="division by zero"):
            await connection.execute("select 1 / 0")
        assert await connection.fetchval("select 1") == 1


async def test_an_error_drops_the_connection(database: Database) -> None:
    opened: list[Connection] = []
    with pytest.raises(FileNotFoundError):
        async with connected(address(database.url), "test_dropped") as connection:
            opened.append(connection)
            # Errors that are not of the database are raised unchanged.
            raise FileNotFoundError
    assert opened[0].is_closed()


async def test_a_block_that_is_cancelled_drops_the_connection(database: Database) -> None:
    opened: list[Connection] = []
    with pytest.raises(TimeoutError):
        async with (
            asyncio.timeout(0.1),
            connected(address(database.url), "test_dropped") as connection,
        ):
            opened.append(connection)
            await connection.execute("select pg_sleep(30)")
    assert opened[0].is_closed()


async def test_a_connection_that_is_lost_says_so(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"^The connection to the database was lost"):
        async with connected(address(database.url), "test_lost") as connection:
            async with superuser(database.superuser_url) as admin:
                await admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where application_name = 'test_lost'"
                )
            await connection.execute("select 1")


async def ask(database: Database, sql: str) -> None:
    async with connected(address(database.url), "test") as connection:
        await connection.execute(sql)


async def test_a_block_that_ends_says_goodbye_to_the_server(database: Database) -> None:
    # Otherwise, the server counts the connection as lost.
    async with tapped(database.url) as wire:
        async with connected(address(wire.url), "test"):
            pass
        await wire.closed()
    assert wire.messages[-1][:1] == TERMINATE


async def test_a_server_that_does_not_answer_the_goodbye_is_left_in_time(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(CONNECT_TIMEOUT="0.1")
    async with tapped(database.url) as wire:
        wire.is_deaf = True
        async with connected(address(wire.url), "test") as connection:
            pass
        assert connection.is_closed()
