"""Declared SQL that still names a table or a column under its old name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from piccolo.apps.migrations.commands.new import new

from ottavino import (
    SQL,
    AsFound,
    Check,
    DatabaseFunction,
    Index,
    Policy,
    Raw,
    View,
    integer,
)
from ottavino.declare.table import Table
from tests.ottavino.migrate.project import Project, table

OWN = {
    "a policy": Policy(name="some", command="select", using="a > 1"),
    "a check": Check("sane", "a > 1"),
    "an index": Index("abs(a)", name="absolute"),
    "a part of an index": Index("b", name="part", where="a > 1"),
}


def view(source: str, column: str) -> type[Table]:
    """A view of one column."""
    make: Any = type(View)
    query = f"select {column} as a from {source} as t"
    return make("Few", (View,), {"query": query, "a": integer()}, tablename="few")


@pytest.mark.parametrize("kind", OWN)
async def test_of_its_own_table_keeps_the_migration_from_being_written(
    project: Project, kind: str
) -> None:
    project.declare([table("notes", OWN[kind], a=integer(), b=integer())])
    await project.generate()
    project.declare([table("notes", OWN[kind], c=integer(), b=integer())])
    with pytest.raises(SystemExit, match=r"names public\.notes\.a, which becomes c\. Change"):
        await new("db", auto=True, auto_input="y")
    assert len(project.files) == 1


async def test_of_another_table_does_too(project: Project) -> None:
    policy = Policy(
        name="some", command="select", using="b in (select a from public.notes as n)"
    )
    others = [table("lists", policy, b=integer())]
    for other in (others, [view("public.notes", "t.a")]):
        project.declare([table("notes", a=integer()), *other])
        await project.generate()
        for changed, words in (
            (table("notes", c=integer()), r"public\.notes\.a, which becomes c"),
            (table("tags", a=integer()), r"public\.notes, which becomes public\.tags"),
        ):
            project.declare([changed, *other])
            with pytest.raises(SystemExit, match=words):
                await new("db", auto=True, auto_input="y")
        project.declare([table("notes", a=integer())])
        await project.generate()


async def test_that_names_another_thing_or_the_new_name_is_migrated(project: Project) -> None:
    policy = Policy(name="some", command="select", using="(select a from public.lists) > 1")
    project.declare(
        [table("notes", policy, a=integer(), b=integer()), table("lists", a=integer())]
    )
    await project.generate()
    project.declare(
        [table("notes", policy, c=integer(), b=integer()), table("lists", a=integer())]
    )
    assert await project.generate() is not None


CALLING: Mapping[str, tuple[Any, ...]] = {
    "check public.notes.notes_sane": (Check("sane", "a > public.num(1)"),),
    "policy public.notes.some": (
        Policy(name="some", command="select", using="a > public.num(1)"),
    ),
    "the default of public.notes.b": (),
}


@pytest.mark.parametrize("kind", CALLING)
async def test_that_calls_a_dropped_function_keeps_the_migration_from_being_written(
    project: Project, kind: str
) -> None:
    """PostgreSQL can neither add what calls it, nor drop it afterwards."""
    columns = {"b": integer(default=SQL("public.num(1)"))} if "default" in kind else {}
    changed = table("notes", *CALLING[kind], a=integer(), **columns)
    project.declare([table("notes", a=integer())], [NUM])
    await project.generate()
    project.declare([changed])
    with pytest.raises(
        SystemExit, match=r"names public\.num, which is dropped\. Change"
    ) as exit_:
        await new("db", auto=True, auto_input="n")
    assert kind in str(exit_.value)
    assert len(project.files) == 1
    project.declare([changed], [replace(NUM, arguments=("x bigint",))])
    assert await project.generate() is not None


async def test_that_calls_a_function_which_other_sql_makes_is_migrated(
    project: Project,
) -> None:
    notes = table("notes", Check("sane", "a > public.num(1)"), a=integer())
    project.declare([notes], [NUM])
    await project.generate()
    create = "create function public.num(x integer) returns integer return 1"
    project.declare([notes], [Raw("num", create=create, drop="drop function public.num")])
    assert await project.generate() is not None


NUM = DatabaseFunction(
    name="num", arguments=("x integer",), returns="integer", body="select 1", language="sql"
)

FOUND = {
    "a key": AsFound(
        "unique public.notes.once",
        "alter table public.notes add constraint once unique (a)",
        drop="alter table public.notes drop constraint once",
    ),
    "a property": AsFound(
        "detail public.notes.options",
        "alter table public.notes set (fillfactor = 50)",
        drop="alter table public.notes reset (fillfactor)",
    ),
    "a comment": AsFound(
        "comment on table public.notes",
        "comment on table public.notes is 'mine'",
        drop="comment on table public.notes is null",
    ),
}


@pytest.mark.parametrize("kind", FOUND)
async def test_that_was_found_names_a_table_by_its_new_name(
    project: Project, kind: str
) -> None:
    project.declare([table("notes", FOUND[kind], a=integer())])
    await project.generate()
    project.declare([table("tags", FOUND[kind], a=integer())])
    with pytest.raises(SystemExit, match=r"names public\.notes, which becomes public\.tags"):
        await new("db", auto=True, auto_input="y")
    assert len(project.files) == 1
