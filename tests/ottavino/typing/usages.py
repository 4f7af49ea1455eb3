"""Right uses, and the types that they have. A type checker finds nothing here."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Never, assert_type
from uuid import UUID, uuid4

from asyncpg.types import Range

from ottavino import (
    ApiRole,
    Col,
    Condition,
    Grant,
    Identity,
    Index,
    OptionalRef,
    Policy,
    Ref,
    Role,
)
from ottavino.declare.expression import Expression
from ottavino.http import Function
from ottavino.query import (
    Row,
    all_of,
    any_of,
    array_append,
    array_remove,
    average,
    case,
    children,
    coalesce,
    count,
    date_trunc,
    delete,
    excluded,
    exists,
    following,
    greatest,
    has_key,
    insert,
    json_contains,
    json_part,
    json_value,
    least,
    length,
    lower,
    objects,
    previous,
    rank,
    row_number,
    scalar,
    select,
    total,
    update,
    upper,
)
from ottavino.query.aggregates import Aggregate
from tests.ottavino.declare.every_column import Country, Defaults, Every, Reply, Task, TaskNote
from tests.ottavino.house.db.tables import (
    AgentRequest,
    AgentSession,
    Document,
    DocumentChunk,
    UsageEvent,
    UserProfile,
)
from tests.ottavino.house.db.tables.agent_requests import RequestStatus, RequestType
from tests.ottavino.house.db.tables.documents import DocumentStatus
from tests.ottavino.house.db.tables.user_profiles import PlanType
from tests.ottavino.query.tables import Origin, Shelf, Size, Thing

SOMEONE = uuid4()
NOW = datetime.now(UTC)

# A column of the class knows the type of its values.
assert_type(Document.id, Col[UUID, Document])
assert_type(Document.filename, Col[str, Document])
assert_type(Document.content, Col[str | None, Document])
assert_type(Document.file_size, Col[int, Document])
assert_type(Document.status, Col[DocumentStatus, Document])
assert_type(Document.created_at, Col[datetime, Document])
assert_type(UsageEvent.cost, Col[Decimal, UsageEvent])
assert_type(AgentRequest.results, Col[dict[str, Any] | None, AgentRequest])
assert_type(Thing.size, Col[Size, Thing])
assert_type(Thing.origin, Col[Origin | None, Thing])
assert_type(Thing.owners, Col[list[UUID], Thing])

# So does one of any other kind, and a key of any type.
assert_type(Every.id, Col[int, Every])
assert_type(Every.a_date, Col[dt.date, Every])
assert_type(Every.a_matrix, Col[list[list[int]], Every])
assert_type(Every.during, Col[Range[datetime], Every])
assert_type(Every.a_json, Col[list[UUID], Every])
assert_type(Every.total, Col[int, Every])
assert_type(Every.mixed, Col[int | None, Every])
assert_type(Task.country, Ref[Country, str, Task])
assert_type(Task.parent_task, OptionalRef[Task, int, Task])
assert_type(Reply.note_id, Ref[TaskNote, UUID, Reply])
assert_type(Task(country="IT").country, str)
assert_type(Task(country="IT", parent_task=3).parent_task, int | None)
assert_type(Reply(user_id=SOMEONE, note_id=SOMEONE).note_id, UUID)
Defaults()
assert_type(Defaults(id=3).id, int)
Defaults(a_date=dt.date(2026, 1, 1), some_texts=[], a_bytea=b"")

# A row is made of what it needs; what has a default may be given, or not.
document = Document(filename="a.txt", file_type="text/plain", file_size=1)
Document(filename="a.txt", file_type="text/plain", file_size=1, content=None)
Document(filename="a.txt", file_type="text/plain", file_size=1, user_id=SOMEONE, content="x")
AgentRequest(request_type=RequestType.CHAT, content="Why?")
AgentRequest(request_type=RequestType.CHAT, content="Why?", session_id=None)
AgentRequest(request_type=RequestType.CHAT, content="Why?", results={"answer": 42})
AgentSession()
UsageEvent(request_type=RequestType.CHAT, tokens_used=1, cost=Decimal(1))
DocumentChunk(document_id=SOMEONE, chunk_index=0, content="")
Thing(user_id=SOMEONE, shelf_id=SOMEONE, name="cup", size={"width": 1, "height": 2})
Thing(
    user_id=SOMEONE,
    shelf_id=SOMEONE,
    name="cup",
    size=Size(width=1, height=2),
    origin=Origin(country="PT"),
    owners=[SOMEONE],
)

# A row has values where its class has columns.
assert_type(document.id, UUID)
assert_type(document.filename, str)
assert_type(document.content, str | None)
assert_type(document.status, DocumentStatus)
assert_type(document.updated_at, datetime)
document.filename = "b.txt"
document.content = None

# A comparison with a value of the column's type is a condition.
assert_type(Document.filename == "a.txt", Condition[Document])
assert_type(Document.file_size > 1, Condition[Document])
assert_type(Document.file_size <= 1, Condition[Document])
assert_type(Document.created_at < NOW, Condition[Document])
assert_type(Document.status != DocumentStatus.READY, Condition[Document])
assert_type(Document.content == None, Condition[Document])  # noqa: E711  # what PostgreSQL means by it
assert_type(Document.content.is_null(), Condition[Document])
assert_type(Document.filename.ilike("%.txt"), Condition[Document])
assert_type(Document.content.like("%x%"), Condition[Document])
assert_type(Document.id.is_in([SOMEONE]), Condition[Document])
assert_type(Document.status.not_in([DocumentStatus.FAILED]), Condition[Document])
assert_type(DocumentChunk.user_id == Document.user_id, Condition[DocumentChunk | Document])

# Any collection of values, and a query of one column.
assert_type(Document.id.is_in({SOMEONE}), Condition[Document])
assert_type(Document.id.is_in((SOMEONE, SOMEONE)), Condition[Document])
assert_type(Document.id.is_in(each for each in [SOMEONE]), Condition[Document])
assert_type(Document.id.is_in({SOMEONE: 1}.keys()), Condition[Document])
assert_type(Document.id.is_in([]), Condition[Document])
assert_type(Document.filename.not_in(frozenset({"a"})), Condition[Document])
assert_type(Document.content.is_in(["a"]), Condition[Document])
assert_type(Document.id.is_in(select(DocumentChunk.document_id)), Condition[Document])
assert_type(AgentRequest.session_id.is_in(select(AgentSession.id)), Condition[AgentRequest])
assert_type(AgentSession.id.not_in(select(AgentRequest.session_id)), Condition[AgentSession])

# What may be null is compared like what may not; a whole number is an exact one.
assert_type(AgentRequest.session_id == AgentSession.id, Condition[AgentRequest | AgentSession])
assert_type(AgentSession.id == AgentRequest.session_id, Condition[AgentSession | AgentRequest])
assert_type(Document.filename == Document.content, Condition[Document])
assert_type(UsageEvent.cost > 1, Condition[UsageEvent])
assert_type(UsageEvent.cost == UsageEvent.tokens_used, Condition[UsageEvent])
assert_type(UsageEvent.tokens_used > UsageEvent.cost, Condition[UsageEvent])
assert_type(UsageEvent.cost * 2 <= 10, Condition[UsageEvent])
assert_type(total(UsageEvent.cost) > 100, Condition[UsageEvent])
assert_type(count() >= 2, Condition[Never])
assert_type(greatest(Document.created_at) < NOW, Condition[Document])
assert_type(~(Document.filename == "a.txt"), Condition[Document])
assert_type(~Document.id.is_in([SOMEONE]) & (Document.file_size > 1), Condition[Document])
assert_type(
    exists(select(DocumentChunk.id).where(DocumentChunk.chunk_index > 3)), Condition[Never]
)

# What is computed has a type, too.
assert_type(count(Document.id), Aggregate[int, Document])
assert_type(total(UsageEvent.cost), Aggregate[Decimal | None, UsageEvent])
assert_type(total(UsageEvent.tokens_used), Aggregate[int | None, UsageEvent])
assert_type(average(UsageEvent.tokens_used), Aggregate[Decimal | None, UsageEvent])
assert_type(greatest(Document.created_at), Aggregate[datetime | None, Document])
assert_type(least(Document.filename), Aggregate[str | None, Document])
assert_type(UserProfile.usage_count + 1, Expression[int, UserProfile])
assert_type(UsageEvent.cost - Decimal(1), Expression[Decimal, UsageEvent])
assert_type(UsageEvent.cost * 2, Expression[Decimal, UsageEvent])
assert_type(UsageEvent.cost * UsageEvent.tokens_used, Expression[Decimal, UsageEvent])
assert_type(UsageEvent.cost / 3, Expression[Decimal, UsageEvent])
assert_type(total(UsageEvent.cost) + 1, Expression[Decimal | None, UsageEvent])
assert_type(UsageEvent.tokens_used + UsageEvent.tokens_used, Expression[int, UsageEvent])
assert_type(Document.created_at + timedelta(days=1), Expression[datetime, Document])
assert_type(count(), Aggregate[int, Never])
assert_type(count(Document.content, distinct=True), Aggregate[int, Document])
assert_type(count().filter(Document.file_size > 1), Aggregate[int, Document])
assert_type(
    total(Document.file_size).over(partition_by=Document.status),
    Expression[int | None, Document],
)
assert_type(row_number().over(order_by=Document.created_at.desc()), Expression[int, Never])
assert_type(
    rank().over(partition_by=Document.status, order_by=(Document.file_size, Document.id)),
    Expression[int, Never],
)
assert_type(
    previous(Document.filename).over(order_by=Document.created_at),
    Expression[str | None, Document],
)
assert_type(
    following(Document.id).over(order_by=Document.id), Expression[UUID | None, Document]
)
assert_type(coalesce(Document.content, ""), Expression[str, Document])
assert_type(coalesce(Document.content, Document.filename), Expression[str, Document])
assert_type(coalesce(total(UsageEvent.cost), Decimal(0)), Expression[Decimal, UsageEvent])
assert_type(coalesce(total(UsageEvent.cost), 0), Expression[Decimal, UsageEvent])
assert_type(lower(Document.filename), Expression[str, Document])
assert_type(lower(Document.content), Expression[str | None, Document])
assert_type(upper(Document.filename) == "A.TXT", Condition[Document])
assert_type(length(Document.filename), Expression[int, Document])
assert_type(length(Document.content), Expression[int | None, Document])
assert_type(date_trunc("day", Document.created_at), Expression[datetime, Document])
assert_type(
    date_trunc("week", Document.created_at, zone="Europe/Rome"), Expression[datetime, Document]
)
assert_type(
    case((Document.file_size > 9, "large"), (Document.file_size > 5, "small"), default="tiny"),
    Expression[str, Document],
)
large = Document.file_size > 9
assert_type(case((large, Document.filename), default=None), Expression[str | None, Document])
assert_type(case((large, "a"), default=None), Expression[str | None, Document])
assert_type(case((large, None), default=Document.filename), Expression[str | None, Document])
assert_type(case((large, None), default=Document.content), Expression[str | None, Document])
assert_type(case((large, Document.content), default=""), Expression[str | None, Document])
assert_type(case((large, "a"), default=Document.filename), Expression[str, Document])
assert_type(scalar(select(greatest(Document.created_at))), Expression[datetime | None, Never])
assert_type(excluded(Document.filename), Expression[str, Document])

# Arithmetic with time: what PostgreSQL gives.
assert_type(Document.updated_at - Document.created_at, Expression[timedelta, Document])
assert_type(Document.created_at - NOW, Expression[timedelta, Document])
assert_type(Document.created_at - timedelta(1), Expression[datetime, Document])
assert_type(Document.created_at + Every.an_interval, Expression[datetime, Document | Every])
assert_type(greatest(Document.created_at) - timedelta(1), Expression[datetime | None, Document])
assert_type(greatest(Document.created_at) - NOW, Expression[timedelta | None, Document])
assert_type(Every.a_date - Every.a_date, Expression[int, Every])
assert_type(Every.a_date - dt.date(2026, 1, 1), Expression[int, Every])
assert_type(Every.a_date + 1, Expression[dt.date, Every])
assert_type(Every.a_date - 1, Expression[dt.date, Every])
assert_type(Every.a_date + timedelta(1), Expression[datetime, Every])
assert_type(Every.an_interval + timedelta(1), Expression[timedelta, Every])
assert_type(Every.an_interval - Every.an_interval, Expression[timedelta, Every])
assert_type(Every.an_interval * 2, Expression[timedelta, Every])
assert_type(Every.an_interval * 1.5, Expression[timedelta, Every])
assert_type(Every.an_interval / 2, Expression[timedelta, Every])
assert_type(Every.a_double * 2, Expression[float, Every])
assert_type(Every.a_double / 2, Expression[float, Every])
assert_type(Every.a_double + Every.a_double, Expression[float, Every])
assert_type(Every.a_bigint * Decimal("0.5"), Expression[Decimal, Every])
assert_type(Every.mixed + 1, Expression[int | None, Every])
assert_type(Every.a_bigint + Every.mixed, Expression[int | None, Every])
assert_type(Every.a_numeric + Every.mixed, Expression[Decimal | None, Every])
assert_type(UsageEvent.tokens_used * UsageEvent.cost, Expression[Decimal, UsageEvent])
assert_type(total(Every.an_interval), Aggregate[timedelta | None, Every])
assert_type(average(Every.an_interval), Aggregate[timedelta | None, Every])
assert_type(average(Every.a_double), Aggregate[float | None, Every])
assert_type(total(Every.a_double), Aggregate[float | None, Every])
assert_type(Document.updated_at - Document.created_at > timedelta(1), Condition[Document])
assert_type(Every.a_date - Every.a_date > 1, Condition[Every])
assert_type(Every.a_date + 1 == dt.date(2026, 1, 1), Condition[Every])

# Arrays, and their values one by one.
assert_type(Every.some_texts.contains(["a"]), Condition[Every])
assert_type(Every.some_texts.contains(Every.some_texts), Condition[Every])
assert_type(Every.some_texts.contained_in(["a"]), Condition[Every])
assert_type(Every.some_dates.overlaps([dt.date(2026, 1, 1)]), Condition[Every])
assert_type(Every.some_texts.is_in([["a"], []]), Condition[Every])
assert_type(Every.some_texts == ["a"], Condition[Every])
assert_type(Thing.owners.contains([SOMEONE]), Condition[Thing])
assert_type(any_of(Every.some_texts) == "a", Condition[Every])
assert_type(any_of(Every.some_texts) != "a", Condition[Every])
assert_type(any_of(Every.some_dates) > dt.date(2026, 1, 1), Condition[Every])
assert_type(all_of(Every.some_texts) == Every.a_text, Condition[Every])
assert_type(all_of(Every.some_dates) <= Every.a_date, Condition[Every])
assert_type(array_append(Every.some_texts, "a"), Expression[list[str], Every])
assert_type(array_append(Every.some_dates, Every.a_date), Expression[list[dt.date], Every])
assert_type(array_remove(Every.some_texts, "a"), Expression[list[str], Every])
assert_type(array_append(Every.some_texts, "a") == ["a"], Condition[Every])
assert_type(length(Every.some_texts), Expression[int, Every])
assert_type(length(Thing.owners) > 1, Condition[Thing])

# JSON, and what is in it.
assert_type(json_value(Every.any_json, "a"), Expression[str | None, Every])
assert_type(json_value(Every.any_json, "a", 0, -1), Expression[str | None, Every])
assert_type(json_value(Thing.size, "width", type=int), Expression[int | None, Thing])
assert_type(json_value(Thing.origin, "year", type=Decimal), Expression[Decimal | None, Thing])
assert_type(json_value(Thing.size, "width", type=int) > 3, Condition[Thing])
assert_type(json_value(AgentRequest.results, "answer") == "42", Condition[AgentRequest])
assert_type(coalesce(json_value(Thing.size, "width", type=int), 0), Expression[int, Thing])
assert_type(total(json_value(Thing.size, "width", type=int)), Aggregate[int | None, Thing])
assert_type(json_part(Every.any_json, "a", 0), Expression[Any, Every])
assert_type(json_part(Every.any_json, "a") == {"b": 1}, Condition[Every])
assert_type(json_contains(Thing.size, {"width": 1}), Condition[Thing])
assert_type(has_key(AgentRequest.results, "answer"), Condition[AgentRequest])

# How well a row is found.
assert_type(Document.search.rank("whale"), Expression[float])
assert_type(Document.search.rank("whale") > 0.1, Condition)

# Conditions of several tables.
either = (Document.file_size > 1) | (DocumentChunk.chunk_index > 1)
assert_type(either, Condition[Document | DocumentChunk])
assert_type(either & Document.content.is_null(), Condition[Document | DocumentChunk])
assert_type((Document.file_size > 1) & (Document.id == SOMEONE), Condition[Document])

# What a policy, a grant or an index names are columns.
Policy.owner(Document.user_id)
Grant(to=Role.AUTHENTICATED, update=(Document.filename,))
Index(Document.user_id, Document.created_at.desc())


@dataclass
class Label:
    """What rows are made into."""

    id: UUID
    text: str | None


class ChunkRow(Row):
    """A row of a table's columns, of a parent's, and of what is computed."""

    id = DocumentChunk.id
    content = DocumentChunk.content
    title = DocumentChunk.section_title
    filename = DocumentChunk.document_id.parent.filename
    status = DocumentChunk.document_id.parent.status
    characters = length(DocumentChunk.content)

    @property
    def label(self) -> str:
        """What is computed of a row here."""
        return f"{self.filename}: {self.title or self.content[:9]}"


class NumberedChunk(ChunkRow):
    """The same, and more."""

    place = row_number().over(order_by=DocumentChunk.chunk_index)


class RequestRow(Row):
    """A row with a parent that may be absent."""

    id = AgentRequest.id
    session = AgentRequest.session_id
    began = AgentRequest.session_id.maybe(lambda each: each.created_at)


class Usage(Row):
    """A row of a group."""

    kind = UsageEvent.request_type
    events = count()
    cost = total(UsageEvent.cost)
    paid = coalesce(total(UsageEvent.cost), Decimal(0))


async def rows() -> None:
    """Rows have names, each of the type of its column."""
    (chunk,) = await select(ChunkRow)
    assert_type(chunk, ChunkRow)
    assert_type(chunk.id, UUID)
    assert_type(chunk.title, str | None)
    assert_type(chunk.filename, str)
    assert_type(chunk.status, DocumentStatus)
    assert_type(chunk.characters, int)
    assert_type(chunk.label, str)
    assert_type(ChunkRow.filename == "a.txt", Condition[Document])

    numbered = await select(NumberedChunk).where(DocumentChunk.chunk_index > 3).one()
    assert_type(numbered.place, int)
    assert_type(numbered.filename, str)
    chunks: Sequence[ChunkRow] = [numbered]
    assert_type(await select(NumberedChunk).first(), NumberedChunk | None)

    (request,) = await select(RequestRow).order_by(RequestRow.began.desc().nulls_last())
    assert_type(request.session, UUID | None)
    assert_type(AgentRequest.session_id == request.session, Condition[AgentRequest])
    assert_type(request.began, datetime | None)

    query = select(Usage).group_by(UsageEvent.request_type).having(count() > 1)
    assert_type(await query.order_by(Usage.cost.desc()), list[Usage])
    (usage,) = await query
    assert_type(usage.kind, RequestType)
    assert_type(usage.events, int)
    assert_type(usage.cost, Decimal | None)
    assert_type(usage.paid, Decimal)

    assert_type(await insert(document).returning(FileRow).one(), FileRow)
    changed = update(Document).set(Document.filename, "b.txt").where(Document.id == SOMEONE)
    assert_type(await changed.returning(FileRow), list[FileRow])
    assert_type(await delete(Document).all_rows().returning(FileRow).first(), FileRow | None)
    assert chunks


class FileRow(Row):
    """A row that is returned by a write."""

    id = Document.id
    filename = Document.filename


class WithChunks(Row):
    """A document, with its chunks."""

    id = Document.id
    chunks = children(DocumentChunk, ChunkRow, order_by=DocumentChunk.chunk_index, limit=9)
    last = children(
        DocumentChunk.document_id,
        NumberedChunk,
        where=(DocumentChunk.chunk_index > 1, DocumentChunk.content != ""),
        order_by=(DocumentChunk.chunk_index.desc(), DocumentChunk.id),
    )
    titles = children(DocumentChunk, DocumentChunk.section_title)
    lengths = children(DocumentChunk, length(DocumentChunk.content))


class Nested(Row):
    """Two levels of rows."""

    id = AgentSession.id
    requests = children(AgentRequest.session_id, RequestRow)


async def nested() -> None:
    """Children are lists of what is read of them."""
    (row,) = await select(WithChunks)
    assert_type(row.chunks, list[ChunkRow])
    assert_type(row.chunks[0].filename, str)
    assert_type(row.last, list[NumberedChunk])
    assert_type(row.last[0].place, int)
    assert_type(row.titles, list[str | None])
    assert_type(row.lengths, list[int])
    (session,) = await select(Nested)
    assert_type(session.requests[0].began, datetime | None)
    one = await select(Document.id, children(DocumentChunk, ChunkRow)).one()
    assert_type(one, tuple[UUID, list[ChunkRow]])
    assert_type(await insert(document).returning(WithChunks).one(), WithChunks)
    place = (DocumentChunk.id, DocumentChunk.content, DocumentChunk.document_id.parent.filename)
    changed = update(DocumentChunk).set(DocumentChunk.content, "").all_rows()
    assert_type(await changed.returning(*place), list[tuple[UUID, str, str]])


async def combined() -> None:
    """Rows of several queries have one type."""
    both = select(Document.id).union(select(DocumentChunk.id))
    assert_type(await both, list[tuple[UUID]])
    assert_type(await both.order_by(Document.id.desc()).limit(9).offset(1), list[tuple[UUID]])
    assert_type(await both.first(), tuple[UUID] | None)
    assert_type(await both.one(), tuple[UUID])
    assert_type(await both.count(), int)
    assert_type(await both.exists(), bool)
    rest = both.except_(select(UsageEvent.id)).union_all(select(Document.id))
    assert_type(await rest.intersect(both), list[tuple[UUID]])
    assert_type(Document.id.is_in(both), Condition[Document])
    named = select(Document.id, Document.content).union_all(
        select(DocumentChunk.id, DocumentChunk.section_title)
    )
    assert_type(await named.into(Label), list[Label])
    assert_type(await select(FileRow).union(select(FileRow)), list[FileRow])


async def tables() -> None:
    """A change names columns of its table, and of those that it uses."""
    change = update(Document).where(Document.file_size > 1, Document.search.matches("a"))
    await change.set(Document.filename, "a").set(Document.content, None)
    change = update(Document).where(exists(select(UsageEvent.id).where(UsageEvent.cost > 1)))
    await change.where(Document.id.is_in(select(DocumentChunk.document_id)))
    await (
        update(Document)
        .using(DocumentChunk, UsageEvent)
        .where(Document.id == DocumentChunk.document_id, UsageEvent.cost > 1)
    )
    await update(AgentRequest).where(AgentRequest.session_id == SOMEONE)
    await update(Task).set(Task.country, "IT").where(Task.parent_task.is_null())
    await update(Document).where(FileRow.filename == "a").set(FileRow.filename, "b")
    await delete(Document).using(DocumentChunk).where(either)
    await (
        update(Every)
        .where(any_of(Every.some_texts) == "a")
        .set(Every.some_texts, array_append(Every.some_texts, "b"))
    )
    again = insert(document).on_conflict(Document.id)
    await again.do_update().set(Document.filename, excluded(Document.filename))
    await (
        again.do_update()
        .set(Document.file_size, Document.file_size + 1)
        .where(Document.file_size < excluded(Document.file_size))
    )
    await insert(document).on_conflict(Document.user_id, Document.id).do_nothing()
    await document.remove()
    await document.refresh()


async def pages() -> None:
    """The rest of what a page of a product asks."""
    query = select(Document.filename).where(Document.file_size > 1)
    assert_type(await query.count(), int)
    assert_type(await query.exists(), bool)
    assert_type(await query.one(), tuple[str])
    assert_type(
        await query.order_by(lower(Document.filename)).limit(9).offset(9), list[tuple[str]]
    )
    assert_type(await select(Document.status).distinct(), list[tuple[DocumentStatus]])
    newest = select(Document.status, Document.filename).distinct_on(Document.status)
    newest.order_by(Document.status, Document.created_at.desc())
    assert_type(await newest, list[tuple[DocumentStatus, str]])
    day = date_trunc("day", Document.created_at)
    assert_type(await select(day, count()).group_by(day), list[tuple[datetime, int]])
    await select(Document.content).order_by(Document.content.asc().nulls_first())
    await select(Document.id).for_update(skip_locked=True).limit(1)
    assert_type(await objects(Document).for_update().one(), Document)
    chunks = (
        select(count())
        .from_table(DocumentChunk)
        .where(DocumentChunk.document_id == Document.id)
    )
    assert chunks


async def upserts() -> None:
    """Rows that may be there already."""
    await insert()
    await insert(document).on_conflict().do_nothing()
    upsert = insert(document).on_conflict(Document.id).do_update(Document.filename)
    upsert.set(Document.file_size, Document.file_size + excluded(Document.file_size))
    upsert.where(Document.file_size < excluded(Document.file_size))
    assert_type(await upsert.returning(Document.id), list[tuple[UUID]])
    await update(UsageEvent).set(UsageEvent.cost, 1).all_rows()
    await update(UsageEvent).set(UsageEvent.cost, UsageEvent.cost * 2).all_rows()
    await update(Document).set(Document.content, Document.filename).all_rows()
    await update(Document).set(Document.filename, Document.content).all_rows()
    change = update(DocumentChunk).using(Document).set(DocumentChunk.content, Document.filename)
    await change.where(DocumentChunk.document_id == Document.id)
    chunks = delete(DocumentChunk).using(Document)
    await chunks.where(DocumentChunk.document_id == Document.id, Document.file_size > 9)


async def queries() -> None:
    """Queries give what was selected, in its order."""
    assert_type(await select(Document.id), list[tuple[UUID]])
    assert_type(
        await select(Document.id, Document.filename).where(Document.file_size > 1),
        list[tuple[UUID, str]],
    )
    assert_type(await select(Document.content).first(), tuple[str | None] | None)
    assert_type(
        await select(Document.status).order_by(Document.created_at.desc(), Document.id),
        list[tuple[DocumentStatus]],
    )
    assert_type(
        await select(Document.filename).where(Document.search.matches("whale")),
        list[tuple[str]],
    )
    assert_type(
        await select(Document.filename).among(Document.own_search.finds("whale", most=9)),
        list[tuple[str]],
    )
    assert_type(
        await select(Document.id).where(
            (Document.file_size > 1) & (Document.filename == "a") | Document.content.is_null()
        ),
        list[tuple[UUID]],
    )

    # Through a parent; a parent that may be absent gives columns that may be None.
    assert_type(
        await select(DocumentChunk.content, DocumentChunk.document_id.parent.filename),
        list[tuple[str, str]],
    )
    assert_type(
        await select(
            AgentRequest.id, AgentRequest.session_id.maybe(lambda each: each.created_at)
        ),
        list[tuple[UUID, datetime | None]],
    )
    assert_type(DocumentChunk.document_id.parent, type[Document])
    assert_type(DocumentChunk.document_id.parent.filename == "a.txt", Condition[Document])
    assert_type(Thing.shelf_id.parent, type[Shelf])

    # JSON has its declared shape.
    assert_type(
        await select(Thing.size, Thing.origin, Thing.owners),
        list[tuple[Size, Origin | None, list[UUID]]],
    )
    assert_type(await select(AgentRequest.results), list[tuple[dict[str, Any] | None]])

    # Aggregates stand among columns.
    assert_type(
        await select(
            UsageEvent.request_type, count(UsageEvent.id), total(UsageEvent.cost)
        ).group_by(UsageEvent.request_type),
        list[tuple[RequestType, int, Decimal | None]],
    )

    # Rows become something that takes their columns.
    assert_type(await select(Document.id, Document.filename).into(Label), list[Label])
    assert_type(await select(Document.id, Document.content).into(Label).first(), Label | None)

    # Whole rows are instances.
    assert_type(await objects(Document), list[Document])
    assert_type(await objects(Document).where(Document.id == SOMEONE).first(), Document | None)
    for each in await objects(Thing).order_by(Thing.name):
        assert_type(each.size["width"], int)

    # Writing gives what is returned, if anything.
    assert_type(await insert(document).returning(Document.id), list[tuple[UUID]])
    assert_type(await insert(document).returning(Document.id).first(), tuple[UUID] | None)
    assert_type(
        await update(Document)
        .set(Document.filename, "b.txt")
        .where(Document.id == SOMEONE)
        .returning(Document.filename, Document.updated_at),
        list[tuple[str, datetime]],
    )
    await insert(document, document)
    await update(Document).set(Document.content, None).where(Document.id == SOMEONE)
    await update(UserProfile).set(UserProfile.usage_count, UserProfile.usage_count + 1)
    await update(UserProfile).set(UserProfile.plan_type, PlanType.PRO)
    await update(AgentRequest).set(AgentRequest.status, RequestStatus.CANCELLED)
    await update(Thing).set(Thing.origin, Origin(country="PT"))
    assert_type(
        await delete(Document).where(Document.id == SOMEONE).returning(Document.filename),
        list[tuple[str]],
    )
    await document.save()


function = Function()
Function(roles=("service_role",), auth="user", transactions="platform")
Function(roles=["anon"], auth="key", transactions="manual")
Function(roles={"anon", "authenticated"}, auth="optional")
Function(roles=("authenticated", ApiRole("editor")))
Function(roles={Role.AUTHENTICATED, ApiRole("editor")})


@function.get("/{document_id}")
async def handler(document_id: UUID, caller: Identity) -> Label:
    """A handler is what it was before it was registered."""
    assert_type(caller.user_id, UUID | None)
    return Label(document_id, None)


async def calls() -> None:
    """What was registered can be called as it is."""
    assert_type(await handler(SOMEONE, Identity.anonymous()), Label)
