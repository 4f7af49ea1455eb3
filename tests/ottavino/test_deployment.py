"""A deployment of the house, as a buildpack makes one: the lines of `Procfile`, by honcho."""

import asyncio
import contextlib
import json
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from ottavino.settings import ROOT
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.as_project import write_project
from tests.ottavino.users import User, user

HONCHO = [sys.executable, "-m", "honcho", "--env=/dev/null", "--no-colour", "--no-prefix"]

OTHERS = """
select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""

WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """The house as a project, with this repository's `Procfile`."""
    write_project(tmp_path)
    shutil.copy(ROOT / "Procfile", tmp_path)
    return tmp_path


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment that a buildpack gives a process, without that of this machine."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    installed = {"PATH": path, "PYTHONPATH": str(ROOT)}
    return {**variables, **installed, "PICCOLO_CONF": "piccolo_conf"}


@contextmanager
def started(
    folder: Path, line: str, variables: Mapping[str, str]
) -> Generator[subprocess.Popen[str]]:
    """A line of `Procfile` as a process with its children; all of them end with the block."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [*HONCHO, "start", line],
        cwd=folder,
        env=environment(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        for each in family(process):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        process.communicate()


def run(folder: Path, line: str, variables: Mapping[str, str]) -> tuple[int, str]:
    """The exit status and the output of a line of `Procfile` that ends by itself."""
    with started(folder, line, variables) as process:
        said, _ = process.communicate(timeout=30)
        return process.returncode, said


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """A process and all that it started, while it runs."""
    if process.poll() is not None:
        return []
    head = psutil.Process(process.pid)
    return [head, *head.children(recursive=True)]


def listens_everywhere(process: subprocess.Popen[str], port: int) -> bool:
    """Whether a router on another machine would reach the server."""
    listening = [each for head in family(process) for each in head.net_connections("inet")]
    return ("0.0.0.0", port) in [each.laddr for each in listening]  # noqa: S104  # it is asked


@asynccontextmanager
async def answering(
    process: subprocess.Popen[str], port: int
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the server, once it answers."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
        async with asyncio.timeout(20):
            while process.poll() is None:
                with contextlib.suppress(httpx.TransportError):
                    await http.get("/_internal/health")
                    break
                await asyncio.sleep(0.05)
        yield http


def listens(port: int | None) -> bool:
    """Whether a server still takes new connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.mark.whole
async def test_release_migrates_and_web_serves_until_it_is_told_to_stop(
    deployed: Path, empty_database: Database
) -> None:
    code, said = await asyncio.to_thread(run, deployed, "release", empty_database.variables)
    assert code == 0, said
    assert "All migrations are applied." in said

    alice, port = await user("Alice"), free_port()
    variables = {**empty_database.variables, "PORT": str(port)}
    with started(deployed, "web", variables) as web:
        async with answering(web, port) as http:
            stranger = await http.get("/functions/v1/hello")
            assert stranger.json() == {"message": "Hello, stranger!"}
            known = await http.get("/functions/v1/hello", headers=alice.headers)
            assert known.json() == {"message": "Hello, Alice!"}
            assert listens_everywhere(web, port)
            await check_that_it_stops_with_grace(web, http, empty_database, alice)


async def check_that_it_stops_with_grace(
    web: subprocess.Popen[str], http: httpx.AsyncClient, database: Database, alice: User
) -> None:
    """A request under way is answered; then no process and no connection remains."""
    processes = family(web)
    async with connected(database.superuser_url) as watch:
        async with locked(database, "user_profiles"):
            address = "/functions/v1/hello"
            request = asyncio.create_task(http.get(address, headers=alice.headers))
            async with asyncio.timeout(10):
                while not await watch.fetchval(WAITING):  # noqa: ASYNC110  # for another process
                    await asyncio.sleep(0.02)
            web.terminate()
            async with asyncio.timeout(10):
                while listens(http.base_url.port):  # noqa: ASYNC110  # for another process
                    await asyncio.sleep(0.02)
        assert (await request).json() == {"message": "Hello, Alice!"}
        _, alive = await asyncio.to_thread(psutil.wait_procs, processes, 10)
        assert alive == []
        assert await watch.fetchval(OTHERS) == 0


@asynccontextmanager
async def locked(database: Database, table: str) -> AsyncGenerator[None]:
    """Let every query of a table wait for the end of a block."""
    async with connected(database.superuser_url) as connection, connection.transaction():
        await connection.execute(f"lock table {table} in access exclusive mode")
        yield


@pytest.mark.whole
def test_web_without_a_database_ends_with_a_sentence(deployed: Path) -> None:
    code, said = run(
        deployed, "web", {"JWT_SECRET": "only for tests, and long enough for them"}
    )
    assert code != 0
    assert "DATABASE_URL is not set." in said
    assert "Traceback" not in said


@pytest.mark.whole
@pytest.mark.parametrize(
    "command",
    [
        "python -m ottavino serve",
        "python -c 'from ottavino.__main__ import main; main()' serve",
        "piccolo functions serve",
        "python -m honcho start web",
    ],
    ids=["module", "console script", "piccolo", "Procfile"],
)
def test_every_way_to_serve_takes_the_port_of_the_environment(
    deployed: Path, command: str
) -> None:
    variables = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "JWT_SECRET": "only for tests, and long enough for them",
    }
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run(  # noqa: S603  # our own command
            shlex.split(command),
            cwd=deployed,
            env=environment({**variables, "HOST": "127.0.0.1", "PORT": str(port)}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=30,
        )
    assert run.returncode != 0
    assert f"Port {port} is in use at 127.0.0.1: stop the program" in run.stdout
    assert "Traceback" not in run.stdout


@pytest.mark.whole
async def test_web_logs_a_request_once_and_its_query_never(deployed: Path) -> None:
    secret, port = "only for tests, and long enough for them", free_port()
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    variables = {"DATABASE_URL": nowhere, "JWT_SECRET": secret, "PORT": str(port)}
    with started(deployed, "web", variables) as web:
        async with answering(web, port) as http:
            response = await http.get("/functions/v1/hello", params={"q": "swordfish"})
        web.terminate()
        said, _ = await asyncio.to_thread(web.communicate, timeout=20)
    lines = [line for line in said.splitlines() if "hello" in line]
    (line,) = lines
    assert json.loads(line)["request_id"] == response.headers["x-request-id"]
    assert "swordfish" not in said
    # There is no line of uvicorn's own about the request, nor its logger's name in ours.
    assert "HTTP/1.1" not in said
    assert "uvicorn.access" not in said
    # Messages before the first request are lines of the log, too.
    (warning,) = [line for line in said.splitlines() if "starts without its database" in line]
    assert json.loads(warning)["level"] == "WARNING"
