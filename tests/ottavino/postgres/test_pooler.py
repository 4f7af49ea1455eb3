"""PgBouncer with the settings of docs/scaling.md, and with what the service sends."""

import asyncio
import re
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, ExitStack
from urllib.parse import urlsplit

import asyncpg
import pytest

from ottavino.dev.database.server import PORT, Server, address
from ottavino.errors import DatabaseUnavailable
from ottavino.identity import Identity
from ottavino.postgres import driver
from ottavino.postgres.address import address as address_of
from ottavino.postgres.release import all_released
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.postgres.supabase import LOGIN, SUPERUSER
from ottavino.settings import ROOT
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import Cluster, short_folder
from ottavino.testing.database import connected
from tests.ottavino.line import line
from tests.ottavino.pooler import Pooler, pooler, program

SECONDS = 3.0
"""Within which there is an answer again: the pooler tries once a second."""

TRACKING = (1, 22)
"""The version from which on it sees that what it has prepared is gone."""

MORE = 110
"""How many are connected: more than it takes where nothing is said."""

TOGETHER = 500
"""How many connect at once: more than the system lets wait where nothing is said."""

pytestmark = pytest.mark.skipif(program() is None, reason="PgBouncer is not on this machine")


def documented() -> str:
    """The settings as the documentation has them."""
    text = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    return text.partition("```ini\n[pgbouncer]\n")[2].partition("```")[0]


def version() -> tuple[int, ...]:
    """The version of PgBouncer."""
    run = subprocess.run([str(program()), "-V"], capture_output=True, text=True, check=True)  # noqa: S603  # as it is run
    return tuple(map(int, re.findall(r"\d+", run.stdout.partition("\n")[0])))


@pytest.fixture
def pooled(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    database: Database,
    settings_from: SettingsFrom,
) -> Iterator[Pooler]:
    """The documented pooler, with a test's own settings, in front of the test's database."""
    with pooler(cluster.socket_folder, documented() + getattr(request, "param", "")) as started:
        settings_from(DATABASE_URL=address(started.folder, LOGIN, database.name))
        yield started


async def ask(sql: str) -> object:
    """The result of a query, in a session of its own."""
    async with session(Identity.anonymous()):
        (row,) = await current_scope().fetch(sql, ())
        return row["it"]


@pytest.fixture
async def other(
    pooled: Pooler, database: Database
) -> "AsyncGenerator[asyncpg.Connection[asyncpg.Record]]":
    """Another program with the login of the service, which the pool is shared with."""
    async with connected(address(pooled.folder, LOGIN, database.name)) as connection:
        yield connection


async def answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, statement_cache_size=0)
        try:
            return await connection.fetchval("select true")
        finally:
            connection.terminate()
    except (asyncpg.PostgresError, OSError):
        return False


async def until_answered(url: str) -> float:
    """How many seconds pass until a query is answered."""
    begun = time.monotonic()
    async with asyncio.timeout(30):
        while not await answers(url):  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.05)
    return time.monotonic() - begun


@pytest.mark.whole
async def test_a_restart_of_the_server_is_over_for_callers_when_it_is() -> None:
    with short_folder() as folder:
        server = Server(folder / "data")
        server.start()
        assert server.socket_folder is not None
        try:
            with pooler(server.socket_folder, documented()) as started:
                url = address(started.folder, SUPERUSER, "postgres")
                await until_answered(url)
                server.stop()
                # From now on the pooler waits before it tries to log in again.
                assert not await answers(url)
                server.start()
                assert await until_answered(url) < SECONDS
        finally:
            server.stop()


@pytest.mark.whole
async def test_a_connection_that_is_closed_while_its_query_is_cancelled_crashes_no_pooler(
    pooled: Pooler, database: Database
) -> None:
    url = address(pooled.folder, LOGIN, database.name)

    async def leave(seconds: float) -> None:
        connection = await driver.opened(address_of(url), None, "test")
        sleeping = asyncio.create_task(connection.execute("select pg_sleep(60)"))
        await asyncio.sleep(0.02)
        driver.cancel(connection, asyncio.get_running_loop().create_future())
        await asyncio.sleep(seconds)
        driver.drop(connection)
        await asyncio.gather(sleeping, return_exceptions=True)

    for number in range(40):
        await leave(number / 10_000)
    await all_released()
    assert await answers(url)


@pytest.mark.whole
@pytest.mark.parametrize(
    "pooled", ["default_pool_size = 1\nquery_wait_timeout = 0.5\n"], indirect=True
)
@pytest.mark.usefixtures("pooled")
async def test_a_client_that_waits_too_long_for_a_connection_gets_an_error() -> None:
    async with session(Identity.anonymous()):
        await current_scope().fetch("select 1", ())
        async with asyncio.timeout(SECONDS):
            with pytest.raises(DatabaseUnavailable):
                await ask("select 1 as it")


@pytest.mark.whole
async def test_who_connects_all_at_once_is_queued(pooled: Pooler) -> None:
    with ExitStack() as stack, pooled.paused():
        for _ in range(TOGETHER):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            # This raises if the queue is full.
            client.connect(str(pooled.folder / f".s.PGSQL.{PORT}"))


@pytest.mark.whole
async def test_a_server_whose_host_is_gone_does_not_keep_its_place_in_the_pool(
    cluster: Cluster, database: Database, settings_from: SettingsFrom
) -> None:
    # The same at a faster pace.
    settings = documented().replace("tcp_keepidle = 5", "tcp_keepidle = 1")
    settings = settings.replace("tcp_user_timeout = 10000", "tcp_user_timeout = 1000")
    async with line(database.url) as far:
        parts = urlsplit(far.url)
        server = f"\n[databases]\n* = host={parts.hostname} port={parts.port}\n"
        with pooler(
            cluster.socket_folder, f"{settings}default_pool_size = 1\n{server}"
        ) as gone:
            settings_from(DATABASE_URL=address(gone.folder, LOGIN, database.name))
            await ask("select 1 as it")
            far.vanish()
            async with asyncio.timeout(10):
                with pytest.raises(DatabaseUnavailable):
                    await ask("select 1 as it")
                assert await ask("select 1 as it") == 1


@pytest.mark.whole
async def test_more_clients_are_let_in_than_by_default(
    pooled: Pooler, database: Database
) -> None:
    url = address(pooled.folder, LOGIN, database.name)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(url)) for _ in range(MORE)]
        assert await clients[-1].fetchval("select true")


@pytest.mark.parametrize(
    "pooled", ["default_pool_size = 1\nmax_prepared_statements = 200\n"], indirect=True
)
@pytest.mark.skipif(
    program() is not None and version() < TRACKING,
    reason="PgBouncer prepares nothing again before version 1.22",
)
async def test_what_another_program_prepared_is_prepared_again_after_a_session(
    other: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    prepared = [await other.prepare(f"select {each}") for each in range(4)]
    for _ in range(3):
        assert [await each.fetchval() for each in prepared] == [0, 1, 2, 3]
        assert await ask("select count(*) as it from pg_prepared_statements") == 0


@pytest.mark.whole
@pytest.mark.parametrize(
    "pooled", ["default_pool_size = 1\nserver_reset_query_always = 1\n"], indirect=True
)
async def test_a_second_wall_clears_what_another_program_leaves(
    other: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await other.execute("set bytea_output = escape")
    assert await other.fetchval("select current_setting('bytea_output')") == "hex"
