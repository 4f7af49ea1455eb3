"""`--postgres`: a version, or the address of a team's own server."""

import os
import subprocess
from pathlib import Path

import pytest

from ottavino.settings import ROOT
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from ottavino.testing.plugin import FOLDER
from ottavino.testing.server import check
from tests.ottavino import forked
from tests.ottavino.house.as_project import write_project

CONFTEST = 'pytest_plugins = ["ottavino.testing"]\n'
TEST = """
from ottavino.testing import Caller, Client, Database


async def test_a_user_is_greeted(client: Client, alice: Caller, database: Database) -> None:
    assert (await client.as_(alice).get("/hello")).json() == {"message": "Hello, Alice!"}
    print(f"It is called {database.name}.")
"""

OURS = "select datname from pg_database where datname like 'ottavino%'"


def run_pytest(folder: Path, postgres: str) -> subprocess.CompletedProcess[str]:
    """Run the test of a project on the server that is named."""
    write_project(folder)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_hello.py").write_text(TEST)
    variables = {name: each for name, each in os.environ.items() if name != FOLDER}
    options = ["-q", "-s", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    return forked.run(
        *("-m", "pytest", *options, f"--postgres={postgres}"),
        cwd=folder,
        env={**variables, "PYTHONPATH": str(ROOT), "PICCOLO_CONF": "piccolo_conf"},
    )


@pytest.mark.whole
async def test_a_given_server_is_used_and_the_databases_of_the_run_are_dropped(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.database("postgres").superuser_url
    async with connected(url) as connection:
        before = await connection.fetch(OURS)
        run = run_pytest(tmp_path, url)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "It is called ottavino_" in run.stdout
        assert await connection.fetch(OURS) == before


@pytest.mark.whole
async def test_a_given_server_needs_a_superuser(cluster: Cluster, tmp_path: Path) -> None:
    run = run_pytest(tmp_path, cluster.database("postgres").direct_url)
    assert run.returncode != 0
    assert "The role postgres of --postgres is no superuser:" in run.stdout


def test_a_word_that_names_no_server_is_refused_in_a_sentence() -> None:
    for word in ("eighteen", "mysql://a@b/c"):
        with pytest.raises(pytest.UsageError, match="takes one of the versions 15, 16, 18, or"):
            check(word)
