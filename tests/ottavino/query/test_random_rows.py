"""Random rows of two users: each query gives one of them what SQL by hand gives."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ottavino import session
from ottavino.identity import Identity
from ottavino.postgres.scope import current_scope
from ottavino.postgres.watch import watching
from ottavino.query import (
    Row,
    all_of,
    any_of,
    array_append,
    array_remove,
    children,
    count,
    delete,
    greatest,
    has_key,
    insert,
    json_contains,
    json_part,
    json_value,
    length,
    select,
    total,
)
from ottavino.testing import Caller, Database
from ottavino.testing.database import connected
from tests.ottavino.house.db.tables import AgentRequest, Document, DocumentChunk, UsageEvent
from tests.ottavino.house.db.tables.agent_requests import RequestType
from tests.ottavino.house.db.tables.documents import DocumentStatus
from tests.ottavino.query.stored import create
from tests.ottavino.query.tables import Folder, Sorted
from tests.ottavino.query.test_products import BEGUN, NAMES, READS

OWN_ROWS = """
alter table sorted enable row level security;
create policy own on sorted for select using (user_id = auth.uid());
grant select on sorted to authenticated;
"""

TEXT = st.sampled_from([None, "flute", "Oboe", "", "{}", "a,b", "%", '"', "NULL", "ä\\"])
WORD = TEXT.map(lambda text: text or "word")

CHUNKS = st.lists(st.tuples(WORD, TEXT), max_size=3)
DOCUMENTS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.integers(0, 1000),
        st.sampled_from(DocumentStatus),
        TEXT,
        CHUNKS,
    ),
    max_size=9,
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(RequestType),
        st.integers(0, 99),
        st.decimals(0, 1000, places=3),
        st.integers(0, 2000),
    ),
    max_size=9,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "3"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)
RESULTS = st.lists(
    st.none()
    | st.fixed_dictionaries(
        {}, optional={"n": st.integers(-9, 9), "a": JSON, "b": JSON, "text": st.just("x")}
    ),
    max_size=6,
)
TAGS = st.lists(st.lists(WORD, max_size=3), max_size=6)
OF_A_USER = st.tuples(DOCUMENTS, EVENTS, RESULTS, TAGS)


class ChunkRow(Row):
    """A part of a document."""

    place = DocumentChunk.chunk_index
    content = DocumentChunk.content
    title = DocumentChunk.section_title
    size = DocumentChunk.document_id.parent.file_size


class DocumentRow(Row):
    """A document with its parts in it."""

    id = Document.id
    chunks = children(DocumentChunk, ChunkRow, order_by=DocumentChunk.chunk_index)
    last = children(
        DocumentChunk,
        DocumentChunk.section_title,
        where=DocumentChunk.content != "flute",
        order_by=DocumentChunk.chunk_index.desc(),
        limit=2,
    )


sizes = select(Document.filename, Document.file_size)
titles = select(DocumentChunk.content, DocumentChunk.chunk_index)
number = json_value(AgentRequest.results, "n", type=int)
tagged = select(Sorted.id).order_by(Sorted.id)

MORE: list[tuple[Any, str]] = [
    (
        sizes.union(titles).order_by(Document.filename, Document.file_size),
        """select filename, file_size from documents union
        select content, chunk_index from document_chunks order by 1, 2""",
    ),
    (
        sizes.union_all(titles).order_by(Document.file_size.desc(), Document.filename).limit(5),
        """select filename, file_size from documents union all
        select content, chunk_index from document_chunks order by 2 desc, 1 limit 5""",
    ),
    (
        select(Document.content)
        .except_(select(DocumentChunk.content))
        .union(select(DocumentChunk.section_title).intersect(select(Document.content)))
        .order_by(Document.content),
        """(select content from documents except select content from document_chunks)
        union (select section_title from document_chunks intersect
        select content from documents) order by 1""",
    ),
    (
        select(Document.id)
        .where(
            Document.id.is_in(select(Document.id).except_(select(DocumentChunk.document_id)))
        )
        .order_by(Document.id),
        """select id from documents d
        where not exists (select from document_chunks where document_id = d.id) order by id""",
    ),
    (
        select(
            AgentRequest.id,
            number,
            json_value(AgentRequest.results, "a", "b"),
            json_value(AgentRequest.results, "a", 0),
            json_value(AgentRequest.results, "b", -1),
        ).order_by(AgentRequest.id),
        """select id, (results ->> 'n')::int, results #>> '{a,b}', results #>> '{a,0}',
        results #>> '{b,-1}' from agent_requests order by id""",
    ),
    (
        select(count(), total(number), greatest(number)).where(number > -5),
        """select count(*), sum((results ->> 'n')::int)::bigint, max((results ->> 'n')::int)
        from agent_requests where (results ->> 'n')::int > -5""",
    ),
    (
        select(AgentRequest.id)
        .where(
            json_contains(AgentRequest.results, {"text": "x"})
            | (has_key(AgentRequest.results, "a") & ~has_key(AgentRequest.results, "b"))
            | (json_part(AgentRequest.results, "b") == [])
        )
        .order_by(AgentRequest.id),
        """select id from agent_requests where results @> '{"text": "x"}'
        or (results ? 'a' and not results ? 'b') or results -> 'b' = '[]' order by id""",
    ),
    (
        select(
            Sorted.id,
            Sorted.tags,
            length(Sorted.tags),
            array_append(Sorted.tags, "new"),
            array_remove(Sorted.tags, "flute"),
        ).order_by(Sorted.id),
        """select id, tags, cardinality(tags), tags || 'new'::text,
        array_remove(tags, 'flute') from sorted order by id""",
    ),
    (
        tagged.where(any_of(Sorted.tags) == "flute"),
        "select id from sorted where 'flute' = any (tags) order by id",
    ),
    (
        select(Sorted.id).where(all_of(Sorted.tags) != '"').order_by(Sorted.id),
        "select id from sorted where '\"' <> all (tags) order by id",
    ),
    (
        select(Sorted.id)
        .where(
            Sorted.tags.overlaps(["{}", "a,b"])
            | Sorted.tags.contained_in(["%", "word"])
            | (Sorted.tags.contains(["NULL"]) & (Sorted.tags != ["NULL"]))
        )
        .order_by(Sorted.id),
        """select id from sorted where tags && array['{}', 'a,b']
        or tags <@ array['%', 'word'] or (tags @> array['NULL'] and tags <> array['NULL'])
        order by id""",
    ),
]


async def add(user: UUID, rows: tuple[Any, ...]) -> None:
    documents, events, results, tags = rows
    kept = await insert(
        *(
            Document(
                user_id=user,
                filename=name,
                file_type="text/plain",
                file_size=size,
                status=status,
                content=content,
            )
            for name, size, status, content, _ in documents
        )
    ).returning(Document.id)
    await insert(
        *(
            DocumentChunk(
                user_id=user,
                document_id=key,
                chunk_index=place,
                content=content,
                section_title=title,
            )
            for (key,), (*_, chunks) in zip(kept, documents, strict=True)
            for place, (content, title) in enumerate(chunks)
        )
    )
    await insert(
        *(
            UsageEvent(
                user_id=user,
                request_type=kind,
                tokens_used=tokens,
                cost=cost,
                occurred_at=BEGUN + dt.timedelta(hours=hours),
            )
            for kind, tokens, cost, hours in events
        )
    )
    await insert(
        *(
            AgentRequest(
                user_id=user, request_type=RequestType.CHAT, content="?", results=result
            )
            for result in results
        )
    )
    await insert(
        *(
            Sorted(
                user_id=user,
                name="n",
                day=BEGUN.date(),
                clock=dt.time(0),
                share=1.0,
                tags=each,
            )
            for each in tags
        )
    )


async def replace(alice: UUID, bob: UUID, rows: Sequence[tuple[Any, ...]]) -> None:
    async with session(Identity.service()):
        for table in (DocumentChunk, Document, UsageEvent, AgentRequest, Sorted):
            await delete(table).all_rows()
        for user, each in zip((alice, bob), rows, strict=True):
            await add(user, each)


async def by_hand(text: str) -> list[tuple[Any, ...]]:
    return [tuple(record) for record in await current_scope().fetch(text, ())]


async def nested_by_hand() -> list[DocumentRow]:
    """Each document, and its chunks by a statement of their own, put together here."""
    chunks: dict[UUID, list[ChunkRow]] = {}
    for key, *values in await by_hand(
        """select document_id, chunk_index, c.content, section_title, file_size
        from document_chunks c join documents d on d.id = document_id order by chunk_index"""
    ):
        place, content, title, size = values
        row = ChunkRow(place=place, content=content, title=title, size=size)
        chunks.setdefault(key, []).append(row)
    rows: list[DocumentRow] = []
    for (key,) in await by_hand("select id from documents order by id"):
        own = chunks.get(key, [])
        last = [each.title for each in reversed(own) if each.content != "flute"][:2]
        rows.append(DocumentRow(id=key, chunks=own, last=last))
    return rows


def user_of(caller: Caller) -> UUID:
    assert caller.identity.user_id is not None
    return caller.identity.user_id


@pytest.fixture
async def tables(database: Database) -> None:
    await create(database, Folder, Sorted)
    async with connected(database.direct_url) as connection:
        await connection.execute(OWN_ROWS)


@pytest.mark.whole
@given(rows=st.tuples(OF_A_USER, OF_A_USER))
@settings(max_examples=8)
async def test_reads_give_what_sql_by_hand_gives(
    tables: None, alice: Caller, bob: Caller, rows: tuple[Any, Any]
) -> None:
    await replace(user_of(alice), user_of(bob), rows)
    async with session(alice.identity):
        for query, text in (*READS, *MORE):
            assert await query == await by_hand(text), text
        nested = await select(DocumentRow).order_by(Document.id)
        assert nested == await nested_by_hand()
        assert len(nested) == len(rows[0][0])


@pytest.mark.whole("tries many reads")
async def test_each_read_is_one_statement_in_one_round_trip(
    tables: None, alice: Caller, bob: Caller
) -> None:
    row = ("a.txt", 1, DocumentStatus.READY, "flute", [("one", None), ("two", "End")])
    event = (RequestType.CHAT, 1, Decimal(1), 1)
    some = ([row] * 3, [event] * 3, [{"n": 1}], [["flute"]])
    await replace(user_of(alice), user_of(bob), (some, some))
    # A statement whose types are looked up, here records, is kept if it begins its transaction.
    reads = [select(DocumentRow), *(query for query, _ in (*READS, *MORE))]
    trips: list[int] = []
    for _ in range(2):
        with watching() as watch:
            async with session(alice.identity):
                for query in reads:
                    await query
        assert watch.statements == len(reads)
        trips.append(watch.round_trips)
    # One round trip commits; each statement seen for the first time takes one more.
    assert trips == [2 * len(reads) + 1, len(reads) + 1]
