"""What every test may ask for: a database of its own, as a Supabase project has it."""

import contextlib
import gc
import os
import signal
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis

from functions.app import app
from ottavino.postgres.address import caller_address, migration_address, service_address
from ottavino.settings import settings
from tests.ottavino.http.client import checked
from tests.pooler import pooled, require_pooler
from tests.postgres import (
    EMPTY,
    MIGRATED,
    VERSIONS,
    Cluster,
    Database,
    short_folder,
    stop,
)
from tests.users import User, user

pytest_plugins = ["tests.ottavino.http.seen"]

SettingsFrom = Callable[..., None]

FOLDER = "OTTAVINO_TEST_POSTGRES"
"""Names the folder of the run's server to the xdist workers, which inherit the environment.

Where it is set beforehand, the server is somebody else's: it is used, and not stopped.
"""

FEW, MANY = "few", "many"
"""How much is tried: `make test` has the one profile of hypothesis, `make test-long` the other.

It says how many random examples there are, it is what `thorough` tells a test, and of what is
marked as `long` only the second has any.
"""

for name, examples in ((FEW, 40), (MANY, 500)):
    hypothesis.register_profile(
        name,
        max_examples=examples,
        # What is random is so each time anew, and a failure prints what it came of.
        database=None,
        deadline=None,
        # A smaller example would take minutes to find; what is printed makes this one again.
        phases=set(Phase) - {Phase.shrink},
        print_blob=True,
        # The examples of a test share its fixtures, and leave nothing in them.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
hypothesis.load_profile(FEW)


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
    config.addinivalue_line("markers", "long: tried by `make test-long` alone")
    # A shell lets what it starts in the background ignore Ctrl-C, and what that starts too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    version = str(config.getoption("postgres"))
    binaries = VERSIONS[version]
    if binaries is not None and not binaries.is_dir():
        raise pytest.UsageError(
            f"PostgreSQL {version} is not on this machine: {binaries} does not exist. "
            f"On Debian: apt-get install postgresql-{version}."
        )
    if FOLDER not in os.environ:
        resources = contextlib.ExitStack()
        config.add_cleanup(resources.close)
        folder = resources.enter_context(short_folder())
        resources.callback(stop, folder)
        os.environ[FOLDER] = str(folder)


def is_long(config: pytest.Config) -> bool:
    """Whether this is `make test-long`."""
    return config.getoption("--hypothesis-profile") == MANY


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless there is time for it, or it is asked for by name."""
    if is_long(config) or any("::" in each for each in config.args):
        return
    long = {each for each in items if each.get_closest_marker("long")}
    config.hook.pytest_deselected(items=[*long])
    items[:] = [each for each in items if each not in long]


def pytest_collection_finish() -> None:
    """Let no collection of garbage go through all the tests, and what they have imported."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def thorough(pytestconfig: pytest.Config) -> bool:
    """Whether there is time to try much."""
    return is_long(pytestconfig)


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    """The run's PostgreSQL, started and with its templates built."""
    cluster = Cluster(Path(os.environ[FOLDER]), str(pytestconfig.getoption("postgres")))
    cluster.start()
    return cluster


@pytest.fixture(scope="session")
def pooler(cluster: Cluster) -> Iterator[Path]:
    """The folder in which a pooler of the run's server listens."""
    require_pooler()
    with pooled(cluster.socket_folder) as folder:
        yield folder


@pytest.fixture
def settings_from(monkeypatch: pytest.MonkeyPatch) -> Iterator[SettingsFrom]:
    """Change what the environment says, for this test, and let it be read anew."""

    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        forget_settings()

    yield change
    monkeypatch.undo()
    forget_settings()


def forget_settings() -> None:
    """Forget what was read of the environment, and of the addresses in it."""
    for cached in (settings, caller_address, service_address, migration_address):
        cached.cache_clear()


@pytest.fixture
async def database(cluster: Cluster, settings_from: SettingsFrom) -> AsyncGenerator[Database]:
    """A migrated database of the test's own, which the settings name."""
    async with cluster.clone(MIGRATED) as database:
        settings_from(**database.variables)
        yield database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_database(cluster: Cluster) -> AsyncGenerator[Database]:
    """A migrated database of a module's tests, each of which undoes what it does to it."""
    async with cluster.clone(MIGRATED) as database:
        yield database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_empty_database(cluster: Cluster) -> AsyncGenerator[Database]:
    """A database as a new Supabase project is, of a module's tests that undo what they do."""
    async with cluster.clone(EMPTY) as database:
        yield database


@pytest.fixture
def reused_database(shared_database: Database, settings_from: SettingsFrom) -> Database:
    """The same, which the settings name, for tests that leave nothing to each other."""
    settings_from(**shared_database.variables)
    return shared_database


@pytest.fixture
async def empty_database(
    cluster: Cluster, settings_from: SettingsFrom
) -> AsyncGenerator[Database]:
    """A database of the test's own, as a new Supabase project is, which the settings name."""
    async with cluster.clone(EMPTY) as database:
        settings_from(**database.variables)
        yield database


@pytest.fixture
async def alice(database: Database) -> User:
    """A user."""
    return await user("Alice")


@pytest.fixture
async def bob(database: Database) -> User:
    """Another user."""
    return await user("Bob")


@pytest.fixture
async def client(database: Database) -> AsyncGenerator[AsyncClient]:
    """A client of all functions, as the server answers it."""
    async with AsyncClient(
        transport=ASGITransport(checked(app)), base_url="http://test"
    ) as client:
        yield client
