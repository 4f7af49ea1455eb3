"""The tables of `docs/tables.md` are made as they are written there."""

import re
from typing import Any

import pytest

from ottavino import Table
from ottavino.settings import ROOT
from ottavino.testing import Database
from tests.ottavino.declare.test_every_column import drifts, migrated
from tests.ottavino.migrate.project import Project

PAGE = (ROOT / "docs" / "tables.md").read_text("utf-8")
BLOCKS = [
    each
    for each in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    if each.startswith(("import ", "from "))
]


@pytest.mark.parametrize("block", BLOCKS, ids=["columns", "keys"])
async def test_a_table_of_the_page_is_migrated_and_does_not_drift(
    empty_database: Database, project: Project, block: str
) -> None:
    names: dict[str, Any] = {"__name__": "documented"}
    exec(compile(block, "docs/tables.md", "exec"), names)  # noqa: S102  # it is our own
    tables = [
        each
        for each in names.values()
        if isinstance(each, type) and issubclass(each, Table) and each is not Table
    ]
    await migrated(empty_database, project, *tables)
    assert await drifts(empty_database, tables) == []
