"""The fixtures, and the option `--postgres`."""

import contextlib
import importlib
import os
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from ottavino.identity import Identity
from ottavino.testing import caller as callers
from ottavino.testing.caller import Caller, SignUp
from ottavino.testing.client import Client
from ottavino.testing.cluster import (
    EMPTY,
    Cluster,
    migrated,
    project,
    short_folder,
    stop,
)
from ottavino.testing.database import Database
from ottavino.testing.environment import SettingsFrom, forget_settings
from ottavino.testing.server import check

FOLDER = "OTTAVINO_TEST_POSTGRES"
"""The variable with the folder of the run's server, which xdist's workers inherit.

If it is set before the run, the server there is used, and not stopped.
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--postgres`, which the whole run is tested on."""
    parser.addoption(
        "--postgres",
        default="18",
        metavar="VERSION|ADDRESS",
        help="the version of PostgreSQL to test on (default: 18), or a superuser's "
        "postgresql:// address on a server that is for tests alone",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the run's server, once for all workers. The first test starts the
    server.
    """
    postgres = _postgres(config)
    check(postgres)
    if FOLDER not in os.environ:
        resources = contextlib.ExitStack()
        config.add_cleanup(resources.close)
        folder = resources.enter_context(short_folder())
        resources.callback(stop, folder, postgres)
        os.environ[FOLDER] = str(folder)
        resources.callback(os.environ.pop, FOLDER)


def _postgres(config: pytest.Config) -> str:
    return str(config.getoption("postgres", "18"))


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    """The run's PostgreSQL, started."""
    cluster = Cluster(Path(os.environ[FOLDER]), _postgres(pytestconfig))
    cluster.start()
    return cluster


@pytest.fixture(scope="session")
def piccolo_conf() -> str:
    """The module that names the project's apps to Piccolo."""
    return project()


@pytest.fixture
def settings_from(monkeypatch: pytest.MonkeyPatch) -> Iterator[SettingsFrom]:
    """Set environment variables for this test, and let the settings be read from them."""

    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        forget_settings()

    yield change
    monkeypatch.undo()
    forget_settings()


@pytest_asyncio.fixture
async def database(
    cluster: Cluster, piccolo_conf: str, settings_from: SettingsFrom
) -> AsyncGenerator[Database]:
    """A migrated database of the test's own, which the settings name."""
    async with cluster.clone(migrated(piccolo_conf)) as database:
        settings_from(**database.variables)
        yield database


@pytest_asyncio.fixture
async def empty_database(
    cluster: Cluster, piccolo_conf: str, settings_from: SettingsFrom
) -> AsyncGenerator[Database]:
    """A database of the test's own, as a new Supabase project is, which the settings name."""
    async with cluster.clone(EMPTY, piccolo_conf) as database:
        settings_from(**database.variables)
        yield database


@pytest.fixture
def sign_up(database: Database) -> SignUp:
    """Sign up another user: `carol = await sign_up("Carol")`."""

    async def sign_up(name: str) -> Caller:
        return await callers.sign_up(database, name)

    return sign_up


@pytest_asyncio.fixture
async def alice(sign_up: SignUp) -> Caller:
    """A user who has signed up."""
    return await sign_up("Alice")


@pytest_asyncio.fixture
async def bob(sign_up: SignUp) -> Caller:
    """Another user who has signed up."""
    return await sign_up("Bob")


@pytest.fixture
def anonymous() -> Caller:
    """A caller without a token."""
    return Caller(Identity.anonymous())


@pytest.fixture
def service() -> Caller:
    """The service, which no policy restricts."""
    return Caller(Identity.service())


@pytest.fixture
def app() -> Starlette:
    """The project's app; override it to call another."""
    return importlib.import_module("functions.app").app


@pytest_asyncio.fixture
async def client(app: Starlette, database: Database) -> AsyncGenerator[Client]:
    """An anonymous client of the functions; `client.as_(alice)` is Alice's."""
    # The test's database has its login and its migrations, so a server's checks are skipped.
    app.state.is_checked = True
    async with Client(app) as client:
        yield client
