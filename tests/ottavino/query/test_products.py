"""Queries of typical products: under row security, each gives the same as SQL by hand."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from types import NoneType
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from ottavino import session
from ottavino.http.exception_handlers import to_api_error
from ottavino.identity import Identity
from ottavino.postgres.scope import current_scope
from ottavino.postgres.watch import watching
from ottavino.query import (
    NotOneRow,
    average,
    case,
    coalesce,
    count,
    date_trunc,
    delete,
    excluded,
    exists,
    following,
    greatest,
    insert,
    least,
    length,
    lower,
    page,
    previous,
    rank,
    row_number,
    scalar,
    select,
    total,
    update,
    upper,
)
from ottavino.testing import Caller, Database, SettingsFrom
from ottavino.testing.caller import sign_up
from ottavino.testing.environment import environment
from tests.ottavino.house.db.tables import (
    AgentSession,
    Document,
    DocumentChunk,
    UsageEvent,
    UserProfile,
)
from tests.ottavino.house.db.tables.agent_requests import RequestType
from tests.ottavino.house.db.tables.documents import DocumentStatus
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.house.trial import Undo
from tests.ottavino.whole import quick

BEGUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ["Report.pdf", "report.pdf", "notes.txt", "Índice.md", "a%b_c.txt"]
SEED = 7
SOMEONE = UUID(int=7)


def documents(user: UUID, chance: random.Random) -> list[Document]:
    return [
        Document(
            user_id=user,
            filename=chance.choice(NAMES),
            file_type=chance.choice(["text/plain", "application/pdf"]),
            file_size=chance.randrange(1000),
            status=chance.choice(list(DocumentStatus)),
            content=chance.choice([None, "flute", "Oboe", ""]),
        )
        for _ in range(chance.randrange(20, 40))
    ]


def chunks(document: UUID, user: UUID, chance: random.Random) -> list[DocumentChunk]:
    return [
        DocumentChunk(
            user_id=user,
            document_id=document,
            chunk_index=place,
            section_title=chance.choice([None, "Introduction", "End"]),
            content=chance.choice(["one", "two", "three"]),
        )
        for place in range(chance.randrange(4))
    ]


def events(user: UUID, chance: random.Random) -> list[UsageEvent]:
    return [
        UsageEvent(
            user_id=user,
            request_type=chance.choice(list(RequestType)),
            tokens_used=chance.randrange(100),
            cost=Decimal(chance.randrange(1_000_000)) / 1000,
            occurred_at=BEGUN + timedelta(hours=chance.randrange(2000)),
        )
        for _ in range(chance.randrange(30, 60))
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def users(shared_database: Database) -> list[Caller]:
    """Two users with random rows, which all tests share."""
    chance = random.Random(SEED)  # noqa: S311  # no secrets
    with environment(shared_database.variables):
        users = [await sign_up(shared_database, name) for name in ("Alice", "Bob")]
        async with session(Identity.service()):
            for user in users:
                added = insert(*documents(user.id, chance)).returning(Document.id)
                parts = [
                    each for (key,) in await added for each in chunks(key, user.id, chance)
                ]
                await insert(*parts)
                await insert(*events(user.id, chance))
    return users


@pytest.fixture(autouse=True)
def alice(users: list[Caller], reused_database: Database) -> Caller:
    return users[0]


@pytest.fixture
async def as_alice(alice: Caller) -> AsyncGenerator[None]:
    async with undone(alice.identity):
        yield


@asynccontextmanager
async def undone(identity: Identity) -> AsyncGenerator[None]:
    """A session that is rolled back."""
    with suppress(Undo):
        async with session(identity):
            yield
            raise Undo


parent = DocumentChunk.document_id.parent
day = date_trunc("day", UsageEvent.occurred_at)
week = date_trunc("week", UsageEvent.occurred_at, zone="Europe/Rome")
label = coalesce(DocumentChunk.section_title, "untitled")
of_document = DocumentChunk.document_id == Document.id

READS: list[tuple[Any, str]] = [
    (
        select(Document.filename, Document.file_size)
        .order_by(Document.file_size.desc(), Document.id)
        .limit(5)
        .offset(5),
        "select filename, file_size from documents order by 2 desc, id limit 5 offset 5",
    ),
    (
        select(Document.filename).distinct().order_by(Document.filename),
        "select distinct filename from documents order by 1",
    ),
    (
        select(Document.status, Document.filename, Document.file_size)
        .distinct_on(Document.status)
        .order_by(Document.status, Document.file_size.desc(), Document.id),
        """select distinct on (status) status, filename, file_size from documents
        order by status, file_size desc, id""",
    ),
    (
        select(Document.status, count(), total(Document.file_size))
        .group_by(Document.status)
        .having(count() > 3, total(Document.file_size) > 100)
        .order_by(total(Document.file_size).desc()),
        """select status, count(*), sum(file_size)::bigint from documents group by status
        having count(*) > 3 and sum(file_size) > 100 order by 3 desc""",
    ),
    (
        select(lower(Document.filename), count())
        .group_by(lower(Document.filename))
        .order_by(count().desc(), lower(Document.filename)),
        "select lower(filename), count(*) from documents group by 1 order by 2 desc, 1",
    ),
    (
        select(Document.content, count())
        .group_by(Document.content)
        .order_by(Document.content.asc().nulls_first()),
        "select content, count(*) from documents group by 1 order by 1 nulls first",
    ),
    (
        select(Document.content, Document.id).order_by(
            Document.content.desc().nulls_last(), Document.id
        ),
        "select content, id from documents order by content desc nulls last, id",
    ),
    (
        select(Document.id)
        .where(exists(select(DocumentChunk.id).where(of_document)))
        .order_by(Document.id),
        """select id from documents d
        where exists (select from document_chunks where document_id = d.id) order by id""",
    ),
    (
        select(Document.id)
        .where(~exists(select(DocumentChunk.id).where(of_document)))
        .order_by(Document.id),
        """select id from documents d
        where not exists (select from document_chunks where document_id = d.id) order by id""",
    ),
    (
        select(Document.id)
        .where(
            Document.id.is_in(
                select(DocumentChunk.document_id).where(DocumentChunk.content == "two")
            )
        )
        .order_by(Document.id),
        """select id from documents where id in
        (select document_id from document_chunks where content = 'two') order by id""",
    ),
    (
        select(Document.id)
        .where(Document.id.not_in(select(DocumentChunk.document_id)))
        .order_by(Document.id),
        """select id from documents
        where id not in (select document_id from document_chunks) order by id""",
    ),
    (
        select(
            Document.id, scalar(select(count()).from_table(DocumentChunk).where(of_document))
        ).order_by(Document.id),
        """select id, (select count(*) from document_chunks where document_id = d.id)
        from documents d order by id""",
    ),
    (
        select(
            Document.id, scalar(select(greatest(DocumentChunk.chunk_index)).where(of_document))
        ).order_by(Document.id),
        """select id, (select max(chunk_index) from document_chunks where document_id = d.id)
        from documents d order by id""",
    ),
    (
        select(
            Document.id,
            case(
                (Document.file_size > 700, "large"),
                (Document.file_size > 300, "medium"),
                default="small",
            ),
        ).order_by(Document.id),
        """select id, case when file_size > 700 then 'large' when file_size > 300 then 'medium'
        else 'small' end from documents order by id""",
    ),
    (
        select(label, count()).group_by(label).order_by(count().desc(), label),
        """select coalesce(section_title, 'untitled'), count(*) from document_chunks
        group by 1 order by 2 desc, 1""",
    ),
    (
        select(day, count(), total(UsageEvent.cost)).group_by(day).order_by(day),
        """select date_trunc('day', occurred_at, 'UTC'), count(*), sum(cost) from usage_events
        group by 1 order by 1""",
    ),
    (
        select(week, average(UsageEvent.tokens_used)).group_by(week).order_by(week.desc()),
        """select date_trunc('week', occurred_at, 'Europe/Rome'), avg(tokens_used)
        from usage_events group by 1 order by 1 desc""",
    ),
    (
        select(UsageEvent.id, UsageEvent.cost * 2, UsageEvent.cost / 3)
        .where(UsageEvent.cost * UsageEvent.tokens_used > 1000)
        .order_by(UsageEvent.id),
        """select id, cost * 2, cost / 3 from usage_events
        where cost * tokens_used > 1000 order by id""",
    ),
    (
        select(UsageEvent.id, UsageEvent.occurred_at + timedelta(days=1))
        .where(UsageEvent.occurred_at - timedelta(days=30) > BEGUN)
        .order_by(UsageEvent.id),
        """select id, occurred_at + interval '1 day' from usage_events
        where occurred_at - interval '30 days' > '2026-03-01 12:00+00' order by id""",
    ),
    (
        select(UsageEvent.request_type, count().filter(UsageEvent.cost > 500))
        .group_by(UsageEvent.request_type)
        .order_by(UsageEvent.request_type),
        """select request_type, count(*) filter (where cost > 500) from usage_events
        group by 1 order by 1""",
    ),
    (
        select(
            UsageEvent.id,
            row_number().over(
                partition_by=UsageEvent.request_type,
                order_by=(UsageEvent.occurred_at, UsageEvent.id),
            ),
            total(UsageEvent.cost).over(
                partition_by=UsageEvent.request_type,
                order_by=(UsageEvent.occurred_at, UsageEvent.id),
            ),
        ).order_by(UsageEvent.id),
        """select id, row_number() over w, sum(cost) over w from usage_events
        window w as (partition by request_type order by occurred_at, id) order by id""",
    ),
    (
        select(
            UsageEvent.id,
            rank().over(order_by=UsageEvent.tokens_used.desc()),
            previous(UsageEvent.cost).over(order_by=UsageEvent.id),
            following(UsageEvent.id).over(order_by=UsageEvent.id),
        ).order_by(UsageEvent.id),
        """select id, rank() over (order by tokens_used desc), lag(cost) over (order by id),
        lead(id) over (order by id) from usage_events order by id""",
    ),
    (
        select(UsageEvent.id)
        .where(UsageEvent.cost > 300, UsageEvent.cost <= 700)
        .order_by(UsageEvent.id),
        "select id from usage_events where cost > 300 and cost <= 700 order by id",
    ),
    (
        select(DocumentChunk.id, parent.filename, upper(parent.filename))
        .where(parent.file_size > 300, parent.status.is_in({DocumentStatus.READY}))
        .order_by(parent.filename.desc(), DocumentChunk.id),
        """select c.id, filename, upper(filename) from document_chunks c
        join documents d on d.id = c.document_id
        where file_size > 300 and d.status in ('ready') order by filename desc, c.id""",
    ),
    (
        select(parent.filename, count(), greatest(length(DocumentChunk.content)))
        .group_by(parent.filename)
        .order_by(count().desc(), parent.filename),
        """select filename, count(*), max(char_length(c.content)) from document_chunks c
        join documents d on d.id = c.document_id group by 1 order by 2 desc, 1""",
    ),
    (
        select(Document.filename, Document.id)
        .where(Document.filename.ilike("%REPORT%") | (Document.content == None))  # noqa: E711  # a condition
        .where(~Document.status.is_in([DocumentStatus.FAILED]))
        .order_by(Document.id),
        """select filename, id from documents
        where (filename ilike '%report%' or content is null) and status <> 'failed'
        order by id""",
    ),
    (
        select(Document.id).where(Document.content.is_in([])).order_by(Document.id),
        "select id from documents where false",
    ),
    (
        select(Document.id).where(Document.filename.not_in([])).order_by(Document.id),
        "select id from documents order by id",
    ),
    (
        select(least(UsageEvent.occurred_at), greatest(UsageEvent.occurred_at)),
        "select min(occurred_at), max(occurred_at) from usage_events",
    ),
    (
        select(Document.id)
        .where(Document.filename == Document.content)
        .order_by(Document.id)
        .for_update(skip_locked=True),
        "select id from documents where filename = content order by id for update skip locked",
    ),
    (
        select(UserProfile.full_name, UserProfile.usage_count + 1),
        "select full_name, usage_count + 1 from user_profiles",
    ),
]


async def by_hand(sql: str, *arguments: object) -> list[tuple[Any, ...]]:
    return [tuple(record) for record in await current_scope().fetch(sql, arguments)]


async def test_reads_give_what_sql_by_hand_gives(alice: Caller) -> None:
    given = 0
    with watching() as watch:
        async with session(alice.identity):
            for query, sql in READS:
                before = watch.statements
                found = await query
                assert watch.statements == before + 1, sql
                assert found == await by_hand(sql), sql
                given += len(found)
    assert given > 300
    # Each is prepared and run, as each by hand is; the last one ends the transaction.
    assert watch.round_trips == 2 * (2 * len(READS)) + 1


async def test_the_values_of_a_case_have_its_type(as_alice: None) -> None:
    large, ready, status = Document.file_size > 500, DocumentStatus.READY, Document.status
    text = "case when file_size > 500 then 'ready' else {} end"
    cases: list[tuple[Any, str, set[type]]] = [
        (case((large, ready), default=status), text.format("status"), {DocumentStatus}),
        (
            case((large, ready), default=DocumentStatus.FAILED),
            text.format("'failed'"),
            {DocumentStatus},
        ),
        (case((large, ready), default=None), text.format("null"), {DocumentStatus, NoneType}),
        (case((large, "ready"), default=status), text.format("status"), {str}),
        (case((large, ready), default=Document.filename), text.format("filename"), {str}),
    ]
    for each, sql, kinds in cases:
        given = await select(each).from_table(Document).order_by(Document.id)
        assert given == await by_hand(f"select {sql} from documents order by id")
        assert {type(value) for (value,) in given} == kinds, sql
    number = case((count() > 0, total(Document.file_size)), default=Decimal("0.5"))
    ((given,),) = await select(number)
    assert type(given) is Decimal


async def test_a_case_takes_json(as_alice: None) -> None:
    chain = AgentSession.request_chain
    await insert(AgentSession(request_chain=[SOMEONE]))
    empty, other = (
        case((length(chain) > 0, []), default=chain),
        case((length(chain) < 0, []), default=chain),
    )
    assert await select(empty, other).where(other == [SOMEONE]) == [([], [SOMEONE])]


async def test_a_query_is_counted_without_being_changed(as_alice: None) -> None:
    query = select(Document.id).where(Document.file_size > 300).order_by(Document.file_size)
    before = query.sql()
    ((number,),) = await by_hand("select count(*) from documents where file_size > 300")
    assert (await query.count(), await query.exists()) == (number, True)
    first = await query.first()
    with pytest.raises(NotOneRow, match="gave several rows"):
        await query.one()
    assert query.sql() == before
    rows = await query
    assert (len(rows), rows[0]) == (number, first)


async def test_what_is_counted_are_the_rows_of_the_query(as_alice: None) -> None:
    sizes = await by_hand("select distinct file_size from documents")
    assert await select(Document.file_size).distinct().count() == len(sizes)
    assert await select(Document.file_size).group_by(Document.file_size).count() == len(sizes)
    assert await select(Document.id).limit(3).count() == 3
    assert await select(Document.id).offset(1000).exists() is False
    kinds = select(Document.status).distinct_on(Document.status).order_by(Document.status)
    assert await kinds.count() == len(await kinds)


async def test_no_row_is_none_and_not_one(as_alice: None) -> None:
    query = select(Document.id).where(Document.file_size < 0)
    assert await query.first() is None
    with pytest.raises(NotOneRow, match="gave no rows"):
        await query.one()
    with pytest.raises(LookupError):
        await query.one(LookupError)
    with pytest.raises(NotOneRow, match="gave several rows"):
        await select(Document.id).one(LookupError)


async def test_pages_of_a_join_follow_each_other(as_alice: None) -> None:
    keys = DocumentChunk.created_at, DocumentChunk.id
    query = select(*keys, parent.filename).order_by(keys[0].desc(), keys[1].desc())
    part = await page(query, size=5)
    seen = part.items
    while part.next is not None:
        part = await page(query, size=5, cursor=part.next)
        seen += part.items
    assert seen == await by_hand(
        """select c.created_at, c.id, filename from document_chunks c
        join documents d on d.id = c.document_id order by 1 desc, 2 desc"""
    )


async def test_a_search_is_a_condition_among_others(as_alice: None) -> None:
    query = select(Document.id).where(Document.search.matches("flute")).order_by(Document.id)
    assert await query == await by_hand(
        "select id from documents where search_vector @@ to_tsquery('flute') order by id"
    )


class TestUpsert:
    @pytest.fixture
    async def service(self) -> AsyncGenerator[None]:
        async with undone(Identity.service()):
            yield

    @pytest.fixture
    async def known(self, service: None) -> Document:
        added = Document(
            user_id=await self._someone(), filename="a", file_type="text/plain", file_size=1
        )
        ((added.id,),) = await insert(added).returning(Document.id)
        return added

    async def _someone(self) -> UUID:
        ((user,),) = await select(UserProfile.id).limit(1)
        return user

    def again(self, known: Document, name: str, size: int) -> Document:
        row: Any = Document(
            user_id=known.user_id, filename=name, file_type="text/plain", file_size=size
        )
        row.id = known.id
        return row

    async def stored(self, known: Document) -> tuple[str, int]:
        return await (
            select(Document.filename, Document.file_size).where(Document.id == known.id).one()
        )

    async def test_leaves_the_row_that_is_there(self, known: Document) -> None:
        query = insert(self.again(known, "b", 2)).on_conflict(Document.id).do_nothing()
        assert await query.returning(Document.id) == []
        assert await self.stored(known) == ("a", 1)

    async def test_updates_the_row_that_is_there(self, known: Document) -> None:
        query = insert(self.again(known, "b", 2)).on_conflict(Document.id)
        upsert = query.do_update(Document.filename)
        upsert.set(Document.file_size, Document.file_size + excluded(Document.file_size) * 10)
        assert await upsert.returning(Document.filename, Document.file_size) == [("b", 21)]

    async def test_refuses_two_rows_with_one_key(self, known: Document) -> None:
        rows = self.again(known, "b", 2), self.again(known, "c", 3)
        upsert = insert(*rows).on_conflict(Document.id).do_update(Document.filename)
        with pytest.raises(asyncpg.CardinalityViolationError) as refused:
            async with DB.transaction():
                await upsert
        assert to_api_error(refused.value).status == HTTPStatus.UNPROCESSABLE_ENTITY

    async def test_updates_only_rows_that_meet_a_condition(self, known: Document) -> None:
        for size, result in ((0, ("a", 1)), (5, ("b", 5))):
            query = insert(self.again(known, "b", size)).on_conflict(Document.id)
            upsert = query.do_update(Document.filename, Document.file_size)
            await upsert.where(Document.file_size < excluded(Document.file_size))
            assert await self.stored(known) == result


class TestInsert:
    async def test_of_no_rows_asks_nothing(self) -> None:
        await insert()
        assert await insert().returning(Document.id) == []

    async def test_of_no_rows_asks_nothing_whatever_is_done_about_a_conflict(self) -> None:
        none: list[Document] = []
        await insert(*none).on_conflict(Document.id).do_nothing()
        await (
            insert(*none)
            .on_conflict(Document.id, Document.filename)
            .do_update(Document.file_size)
        )
        upsert = insert(*none).on_conflict(Document.id).do_update()
        query = upsert.set(Document.filename, excluded(Document.filename))
        assert await query.where(Document.file_size < 1).returning(Document.id) == []

    @pytest.mark.whole("inserts 20,000 rows")
    async def test_of_many_rows_is_one_statement_in_their_order(
        self, settings_from: SettingsFrom, alice: Caller
    ) -> None:
        settings_from(STATEMENT_TIMEOUT="100")
        async with undone(alice.identity):
            await self._insert_many()

    async def _insert_many(self) -> None:
        before = await select(Document.id).count()
        rows = [
            Document(filename=f"{n}.txt", file_type="text/plain", file_size=n, content=None)
            for n in range(20_000)
        ]
        query = insert(*rows).returning(Document.file_size, Document.user_id)
        given = await query
        assert [size for size, _ in given] == list(range(20_000))
        assert len({user for _, user in given}) == 1
        assert await select(Document.id).count() == before + 20_000

    @pytest.mark.parametrize("number", quick(["9"], {"9": (9,), "9000": (9000,)}, "many rows"))
    async def test_of_rows_with_different_columns_fills_in_the_others(
        self, as_alice: None, number: int
    ) -> None:
        rows = [Document(filename=f"{n}", file_type="x", file_size=1) for n in range(number)]
        for row in rows[1::2]:
            row.content = "x"
        given = await insert(*rows).returning(Document.filename, Document.content)
        assert given == [(f"{n}", "x" if n % 2 else None) for n in range(number)]

    async def test_of_a_row_that_is_stored_is_refused(self, as_alice: None) -> None:
        row = Document(filename="a", file_type="x", file_size=1)
        await insert(row)
        with pytest.raises(ValueError, match="This Document is stored already"):
            insert(row)

    async def test_of_two_tables_is_refused(self) -> None:
        with pytest.raises(TypeError, match="not of Document and UsageEvent"):
            insert(
                Document(filename="a", file_type="x", file_size=1),
                UsageEvent(request_type=RequestType.CHAT, tokens_used=1, cost=Decimal(1)),
            )


class TestChange:
    async def test_reads_another_table(self) -> None:
        async with undone(Identity.service()):
            change = update(DocumentChunk).using(Document)
            change.set(DocumentChunk.section_title, Document.filename)
            await change.where(of_document, Document.file_size > 500)
            ((wrong,),) = await by_hand(
                """select count(*) from document_chunks c join documents d
                on d.id = c.document_id
                where (section_title is not distinct from filename) <> (file_size > 500)"""
            )
            assert wrong == 0
            await (
                delete(DocumentChunk)
                .using(Document)
                .where(of_document, Document.file_size > 500)
            )
            left = select(DocumentChunk.id).where(parent.file_size > 500)
            assert (await left.exists(), await select(DocumentChunk.id).exists()) == (
                False,
                True,
            )

    async def test_takes_a_value_from_a_subquery(self, as_alice: None) -> None:
        newest = select(greatest(DocumentChunk.content)).where(of_document)
        await update(Document).set(Document.filename, coalesce(scalar(newest), "-")).all_rows()
        ((wrong,),) = await by_hand(
            """select count(*) from documents d where filename <> coalesce(
            (select max(content) from document_chunks where document_id = d.id), '-')"""
        )
        assert wrong == 0

    async def test_of_every_row_has_to_be_said(self, as_alice: None) -> None:
        for change in (update(Document).set(Document.filename, "a"), delete(Document)):
            with pytest.raises(ValueError, match="every row of Document would be changed"):
                await change
        with pytest.raises(ValueError, match="changes nothing"):
            await update(Document).all_rows()
