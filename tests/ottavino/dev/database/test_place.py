"""The folder of the embedded database: no closed folder is opened for the server's account."""

import asyncio
import os
import shutil
import stat
import subprocess
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from ottavino.dev.database import embedded, place, server
from ottavino.dev.database.place import Account
from ottavino.dev.database.server import Server
from ottavino.errors import SettingsError
from ottavino.testing.cluster import short_folder
from ottavino.testing.database import connected
from tests.ottavino import forked

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only a root process runs PostgreSQL as another account"
)

ASK = """
import asyncio, sys
from pathlib import Path
from ottavino.dev.database import embedded
from tests.ottavino.dev.database.test_place import kept

print(asyncio.run(kept(embedded.start(Path(sys.argv[1])).direct_url)))
"""


BINARIES = server.POSTGRES_VERSIONS[server.TARGET_POSTGRES_VERSION]
PACKAGE = BINARIES.parent.parent


@pytest.fixture(scope="module")
def account() -> Account:
    """The account that PostgreSQL runs as here."""
    made = server.account()
    assert made is not None
    return made


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A folder as root's home is: closed to everybody else."""
    with short_folder() as folder:
        monkeypatch.setattr(place, "STATE", folder / "state")
        home = folder / "home"
        home.mkdir(mode=0o700)
        yield home
        embedded.release()


@pytest.fixture
def project(home: Path) -> Path:
    """The folder of a project's database, in a closed home."""
    return home / "shop" / ".postgres"


@pytest.mark.whole
def test_a_closed_folder_stays_closed_and_the_database_elsewhere_is_found_again(
    project: Path,
) -> None:
    project.parent.mkdir()
    before = modes(project, BINARIES)
    remember(project)
    assert modes(*before) == before
    assert project.resolve().parent == place.STATE
    assert asked_by_another_process(project) == "42"
    embedded.release()
    # With the project's folder, the link to it moves.
    moved = project.parent.rename(project.parent.with_name("market")) / ".postgres"
    assert asyncio.run(kept(embedded.start(moved).direct_url)) == 42


@pytest.mark.whole
def test_two_projects_of_one_name_are_kept_apart(home: Path, account: Account) -> None:
    kept = {place.place(home / each / "shop" / ".postgres", account) for each in "ab"}
    assert {each.parent for each in kept} == {place.STATE}
    assert len(kept) == 2


@pytest.mark.whole
def test_data_in_a_folder_that_was_closed_later_is_kept_and_found_by_the_message(
    project: Path, home: Path
) -> None:
    home.chmod(0o755)
    remember(project)
    embedded.release()
    home.chmod(0o700)
    with pytest.raises(SettingsError, match=rf"cannot enter {home}\. Open it") as error:
        embedded.start(project)
    _, _, command = str(error.value).partition("move the database: ")
    subprocess.run(command.rstrip("."), shell=True, check=True)  # noqa: S602  # as it says
    assert asyncio.run(kept(embedded.start(project).direct_url)) == 42
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.whole
def test_the_account_reaches_its_folders_with_any_umask(home: Path, account: Account) -> None:
    mask = os.umask(0o077)
    try:
        closed = place.place(home / ".postgres", account)
        home.chmod(0o755)
        opened = place.place(home / ".opened", account)
    finally:
        os.umask(mask)
    assert [each.parent for each in (closed, opened)] == [place.STATE, home]
    assert [account.reaches(each) for each in (closed, opened)] == [True, True]


@pytest.mark.whole
def test_programs_in_a_closed_folder_are_copied_once_and_run(
    home: Path, account: Account
) -> None:
    packages, installed = home / "packages", BINARIES.parent
    for each in (installed, PACKAGE.with_name(f"{PACKAGE.name}.libs")):
        shutil.copytree(each, packages / each.relative_to(PACKAGE.parent), symlinks=True)
    binaries = packages / BINARIES.relative_to(PACKAGE.parent)
    # As where the mask was 077 when they were installed.
    (binaries / "initdb").chmod(0o700)
    before = modes(*binaries.iterdir())
    first, second = (place.reachable(binaries, account) for _ in range(2))
    assert modes(*before) == before
    assert first == second
    # No incomplete copy remains.
    assert [first.is_relative_to(each) for each in place.STATE.iterdir()] == [True]
    version = subprocess.check_output([first / "initdb", "-V"], **account.options, text=True)  # noqa: S603  # a copy of ours
    assert version.startswith(f"initdb (PostgreSQL) {server.TARGET_POSTGRES_VERSION}")


@pytest.mark.whole
def test_a_server_whose_folder_was_deleted_is_ended_before_the_next(home: Path) -> None:
    data = home.parent / "data"
    first = Server(data)
    first.start()
    left = int((data / "postmaster.pid").read_text().split()[0])
    shutil.rmtree(data)
    second = Server(data)
    second.start()
    try:
        assert not psutil.pid_exists(left)
    finally:
        second.stop()


@pytest.mark.whole
def test_an_account_that_cannot_be_made_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ACCOUNT", "not a name")
    with pytest.raises(SettingsError, match="the account not a name to run it as could not"):
        server.account()


def modes(*paths: Path) -> dict[Path, int]:
    """The mode of each path that is there, and of every folder above it."""
    above = {each for path in paths for each in (path, *path.parents)}
    return {each: each.lstat().st_mode for each in above if each.exists()}


def remember(project: Path) -> None:
    """Start the database, and put something into it."""

    async def write(url: str) -> None:
        async with connected(url) as connection:
            await connection.execute("create table kept as select 42 as answer")

    asyncio.run(write(embedded.start(project).direct_url))


async def kept(url: str) -> int:
    """What was put into a database."""
    async with connected(url) as connection:
        return await connection.fetchval("select answer from kept")


def asked_by_another_process(project: Path) -> str:
    """The stored values, read by another process that knows only the project's folder."""
    run = forked.run("-c", ASK, str(project))
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()
