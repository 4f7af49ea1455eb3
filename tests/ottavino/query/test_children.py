"""Children are nested in their parents: in one statement, with exact values, under policies."""

import datetime as dt
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from pydantic import TypeAdapter

from ottavino import (
    Col,
    ForeignKey,
    OptionalRef,
    Ref,
    Table,
    array,
    bigint,
    column,
    domain,
    reference,
    timestamp,
    timestamptz,
)
from ottavino.identity import Identity
from ottavino.postgres.session import session
from ottavino.postgres.watch import watching
from ottavino.query import Row, children, coalesce, count, insert, length, page, select
from ottavino.testing import Caller, Database
from ottavino.testing.database import connected
from tests.ottavino.declare.every_column import Every
from tests.ottavino.declare.test_every_column import VALUES
from tests.ottavino.house.db.tables import Document, DocumentChunk
from tests.ottavino.query.stored import create, undone_session


class Box(Table, tablename="boxes"):
    """A parent, which may be in another box."""

    id: Col[int] = bigint(primary_key=True)
    inside: OptionalRef["Box", int] = reference("self", default=None)
    mood: Col[str] = column("mood", python=str, default="calm")
    moods: Col[list[str]] = array(column("mood", python=str), default=[])


class Part(Every, tablename="parts"):
    """A child with a column of every type."""

    box: Ref[Box, int] = reference(Box, Box.id)
    other: OptionalRef[Box, int] = reference(Box, Box.id, default=None)


class Moment(Table, tablename="moments"):
    """A child with columns of domains, of which two are declared."""

    id: Col[int] = bigint(primary_key=True)
    box: Ref[Box, int] = reference(Box, Box.id)
    by_name: Col[dt.datetime] = column("moment", python=dt.datetime)
    aware: Col[dt.datetime] = column(domain("public.aware", timestamptz()))
    naive: Col[dt.datetime] = column(domain("public.naive", timestamp()))
    all_of_them: Col[list[dt.datetime]] = array(column("moment", python=dt.datetime))
    untyped: Col[Any] = column("moment[]", python=list, default=[])


MOOD = """
    create type mood as enum ('calm', 'angry');
    create domain moment as timestamptz;
    create domain aware as timestamptz;
    create domain naive as timestamp
"""


@pytest.fixture
async def tables(empty_database: Database) -> AsyncGenerator[None]:
    await create(empty_database, Box, Part, Moment, before=MOOD)
    async with undone_session():
        yield


PartRow: Any = type("PartRow", (Row,), {name: getattr(Part, name) for name in VALUES})
"""All that a part has."""


class BoxRow(Row):
    """A box with its parts."""

    id = Box.id
    parts = children(Part.box, PartRow, order_by=Part.a_smallint.desc(), limit=2)


def part(number: int, box: int, **values: Any) -> Part:
    own = {"a_smallint": number, "box": box, "select_": f"{number}"}
    given: dict[str, Any] = VALUES | own | values
    return Part(**given)


async def test_have_the_values_that_they_have_when_they_are_read_directly(
    tables: None,
) -> None:
    many = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC)
    odd: dict[str, Any] = {
        "a_timestamptz": many,
        "any_numeric": Decimal("12345678901234567890.000100"),
        "a_double": 0.1 + 0.2,
        "a_bytea": bytes(range(256)),
        "some_texts": [],
        "a_matrix": [],
        "a_text": '"}{\\, \n',
    }
    await insert(Box(id=1), Box(id=2))
    await insert(part(1, 1), part(3, 1, **odd), part(2, 1))
    rows = await select(BoxRow).order_by(Box.id)
    direct = await select(PartRow).order_by(Part.a_smallint.desc()).limit(2)
    assert [row.parts for row in rows] == [direct, []]
    assert [repr(row.parts) for row in rows] == [repr(direct), "[]"]
    assert direct[0].a_timestamptz == many
    assert str(direct[0].any_numeric) == "12345678901234567890.000100"


@pytest.mark.whole("tries many queries")
async def test_stand_on_pages(tables: None) -> None:
    await insert(Box(id=1), Box(id=2))
    await insert(part(1, 1), part(2, 2))
    query = select(BoxRow).order_by(Box.inside)
    first = await page(query, size=1)
    second = await page(query, size=1, cursor=first.next)
    assert first.items + second.items == await query.order_by(Box.id)
    assert [each.some_texts for each in second.items[0].parts] == [VALUES["some_texts"]]
    assert second.next is None


@pytest.mark.whole("tries many queries")
async def test_may_be_of_the_same_table_and_nested_twice(tables: None) -> None:
    class Small(Row):
        id = Box.id
        mood = Box.mood
        moods = Box.moods

    class Middle(Small):
        boxes = children(Box, Small, order_by=Box.id)
        parts = children(Part.box, Part.some_dates)

    class Large(Small):
        boxes = children(Box, Middle, where=Box.id > 1, order_by=Box.id.desc())
        numbers = children(Box, Box.id, order_by=Box.id)

    await insert(Box(id=1, mood="angry"), Box(id=2, inside=1), Box(id=3, inside=1))
    await insert(Box(id=4, inside=2, moods=["calm", "angry"]))
    await insert(part(1, 3))
    (large,) = await select(Large).where(Box.inside.is_null())
    small = Small(id=4, mood="calm", moods=["calm", "angry"])
    dates = VALUES["some_dates"]
    assert large == Large(
        id=1,
        mood="angry",
        moods=[],
        boxes=[
            Middle(id=3, mood="calm", moods=[], boxes=[], parts=[dates]),
            Middle(id=2, mood="calm", moods=[], boxes=[small], parts=[]),
        ],
        numbers=[2, 3],
    )


async def test_values_of_domains_are_read_as_in_a_query_of_their_own(tables: None) -> None:
    class MomentRow(Row):
        by_name = Moment.by_name
        aware = Moment.aware
        naive = Moment.naive
        all_of_them = Moment.all_of_them
        untyped = Moment.untyped

    class OfBox(Row):
        id = Box.id
        moments = children(Moment, MomentRow, order_by=Moment.id)

    now = dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)
    naive = now.replace(tzinfo=None)
    await insert(Box(id=1))
    await insert(
        Moment(id=1, box=1, by_name=now, aware=now, naive=naive, all_of_them=[now, now])
    )
    (alone,) = await select(MomentRow)
    assert alone.all_of_them == [now, now]
    assert await select(OfBox) == [OfBox(id=1, moments=[alone])]


def test_of_a_table_with_two_references_name_one() -> None:
    class Ambiguous(Row):
        id = Box.id
        parts = children(Part, Part.a_uuid)

    with pytest.raises(TypeError, match=r"^Part has several references to Box, whose rows"):
        select(Ambiguous).sql()
    with pytest.raises(TypeError, match=r"^Document has no reference to Box, whose rows"):
        select(Box.id, children(Document, Document.id)).sql()


class ChunkRow(Row):
    """A chunk, with its parent's name."""

    content = DocumentChunk.content
    filename = DocumentChunk.document_id.parent.filename
    title = coalesce(DocumentChunk.section_title, "untitled")
    characters = length(DocumentChunk.content)


class DocumentRow(Row):
    """A document with its chunks."""

    id = Document.id
    status = Document.status
    chunks = children(DocumentChunk, ChunkRow, order_by=DocumentChunk.chunk_index)


async def add(caller: Caller, name: str, *contents: str) -> None:
    """A document with its chunks, which the service writes."""
    user = caller.identity.user_id
    assert user is not None
    document = Document(user_id=user, filename=name, file_type="text/plain", file_size=1)
    async with session(Identity.service()):
        ((key,),) = await insert(document).returning(Document.id)
        for place, content in enumerate(contents):
            await insert(
                DocumentChunk(user_id=user, document_id=key, chunk_index=place, content=content)
            )


async def test_are_read_in_one_statement_with_the_rights_of_the_caller(
    database: Database, alice: Caller, bob: Caller
) -> None:
    await add(bob, "b.txt", "secret")
    await add(alice, "a.txt", "one", "two")
    await add(alice, "empty.txt")
    query = select(DocumentRow).order_by(Document.filename)
    async with session(alice.identity):
        rows = await query
    assert [[each.content for each in row.chunks] for row in rows] == [["one", "two"], []]
    two = ChunkRow(content="two", filename="a.txt", title="untitled", characters=3)
    assert rows[0].chunks[1] == two
    with watching() as watch:
        async with session(alice.identity):
            assert await query == rows
    assert (watch.statements, watch.round_trips) == (1, 2)


async def test_are_returned_by_writes_and_become_json(
    database: Database, alice: Caller
) -> None:
    async with session(alice.identity):
        document = Document(filename="a", file_type="x", file_size=1)
        row = await insert(document).returning(DocumentRow).one()
        assert row.chunks == []
    chunk = ChunkRow(content="one", filename="a", title="t", characters=3)
    adapter = TypeAdapter(DocumentRow)
    whole = DocumentRow(id=uuid4(), status=row.status, chunks=[chunk])
    assert adapter.validate_json(adapter.dump_json(whole)) == whole
    assert "ChunkRow" in adapter.json_schema()["$defs"]


@pytest.mark.whole("tries many queries")
async def test_leave_rows_that_are_counted_alone(database: Database, alice: Caller) -> None:
    await add(alice, "a.txt", "one", "two")
    async with session(alice.identity):
        query = select(DocumentRow).where(Document.filename == "a.txt")
        assert (await query.count(), await query.exists()) == (1, True)
        grouped = select(Document.id, count(), children(DocumentChunk, DocumentChunk.content))
        ((_, number, contents),) = await grouped.group_by(Document.id)
        assert (number, sorted(contents)) == (1, ["one", "two"])


class Room(Table, tablename="rooms"):
    """A parent that its house's number identifies, too, and which may be in another room."""

    id: Col[int] = bigint(primary_key=True)
    house: Col[int] = bigint(primary_key=True)
    outer: Col[int | None] = bigint(default=None)

    database_objects = (ForeignKey((outer, house), "public.rooms", ("id", "house")),)


class Chair(Table, tablename="chairs"):
    """A child whose key to its parent has two columns, and none of them is a reference."""

    id: Col[int] = bigint(primary_key=True)
    house: Col[int] = bigint()
    room: Col[int] = bigint()

    database_objects = (ForeignKey((room, house), "public.rooms", ("id", "house")),)


async def test_a_key_of_several_columns_leads_to_the_children(empty_database: Database) -> None:
    made = (
        'create table rooms (id bigint, house bigint, "outer" bigint); '
        "create table chairs (id bigint, house bigint, room bigint); "
        "grant all on rooms, chairs to service_role"
    )
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(made)
    async with session(Identity.service()):
        await insert(Room(id=1, house=1), Room(id=2, house=1, outer=1), Room(id=1, house=2))
        await insert(*(Chair(id=n, house=h, room=r) for n, h, r in [(1, 1, 1), (2, 1, 2)]))
        await insert(Chair(id=3, house=2, room=1))
        chairs = children(Chair, Chair.id, order_by=Chair.id)
        rooms = children(Room, Room.id)
        found = await select(Room.house, Room.id, chairs, rooms).order_by(Room.house, Room.id)
        assert found == [(1, 1, [1], [2]), (1, 2, [2], []), (2, 1, [3], [])]
