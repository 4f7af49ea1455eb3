"""Columns under names that are hard to quote are read and written like any other."""

from typing import Any

import pytest
from piccolo.query.functions import Count

from ottavino import Col, Table, primary_key, reference, session, text
from ottavino.errors import QueryRefused
from ottavino.identity import Identity
from ottavino.query import case, insert, select, sql, update, upper
from ottavino.testing import Database
from tests.ottavino.query.stored import create

NAMES = [
    *('a"b', "{}", "{0}", "x}", "%s", "$1", "a;--", "a\nb", "it's", "/*", "ünï", "a\\", "$$"),
    *("select", "a b"),
]


def odd() -> Any:
    """A table with a column of each name."""
    columns: dict[str, Any] = {
        f"c{number}": text(default="d", db_column_name=name)
        for number, name in enumerate(NAMES)
    }
    make: Any = type(Table)
    return make("Odd", (Table,), {"id": primary_key(), **columns}, tablename="odds")


async def test_each_name_is_quoted_wherever_it_is_written(database: Database) -> None:
    table = odd()
    await create(database, table)
    async with session(Identity.service()):
        values = {
            f"c{number}": f"{name}' or true --{{}}$1\\" for number, name in enumerate(NAMES)
        }
        await insert(table(**values))
        for name, value in values.items():
            column: Col[str] = getattr(table, name)
            for condition in (column == value, sql("{} = {}", column, value).condition()):
                assert await select(column).where(condition) == [(value,)]
            chosen = case((column == value, "{}'$2"), default="x")
            assert await select(upper(column), chosen) == [(value.upper(), "{}'$2")]
            await update(table).set(column, value).where(column.is_in([value, "x"]))


def parent_and_child(name: str) -> tuple[Any, Any]:
    """Two tables, each with a column whose name is odd."""
    make: Any = type(Table)
    columns = {"id": primary_key(), "word": text(db_column_name=name)}
    parent = make("Parent", (Table,), columns, tablename="parents")
    of = reference(parent, default=None, db_column_name=f"of {name}")
    return parent, make(
        "Child", (Table,), {"id": primary_key(), "of": of}, tablename="children"
    )


def usable_by_piccolo() -> list[str]:
    return [each for each in NAMES if not {*"{}"} & {*each}]


@pytest.mark.whole("tries each statement on a database")
async def test_piccolos_queries_write_each_name_correctly(database: Database) -> None:
    for name in usable_by_piccolo():
        parent, child = parent_and_child(name)
        before = "drop table if exists parents, children"
        await create(database, parent, child, before=before)
        async with session(Identity.service()):
            row = await parent.objects().create(word="first")
            await child(of=row.id).save()
            row.word = "second"
            await row.save()
            row.word = "not saved"
            await row.refresh()
            assert (row.word, row._given) == ("second", set())  # what `save` would write
            await row.update_self({parent.word: parent.word + " and third"})
            assert (row.word, row._given) == ("second and third", set())  # likewise
            word = parent.word == row.word
            assert await parent.exists().where(word)
            assert await parent.count(column=parent.word) == 1
            assert (await parent.objects().get_or_create(word, {})).id == row.id
            assert await parent.select(parent.word).where(word) == [{name: row.word}]
            grouped = await parent.select(parent.word, Count()).group_by(parent.word)
            assert grouped == [{name: row.word, "count": 1}]
            assert await parent.update({parent.word: "x"}).where(word).returning(
                parent.word
            ) == [{name: "x"}]
            await parent.insert(parent(id=row.id, word="y")).on_conflict(
                action="DO UPDATE", target=parent.id, values=[parent.word]
            )
            joined = child.select(child.of.word).where(child.of.word == "y")
            assert await joined == [{f"of {name}.{name}": "y"}]
            assert await child.objects().order_by(child.of.word).where(child.of.word == "y")


@pytest.mark.parametrize(("own", "of_parent"), [("a.b", "word"), ("of", "x.y")])
def test_an_object_is_not_read_with_its_parent_where_a_name_has_a_period(
    own: str, of_parent: str
) -> None:
    make: Any = type(Table)
    columns = {"id": primary_key(), "word": text(db_column_name=of_parent)}
    parent = make("Parent", (Table,), columns, tablename="parents")
    columns = {"id": primary_key(), "of": reference(parent, db_column_name=own)}
    child = make("Child", (Table,), columns, tablename="children")
    child.objects()
    for prefetch in (child.of, [child.of]):
        with pytest.raises(QueryRefused, match=r"'(a\.b|x\.y)' has a period, .* parent of of"):
            child.objects(prefetch)


async def test_an_object_is_read_with_its_parent_whose_columns_have_other_names(
    database: Database,
) -> None:
    parent, child = parent_and_child('a"b')
    await create(database, parent, child)
    async with session(Identity.service()):
        row = await parent.objects().create(word="first")
        await child(of=row.id).save()
        read = await child.objects(child.of).first()
        assert (read.of.word, read._given, read.of._given) == (
            "first",
            set(),
            set(),
        )  # what `save` would write
        await parent.update({parent.word: "second"}, force=True)
        await read.refresh()
        assert (read.of.word, read.of._given) == ("second", set())  # likewise
        assert (await read.get_related(child.of)).word == "second"
        given = parent(**{'a"b': "third"})
        await given.save()
        assert await parent.count() == 2
        await given.remove()
        with pytest.raises(ValueError, match="not in the database"):
            await given.update_self({parent.word: "fourth"})


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("name", ["{}", "{0}", "x}"])
async def test_piccolos_queries_refuse_a_name_with_a_brace(
    database: Database, name: str
) -> None:
    parent, child = parent_and_child(name)
    await create(database, parent, child)
    async with session(Identity.service()):
        row = parent(word="first")
        for query in (row.save, parent.select, parent.objects().first):
            with pytest.raises(QueryRefused, match="has a brace"):
                await query()
        await insert(row)
        assert await select(parent.word) == [("first",)]
