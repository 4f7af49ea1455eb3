"""The server of a deployment, in processes of its own."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from starlette.requests import Request

from ottavino.http.function import Function
from ottavino.http.serve import main
from ottavino.settings import ROOT
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino import forked
from tests.ottavino.forked import Python
from tests.ottavino.http.client import SECRET, bearer, network, served
from tests.ottavino.users import User

# These functions are served instead of the project's own.
PROGRAM = """
import asyncio
from collections.abc import AsyncIterator
from starlette.background import BackgroundTasks
from ottavino.postgres.scope import current_scope
from tests.ottavino.house.functions import app as served
from ottavino.http.function import Function
from ottavino.http.serve import main

function = Function(auth="optional")

waiting = 0

@function.get("/wait/{seconds}")
async def wait(seconds: float) -> str:
    global waiting
    waiting += 1
    await asyncio.sleep(seconds)
    waiting -= 1
    return "waited"

@function.get("/waiting")
async def count() -> int:
    return waiting

@function.post("/sleep")
async def sleep() -> None:
    await current_scope().fetch("select pg_sleep(60)", ())

@function.get("/stream")
async def stream() -> AsyncIterator[str]:
    async def pieces():
        for _ in range(5):
            yield "piece"
            await asyncio.sleep(0.005)
    return pieces()

@function.get("/later/{seconds}")
async def later(seconds: float, background: BackgroundTasks) -> str:
    async def work():
        try:
            await asyncio.sleep(seconds)
            print("worked", flush=True)
        except asyncio.CancelledError:
            print("cancelled", flush=True)
            raise
    background.add_task(work)
    return "later"

served.app = served.create_app({"it": function})
if __name__ == "__main__":
    main("tests.ottavino.house.functions.app:app")
"""

HOUSE = """
from ottavino.http.serve import main

if __name__ == "__main__":
    main("tests.ottavino.house.functions.app:app")
"""
"""What is served as it is."""


class Server:
    """A server, while it runs and after."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def stop(self) -> tuple[str, list[dict[str, Any]], float]:
        """Stop it. Gives what it printed, its log, and how long it took."""
        begun = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        printed, log = self.process.communicate(timeout=20)
        lines = [json.loads(line) for line in log.splitlines()]
        return printed, lines, time.perf_counter() - begun


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def running(*of: str, **variables: str) -> AsyncGenerator[Server]:
    """The server, once it answers: of the functions above, or with arguments for Python."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "DIRECT_URL": "",
        "JWT_SECRET": SECRET,
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        **variables,
    }
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = Python(*(of or ("-c", PROGRAM)), cwd=ROOT, env=environment, **pipes)
    url = f"http://127.0.0.1:{port}"
    try:
        async with network() as http:
            while process.poll() is None:
                with contextlib.suppress(httpx.TransportError):
                    await http.get(f"{url}/_internal/health")
                    break
                await asyncio.sleep(0.02)
        yield Server(process, f"{url}/functions/v1/it")
    finally:
        # A process that has ended by itself is gone.
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(process.pid)
            for each in (parent, *parent.children(recursive=True)):
                each.kill()
        process.communicate()


@pytest.mark.whole
async def test_a_running_request_is_finished_before_the_server_stops() -> None:
    async with running() as server, network() as http:
        await http.get(f"{server.url}/later/1")
        waiting = asyncio.create_task(http.get(f"{server.url}/wait/1"))
        while (await http.get(f"{server.url}/waiting")).json() != 1:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.01)
        stopping = asyncio.create_task(asyncio.to_thread(server.stop))
        assert (await waiting).text == "waited"
        printed, log, _ = await stopping
    assert printed == "worked\n"
    assert server.process.returncode in {0, -signal.SIGTERM}
    assert [line["level"] for line in log if line["level"] != "INFO"] == ["WARNING"]
    assert any("The server starts without its database" in line["message"] for line in log)


@pytest.mark.whole
async def test_a_request_that_does_not_end_in_time_is_cancelled_with_its_query(
    database: Database,
) -> None:
    sql = "select count(*) from pg_stat_activity where datname = $1 and application_name = 'it'"
    variables = database.variables | {"JWT_SECRET": SECRET, "SHUTDOWN_TIMEOUT": "0.5"}
    async with (
        running(**variables, STATEMENT_TIMEOUT="30") as server,
        httpx.AsyncClient(timeout=20) as http,
        connected(database.superuser_url) as connection,
    ):
        await http.get(f"{server.url}/later/60")
        asking = asyncio.create_task(http.post(f"{server.url}/sleep", headers=bearer()))
        while not await connection.fetchval(sql, database.name):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.02)
        printed, log, seconds = await asyncio.to_thread(server.stop)
        response = await asking
        assert await connection.fetchval(sql, database.name) == 0
    assert printed == "cancelled\n"
    assert "The server stopped before this was done" in str(log)
    assert "Exception in ASGI application" not in str(log)
    assert seconds < 4
    assert response.status_code == 504
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"


@pytest.mark.whole
async def test_several_processes_answer_and_one_that_dies_is_replaced(
    database: Database, alice: User
) -> None:
    variables = database.variables | {"WEB_CONCURRENCY": "2"}

    async def greetings() -> set[str]:
        """The answers to many requests at once, each on a connection of its own."""
        async with contextlib.AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(network()) for _ in range(20)]
            address = server.url.removesuffix("it") + "hello"
            calls = [client.get(address, headers=alice.headers) for client in clients]
            return {answer.json()["message"] for answer in await asyncio.gather(*calls)}

    async with running("-c", HOUSE, **variables) as server:
        assert await greetings() == {"Hello, Alice!"}
        first = workers(server)
        assert len(first) == 2
        first[0].kill()
        async with asyncio.timeout(20):
            while len(workers(server)) < 2 or first[0] in workers(server):  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.05)
        assert await greetings() == {"Hello, Alice!"}
        # The pipe ends when every process has ended that writes to it.
        _, log, _ = await asyncio.to_thread(server.stop)
        assert server.process.returncode in {0, -signal.SIGTERM}
        assert {line["function"] for line in log if line.get("status") == 200} >= {"hello"}


@pytest.mark.whole
async def test_a_process_that_gets_no_processor_for_seconds_is_not_killed(
    database: Database,
) -> None:
    variables = database.variables | {"WEB_CONCURRENCY": "2"}
    async with running("-c", HOUSE, **variables) as server:
        first = workers(server)
        first[0].suspend()
        await asyncio.sleep(7)
        first[0].resume()
        # Its parent asks both of them twice a second.
        await asyncio.sleep(1)
        assert workers(server) == first


def workers(server: Server) -> list[psutil.Process]:
    """The processes that answer."""
    found: list[psutil.Process] = []
    for each in psutil.Process(server.process.pid).children():
        # A process that has just ended has no command line.
        with contextlib.suppress(psutil.Error):
            # multiprocessing starts another one, which keeps count of what they share.
            if "spawn_main" in " ".join(each.cmdline()):
                found.append(each)
    return found


@pytest.mark.whole
async def test_a_request_is_one_line_of_the_log_and_its_query_in_none() -> None:
    async with running("-c", HOUSE) as server, network() as http:
        address = server.url.replace("/it", "/hello")
        response = await http.get(address, params={"q": "swordfish"})
        _, log, _ = await asyncio.to_thread(server.stop)
    (line,) = [each for each in log if "hello" in json.dumps(each)]
    assert line["request_id"] == response.headers["x-request-id"]
    assert "swordfish" not in json.dumps(log)
    assert "uvicorn.access" not in json.dumps(log)


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [("", ["127.0.0.1", "http"]), ("127.0.0.1", ["203.0.113.9", "https"])],
)
async def test_a_proxy_is_believed_only_if_it_is_named(
    trusted: str, seen: list[str], settings_from: SettingsFrom
) -> None:
    settings_from(FORWARDED_ALLOW_IPS=trusted)
    function = Function(auth="optional")

    @function.get()
    async def address(request: Request) -> list[str]:
        assert request.client is not None
        return [request.client.host, request.url.scheme]

    headers = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    async with served(function) as url, network() as http:
        response = await http.get(f"{url}/it", headers=headers)
    assert response.json() == seen
    assert "server" not in response.headers


WRONG = [
    ({"JWT_SECRET": ""}, "JWT_SECRET is not set."),
    ({"JWT_SECRET": "short"}, "JWT_SECRET is shorter than 32 bytes."),
    ({"PORT": "many"}, "PORT must be a whole number from 1 to 65535, not 'many'."),
    ({"RELAY_ERRORS": "yes"}, "RELAY_ERRORS must be on or off, not 'yes'."),
    ({"SUPABASE_URL": "http://abc.supabase.co"}, "SUPABASE_URL must begin with https://"),
    ({"SUPABASE_JWKS": "x"}, "SUPABASE_JWKS is not a JSON Web Key Set: copy it"),
    ({"SUPABASE_SECRET_KEYS": "swordfish"}, "SUPABASE_SECRET_KEYS contains a value that is"),
]


@pytest.mark.parametrize(("variables", "sentence"), WRONG)
def test_a_setting_that_is_wrong_is_one_sentence(
    variables: dict[str, str], sentence: str, settings_from: SettingsFrom
) -> None:
    settings_from(**variables)
    with pytest.raises(SystemExit, match=sentence) as ended:
        main()
    assert "swordfish" not in str(ended.value)


def test_several_processes_are_not_started_where_each_would_refuse(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(WEB_CONCURRENCY="2", API_ROLES="nobody_at_all")
    with pytest.raises(SystemExit, match="cannot become nobody_at_all"):
        main()


@pytest.mark.whole
def test_a_folder_that_is_no_project_is_named(database: Database, tmp_path: Path) -> None:
    # The framework alone, as it is installed.
    library = tmp_path / "library"
    library.mkdir()
    (library / "ottavino").symlink_to(ROOT / "ottavino")
    variables = {"PICCOLO_CONF": "piccolo_conf", "PYTHONPATH": str(library)}
    environment = {**os.environ, **database.variables, **variables}
    run = forked.run("-m", "ottavino", "serve", cwd=tmp_path, env=environment)
    sentence = f"There is no piccolo_conf.py in {tmp_path}: serve from the folder of a project."
    assert (run.returncode, run.stderr) == (1, f"{sentence}\n")
