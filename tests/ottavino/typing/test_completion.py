"""What an editor offers: the language server is asked as an editor asks it."""

import json
import subprocess
import sys
from collections.abc import Generator
from typing import Any

import pytest

from ottavino import Table
from ottavino.settings import ROOT
from tests.ottavino.house.db.tables import AgentSession, Document, DocumentChunk

COLUMNS = set(Document.column_specs())
NO_COLUMNS = {"database_objects", "search", "own_search", "querystring"}
"""What else a `Document` has: what is declared beside the columns, and one of Piccolo's."""

METHOD, FIELD, VARIABLE, PROPERTY = 2, 5, 6, 10
"""Kinds of completion items. The last three stand for data."""

FILE = (ROOT / "tests" / "typing" / "completed.py").as_uri()
HEAD = """
from ottavino.query import Row, delete, insert, objects, select, update
from tests.ottavino.house.db.tables import AgentRequest, Document, DocumentChunk

class ChunkRow(Row):
    id = DocumentChunk.id
    filename = DocumentChunk.document_id.parent.filename

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


def methods(items: dict[str, int]) -> set[str]:
    """The public methods."""
    return {
        label for label, kind in items.items() if kind == METHOD and not label.startswith("_")
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


@pytest.mark.parametrize("table", [Document, DocumentChunk])
def test_a_new_row_offers_what_it_takes(server: LanguageServer, table: type[Table]) -> None:
    items = offered(server, f"{table.__name__}(|)")
    names = {label.removesuffix("=") for label in items if label.endswith("=")}
    assert names == set(table.column_specs()) - {"id", "created_at", "updated_at"}


@pytest.mark.parametrize(
    "code",
    [
        "ChunkRow.|",
        "async def f() -> None:\n    for row in await select(ChunkRow):\n        row.|",
        "async def f() -> None:\n    (await select(ChunkRow).first()).|",
        "async def f() -> None:\n    (await delete(DocumentChunk).returning(ChunkRow).one()).|",
    ],
)
def test_a_row_class_and_its_rows_offer_its_names(server: LanguageServer, code: str) -> None:
    assert data(offered(server, code)) == {"id", "filename", "reading"}


def test_a_parent_offers_its_columns(server: LanguageServer) -> None:
    items = offered(server, "select(DocumentChunk.document_id.parent.|")
    assert data(items) == COLUMNS | NO_COLUMNS


def test_a_parent_that_may_be_absent_offers_its_columns(server: LanguageServer) -> None:
    items = offered(server, "select(AgentRequest.session_id.maybe(lambda each: each.|")
    assert data(items) == {*AgentSession.column_specs(), "database_objects", "querystring"}


READ = {"count", "exists", "first", "into", "limit", "offset", "one", "order_by", "sql"}
SELECT = {
    *READ,
    *("among", "distinct", "distinct_on", "for_update", "from_table"),
    *("group_by", "having", "where"),
}
COMBINED = {"except_", "intersect", "union", "union_all"}
WRITE = {"records", "returning"}
OF_ROWS = {"all_rows", "using", "where"}
RETURNED = {"first", "into", "one", "sql"}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("select(Document.id).|", SELECT | COMBINED),
        ("select(ChunkRow).where(DocumentChunk.chunk_index == 1).|", SELECT | COMBINED),
        ("objects(Document).|", SELECT),
        ("select(Document.id).union(select(DocumentChunk.id)).|", READ | COMBINED),
        ("def f(new: Document) -> None:\n    insert(new).|", WRITE | {"on_conflict"}),
        (
            "def f(new: Document) -> None:\n    insert(new).on_conflict(Document.id).|",
            {"do_nothing", "do_update"},
        ),
        ("def f(new: Document) -> None:\n    insert(new).returning(Document.id).|", RETURNED),
        ("update(Document).|", WRITE | OF_ROWS | {"set"}),
        ("update(Document).set(Document.filename, '').|", WRITE | OF_ROWS | {"set"}),
        ("delete(Document).|", WRITE | OF_ROWS),
        ("delete(Document).all_rows().returning(Document.id).|", RETURNED),
    ],
)
def test_a_query_offers_its_methods(server: LanguageServer, code: str, names: set[str]) -> None:
    assert methods(offered(server, code)) == names


VALUES = {"asc", "desc", "ilike", "is_in", "is_not_null", "is_null", "like", "not_in"}
ARRAYS = {"contained_in", "contains", "overlaps"}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("Document.filename.|", VALUES | ARRAYS),
        ("DocumentChunk.document_id.parent.file_size.|", VALUES | ARRAYS),
        ("(Document.file_size + 1).|", VALUES | ARRAYS),
        ("(Document.file_size > 1).|", set[str]()),
        ("Document.filename.desc().|", {"nulls_first", "nulls_last"}),
        ("AgentRequest.session_id.|", VALUES | ARRAYS | {"maybe"}),
    ],
)
def test_a_column_offers_its_methods(
    server: LanguageServer, code: str, names: set[str]
) -> None:
    assert methods(offered(server, code)) == names


def test_a_column_offers_its_operators(server: LanguageServer) -> None:
    signs = ["eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "mod", "neg"]
    assert {f"__{sign}__" for sign in signs} <= set(offered(server, "Document.file_size.|"))
