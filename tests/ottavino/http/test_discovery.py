import logging
import sys
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from ottavino.http import create_app
from ottavino.http.discovery import Functions, discover
from ottavino.http.errors import BootError, NotFound
from ottavino.http.routing import Routing
from tests.ottavino.http.client import bearer, client

TYPED = """
from ottavino.http.function import Function

function = Function(auth="optional")

@function.get()
async def get() -> str:
    return __name__
"""
PLAIN = """
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

async def handler(request: Request) -> Response:
    return PlainTextResponse("plain")
"""


class Folder:
    """A folder of functions, as a package of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.add(".", "")

    def add(self, name: str, source: str) -> None:
        """Write the module of a function."""
        (self.path / name).mkdir(exist_ok=True)
        (self.path / name / "__init__.py").write_text(source, "utf-8")

    def discover(self) -> Functions:
        """Import what was written."""
        return discover(self.path.name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Folder]:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    name = f"functions_{uuid4().hex}"
    (tmp_path / name).mkdir()
    yield Folder(tmp_path / name)
    for module in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[module]


async def test_a_folder_with_a_function_is_an_address(folder: Folder) -> None:
    folder.add("hello", TYPED)
    async with client(create_app(folder.discover())) as http:
        assert (await http.get("/hello")).text == f"{folder.path.name}.hello"


async def test_a_folder_with_a_plain_handler_is_an_address(folder: Folder) -> None:
    folder.add("hello", PLAIN)
    async with client(create_app(folder.discover())) as http:
        assert (await http.get("/hello", headers=bearer())).text == "plain"
        assert (await http.get("/hello")).status_code == 401


@pytest.mark.parametrize("name", ["hello_big_world", "hello-big-world"])
async def test_hyphens_and_underscores_name_the_same_function(
    name: str, folder: Folder
) -> None:
    folder.add(name, TYPED)
    async with client(create_app(folder.discover())) as http:
        for slug in ("hello_big_world", "hello-big-world", "hello-big_world"):
            assert (await http.get(f"/{slug}")).status_code == 200


def test_folders_with_an_underscore_and_modules_are_no_functions(
    folder: Folder,
) -> None:
    folder.add("_shared", "raise AssertionError")
    folder.add("__pycache__", "raise AssertionError")
    (folder.path / "app.py").write_text("raise AssertionError", "utf-8")
    (folder.path / "empty").mkdir()
    (folder.path / "readme.md").write_text("", "utf-8")
    assert folder.discover() == {}


BROKEN = {
    "does not parse": ("def", "SyntaxError"),
    "raises": ("1 / 0", "ZeroDivisionError"),
    "imports what is not there": ("import nowhere_at_all", "ModuleNotFoundError"),
    "exits": ("raise SystemExit(0)", "SystemExit"),
    "is empty": ("", "neither `function = Function()`"),
    "has a function without handlers": (
        "from ottavino.http.function import Function\nfunction = Function()",
        "neither `function = Function()`",
    ),
    "has something else called function": ("function = 1", "neither `function = Function()`"),
    "has a handler that is not async": ("def handler(request): pass", "async def"),
    "has a handler without annotations": (
        "async def handler(request): pass",
        "handler: the parameter `request` has no annotation.",
    ),
    "has a parameter that nothing fills": (
        TYPED.replace("get() -> str", "get(limit: int) -> str"),
        "get: nothing fills the parameter `limit`",
    ),
}


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_function_that_cannot_be_imported_is_logged_and_the_others_are_served(
    source: str, reason: str, folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.add("broken", source)
    folder.add("whole", TYPED)
    functions = folder.discover()
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == "The function broken cannot be imported."
    assert reason in caplog.text
    async with client(create_app(functions)) as http:
        response = await http.get("/broken")
        assert (await http.get("/whole")).status_code == 200
    assert response.status_code == 503
    assert response.headers["sb-error-code"] == "BOOT_ERROR"
    assert reason not in response.text


def test_two_folders_of_one_name_are_logged_and_neither_answers(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.add("a-b", TYPED)
    folder.add("a_b", TYPED)
    functions = folder.discover()
    assert "Two folders are called a_b" in caplog.text
    with pytest.raises(BootError):
        Routing(functions).find("GET", "a-b")


@pytest.mark.parametrize("name", ["1st", "été", "a b"])
def test_a_folder_that_cannot_be_an_address_is_logged(
    name: str, folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.add(name, TYPED)
    functions = folder.discover()
    assert f"The name '{name}' cannot be part of an address" in caplog.text
    with pytest.raises(NotFound):
        Routing(functions).find("GET", name)


def test_a_function_is_found_by_its_whole_name_only(folder: Folder) -> None:
    folder.add("hello", TYPED)
    routing = Routing(folder.discover())
    assert routing.find("GET", "hello").name == "hello"
    for slug in ("Hello", "hell", "hello\n", "_hello", "-hello", "hello.", "", "__init__"):
        with pytest.raises(NotFound):
            routing.find("GET", slug)


def test_discovering_leaves_other_packages_alone(folder: Folder) -> None:
    folder.add("hello", TYPED)
    before = set(sys.modules)
    folder.discover()
    name = folder.path.name
    assert set(sys.modules) - before == {name, f"{name}.hello"}
