"""Every example of `docs/queries.md` runs, in order, as a user."""

import ast
import inspect
import re
from typing import Any

from ottavino import DatabaseFunction, session
from ottavino.query import insert
from ottavino.settings import ROOT
from ottavino.testing import Caller, Database
from tests.ottavino.house.db.tables import Document

PAGE = ROOT / "docs" / "queries.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


async def test_every_example_runs(database: Database, alice: Caller) -> None:
    # The tables are those of the tests, which are the sample application's too.
    names: dict[str, Any] = {"__name__": "tests.ottavino.query.examples"}
    examples = BLOCK.findall(
        PAGE.read_text("utf-8").replace("from db.", "from tests.ottavino.house.db.")
    )
    async with session(alice.identity):
        await insert(*(Document(filename=f"{n}", file_type="x", file_size=n) for n in range(9)))
        for example in examples:
            await made(database, names)
            code = compile(example, str(PAGE), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            running = eval(code, names)  # noqa: S307  # our own page
            if inspect.iscoroutine(running):
                await running
    assert len(examples) > 12
    assert await_count(examples) > 25


async def made(database: Database, names: dict[str, Any]) -> None:
    """Make the database functions that an example has declared."""
    functions = [each for each in names.values() if isinstance(each, DatabaseFunction)]
    async with database.superuser() as connection:
        for each in functions:
            await connection.execute(each.definition().create)


def await_count(examples: list[str]) -> int:
    return sum(example.count("await ") for example in examples)
