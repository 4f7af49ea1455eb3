"""A database is a local one if and only if it is marked, whatever its address."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from ottavino.dev.database import commands, server
from ottavino.dev.database.server import PORT
from ottavino.dev.tokens import sign_up
from ottavino.errors import SettingsError
from ottavino.postgres.address import address
from ottavino.postgres.local import SETTING, NotLocal, is_local, is_marked, mark, require_local
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.databases import unmark
from tests.ottavino.gate import gate


@pytest.fixture
async def unmarked(empty_database: Database) -> Database:
    """A database that is not marked, which the settings name."""
    await unmark(empty_database)
    return empty_database


async def marked(url: str) -> bool:
    async with connected(url) as connection:
        return await is_marked(connection)


async def execute(url: str, sql: str) -> None:
    async with connected(url) as connection:
        await connection.execute(sql)


# The mark


async def test_every_login_sees_the_mark(empty_database: Database) -> None:
    for url in (
        empty_database.url,
        empty_database.direct_url,
        empty_database.superuser_url,
    ):
        assert await marked(url)
    await unmark(empty_database)
    assert not await marked(empty_database.url)


async def test_the_role_that_migrates_cannot_leave_the_mark(unmarked: Database) -> None:
    async with connected(unmarked.direct_url) as connection:
        with pytest.raises(SettingsError, match="Only a superuser can mark the database"):
            await mark(connection, unmarked.name)
    assert not await marked(unmarked.url)


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    "sql",
    [
        # A session or a handler could set it like this.
        f"set {SETTING} = '{{server}}'",
        f"alter role authenticator in database {{name}} set {SETTING} = '{{server}}'",
        # A copy from another server would have such a mark.
        f"alter database {{name}} set {SETTING} = '7000000000000000000'",
        f"alter database {{name}} set {SETTING} = ''",
        f"alter database {{name}} set {SETTING}.nearly = '{{server}}'",
    ],
)
async def test_nothing_else_is_taken_for_it(unmarked: Database, sql: str) -> None:
    async with connected(unmarked.superuser_url) as connection:
        number = await connection.fetchval("select system_identifier from pg_control_system()")
        await connection.execute(sql.format(name=unmarked.name, server=number))
        assert not await is_marked(connection)
    assert not await marked(unmarked.url)


@pytest.mark.whole
async def test_neither_a_copy_nor_a_dump_takes_the_mark_along(
    empty_database: Database, cluster: Cluster
) -> None:
    copy = f"{empty_database.name}_copy"
    await execute(
        cluster.database("postgres").superuser_url,
        f"create database {copy} template {empty_database.name}",
    )
    assert not await marked(cluster.database(copy).url)
    dump = _dumped(empty_database)
    assert "create schema auth" in dump.lower()
    assert SETTING not in dump
    # A dump of a whole database has the mark, which names the server that it was made on.
    assert SETTING in _dumped(empty_database, "--create")


def _dumped(database: Database, *options: str) -> str:
    """The dump of a database by `pg_dump`."""
    dump = server.POSTGRES_VERSIONS[18] / "pg_dump"
    return subprocess.check_output([dump, database.superuser_url, *options], text=True)  # noqa: S603  # our own command


# The databases of the settings


@pytest.fixture
async def other(cluster: Cluster) -> AsyncGenerator[Database]:
    """Another database on this machine, which is not marked."""
    async with cluster.clone(EMPTY) as other:
        await unmark(other)
        yield other


async def test_both_databases_have_to_be_marked(
    empty_database: Database, other: Database, settings_from: SettingsFrom
) -> None:
    assert await is_local()
    for variable, url in (("DATABASE_URL", other.url), ("DIRECT_URL", other.direct_url)):
        settings_from(**empty_database.variables | {variable: url})
        assert not await is_local()
        with pytest.raises(NotLocal, match=rf"database {other.name} at /\S+ is not marked"):
            await require_local()


async def test_a_loopback_address_may_be_a_tunnel(
    unmarked: Database, settings_from: SettingsFrom
) -> None:
    folder = Path(address(unmarked.url).host)
    async with gate(folder / f".s.PGSQL.{PORT}") as tunnel:
        here = f"127.0.0.1:{tunnel.port}"
        settings_from(
            DATABASE_URL=f"postgresql://authenticator@{here}/{unmarked.name}",
            DIRECT_URL=f"postgresql://postgres@{here}/{unmarked.name}",
        )
        with pytest.raises(NotLocal, match=rf"at {here} is not marked as a local one") as error:
            await sign_up("alice@example.com")
    assert "piccolo db mark_local" in str(error.value)
    async with connected(unmarked.superuser_url) as connection:
        assert await connection.fetchval("select count(*) from auth.users") == 0


# The command


def test_a_superuser_marks_a_database_once_and_for_all(
    unmarked: Database, settings_from: SettingsFrom, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="let DIRECT_URL log in as one for this command"):
        commands.mark_local()
    settings_from(DIRECT_URL=unmarked.superuser_url)
    for _ in range(2):
        commands.mark_local()
        assert f"Marked the database {unmarked.name} at /" in capsys.readouterr().out
    settings_from(**unmarked.variables)
    assert asyncio.run(is_local())
