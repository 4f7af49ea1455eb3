"""The commands `piccolo functions …`, as a developer meets them."""

import asyncio
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jwt
import psutil
import pytest

from ottavino.dev import commands
from ottavino.dev.database.server import Server
from ottavino.dev.new import function
from ottavino.dev.new.function import NameTaken, UnusableName
from ottavino.http.app import create_app
from ottavino.settings import ROOT
from ottavino.testing import Client, Database, SettingsFrom
from ottavino.testing.cluster import short_folder
from ottavino.testing.database import connected
from tests.ottavino.databases import run_piccolo, unmark
from tests.ottavino.forked import Python
from tests.ottavino.house.as_project import write_project
from tests.ottavino.http.client import checked
from tests.ottavino.migrate.process import run_forked
from tests.ottavino.users import User

Printed = Callable[..., str]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """What a command prints that does what it should."""

    def run(command: Callable[..., None], **arguments: object) -> str:
        command(**arguments)
        output = capsys.readouterr()
        assert output.err == ""
        return output.out

    return run


@pytest.fixture
async def unmarked(empty_database: Database) -> Database:
    """A database without the mark of a local one, which the settings name."""
    await unmark(empty_database)
    return empty_database


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token.strip(), options={"verify_signature": False})  # pyright: ignore[reportUnknownMemberType]  # its key types come from cryptography


# list


BROKEN = """from ottavino.http import Function

function = Function()


@function.get()
def get() -> str:
    return ""
"""


@pytest.mark.whole
def test_list_names_every_function_and_why_one_cannot_be_imported(copy: Path) -> None:
    broken = copy / "functions" / "broken" / "__init__.py"
    broken.parent.mkdir()
    broken.write_text(BROKEN)
    listed = run_piccolo({}, "functions", "list", folder=copy)
    lines = listed.stdout.splitlines()
    assert "GET    /functions/v1/hello" in lines
    assert "PATCH  /functions/v1/documents/{document_id}" in lines
    assert "/functions/v1/broken  cannot be imported" in lines
    assert listed.stderr == (
        "The function broken cannot be imported. functions/broken/__init__.py, line 6: "
        "functions.broken.get: a handler is declared with `async def`.\n"
    )
    assert listed.returncode == 1


# token


async def test_token_prints_a_token_that_the_server_accepts(
    database: Database, client: Client, printed: Printed
) -> None:
    token = await asyncio.to_thread(printed, commands.token, email="Carla@example.com")
    assert token.count("\n") == 1
    response = await client.get("/hello", headers={"Authorization": f"Bearer {token.strip()}"})
    assert response.json() == {"message": "Hello, carla!"}


def test_token_makes_the_same_user_only_once(database: Database, printed: Printed) -> None:
    tokens = [printed(commands.token, email="c@example.com") for _ in "ab"]
    assert len({claims(token)["sub"] for token in tokens}) == 1


def test_token_is_valid_for_the_given_time(database: Database, printed: Printed) -> None:
    read = claims(printed(commands.token, role="service_role", expires="15m"))
    assert read["exp"] - read["iat"] == 900
    assert read["role"] == "service_role"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"role": "postgres"}, "--role takes anon, authenticated, service_role"),
        ({"email": "a@example.com", "expires": "soon"}, "--expires takes a time like"),
        ({}, "needs --email"),
    ],
)
def test_token_says_what_it_needs(
    database: Database, arguments: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SystemExit, match=sentence):
        commands.token(**arguments)


@pytest.mark.whole
def test_a_refusal_is_one_line_and_an_exit_code(unmarked: Database) -> None:
    run = run_forked(unmarked.variables, "functions", "token", "--email=a@example.com")
    assert "is not marked as a local one" in run.stderr
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_token_refuses_a_database_that_is_not_marked_as_local(
    unmarked: Database, role: str
) -> None:
    with pytest.raises(SystemExit, match=f"database {unmarked.name} at /.* not marked"):
        commands.token(email="a@example.com", role=role)


def test_token_needs_a_secret_even_where_keys_are_verified(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(JWT_SECRET="", SUPABASE_URL="https://project.example.com")
    with pytest.raises(SystemExit, match="signed with JWT_SECRET here, and it is not set"):
        commands.token(role="anon")


@pytest.mark.parametrize(
    ("secret", "sentence"), [("", "JWT_SECRET is not set"), ("short", "is shorter than 32")]
)
@pytest.mark.parametrize("command", [commands.token, commands.serve])
def test_a_secret_that_is_missing_or_short_is_refused_first(
    settings_from: SettingsFrom, command: Callable[[], None], secret: str, sentence: str
) -> None:
    settings_from(JWT_SECRET=secret, DATABASE_URL="embedded")
    with untouched_signals(), pytest.raises(SystemExit, match=sentence):
        command()


# new


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project to write into."""
    monkeypatch.setattr(function, "ROOT", tmp_path)
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("functions", "tests", "tests/functions"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('"""A package."""\n')
    return tmp_path


async def test_new_writes_a_function_whose_test_passes(
    database: Database, alice: User, project: Path, printed: Printed
) -> None:
    written = printed(commands.new, name="made-by-a-test")
    path, test_path = (
        "functions/made_by_a_test/__init__.py",
        "tests/functions/test_made_by_a_test.py",
    )
    assert written == (
        f"Wrote {path}: the function, at /functions/v1/made-by-a-test\n"
        f"Wrote {test_path}: its test\n"
    )
    made, test = (module(project / each) for each in (path, test_path))
    async with Client(checked(create_app({"made_by_a_test": made.function}))) as http:
        await test.test_it_answers_a_signed_in_user(http, alice)
        await test.test_it_refuses_a_caller_without_a_token(http)


@pytest.mark.whole
@pytest.mark.parametrize("command", ["check", "format --check"])
def test_the_files_that_new_writes_pass_the_linter(
    project: Path, printed: Printed, command: str
) -> None:
    printed(commands.new, name="a-function-with-a-name-of-some-length")
    ruff = [sys.executable, "-m", "ruff", *command.split(), "--no-cache"]
    run = subprocess.run(ruff, cwd=project, check=False, capture_output=True, text=True)  # noqa: S603  # our own command
    assert run.returncode == 0, run.stdout


def module(path: Path) -> ModuleType:
    """A file as a module, whichever folder it is in."""
    spec = importlib.util.spec_from_file_location("made_by_a_test", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    # Annotations are resolved in it.
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize("name", ["hello", "app"])
def test_new_overwrites_nothing(name: str, project: Path) -> None:
    (project / "functions" / "app.py").touch()
    (project / "functions" / "hello").mkdir()
    (project / "functions" / "hello" / "__init__.py").touch()
    with pytest.raises(NameTaken, match=rf"functions/{name.replace('-', '_')}\S* is there"):
        function.write(name)


@pytest.mark.parametrize(
    "name", ["", "1st", "_shared", "a/b", "../x", "a.b", "Ä", "Hello", "class"]
)
def test_new_refuses_a_name_that_cannot_be_a_functions(name: str, project: Path) -> None:
    before = set(project.rglob("*"))
    with pytest.raises(UnusableName):
        function.write(name)
    assert set(project.rglob("*")) == before


# serve


@contextmanager
def untouched_signals() -> Generator[None]:
    """`serve` answers to signals its own way, and runs in the tests' process here."""
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)


@pytest.mark.parametrize("given", [True, False], ids=["--port", "PORT"])
def test_a_port_that_is_taken_is_named_with_another_to_take(
    database: Database, settings_from: SettingsFrom, given: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, untouched_signals():
        port = taken.getsockname()[1]
        settings_from(PORT="1" if given else str(port))
        with pytest.raises(SystemExit, match=rf"{port} is in use .* PORT={port + 1}\."):
            commands.serve(port=port if given else None)


def test_the_host_is_that_of_the_settings(
    database: Database, settings_from: SettingsFrom
) -> None:
    # An address for documentation, which no machine has.
    settings_from(HOST="192.0.2.1")
    with (
        untouched_signals(),
        pytest.raises(SystemExit, match=r"HOST is 192\.0\.2\.1, which"),
    ):
        commands.serve(port=0)


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/nothing", "postgresql://nobody@127.1:1/nothing"]
)
def test_a_database_that_does_not_answer_is_named(
    settings_from: SettingsFrom, url: str
) -> None:
    settings_from(DATABASE_URL=url, DIRECT_URL="")
    with untouched_signals(), pytest.raises(SystemExit, match=r"database at 127\S+:1 does not"):
        commands.serve(port=0)


@pytest.mark.whole
async def test_a_database_that_is_not_marked_as_local_is_served_as_it_is(
    unmarked: Database,
) -> None:
    environment = {**os.environ, **unmarked.variables}
    process = Python(*SERVE, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(3)]
    finally:
        process.terminate()
        process.communicate()
    assert lines[0].startswith(f"The database {unmarked.name} at /")
    assert lines[0].endswith("with DIRECT_URL as a superuser: piccolo db mark_local.\n")
    assert lines[2].startswith("Ottavino listens at ")
    async with connected(unmarked.superuser_url) as connection:
        assert await connection.fetchval("select count(*) from auth.users") == 0
        assert await connection.fetchval("select to_regclass('public.migration')") is None


@pytest.fixture
def copy(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A copy of the house as a project, whose embedded database is its own."""
    monkeypatch.setenv("PICCOLO_CONF", "piccolo_conf")
    with short_folder() as folder:
        # With the compiled files: otherwise each process would compile them again.
        shutil.copytree(ROOT / "ottavino", folder / "ottavino")
        shutil.copy(ROOT / "pyproject.toml", folder)
        write_project(folder)
        yield folder
        # Stopped already, unless the test failed.
        Server(folder / ".postgres" / "data").stop()


@pytest.mark.whole
def test_serve_stops_everything_that_it_started_and_keeps_the_data(copy: Path) -> None:
    with serving(copy) as (process, url, alice):
        (first, kept) = documents(url, alice)
        httpx.delete(f"{url}/{first['id']}", headers=alice)
        started = family(copy, process)
        # As a terminal sends Ctrl-C.
        os.killpg(process.pid, signal.SIGINT)
        assert said_at_the_end(process) == (0, "Stopped.")
        until(lambda: not any(map(lives, started)))
    with serving(copy) as (process, url, alice):
        assert documents(url, alice) == [kept]
        started = family(copy, process)
        process.terminate()
        assert said_at_the_end(process) == (0, "Stopped.")
        until(lambda: not any(map(lives, started)))


@pytest.mark.whole
def test_changed_code_is_served_at_once_and_no_request_is_refused(copy: Path) -> None:
    hello, other = (copy / "functions" / each for each in ("hello/__init__.py", "app.py"))
    written, kept = hello.read_text("utf-8"), other.read_text("utf-8")
    with serving(copy) as (process, url, alice):
        address = url.replace("documents", "hello")
        hello.write_text(written.replace("stranger", "reader"), "utf-8")
        # The answers before the change are complete too.
        until(lambda: "reader" in httpx.get(address).raise_for_status().text)
        # Not even code that does not start ends it, nor the database,
        other.write_text("not Python", "utf-8")
        until(lambda: not answering(process))
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(httpx.get, address, timeout=20)
            other.write_text(kept, "utf-8")
            # and a request that arrives meanwhile is answered as soon as it starts again.
            assert waiting.result().json() == {"message": "Hello, reader!"}
        assert len(documents(url, alice)) == 2
        (left,) = answering(process)
        process.kill()
        # It ends with the command, however that ends.
        until(lambda: not lives(left))
        said, errors = process.communicate(timeout=20)
    assert "Started again: functions/hello/__init__.py." in said
    assert "functions/app.py, line 1: NameError: name 'Python' is not defined\n" in errors
    assert "Traceback" not in errors


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is true, for some seconds at most."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def lives(process: psutil.Process) -> bool:
    """Whether a process runs: a zombie does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def answering(process: Python) -> list[psutil.Process]:
    """The processes that answer now: they alone are forked from another."""
    children = psutil.Process(process.pid).children()
    return [each for child in children for each in child.children()]


SERVE = ("-m", "piccolo.main", "functions", "serve", "--port=0")

Serving = tuple[Python, str, dict[str, str]]


@contextmanager
def serving(folder: Path) -> Generator[Serving]:
    """The development server on an embedded database, its documents, and Alice's headers."""
    process = Python(
        *SERVE,
        cwd=folder,
        env={**os.environ, "DATABASE_URL": "embedded", "DIRECT_URL": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        banner = ""
        while not banner.endswith("/functions/v1/hello\n\n"):
            banner += (line := process.stdout.readline())
            assert line, process.communicate()
        url = re.findall(r"http://\S+/functions/v1/documents", banner)[0]
        token = re.findall(r"export ALICE=(\S+)", banner)[0]
        yield process, url, {"Authorization": f"Bearer {token}"}
    finally:
        process.kill()
        process.communicate()


def said_at_the_end(process: Python) -> tuple[int, str]:
    stdout, stderr = process.communicate(timeout=20)
    assert "Traceback" not in stderr
    return process.returncode, stdout.strip()


def family(folder: Path, process: Python) -> list[psutil.Process]:
    """The server, and the PostgreSQL that it started with all of its own."""
    pid = int((folder / ".postgres/data/postmaster.pid").read_text().split()[0])
    postgres = psutil.Process(pid)
    started = [psutil.Process(process.pid), postgres]
    return [*started, *(each for one in started for each in one.children(recursive=True))]


def documents(url: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    return httpx.get(url, headers=headers).json()["items"]
