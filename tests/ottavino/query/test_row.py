"""Rows with names: made of columns, typed by them, and sent as JSON."""

import inspect
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from pydantic import TypeAdapter

from ottavino.http.openapi.schemas import Schemas
from ottavino.query import (
    Output,
    Row,
    coalesce,
    count,
    delete,
    insert,
    length,
    select,
    total,
    update,
)
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.query.stored import USER, create, shelf, thing, undone_session
from tests.ottavino.query.tables import Origin, Shelf, Size, Thing


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


class Label(Row):
    """The name of a thing."""

    id = Thing.id
    name = Thing.name
    note = Thing.note
    shelf = Thing.shelf_id.parent.name
    former = Thing.former_shelf_id.maybe(lambda each: each.name)


class FullLabel(Label):
    """The same, with all columns."""

    size = Thing.size
    origin = Thing.origin
    characters = length(Thing.note)
    text = coalesce(Thing.note, "none")

    @property
    def title(self) -> str:
        return f"{self.name} on {self.shelf}"


class OnShelf(Row):
    """How many things a shelf holds."""

    shelf = Thing.shelf_id.parent.name
    things = count()
    price = total(Thing.price)


async def test_have_the_values_of_their_columns() -> None:
    await insert(thing(await shelf("upper"), "cup", origin=Origin(country="PT")))
    row = await select(FullLabel).where(Thing.name == "cup").one()
    assert (row.name, row.note, row.shelf, row.former) == ("cup", None, "upper", None)
    assert (row.size, row.origin) == (Size(width=3, height=4), Origin(country="PT"))
    assert (row.characters, row.text, row.title) == (None, "none", "cup on upper")
    with pytest.raises(AttributeError):
        getattr(row, "nope")  # noqa: B009  # which a checker would report


async def test_of_groups_have_aggregates() -> None:
    upper = await shelf("upper")
    await insert(thing(upper, price=Decimal(1)), thing(upper, price=Decimal(2)))
    rows = select(OnShelf).group_by(OnShelf.shelf).order_by(OnShelf.price.desc())
    assert await rows == [OnShelf(shelf="upper", things=2, price=Decimal(3))]


async def test_are_returned_by_writes() -> None:
    class Named(Row):
        id = Shelf.id
        name = Shelf.name

    added = await insert(Shelf(user_id=USER, name="a")).returning(Named).one()
    changed = update(Shelf).set(Shelf.name, "b").where(Shelf.id == added.id)
    assert await changed.returning(Named) == [Named(id=added.id, name="b")]
    assert await delete(Shelf).all_rows().returning(Named).first() == Named(
        id=added.id, name="b"
    )


async def test_have_more_columns_than_a_tuple() -> None:
    wide: Any = type("Wide", (Row,), {f"name_{n}": Thing.name for n in range(40)})
    await insert(thing(await shelf()))
    row = await select(wide).one()
    assert {getattr(row, f"name_{n}") for n in range(40)} == {"cup"}


async def test_become_json_of_the_types_of_their_columns() -> None:
    await insert(thing(await shelf("upper"), note="x"))
    row = await select(FullLabel).one()
    written = TypeAdapter(FullLabel).dump_python(row, mode="json", warnings="error")
    assert written == {
        "id": str(row.id),
        "name": "cup",
        "note": "x",
        "shelf": "upper",
        "former": None,
        "size": {"width": 3, "height": 4},
        "origin": None,
        "characters": 1,
        "text": "x",
    }


def test_are_in_openapi_with_the_types_of_their_columns() -> None:
    schemas = Schemas([(FullLabel, "serialization"), (OnShelf, "serialization")])
    label = schemas.definitions["FullLabel"]
    text, maybe = {"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert label["description"] == "The same, with all columns."
    assert label["required"] == list(label["properties"])
    properties: dict[str, Any] = label["properties"]
    assert properties["id"] == {"type": "string", "format": "uuid"}
    assert properties["former"] == properties["note"] == maybe
    assert properties["shelf"] == properties["text"] == text
    assert properties["characters"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert properties["size"]["$ref"].endswith("/Size")
    group = schemas.definitions["OnShelf"]["properties"]
    assert group["things"] == {"type": "integer"}
    assert {"type": "null"} in group["price"]["anyOf"]


def test_are_compared_and_shown_by_their_values() -> None:
    one = OnShelf(shelf="a", things=1, price=None)
    assert one == OnShelf(shelf="a", things=1, price=None)
    assert one != OnShelf(shelf="a", things=2, price=None)
    assert repr(one) == "OnShelf(shelf='a', things=1, price=None)"


def test_need_every_value() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'price'"):
        OnShelf(shelf="a", things=1)


def test_take_no_other_value() -> None:
    with pytest.raises(TypeError, match=r"OnShelf.__init__\(\) got an .* argument 'wrong'"):
        OnShelf(shelf="a", things=1, price=None, wrong=1)


def test_give_their_readables_by_name() -> None:
    assert FullLabel.name is Label.name
    assert FullLabel.reading.readables[0] is Thing.id
    with pytest.raises(AttributeError, match="OnShelf has no column 'nope'"):
        getattr(OnShelf, "nope")  # noqa: B009  # which a checker would report


def test_of_two_tables_are_refused() -> None:
    class Mixed(Row):
        name = Thing.name
        shelf = Shelf.name

    with pytest.raises(TypeError, match="reads one table, not Shelf, Thing"):
        select(Mixed)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "New names no column: write id = Table.id"),
        (
            {"name": Thing.name, "__annotations__": {"number": int}},
            r"New.number has no column: write number = Table.column",
        ),
    ],
)
def test_need_columns(body: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        type("New", (Row,), body)


def test_keep_their_place_where_a_column_is_declared_anew() -> None:
    class Renamed(Label):
        name = Thing.note

    assert list(Renamed.__match_args__) == list(Label.__match_args__)
    assert Renamed.name is Thing.note


def test_of_a_tuple_of_columns_are_read_alike_each_time() -> None:
    name, shelf = Thing.name, Thing.shelf_id.parent.name
    assert select(name, shelf).reading is select(name, shelf).reading
    assert select(name, shelf).reading is not select(shelf, name).reading
    assert select(Thing.name, length(Thing.name)).reading.readables[0] is Thing.name


def test_have_the_types_that_their_outputs_name() -> None:
    class Found(Row):
        place: Output[int]
        name: "Output[str | None]"

    assert inspect.get_annotations(Found) == {"place": int, "name": str | None}
