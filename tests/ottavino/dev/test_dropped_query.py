"""Queries that are never awaited are found, and those that are used are not."""

from pathlib import Path

import pytest

from ottavino.dev import commands
from ottavino.dev.dropped_query import QUERIES, dropped_queries
from ottavino.query import __all__ as public

NAMES = (
    "from ottavino.query import call, call_set, delete, insert, objects, select, sql, update"
)

WRONG = {
    "insert(document)": "insert",
    "update(Document).set(Document.filename, name).where(Document.id == one)": "update",
    "delete(Document).where(Document.id == one).returning(Document.id)": "delete",
    "select(Document.id)": "select",
    "objects(Document).where(Document.id == one).first()": "objects",
    "call(function, int, 1)": "call",
    "call_set(function, int, 1)": "call_set",
    'sql("delete from {}", Document)': "sql",
    "async def handler():\n    if document:\n        insert(document)": "insert",
    "async with session():\n    insert(\n        document,\n    )": "insert",
    "insert(document) if document else None": "insert",
    "document and insert(document)": "insert",
    "[insert(each) for each in documents]": "insert",
    "await insert(first), insert(second)": "insert",
    "import ottavino.query as q\nq.insert(document)": "q.insert",
    "import ottavino.query\nottavino.query.insert(document)": "ottavino.query.insert",
    "from ottavino import query\nquery.insert(document)": "query.insert",
    "from ottavino.query import insert as add\nadd(document)": "add",
    "def handler():\n    from ottavino.query import insert as add\n    add(document)": "add",
}
RIGHT = [
    "await insert(document)",
    "await update(Document).set(Document.filename, name).all_rows()",
    "(await select(Document.id)).sort()",
    "(await objects(Document).one()).save()",
    "query = select(Document.id)\nquery.where(Document.id == one)\nrows = await query",
    "def newest():\n    return select(Document.id)",
    "def each():\n    yield select(Document.id)",
    "newest = lambda: select(Document.id)",
    "await page(select(Document.id), size=2)",
    "queries.append(insert(document))",
    "async for row in rows(select(Document.id)):\n    print(row)",
    "await insert(first), await insert(second)",
    "[await insert(each) for each in documents]",
    "document and await insert(document)",
    "documents.insert(0, document)",
    "from .ottavino.query import insert as add\nadd(document)",
    "from other.query import insert as add\nadd(document)",
    "def handler(update):\n    update(document)",
    "def handler(*, insert=add):\n    insert(document)",
]


def _written(folder: Path, source: str) -> Path:
    path = folder / "function.py"
    path.write_text(f"{NAMES}\n{source}\n", "utf-8")
    return path


@pytest.mark.parametrize(("source", "called"), WRONG.items())
def test_a_query_that_is_dropped_is_found(tmp_path: Path, source: str, called: str) -> None:
    path = _written(tmp_path, source)
    lines = path.read_text("utf-8").splitlines()
    (found,) = dropped_queries([path])
    assert (found.path, found.called) == (path, called)
    assert f"{called}(" in lines[found.line - 1]


@pytest.mark.parametrize("source", RIGHT)
def test_a_query_that_is_used_is_left_alone(tmp_path: Path, source: str) -> None:
    assert list(dropped_queries([_written(tmp_path, source)])) == []


def test_names_of_other_modules_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "function.py"
    path.write_text("from sqlalchemy import insert\ninsert(document)\nselect(1)\n", "utf-8")
    assert list(dropped_queries([path])) == []


def test_all_that_is_called_is_public() -> None:
    assert {name.removeprefix("ottavino.query.") for name in QUERIES} < set(public)


def test_the_command_says_the_place_and_to_await(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "functions"
    folder.mkdir()
    _written(folder, "async def add():\n    insert(document)")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        commands.lint()
    assert ended.value.code == 1
    assert capsys.readouterr().out == (
        "functions/function.py:3: insert() is not awaited, so its query never runs: "
        "write await before it.\n"
    )
