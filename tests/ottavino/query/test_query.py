"""Typed queries give what their types say."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from ottavino.query import (
    average,
    count,
    delete,
    greatest,
    insert,
    least,
    objects,
    select,
    total,
    update,
)
from ottavino.query.write_query import Update
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.query.stored import SIZE, USER, create, shelf, thing, undone_session
from tests.ottavino.query.tables import Origin, Shelf, Thing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tables(shared_empty_database: Database) -> Database:
    """A database with these tables, for tests that undo their changes."""
    await create(shared_empty_database, Shelf, Thing)
    return shared_empty_database


@pytest.fixture(autouse=True)
async def rows(tables: Database, settings_from: SettingsFrom) -> AsyncGenerator[None]:
    """The rows of a test, which no other test sees."""
    settings_from(**tables.variables)
    async with undone_session():
        yield


class TestColumns:
    async def test_come_in_their_order_and_types(self) -> None:
        shelf_id = await shelf()
        await insert(thing(shelf_id, price=Decimal("2.5"), origin=Origin(country="PT")))
        found = await select(Thing.price, Thing.name, Thing.origin, Thing.note)
        assert found == [(Decimal("2.5"), "cup", Origin(country="PT"), None)]

    async def test_make_something_of_their_own(self) -> None:
        @dataclass
        class Label:
            name: str
            number: int

        await insert(thing(await shelf()))
        labels = select(Thing.name, Thing.number).where(Thing.number == 1).into(Label)
        assert await labels == [Label("cup", 1)]
        assert await labels.first() == Label("cup", 1)

    async def test_of_the_first_row_alone_are_asked_for(self) -> None:
        shelf_id = await shelf()
        await insert(*(thing(shelf_id, name) for name in "cab"))
        assert await select(Thing.name).order_by(Thing.name).first() == ("a",)
        assert await select(Thing.name).where(Thing.name == "z").first() is None

    async def test_of_two_tables_are_not_read_at_once(self) -> None:
        with pytest.raises(TypeError, match="reads one table, not Shelf, Thing"):
            select(Thing.name, Shelf.name)


class TestConditions:
    async def test_take_the_values_of_their_columns(self) -> None:
        shelf_id = await shelf()
        await insert(
            thing(shelf_id, "a", number=1, note="x"),
            thing(shelf_id, "b", number=2),
            thing(shelf_id, "c", number=3, note="Xylophone"),
        )
        for condition, names in [
            (Thing.number != 2, "ac"),
            (Thing.number < 2, "a"),
            (Thing.number <= 2, "ab"),
            (Thing.number > 2, "c"),
            (Thing.number >= 2, "bc"),
            (Thing.number.is_in([1, 3]), "ac"),
            (Thing.number.not_in([1, 3]), "b"),
            (Thing.note.is_null(), "b"),
            (Thing.note.is_not_null(), "ac"),
            (Thing.note == None, "b"),  # noqa: E711  # what PostgreSQL means by it
            (Thing.note.like("x%"), "a"),
            (Thing.note.ilike("x%"), "ac"),
            ((Thing.number == 1) | (Thing.name == "b"), "ab"),
            ((Thing.number > 1) & (Thing.name == "b"), "b"),
            (Thing.id == Thing.id, "abc"),
            (Thing.shelf_id == shelf_id, "abc"),
        ]:
            rows = await select(Thing.name).where(condition).order_by(Thing.name)
            assert "".join(name for (name,) in rows) == names, condition

    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize(
        "misled",
        [
            lambda: (Thing.number == 1) and (Thing.name == "a"),
            lambda: (Thing.number == 1) or (Thing.name == "a"),
            lambda: not (Thing.number == 1),  # noqa: SIM201  # the mistake
            lambda: 1 < Thing.number < 3,
            lambda: ((Thing.number == 1) & (Thing.name == "a")) and (Thing.name == "b"),
        ],
    )
    async def test_are_not_combined_by_python(self, misled: Callable[[], object]) -> None:
        with pytest.raises(TypeError, match="no truth value"):
            misled()


class TestParents:
    async def test_give_their_columns(self) -> None:
        upper, lower = await shelf("upper"), await shelf("lower")
        await insert(thing(upper, "a", former_shelf_id=lower), thing(lower, "b"))
        found = (
            await select(
                Thing.name,
                Thing.shelf_id.parent.name,
                Thing.former_shelf_id.maybe(lambda each: each.name),
            )
            .where(Thing.shelf_id.parent.user_id == USER)
            .order_by(Thing.shelf_id.parent.name, Thing.name)
        )
        assert found == [("b", "lower", None), ("a", "upper", "lower")]


class TestAggregates:
    async def test_are_computed_for_each_group(self) -> None:
        upper, lower = await shelf("upper"), await shelf("lower")
        await insert(
            thing(upper, "a", number=1, weight=5_000_000_000, price=Decimal("0.1")),
            thing(upper, "b", number=2, weight=1, price=Decimal("0.2")),
            thing(lower, "c", number=3),
        )
        found = (
            await select(
                Thing.shelf_id.parent.name,
                count(Thing.id),
                total(Thing.number),
                total(Thing.weight),
                total(Thing.price),
                least(Thing.name),
                greatest(Thing.number),
            )
            .group_by(Thing.shelf_id.parent.name)
            .order_by(Thing.shelf_id.parent.name)
        )
        assert found == [
            ("lower", 1, 3, 0, Decimal(0), "c", 3),
            ("upper", 2, 3, 5_000_000_001, Decimal("0.3"), "a", 2),
        ]
        assert [type(value) for value in found[0]] == [str, int, int, int, Decimal, str, int]

    async def test_over_no_rows_are_none(self) -> None:
        found = await select(
            count(Thing.id),
            total(Thing.number),
            total(Thing.price),
            average(Thing.number),
        )
        assert found == [(0, None, None, None)]

    async def test_count_different_values(self) -> None:
        shelf_id = await shelf()
        await insert(thing(shelf_id, "a"), thing(shelf_id, "a"), thing(shelf_id, "b"))
        assert await select(count(Thing.name), count(Thing.name, distinct=True)) == [(3, 2)]

    async def test_give_a_computed_mean(self) -> None:
        shelf_id = await shelf()
        await insert(thing(shelf_id, number=1), thing(shelf_id, number=2))
        assert await select(average(Thing.number)) == [(Decimal("1.5"),)]


class TestJson:
    async def test_goes_in_and_comes_out_in_its_shape(self) -> None:
        people = [uuid4(), uuid4()]
        origin = Origin(country="PT", year=1990)
        await insert(thing(await shelf(), origin=origin, owners=people))
        found = await select(Thing.size, Thing.origin, Thing.owners)
        assert found == [(SIZE, origin, people)]

    async def test_is_changed_in_its_shape(self) -> None:
        await insert(thing(await shelf()))
        origin = Origin(country="PT")
        change = update(Thing).set(Thing.origin, origin).where(Thing.name == "cup")
        assert await change.returning(Thing.origin) == [(origin,)]

    async def test_of_another_shape_does_not_go_in(self) -> None:
        change: Any = update(Thing)
        with pytest.raises(PydanticSerializationError, match="Expected `int`"):
            change.set(Thing.size, {"width": "wide", "height": 1})

    async def test_of_another_shape_does_not_come_out(self) -> None:
        await insert(thing(await shelf()))
        stock: Any = Thing
        await stock.raw("update things set size = {}", '{"width": 1}')
        with pytest.raises(ValidationError, match="height"):
            await select(Thing.size)


class TestObjects:
    async def test_are_whole_rows(self) -> None:
        shelf_id = await shelf()
        await insert(thing(shelf_id, "a", origin=Origin(country="PT")), thing(shelf_id, "b"))
        first, second = await objects(Thing).order_by(Thing.name)
        assert (first.name, first.size, first.origin) == ("a", SIZE, Origin(country="PT"))
        assert (second.name, second.origin, second.owners) == ("b", None, [])

    async def test_are_saved_as_they_were_changed(self) -> None:
        await insert(thing(await shelf()))
        found = await objects(Thing).where(Thing.name == "cup").first()
        assert found is not None
        found.number = 7
        found.origin = Origin(country="PT")
        await found.save()
        assert await select(Thing.number, Thing.origin) == [(7, Origin(country="PT"))]

    async def test_are_saved_when_they_are_new(self) -> None:
        new = Shelf(user_id=USER, name="new")
        await new.save()
        new.name = "old"
        await new.save()
        assert await select(Shelf.name) == [("old",)]

    async def test_that_are_not_there_are_none(self) -> None:
        assert await objects(Shelf).where(Shelf.name == "none").first() is None


class TestWriting:
    async def test_computes_from_a_column(self) -> None:
        await insert(thing(await shelf(), number=5, price=Decimal("1.5")))
        change = update(Thing).where(Thing.name == "cup").set(Thing.number, Thing.number + 2)
        change.set(Thing.price, Thing.price - Decimal("0.5"))
        assert await change.returning(Thing.number, Thing.price) == [(7, Decimal("1.0"))]

    async def test_gives_no_rows_unless_asked(self) -> None:
        await insert(Shelf(user_id=USER, name="a"))
        assert await update(Shelf).set(Shelf.name, "b").where(Shelf.name == "a") is None
        assert await delete(Shelf).where(Shelf.name == "b").returning(Shelf.name) == [("b",)]

    async def test_takes_no_column_of_another_table(self) -> None:
        # A type checker reports these too.
        untyped: Any = Shelf

        def change() -> Update:
            return update(Thing).set(Thing.name, "b")

        for misled in (
            lambda: change().set(Shelf.name, "b"),
            lambda: change().where(Shelf.name == "a"),
            lambda: change().where((Thing.number == 1) & (Shelf.name == "a")),
            lambda: change().where(Thing.shelf_id.parent.name == "a"),
            lambda: change().set(Thing.name, Shelf.name).where(Thing.name == "a"),
            lambda: delete(Thing).where(untyped.name == "a"),
        ):
            with pytest.raises(TypeError, match="is no column of Thing"):
                await misled()


async def test_stock_queries_still_work() -> None:
    await insert(Shelf(user_id=USER, name="a"))
    stock: Any = Shelf
    assert await stock.select(stock.name) == [{"name": "a"}]
    assert await stock.count() == 1
    assert await stock.exists().where(stock.name == "a")
    (found,) = await stock.objects()
    assert found.name == "a"
