"""The fixtures of the framework's own tests, beside those of every project."""

import gc
import signal
from collections.abc import AsyncGenerator, Generator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis

from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster, short_folder, stop
from ottavino.testing.server import VERSIONS
from tests.ottavino.databases import HOUSE, MIGRATED
from tests.ottavino.pooler import pooled, require_pooler

pytest_plugins = ["pytester", "tests.ottavino.http.seen", "tests.ottavino.whole"]

OTHER_SERVERS = ("another_cluster", "site")
"""The fixtures with servers that each worker starts if one of its tests needs them."""

FEW, MANY = "few", "many"
"""How much is tried: `make test` has the one profile of hypothesis, `make test-long` the other.

It says how many random examples there are, it is what `thorough` tells a test, and of what is
marked as `long` only the second has any.
"""

for name, examples in ((FEW, 40), (MANY, 500)):
    hypothesis.register_profile(
        name,
        max_examples=examples,
        # The same examples in every run, so that only a change turns a test red. The long run
        # draws others each time, and a failure prints its example.
        derandomize=name == FEW,
        database=None,
        deadline=None,
        # A smaller example would take minutes to find; the printed text makes this one again.
        phases=set(Phase) - {Phase.shrink},
        print_blob=True,
        # The examples of a test share its fixtures, and undo their changes.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
hypothesis.load_profile(FEW)


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C end the run."""
    config.addinivalue_line("markers", "long: tried by `make test-long` alone")
    # A process that a shell starts in the background ignores Ctrl-C, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def is_long(config: pytest.Config) -> bool:
    """Whether this is `make test-long`."""
    return config.getoption("--hypothesis-profile") == MANY


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests, except in `make test-long` or if they are named. Begin with
    those that need another server.
    """
    items.sort(key=_servers, reverse=True)
    if is_long(config) or any("::" in each for each in config.args):
        return
    long = {each for each in items if each.get_closest_marker("long")}
    config.hook.pytest_deselected(items=[*long])
    items[:] = [each for each in items if each not in long]


def _servers(item: pytest.Item) -> list[bool]:
    """Which servers a test needs beside that of the run. Tests that need the same one follow
    each other, so that one worker runs them and starts it; others take over what comes later.
    """
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return [each in fixtures for each in OTHER_SERVERS]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while the tests are imported: what is imported stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Keep the collected tests and their modules out of garbage collections."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Let a worker report of a test that passes only that it does, and not its fixtures: to
    send and receive each report takes as long as a quick test.
    """
    shows_durations = item.config.getoption("durations") is not None
    if shows_durations or not hasattr(item.config, "workerinput"):
        return None
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="session")
def thorough(pytestconfig: pytest.Config) -> bool:
    """Whether there is time for many examples."""
    return is_long(pytestconfig)


@pytest.fixture(scope="session")
def another_cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """A server of its own, for tests that change what all databases of a server share."""
    version = str(pytestconfig.getoption("postgres"))
    version = version if version in VERSIONS else "18"
    with short_folder() as folder:
        cluster = Cluster(folder, version)
        cluster.start()
        try:
            yield cluster
        finally:
            stop(folder, version)


@pytest.fixture(scope="session")
def pooler(cluster: Cluster) -> Iterator[Path]:
    """The folder in which a pooler of the run's server listens."""
    require_pooler()
    with pooled(cluster.socket_folder) as folder:
        yield folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_database(cluster: Cluster) -> AsyncGenerator[Database]:
    """A migrated database of a module's tests, each of which undoes its changes."""
    async with cluster.clone(MIGRATED) as database:
        yield database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_empty_database(cluster: Cluster) -> AsyncGenerator[Database]:
    """A database like a new Supabase project, for a module's tests that undo their changes."""
    async with cluster.clone(EMPTY, HOUSE) as database:
        yield database


@pytest.fixture
def reused_database(shared_database: Database, settings_from: SettingsFrom) -> Database:
    """The same, which the settings name, for tests that clean up."""
    settings_from(**shared_database.variables)
    return shared_database
