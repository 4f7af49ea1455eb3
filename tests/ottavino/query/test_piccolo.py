"""Piccolo's own query builder works in a session, under row security, as its pages say."""

from typing import Any
from uuid import uuid4

import pytest
from piccolo.columns import Text
from piccolo.columns.combination import WhereRaw
from piccolo.query import OrderByRaw
from piccolo.query.functions import Cast, Concat, Count, Lower, Max, Min, Sum, Upper

from ottavino import session
from ottavino.errors import QueryRefused
from ottavino.identity import Identity
from ottavino.testing import Caller, Database
from tests.ottavino.house.db.tables import Document, DocumentChunk
from tests.ottavino.house.db.tables.documents import DocumentStatus
from tests.ottavino.house.piccolo_conf import DB

# The types of Piccolo do not know the columns of a table.
Docs: Any = Document
Chunks: Any = DocumentChunk


@pytest.fixture
async def reader(database: Database, alice: Caller, bob: Caller) -> Caller:
    """A user with four documents, the largest of which has two chunks; another has as many."""
    async with session(Identity.service()):
        for user in (bob, alice):
            documents = [
                Document(user_id=user.id, filename=f"{n}.txt", file_type=kind, file_size=n)
                for n, kind in enumerate("abab")
            ]
            *_, last = await Docs.insert(*documents).returning(Docs.id)
            chunks = [
                DocumentChunk(
                    user_id=user.id, document_id=last["id"], chunk_index=n, content=f"{n}"
                )
                for n in range(2)
            ]
            await Chunks.insert(*chunks)
    return alice


async def test_select(reader: Caller) -> None:
    async with session(reader.identity):
        large = Docs.select(Docs.filename).where((Docs.file_size > 1) & (Docs.file_type == "b"))
        assert await large == [{"filename": "3.txt"}]
        names = Docs.select(Docs.filename).order_by(Docs.file_size, ascending=False)
        assert await names.first() == {"filename": "3.txt"}
        names = Docs.select(Docs.filename).order_by(Docs.file_size).limit(2).offset(1)
        assert await names.output(as_list=True) == ["1.txt", "2.txt"]
        either = Docs.select(Docs.file_size).where(
            (Docs.file_size == 0) | (Docs.file_size == 2)
        )
        assert sorted(await either.output(as_list=True)) == [0, 2]
        kinds = await Docs.select(Docs.file_type).distinct().order_by(Docs.file_type)
        assert kinds == [{"file_type": "a"}, {"file_type": "b"}]
        shown = await Docs.select(Upper(Docs.filename, alias="name")).where(
            Docs.filename.ilike("0%"), Docs.file_size.is_in([0, 1]), Docs.content.is_null()
        )
        assert shown == [{"name": "0.TXT"}]
        lowered = Docs.select(Docs.filename.as_alias("x")).where(
            Lower(Docs.filename) == "1.txt"
        )
        assert await lowered == [{"x": "1.txt"}]
        assert "id" in await Docs.select().first()


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_aggregates(reader: Caller) -> None:
    async with session(reader.identity):
        assert await Docs.count() == 4
        assert await Docs.count().where(Docs.file_size > 1) == 2
        assert await Docs.exists().where(Docs.file_size == 9) is False
        (sizes,) = await Docs.select(
            Min(Docs.file_size), Max(Docs.file_size), Sum(Docs.file_size)
        )
        assert (sizes["min"], sizes["max"], sizes["sum"]) == (0, 3, 6)
        groups = Docs.select(Docs.file_type, Count()).group_by(Docs.file_type)
        assert await groups.order_by(Docs.file_type) == [
            {"file_type": "a", "count": 2},
            {"file_type": "b", "count": 2},
        ]


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_joins(reader: Caller) -> None:
    async with session(reader.identity):
        chunks = Chunks.select(Chunks.content, Chunks.document_id.filename)
        rows = await chunks.where(Chunks.document_id.file_size == 3).order_by(
            Chunks.chunk_index
        )
        assert [each["document_id.filename"] for each in rows] == ["3.txt", "3.txt"]
        (nested, _) = await chunks.order_by(Chunks.chunk_index).output(nested=True)
        assert nested == {"content": "0", "document_id": {"filename": "3.txt"}}
        chunk = await Chunks.objects(Chunks.document_id).first()
        assert chunk.document_id.filename == "3.txt"
        assert (await chunk.get_related(Chunks.document_id)).file_size == 3


async def test_objects(reader: Caller) -> None:
    async with session(reader.identity):
        document = await Docs.objects().get(Docs.file_size == 2)
        assert (document.filename, document.status) == ("2.txt", DocumentStatus.PENDING)
        document.filename = "other.txt"
        await document.save()
        await document.refresh()
        assert document.filename == "other.txt"
        same = await Docs.objects().get_or_create(Docs.filename == "other.txt", {})
        assert (same.id, same.filename) == (document.id, document.filename)
        made = await Docs.objects().get_or_create(
            Docs.filename == "made.txt", {Docs.file_type: "a", Docs.file_size: 7}
        )
        assert (made.file_size, made.filename) == (7, "made.txt")
        await document.remove()
        # Piccolo has set the key of the removed object to None.
        assert await Docs.objects().get(Docs.id == same.id) is None
        assert [each.file_size for each in await Docs.objects().order_by(Docs.file_size)] == [
            0,
            1,
            3,
            7,
        ]


async def test_writes(reader: Caller) -> None:
    async with session(reader.identity):
        row = Document(filename="new.txt", file_type="a", file_size=9)
        (given,) = await Docs.insert(row).returning(Docs.file_size, Docs.status)
        assert given == {"file_size": 9, "status": "pending"}
        renamed = Docs.update({Docs.filename: "renamed.txt"}).where(Docs.file_size == 9)
        assert await renamed.returning(Docs.filename) == [{"filename": "renamed.txt"}]
        assert await Docs.update(filename="x").where(Docs.file_size == 100) == []
        named = Docs.update(filename=Concat(Docs.filename, "!")).where(Docs.file_size == 9)
        assert await named.returning(Docs.filename) == [{"filename": "renamed.txt!"}]
        removed = Docs.delete().where(Docs.filename == "renamed.txt!")
        assert await removed.returning(Docs.file_size) == [{"file_size": 9}]


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_a_value_is_computed_in_an_update(reader: Caller) -> None:
    async with session(Identity.service()):
        size = Docs.file_size
        larger = Docs.update({size: size * 2 + 1}).where(size == 3, Docs.user_id == reader.id)
        assert await larger.returning(size) == [{"file_size": 7}]


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_on_conflict(reader: Caller) -> None:
    async with session(Identity.service()):
        first = await Docs.objects().get((Docs.file_size == 0) & (Docs.user_id == reader.id))
        values = {"user_id": reader.id, "filename": "b.txt", "file_type": "a", "file_size": 5}
        again = Docs({Docs.id: first.id}, **values)
        assert await Docs.insert(again).on_conflict(Docs.id, "DO NOTHING") == []
        assert (await Docs.objects().get(Docs.id == first.id)).filename == "0.txt"
        again = Docs({Docs.id: first.id}, **values)
        await Docs.insert(again).on_conflict(Docs.id, "DO UPDATE", [Docs.filename])
        assert (await Docs.objects().get(Docs.id == first.id)).filename == "b.txt"


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_raw_takes_values_as_parameters(reader: Caller) -> None:
    async with session(reader.identity):
        text = "0.txt' or true; --"
        assert await Docs.raw("select filename from documents where filename = {}", text) == []
        rows = await Docs.raw("select filename from documents where file_size > {}", 2)
        assert rows == [{"filename": "3.txt"}]
        odd = Docs.select(Docs.file_size).where(WhereRaw("file_size % 2 = {}", 1))
        assert sorted(await odd.output(as_list=True)) == [1, 3]


async def test_a_savepoint_is_undone_alone(reader: Caller) -> None:
    async with session(reader.identity):
        with pytest.raises(LookupError):
            async with DB.transaction():
                await Docs.delete(force=True)
                assert await Docs.count() == 0
                raise LookupError
        assert await Docs.count() == 4


async def test_it_sees_the_callers_rows_alone(reader: Caller, bob: Caller) -> None:
    async with session(bob.identity):
        theirs = await Docs.select(Docs.id).output(as_list=True)
    async with session(reader.identity):
        assert await Docs.count().where(Docs.id.is_in(theirs)) == 0
        assert await Docs.update(filename="x").where(Docs.id.is_in(theirs)) == []
        assert await Docs.delete().where(Docs.id.is_in(theirs)).returning(Docs.id) == []
        assert await Chunks.select().where(Chunks.document_id.is_in(theirs)) == []
        assert await Docs.exists().where(Docs.id == uuid4()) is False


async def test_batches_are_refused_since_they_need_a_connection_more(reader: Caller) -> None:
    async with session(reader.identity):
        for query in (Docs.select(), Docs.objects()):
            with pytest.raises(QueryRefused, match="Read pages with where"):
                await query.batch(batch_size=3)


async def test_parents_are_fetched_with_their_children(reader: Caller) -> None:
    async with session(reader.identity):
        by_place = Chunks.objects().order_by(Chunks.chunk_index)
        (first, _) = await by_place.prefetch(Chunks.document_id)
        assert first.document_id.filename == "3.txt"
        assert first.to_dict(Chunks.content) == {"content": "0"}
        document = await Docs.objects().get(Docs.file_size == 3)
        parts = Chunks.objects().where(Chunks.document_id == document.id)
        assert len(await parts) == 2
        names = Chunks.select(Chunks.content, *Chunks.document_id.all_columns()).first()
        assert (await names)["document_id.filename"] == "3.txt"


def first_size(rows: Any) -> Any:
    return rows[0]["file_size"]


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_queries_are_kept_changed_and_called_back(reader: Caller) -> None:
    async with session(reader.identity):
        frozen = Docs.select(Docs.filename).where(Docs.file_size == 1).freeze()
        assert await frozen.run() == await frozen.run() == [{"filename": "1.txt"}]
        sized = Docs.select(Docs.file_size).where(Docs.file_size == 1)
        assert await sized.callback(first_size) == 1
        shuffled = await Docs.select(Docs.file_size).order_by(OrderByRaw("random()"))
        assert sorted(each["file_size"] for each in shuffled) == [0, 1, 2, 3]
        largest = Docs.select(Docs.file_type, Docs.file_size).distinct(on=[Docs.file_type])
        largest = largest.order_by(Docs.file_type).order_by(Docs.file_size, ascending=False)
        assert [each["file_size"] for each in await largest] == [2, 3]


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_rows_are_locked(reader: Caller) -> None:
    async with session(reader.identity), DB.transaction():
        locked = Docs.select(Docs.file_size).where(Docs.file_size == 2)
        assert await locked.lock_rows("UPDATE", skip_locked=True) == [{"file_size": 2}]
        (document,) = await Docs.objects().where(Docs.file_size == 2).lock_rows("NO KEY UPDATE")
        assert document.filename == "2.txt"


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_rows_are_joined_on_other_columns(reader: Caller) -> None:
    async with session(reader.identity):
        by_size = Chunks.chunk_index.join_on(Docs.file_size)
        rows = await Chunks.select(Chunks.content, by_size.filename).order_by(Chunks.content)
        assert [each["chunk_index.filename"] for each in rows] == ["0.txt", "1.txt"]


@pytest.mark.whole("tries one of many queries of Piccolo")
async def test_an_object_is_changed_alone(reader: Caller) -> None:
    async with session(reader.identity):
        document = await Docs.objects().where(Docs.file_size == 0).first()
        await document.update_self({Docs.filename: "self.txt"})
        assert document.filename == "self.txt"
        document.filename = "saved.txt"
        await document.save([Docs.filename])
        assert await Docs.exists().where(Docs.filename == "saved.txt")
        new = Docs.objects().create(filename="new.txt", file_type="a", file_size=8)
        assert (await new).filename == "new.txt"
        counts = await Docs.select(Count(distinct=[Docs.file_type]))
        assert counts == [{"count": 2}]
        assert await Docs.count(distinct=[Docs.file_type]) == 2
        cast = Docs.select(Cast(Docs.file_size, Text()).as_alias("size")).where(
            Docs.file_size == 8
        )
        assert await cast == [{"size": "8"}]


@pytest.mark.parametrize("query", [Docs.create_table(), Docs.alter().drop_table()])
async def test_tables_are_changed_by_migrations_alone(reader: Caller, query: Any) -> None:
    with pytest.raises(QueryRefused, match="tables are changed"):
        async with session(reader.identity):
            await query
