"""The databases of tests: of the requested version, and one for each test."""

import asyncpg
import pytest

from ottavino.testing import Database
from ottavino.testing.cluster import CLONES_AT_ONCE, EMPTY, Cluster
from ottavino.testing.database import connected


async def test_the_server_is_of_the_version_asked_for(
    database: Database, pytestconfig: pytest.Config
) -> None:
    async with connected(database.url) as connection:
        version = connection.get_server_version().major
    assert str(version) == pytestconfig.getoption("postgres")


async def test_no_test_sees_what_another_writes(cluster: Cluster) -> None:
    async with cluster.clone(EMPTY) as one, cluster.clone(EMPTY) as other:
        async with connected(one.direct_url) as connection:
            await connection.execute("create table thing ()")
        async with connected(other.direct_url) as connection:
            assert await connection.fetchval("select to_regclass('thing')") is None


async def test_an_open_connection_does_not_keep_a_database_from_being_dropped(
    cluster: Cluster,
) -> None:
    async with cluster.clone(EMPTY) as database:
        connection = await asyncpg.connect(database.url)
    # The next copies are made already; after these, old ones are dropped.
    for _ in range(CLONES_AT_ONCE):
        async with cluster.clone(EMPTY):
            pass
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(database.url)
    connection.terminate()
