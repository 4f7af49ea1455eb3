"""What every test may ask for: a database of its own, as a Supabase project has it."""

import contextlib
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.postgres import EMPTY, MIGRATED, VERSIONS, Cluster, Database, short_folder, stop

FOLDER = "OTTAVINO_TEST_POSTGRES"
"""Names the folder of the run's server to the xdist workers, which inherit the environment."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--postgres`, which the whole run is tested on."""
    parser.addoption(
        "--postgres",
        choices=tuple(VERSIONS),
        default="18",
        help="the major version of PostgreSQL to test on (default: 18)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the run's server, once for all workers; the first test starts it."""
    version = str(config.getoption("postgres"))
    binaries = VERSIONS[version]
    if binaries is not None and not binaries.is_dir():
        raise pytest.UsageError(
            f"PostgreSQL {version} is not on this machine: {binaries} does not exist. "
            f"On Debian: apt-get install postgresql-{version}."
        )
    if not hasattr(config, "workerinput"):
        resources = contextlib.ExitStack()
        config.add_cleanup(resources.close)
        folder = resources.enter_context(short_folder())
        resources.callback(stop, folder)
        os.environ[FOLDER] = str(folder)


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    """The run's PostgreSQL, started and with its templates built."""
    cluster = Cluster(Path(os.environ[FOLDER]), str(pytestconfig.getoption("postgres")))
    cluster.start()
    return cluster


@pytest.fixture
async def database(cluster: Cluster) -> AsyncGenerator[Database]:
    """A migrated database of the test's own."""
    async with cluster.clone(MIGRATED) as database:
        yield database


@pytest.fixture
async def empty_database(cluster: Cluster) -> AsyncGenerator[Database]:
    """A database of the test's own, as a new Supabase project is: nothing is migrated."""
    async with cluster.clone(EMPTY) as database:
        yield database
