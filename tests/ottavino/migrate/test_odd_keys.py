"""Keys of several columns in mixed case, references to them, and columns that are computed in
the middle of a table.
"""

from enum import StrEnum
from typing import Any

import pytest
from piccolo.apps.migrations.commands.backwards import backwards

from ottavino import (
    ForeignKey,
    Grant,
    Index,
    Policy,
    Role,
    Schema,
    Table,
    bigint,
    enum,
    generated,
    integer,
    owner,
    primary_key,
    reference,
    session,
    text,
)
from ottavino.identity import Identity
from ottavino.inspect.drift import drift
from ottavino.query import insert, objects, select, update
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, dump
from tests.ottavino.migrate.test_round_trip import comparable
from tests.ottavino.users import user

MIXED = "Mixed"


def declared(*, changed: bool = False) -> tuple[list[Any], list[Any]]:
    """A parent with a key of two columns, its child, and a child of that one."""
    states = {"OPEN": "Open", "DONE": "it's Done"}
    states |= {"LATE": "Late"} if changed else {"OLD": "Old"}
    state: Any = StrEnum("State", states)
    first = "The First" if changed else "First"
    a = bigint(primary_key=True, db_column_name=first)
    b = text(primary_key=True, max_length=9, db_column_name="Second")
    person = owner()
    twice = "4" if changed else "2"
    make: Any = type(Table)
    parent = make(
        "Parent",
        (Table,),
        {
            "a": a,
            "doubled": generated(bigint(db_column_name="Doubled"), f'"{first}" * {twice}'),
            "b": b,
            "user_id": person,
            "state": enum(
                state, name=f"{MIXED}.State", default=state.DONE, db_column_name="State"
            ),
            "size": integer(default=1),
            "database_objects": (
                Policy.owner(person),
                Grant.everything(to=Role.SERVICE_ROLE),
                Schema(MIXED, usage=(Role.SERVICE_ROLE,)),
            ),
        },
        tablename="Parents",
        schema=MIXED,
    )
    x, y = bigint(db_column_name="X"), text(db_column_name="Y")
    single = make(
        "Single",
        (Table,),
        {
            "key": primary_key(db_column_name="Key"),
            "x": x,
            "y": y,
            "database_objects": (
                ForeignKey(
                    (x, y), parent.qualified_name(), (parent.a, parent.b), on_delete="cascade"
                ),
                Index(x, y),
                Grant.everything(to=Role.SERVICE_ROLE),
            ),
        },
        tablename="Singles",
        schema=MIXED,
    )
    child = make(
        "Child",
        (Table,),
        {
            "id": primary_key(),
            "single": reference(single, db_column_name="Single", index=True),
            "database_objects": (Grant.everything(to=Role.SERVICE_ROLE),),
        },
        tablename="children",
    )
    return [parent, single, child], []


async def rows(tables: list[Any]) -> None:
    parent, single, child = tables
    someone = (await user("Alice")).id
    async with session(Identity.service()):
        assert await insert(parent(a=3, b="z", user_id=someone)).returning(
            parent.doubled, parent.state
        ) == [(6, "it's Done")]
        ((key,),) = await insert(single(x=3, y="z")).returning(single.key)
        await insert(child(single=key))
        assert await select(child.single.parent.x, child.single.parent.y) == [(3, "z")]
        (row,) = await objects(parent)
        assert (row.a, row.b, row.doubled) == (3, "z", 6)
        row.size = 2
        await row.save()
        assert await select(parent.size) == [(2,)]
        await update(parent).set(parent.size, parent.doubled).where(parent.a == 3)
        piccolos = await child.select(child.single.x).where(child.single.y == "z")
        assert piccolos == [{"Single.X": 3}]
        read = await child.objects(child.single).first()
        assert read.single.x == 3
        await read.refresh()


@pytest.mark.whole
async def test_keys_in_mixed_case_and_computed_columns_go_there_and_back(
    empty_database: Database, project: Project
) -> None:
    before = comparable(dump(empty_database))
    tables, others = declared()
    project.declare(tables, others)
    await project.migrate()
    assert await project.generate() is None
    assert (await drift()).comparison.differences == []
    await rows(tables)
    first = comparable(dump(empty_database))
    tables, others = declared(changed=True)
    project.declare(tables, others)
    await project.migrate()
    assert await project.generate() is None
    assert (await drift()).comparison.differences == []
    async with connected(empty_database.superuser_url) as connection:
        row = await connection.fetchrow('select * from "Mixed"."Parents"')
        assert row is not None
        assert (row["The First"], row["Doubled"], row["State"]) == (3, 12, "it's Done")
    for _ in project.files[1:]:
        await project.undo()
    assert comparable(dump(empty_database)) == first
    await backwards("db", "all", auto_agree=True)
    assert comparable(dump(empty_database)) == before
