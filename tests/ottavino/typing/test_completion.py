"""What an editor offers: the language server is asked as an editor asks it."""

import json
import subprocess
import sys
from collections.abc import Generator
from typing import Any

import pytest

from ottavino.settings import ROOT
from tests.ottavino.house.db.tables import Document

COLUMNS = set(Document.column_specs())
NO_COLUMNS = {"database_objects", "search", "own_search", "querystring"}
"""What else a `Document` has: what is declared beside the columns, and one of Piccolo's."""

FIELD, VARIABLE, PROPERTY = 5, 6, 10
"""Kinds of completion items, of those that stand for data."""

FILE = (ROOT / "tests" / "typing" / "completed.py").as_uri()
HEAD = """
from ottavino.query import objects, select
from tests.ottavino.house.db.tables import Document

"""


class LanguageServer:
    """Pyright as an editor has it: requests and answers as JSON over pipes."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._number = 0

    def ask(self, method: str, **parameters: Any) -> Any:
        """The answer to a request."""
        self._number += 1
        number = self._number
        self.tell(method, number, **parameters)
        while (answer := self._read()).get("id") != number or "method" in answer:
            if "method" in answer and "id" in answer:
                self._answer(answer)
        return answer["result"]

    def tell(self, method: str, number: int | None = None, **parameters: Any) -> None:
        """Send a request, or without a number a notification."""
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": parameters}
        self._write(message if number is None else {**message, "id": number})

    def stop(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.communicate()

    def _answer(self, request: dict[str, Any]) -> None:
        # It asks for settings, and has to hear that there are none.
        parameters: dict[str, Any] = request.get("params") or {}
        asked: list[object] = parameters.get("items", [])
        self._write({"jsonrpc": "2.0", "id": request["id"], "result": [{}] * len(asked)})

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        length = 0
        while (line := self._process.stdout.readline().strip()) or not length:
            assert self._process.poll() is None, "The language server has ended."
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return json.loads(self._process.stdout.read(length))


@pytest.fixture(scope="module")
def server() -> Generator[LanguageServer]:
    server = LanguageServer()
    folder = {"uri": ROOT.as_uri(), "name": "project"}
    server.ask(
        "initialize",
        processId=None,
        rootUri=ROOT.as_uri(),
        workspaceFolders=[folder],
        capabilities={"workspace": {"configuration": True, "workspaceFolders": True}},
    )
    server.tell("initialized")
    server.tell(
        "textDocument/didOpen",
        textDocument={"uri": FILE, "languageId": "python", "version": 0, "text": HEAD},
    )
    yield server
    server.stop()


def offered(server: LanguageServer, code: str) -> dict[str, int]:
    """What is offered where the code has a bar, with the kind of each."""
    before, _, after = (HEAD + code).partition("|")
    server.tell(
        "textDocument/didChange",
        textDocument={"uri": FILE, "version": 1},
        contentChanges=[{"text": before + after}],
    )
    lines = before.splitlines() or [""]
    position = {"line": len(lines) - 1, "character": len(lines[-1])}
    answer = server.ask(
        "textDocument/completion", textDocument={"uri": FILE}, position=position
    )
    return {item["label"]: item["kind"] for item in answer["items"]}


def data(items: dict[str, int]) -> set[str]:
    """Those that stand for data, and are not there for Python alone."""
    kinds = {FIELD, VARIABLE, PROPERTY}
    return {
        label for label, kind in items.items() if kind in kinds and not label.startswith("_")
    }


@pytest.mark.parametrize(
    "code",
    [
        "Document.|",
        "select(Document.|",
        "select(Document.id).where(Document.|",
        "select(Document.id).order_by(Document.|",
    ],
)
def test_a_class_offers_its_columns(server: LanguageServer, code: str) -> None:
    assert data(offered(server, code)) == COLUMNS | NO_COLUMNS


def test_a_row_offers_its_values(server: LanguageServer) -> None:
    code = "async def f() -> None:\n    for row in await objects(Document):\n        row.|"
    assert data(offered(server, code)) == COLUMNS | NO_COLUMNS


def test_a_new_row_offers_what_it_takes(server: LanguageServer) -> None:
    items = offered(server, "Document(|)")
    names = {label.removesuffix("=") for label in items if label.endswith("=")}
    assert names == COLUMNS - {"id", "created_at", "updated_at"}
