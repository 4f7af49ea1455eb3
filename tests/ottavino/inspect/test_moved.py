"""Tables that moved to another schema, beside SQL by hand, are as declared."""

import pytest
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import Col, DatabaseFunction, Grant, Raw, Role, Schema, integer, text
from ottavino.declare.table import Table
from ottavino.inspect.drift import drift
from ottavino.migrate.steps import Execute
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.inspect.adopt.test_adopt import databases, made_by_hand
from tests.ottavino.migrate.project import Project

__all__ = ["databases"]


class Item(Table, tablename="items"):
    id: Col[int] = integer(primary_key=True)
    barcode: Col[str] = text(unique=True)

    database_objects = (Grant(to=Role.AUTHENTICATED, select=(barcode,)),)


class Archived(Table, tablename="items", schema="archive"):
    id: Col[int] = integer(primary_key=True)
    barcode: Col[str] = text(unique=True)

    database_objects = (Schema("archive"), Grant(to=Role.AUTHENTICATED, select=True))


class Stored(Table, tablename="items", schema="stores"):
    id: Col[int] = integer(primary_key=True)
    barcode: Col[str] = text(unique=True)

    database_objects = (Schema("stores"),)


@pytest.mark.whole("migrates a database")
@pytest.mark.parametrize(
    "change",
    [
        "alter schema stores rename to b2",
        "alter table stores.items set schema private",
        "alter function public.seen() set schema private",
    ],
)
async def test_what_was_moved_by_hand_is_fixed_and_not_listed_as_unknown(
    databases: tuple[Database, Database], project: Project, change: str
) -> None:
    seen = DatabaseFunction(name="seen", returns="integer", language="sql", body="select 1")
    apart = "create schema private; create function private.secret() returns int return 1"
    await made_by_hand(databases[0], apart)
    project.declare([Stored], [seen])
    await project.migrate()
    before = [*map(str, (await drift()).unknown)]
    async with connected(databases[0].direct_url) as connection:
        await connection.execute(change)
        found = await drift()
        assert [*map(str, found.unknown)] == before
        assert found.comparison.fix is not None
        await connection.execute(found.comparison.fix)
    assert (await drift()).is_none


OPERATOR = Raw(
    "operator public.===(int, int)",
    create="create operator public.=== (function = int4eq, leftarg = int, rightarg = int)",
    drop="drop operator public.=== (int, int)",
)
AGAIN = "create table items (id int primary key, barcode extensions.citext unique)"


@pytest.mark.whole("migrates a database several times")
async def test_a_table_that_moved_beside_sql_by_hand_is_as_declared(
    databases: tuple[Database, Database], project: Project
) -> None:
    await made_by_hand(databases[0], "")
    for number, table in enumerate([Item, Archived, Stored, Archived]):
        project.declare([table], [OPERATOR])
        await project.migrate()
        if number == 1:
            # A new table with the old name, of which PostgreSQL names the keys.
            project.write("9000", Execute(AGAIN, ""))
            await forwards("db")
        found = await drift()
        assert (found.comparison.differences, found.comparison.on_ours) == ([], [])
        assert not [each for each in found.unknown if "items" in str(each)]
