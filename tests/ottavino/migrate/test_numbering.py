"""A column is numbered in another way, and its numbers go on."""

from typing import Any

import pytest
from piccolo.apps.migrations.commands.backwards import backwards

from ottavino import bigint, identity, integer, serial, text
from ottavino.declare.table import Table
from ottavino.inspect.drift import drift
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, dump

WAYS: dict[str, Any] = {
    "serial": lambda: serial(integer(primary_key=True)),
    "big serial": lambda: serial(bigint(primary_key=True)),
    "identity": lambda: identity(integer(primary_key=True), always=False),
    "big identity": lambda: identity(bigint(primary_key=True)),
    "plain": lambda: integer(primary_key=True),
}


def notes(way: str) -> type[Table]:
    body = {"id": WAYS[way](), "title": text(), "__module__": __name__}
    return type("Note", (Table,), body, tablename="notes")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("serial", "identity"),
        ("serial", "big identity"),
        ("identity", "serial"),
        ("identity", "big serial"),
        ("serial", "plain"),
        ("plain", "serial"),
    ],
)
async def test_numbers_go_on(
    old: str, new: str, empty_database: Database, project: Project
) -> None:
    project.declare([notes(old)])
    await project.migrate()
    if old != "plain":
        await inserted(empty_database)
    before = dump(empty_database)
    project.declare([notes(new)])
    await project.migrate()
    assert (await drift()).comparison.differences == []
    if "plain" not in {old, new}:
        assert await inserted(empty_database) == 2
    await backwards("db", migration_id="1", auto_agree=True)
    assert dump(empty_database) == before
    if "plain" not in {old, new}:
        assert await inserted(empty_database) == 3


async def inserted(database: Database) -> int:
    async with connected(database.superuser_url) as connection:
        return await connection.fetchval(
            "insert into public.notes (title) values ('a') returning id"
        )
