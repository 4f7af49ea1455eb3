"""Mistakes, one on each line that is marked. A type checker reports these lines, no others."""

import datetime as dt
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from asyncpg.types import Range

from ottavino import Identity
from ottavino import Col, Grant, Index, Policy, Ref, SearchVector, Unique, owned_reference, integer
from ottavino import json_object, primary_key, text
from ottavino import TSTZRANGE, OptionalRef, array, bigint, bytea, column, date, double
from ottavino import generated, identity, inet, interval, jsonb, numeric, real, reference
from ottavino import smallint, time, timestamptz, uuid, vector
from ottavino import Role
from ottavino.query import Row, average, case, coalesce, count, date_trunc, delete, excluded
from ottavino.query import exists, insert, length, lower, objects, previous, rank, row_number
from ottavino.query import scalar, select, total, update
from ottavino.query import all_of, any_of, array_append, array_remove, children, has_key
from ottavino.query import json_contains, json_part, json_value
from ottavino import session
from ottavino import Table
from tests.ottavino.declare.every_column import Country, Defaults, Every, Membership, Task
from tests.ottavino.house.db.tables import (
    AgentRequest,
    Document,
    DocumentChunk,
    UsageEvent,
    UserProfile,
)
from tests.ottavino.house.db.tables.agent_requests import RequestStatus, RequestType
from tests.ottavino.house.db.tables.documents import DocumentStatus
from tests.ottavino.house.db.tables.user_profiles import PlanType
from ottavino.http import Function
from tests.ottavino.query.tables import Origin, Shelf, Size, Thing

SOMEONE = uuid4()
NOW = datetime.now(UTC)

# Making a row: something is missing, misspelt, of another type, or set by PostgreSQL.
Document(file_type="text/plain", file_size=1)  # wrong
Document(filename="a.txt", file_type="text/plain")  # wrong
Document(filname="a.txt", file_type="text/plain", file_size=1)  # wrong
Document(filename=1, file_type="text/plain", file_size=1)  # wrong
Document(filename="a.txt", file_type="text/plain", file_size="1")  # wrong
Document(filename=None, file_type="text/plain", file_size=1)  # wrong
Document(filename="a.txt", file_type="text/plain", file_size=1, status="ready")  # wrong
Document(filename="a.txt", file_type="text/plain", file_size=1, id=SOMEONE)  # wrong
Document(filename="a.txt", file_type="text/plain", file_size=1, updated_at=NOW)  # wrong
Document("a.txt", "text/plain", 1)  # wrong
AgentRequest(request_type="chat", content="Why?")  # wrong
AgentRequest(request_type=RequestType.CHAT, content="Why?", session_id="1")  # wrong
AgentRequest(request_type=RequestType.CHAT, content="Why?", results=[])  # wrong
UsageEvent(request_type=RequestType.CHAT, tokens_used=1, cost=0.5)  # wrong
Thing(user_id=SOMEONE, shelf_id=SOMEONE, name="cup", size={"width": 1})  # wrong
Thing(user_id=SOMEONE, shelf_id=SOMEONE, name="cup", size={"width": 1, "height": "2"})  # wrong
Thing(user_id=SOMEONE, shelf_id=SOMEONE, name="cup", size=Origin(country="PT"))  # wrong

# Reading and writing a row's values.
document = Document(filename="a.txt", file_type="text/plain", file_size=1)
document.filname  # wrong
document.filename = 1  # wrong
document.filename = None  # wrong
document.content.upper()  # wrong
document.file_size.upper()  # wrong
document.status = "ready"  # wrong
document.titel = "x"  # wrong


async def reading(maybe: UUID | None) -> None:
    """Queries that read."""
    select()  # wrong
    select(Document.filname)  # wrong
    select("filename")  # wrong
    select(Document)  # wrong
    select(Document.id).where(Document.filname == "a.txt")  # wrong
    select(Document.id).where(Document.filename == 1)  # wrong
    select(Document.id).where(Document.file_size == "1")  # wrong
    select(Document.id).where(Document.file_size > "1")  # wrong
    select(Document.id).where(Document.filename < None)  # wrong
    select(Document.id).where(Document.created_at >= "2026-01-01")  # wrong
    select(Document.id).where(Document.status == "ready")  # wrong
    select(Document.id).where(Document.status == DocumentStatus.REDY)  # wrong
    select(Document.id).where(Document.status == RequestStatus.PENDING)  # wrong
    select(Document.id).where(Document.id == "not a uuid")  # wrong
    select(Document.id).where(Document.filename == None)  # wrong
    select(Document.id).where(Document.id == maybe)  # wrong for mypy
    select(Document.id).where(Document.id != maybe)  # wrong for mypy
    select(Document.id).where(Document.id.is_in([maybe]))  # wrong
    update(Document).where(Document.id != None)  # wrong
    delete(Document).where(Document.id != None)  # wrong
    delete(Document).where(lower(Document.filename) != None)  # wrong
    delete(Document).where(Document.user_id != maybe)  # wrong for mypy
    select(Document.id).where(Document.id == Document.filename)  # wrong
    select(Document.id).where(Document.file_size.ilike("1%"))  # wrong
    select(Document.id).where(Document.id.is_in(["1"]))  # wrong
    select(Document.id).where(True)  # wrong
    select(Document.id).where("id = 1")  # wrong
    select(Document.id).order_by("filename")  # wrong
    select(Document.id).order_by(Document.filname.desc())  # wrong
    select(Document.id).limit("1")  # wrong
    select(Document.id).where(Document.search.matches(1))  # wrong
    select(Document.id).among(Document.own_search.finds(1))  # wrong
    select(Document.id).among(Document.search.matches("a"))  # wrong
    select(Document.id).where(Document.own_search.finds("a", most=1))  # wrong
    select(Document.id).where(Document.search_vector == "a")  # wrong
    rows = await select(Document.id, Document.content)
    rows[0].filename  # wrong
    rows[0][2]  # wrong
    rows[0][0].upper()  # wrong
    rows[0][1].upper()  # wrong
    wanted: list[tuple[UUID, str]] = rows  # wrong
    first = await select(Document.filename).first()
    first[0]  # wrong
    (await objects(Document).first()).filename  # wrong
    for each in await objects(Document):
        each.filname  # wrong
    objects(Document.id)  # wrong
    for _ in select(Document.id):  # wrong
        print(wanted)


class FileRow(Row):
    """A row of names."""

    id = Document.id
    filename = Document.filename
    content = Document.content
    misspelt = Document.filname  # wrong
    characters = length(Document.file_size)  # wrong
    began = AgentRequest.session_id.maybe(lambda each: each.created_at)


class LargeFileRow(FileRow):
    """The same, and more."""

    size = Document.file_size
    paid = coalesce(total(UsageEvent.cost), 0.5)  # wrong


async def naming() -> None:
    """Rows with names."""
    (row,) = await select(LargeFileRow)
    row.nope  # wrong
    row.filname  # wrong
    row.id.upper()  # wrong
    row.content.upper()  # wrong
    row.size.upper()  # wrong
    row.began.year  # wrong
    row[0]  # wrong
    row.filename = 1  # wrong
    row.filename = None  # wrong
    (_,) = row  # wrong
    FileRow.size  # wrong
    select(FileRow, LargeFileRow)  # wrong
    select(FileRow, Document.id)  # wrong
    select(FileRow()).first()  # wrong
    select(Row.id)  # wrong
    large: list[LargeFileRow] = await select(FileRow)  # wrong
    (await select(FileRow).first()).id  # wrong
    (await select(FileRow).one()).nope  # wrong
    select(FileRow).where(FileRow.filename == 1)  # wrong
    select(FileRow).where(FileRow.id == "1")  # wrong
    select(FileRow).into(Label)  # wrong
    (await insert(document).returning(FileRow).one()).nope  # wrong
    insert(document).returning(FileRow())  # wrong
    insert(document).returning(FileRow, LargeFileRow)  # wrong
    print(large)


async def paging() -> None:
    """What a page of a product asks."""
    select(Document.id).where(Document.filename.is_in("abc"))  # wrong
    select(Document.id).where(Document.filename.is_in({1}))  # wrong
    select(Document.id).where(Document.filename.not_in("abc"))  # wrong
    select(Document.id).where(Document.id.is_in(SOMEONE))  # wrong
    select(Document.id).where(Document.id.is_in({"1": 1}.keys()))  # wrong
    select(Document.id).where(Document.id.is_in(select(Document.filename)))  # wrong
    select(Document.id).where(Document.id.is_in(select(Document.id, Document.filename)))  # wrong
    select(Document.id).where(Document.id.is_in(select(FileRow)))  # wrong
    select(Document.id).where(Document.status.is_in(["ready"]))  # wrong
    select(Document.id).where(Document.status.is_in([RequestStatus.PENDING]))  # wrong
    select(Document.id).where(Document.id == document)  # wrong
    select(Document.id).where(UsageEvent.cost > 0.5)  # wrong
    select(Document.id).where(UsageEvent.cost > "1")  # wrong
    select(Document.id).where(Document.file_size > Document.created_at)  # wrong
    select(Document.id).where(count())  # wrong
    select(Document.id).where(count() > "1")  # wrong
    select(Document.id).where(not (Document.file_size > 1))  # wrong
    select(Document.id).where(exists(Document.id))  # wrong
    select(Document.id).where(exists(Document.file_size > 1))  # wrong
    select(Document.id).where(lower(Document.filename) == 1)  # wrong
    select(Document.id).where(select(Document.id))  # wrong
    select(Document.id).having(Document.file_size)  # wrong
    select(Document.id).group_by("status")  # wrong
    select(count()).from_table("documents")  # wrong
    select(count()).from_table(Document.id)  # wrong
    select(Document.id).offset("1")  # wrong
    select(Document.id).offset(None)  # wrong
    select(Document.id).distinct(Document.status)  # wrong
    select(Document.id).distinct_on("status")  # wrong
    select(Document.id).order_by(Document.file_size > 1)  # wrong
    select(Document.id).order_by(Document.content.nulls_last())  # wrong
    select(Document.id).order_by(Document.content.desc().nulls())  # wrong
    select(Document.id).for_update("skip locked")  # wrong
    select(Document.id).for_update(skip=True)  # wrong
    (await select(Document.id).count()).upper()  # wrong
    (await select(Document.id).one()).id  # wrong
    select(Document.id).count() + 1  # wrong


async def calculating() -> None:
    """Functions of values."""
    lower(Document.file_size)  # wrong
    length(Document.created_at)  # wrong
    coalesce(Document.content, 1)  # wrong
    coalesce(Document.content, Document.file_size)  # wrong
    coalesce(Document.content)  # wrong
    date_trunc("days", Document.created_at)  # wrong
    date_trunc("day", Document.filename)  # wrong
    case(Document.file_size > 1, "a")  # wrong
    case((Document.file_size, "a"), default="b")  # wrong
    case((Document.file_size > 1, "a"))  # wrong
    scalar(select(Document.id, Document.filename))  # wrong
    scalar(Document.id)  # wrong
    scalar(select(FileRow))  # wrong
    Document.filename * 2  # wrong
    Document.file_size * "2"  # wrong
    Document.created_at + 1  # wrong
    Document.created_at * 2  # wrong
    Document.file_size / 2  # wrong
    UsageEvent.cost * 0.5  # wrong
    select(row_number())  # wrong
    select(rank().over(Document.id))  # wrong
    select(previous("filename"))  # wrong
    total(Document.status)  # wrong
    count().filter(Document.file_size)  # wrong
    count().over(order_by="id")  # wrong
    row_number().over(partition_by=Document.filname)  # wrong


async def upserting() -> None:
    """Rows that may be there already."""
    insert(document).on_conflict("id").do_nothing()  # wrong
    insert(document).on_conflict(Document.ident).do_nothing()  # wrong
    await insert(document).on_conflict(Document.id)  # wrong
    insert(document).on_conflict(Document.id).do_update("filename")  # wrong
    insert(document).on_conflict(Document.id).do_nothing().set(Document.filename, "a")  # wrong
    upsert = insert(document).on_conflict(Document.id).do_update(Document.filename)
    upsert.set(Document.filename, 1)  # wrong
    upsert.set(Document.filename, excluded(Document.file_size))  # wrong
    upsert.where("true")  # wrong
    excluded("filename")  # wrong
    insert([document])  # wrong
    update(UsageEvent).set(UsageEvent.cost, 0.5)  # wrong
    update(UsageEvent).set(UsageEvent.cost, "1")  # wrong
    update(UsageEvent).set(UsageEvent.tokens_used, UsageEvent.cost)  # wrong
    update(UserProfile).set(UserProfile.usage_count, UserProfile.usage_count * Decimal(2))  # wrong
    update(Document).using(Document.id)  # wrong
    update(Document).using("documents")  # wrong
    delete(Document).using(DocumentChunk).set(Document.filename, "a")  # wrong
    delete(Document).all_rows(True)  # wrong


class WithChunks(Row):
    """A row with rows in it."""

    id = Document.id
    chunks = children(DocumentChunk, FileRow, order_by=DocumentChunk.chunk_index, limit=3)
    contents = children(DocumentChunk.document_id, DocumentChunk.content)


async def nesting() -> None:
    """Children in their parents."""
    children(Document.id, FileRow)  # wrong
    children("chunks", FileRow)  # wrong
    children(DocumentChunk)  # wrong
    children(DocumentChunk, FileRow())  # wrong
    children(DocumentChunk, DocumentChunk)  # wrong
    children(DocumentChunk, "content")  # wrong
    children(DocumentChunk, FileRow, limit="3")  # wrong
    children(DocumentChunk, FileRow, order_by="chunk_index")  # wrong
    children(DocumentChunk, FileRow, order_by=DocumentChunk.index)  # wrong
    children(DocumentChunk, FileRow, where=True)  # wrong
    children(DocumentChunk, FileRow, where=DocumentChunk.chunk_index)  # wrong
    children(DocumentChunk, FileRow, offset=1)  # wrong
    children(DocumentChunk, FileRow).limit(3)  # wrong
    (row,) = await select(WithChunks)
    row.chunks.filename  # wrong
    row.chunks[0].nope  # wrong
    row.chunks[0].id.upper()  # wrong
    row.contents[0].filename  # wrong
    row.contents.upper()  # wrong
    numbers: list[int] = row.contents  # wrong
    for each in row.chunks:
        each.filname  # wrong
    print(numbers)


async def combining() -> None:
    """Rows of several queries."""
    both = select(Document.id).union(select(DocumentChunk.id))
    select(Document.id).union(select(Document.filename))  # wrong
    select(Document.id).union(select(Document.id, Document.filename))  # wrong
    select(Document.id).union_all(Document.id)  # wrong
    select(Document.id).intersect(Document)  # wrong
    select(Document.id).except_(select(count()))  # wrong
    select(Document.id).union(objects(Document))  # wrong
    select(FileRow).union_all(select(Document.id))  # wrong
    both.where(Document.file_size > 1)  # wrong
    both.group_by(Document.id)  # wrong
    both.order_by("1")  # wrong
    both.limit("1")  # wrong
    both.union(select(Document.filename))  # wrong
    (await both)[0].id  # wrong
    (await both.first())[0]  # wrong
    (await both.one())[0].upper()  # wrong
    select(Document.id).where(Document.filename.is_in(both))  # wrong
    both.into(Label)  # wrong


async def with_arrays() -> None:
    """Arrays and their values."""
    Every.some_texts.contains("a")  # wrong
    Every.some_texts.contains([1])  # wrong
    Every.some_texts.contains({"a"})  # wrong
    Every.some_texts.overlaps(Every.some_dates)  # wrong
    Every.some_texts.contained_in(None)  # wrong
    Every.a_text.contains(["a"])  # wrong
    Every.some_texts.is_in(["a"])  # wrong
    select(Every.id).where(any_of(Every.a_text) == "a")  # wrong
    select(Every.id).where(any_of(Every.some_texts) == 1)  # wrong
    select(Every.id).where(any_of(Every.some_texts) > 1)  # wrong
    select(Every.id).where(any_of(Every.some_texts) == Every.a_date)  # wrong
    select(Every.id).where(all_of(Every.some_dates) <= "2026-01-01")  # wrong
    select(Every.id).where(any_of(Every.some_texts))  # wrong
    array_append(Every.some_texts, 1)  # wrong
    array_append(Every.a_text, "a")  # wrong
    array_remove(Every.some_texts, None)  # wrong
    update(Every).set(Every.some_texts, array_append(Every.some_dates, dt.date.min))  # wrong
    length(Every.a_date)  # wrong
    (await select(array_append(Every.some_texts, "a")))[0][0].upper()  # wrong


async def with_json() -> None:
    """JSON and what is in it."""
    json_value("any_json", "a")  # wrong
    json_value(Every.any_json, 1.5)  # wrong
    json_value(Every.any_json, "a", type="int")  # wrong
    select(Every.id).where(json_value(Every.any_json, "a", type=int) == "3")  # wrong
    select(Every.id).where(json_value(Every.any_json, "a") == 3)  # wrong
    (await select(json_value(Every.any_json, "a")))[0][0].upper()  # wrong
    json_part(Every.any_json, None)  # wrong
    has_key(Every.any_json, 1)  # wrong
    has_key("any_json", "a")  # wrong
    has_key(Every.any_json)  # wrong
    json_contains(Every.any_json)  # wrong
    total(json_value(Every.any_json, "a"))  # wrong


async def with_time() -> None:
    """Days, moments and time spans."""
    Document.created_at - 1  # wrong
    Document.created_at + Document.created_at  # wrong
    Every.a_date + Every.a_date  # wrong
    Every.a_date * 2  # wrong
    Every.a_date - "1"  # wrong
    Every.an_interval * Every.an_interval  # wrong
    Every.an_interval + 1  # wrong
    Every.an_interval * "2"  # wrong
    Every.a_double * Decimal(1)  # wrong
    Every.a_bigint / 2  # wrong
    Every.a_boolean + 1  # wrong
    select(Every.id).where(Document.updated_at - Document.created_at > 3)  # wrong
    select(Every.id).where(Every.a_date - Every.a_date == dt.timedelta(1))  # wrong
    select(Every.id).where(total(Every.an_interval) > 1)  # wrong
    total(Every.a_date)  # wrong
    average(Every.a_text)  # wrong
    Document.search.rank(1)  # wrong
    Document.search.rank()  # wrong
    select(Document.id).where(Document.search.rank("a") > "1")  # wrong


async def of_another_table() -> None:
    """Columns of a table that is not the one that is written."""
    update(Document).set(DocumentChunk.content, "a")  # wrong
    update(Document).set(UsageEvent.cost, 1)  # wrong
    update(Document).where(DocumentChunk.content == "a")  # wrong
    update(Document).where((Document.file_size > 1) & (DocumentChunk.content == "a"))  # wrong
    update(Document).where((DocumentChunk.content == "a") | (Document.file_size > 1))  # wrong
    update(Document).where(~(DocumentChunk.content == "a"))  # wrong
    update(Document).where(DocumentChunk.content.is_null())  # wrong
    update(Document).where(DocumentChunk.content.like("a%"))  # wrong
    update(Document).where(Document.id == SOMEONE, DocumentChunk.id.is_in([SOMEONE]))  # wrong
    update(Document).where(UsageEvent.cost > 1)  # wrong
    update(DocumentChunk).where(DocumentChunk.document_id.parent.file_size > 1)  # wrong
    update(UserProfile).where(AgentRequest.session_id == SOMEONE)  # wrong
    update(Document).using(DocumentChunk).where(UsageEvent.cost > 1)  # wrong
    update(Document).using(DocumentChunk).set(DocumentChunk.content, "a")  # wrong
    update(Every).where(any_of(Every.some_texts) == "a", Document.file_size > 1)  # wrong
    delete(Document).where(DocumentChunk.id == SOMEONE)  # wrong
    delete(Document).using(DocumentChunk).where(UsageEvent.cost > 1)  # wrong
    insert(document).on_conflict(DocumentChunk.id)  # wrong
    again = insert(document).on_conflict(Document.id)
    again.do_update(DocumentChunk.content)  # wrong
    await again.do_update()  # wrong
    again.do_update().where(Document.file_size > 1)  # wrong
    again.do_update().set(DocumentChunk.content, "a")  # wrong
    again.do_update().set(Document.filename, 1)  # wrong
    again.do_update(Document.filename).set(DocumentChunk.content, "a")  # wrong
    again.do_update(Document.filename).where(DocumentChunk.content == "a")  # wrong


async def forgetting() -> None:
    """Calls that are not awaited."""
    document.save()  # wrong
    document.remove()  # wrong
    document.refresh()  # wrong
    select(Document.id).count()  # wrong
    select(Document.id).first()  # wrong
    select(Document.id).one()  # wrong
    select(Document.id).exists()  # wrong
    insert(document).returning(Document.id).one()  # wrong


async def joining() -> None:
    """Queries that reach a parent."""
    select(DocumentChunk.document_id.parent.filname)  # wrong
    select(DocumentChunk.document_id.filename)  # wrong
    select(DocumentChunk.content.parent.filename)  # wrong
    select(AgentRequest.session_id.parent.created_at)  # wrong
    select(AgentRequest.session_id.maybe(lambda each: each.create_at))  # wrong
    select(DocumentChunk.id).where(DocumentChunk.document_id.parent.file_size == "1")  # wrong
    times = await select(AgentRequest.session_id.maybe(lambda each: each.created_at))
    times[0][0].year  # wrong
    shelves: type[Document] = Thing.shelf_id.parent  # wrong
    print(shelves)


async def computing() -> None:
    """Aggregates and arithmetic."""
    total(Document.filename)  # wrong
    average(Document.created_at)  # wrong
    count(Document)  # wrong
    sums = await select(total(UsageEvent.cost))
    sums[0][0] + 1  # wrong
    Document.filename + 1  # wrong
    UserProfile.usage_count + "1"  # wrong


async def writing() -> None:
    """Queries that write."""
    update(Document).set(Document.filname, "b.txt")  # wrong
    update(Document).set(Document.filename, 1)  # wrong
    update(Document).set(Document.filename, None)  # wrong
    update(Document).set("filename", "b.txt")  # wrong
    update(Document).set(Document.status, "ready")  # wrong
    update(UserProfile).set(UserProfile.plan_type, PlanType.GOLD)  # wrong
    update(UserProfile).set(UserProfile.full_name, UserProfile.usage_count + 1)  # wrong
    update(Thing).set(Thing.size, {"width": 1})  # wrong
    update(Thing).set(Thing.origin, Size(width=1, height=1))  # wrong
    update(Document).where(Document.filename == 1)  # wrong
    insert({"filename": "a.txt"})  # wrong
    insert(Document)  # wrong
    returned = await insert(document).returning(Document.id)
    returned[0][1]  # wrong
    returned[0][0].upper()  # wrong
    insert(document).returning(Document.ident)  # wrong
    insert(document).returning("id")  # wrong
    delete(Document.id)  # wrong
    delete(Document).where(Document.id == 1)  # wrong
    delete(Document).limit(1)  # wrong


@dataclass
class Label:
    """What rows are made into."""

    id: UUID
    text: str


async def making() -> None:
    """Rows that do not fit what they are made into."""
    select(Document.id).into(Label)  # wrong
    select(Document.filename, Document.id).into(Label)  # wrong
    select(Document.id, Document.content).into(Label)  # wrong
    select(Document.id, Document.filename, Document.status).into(Label)  # wrong


class Note(Table, tablename="notes"):
    """Declarations that do not fit."""

    id: Col[UUID] = primary_key()
    user_id: Col[str] = primary_key()  # wrong
    body: Col[str] = text(max_length=10, default=None)  # wrong
    maybe: Col[str | None] = text(max_length=10)  # wrong
    misspelt: Col[str] = text(max_lenght=3)  # wrong
    number: Col[str] = integer()  # wrong
    shape: Col[Origin] = json_object(Size, max_bytes=10)  # wrong
    parent: Ref[Shelf] = owned_reference(Document)  # wrong
    optional: Ref[Document] = owned_reference(Document, default=None)  # wrong
    database_objects = (
        Policy.owner(user),  # wrong
        Policy.owner("user_id"),  # wrong
        Policy.owner(id, "truncate"),  # wrong
        Policy(name="none", command="drop"),  # wrong
        Grant(to="postgres", select=True),  # wrong
        Grant(to=Role.AUTHENTICATED, update=(bdy,)),  # wrong
        Grant(to=Role.AUTHENTICATED, truncate=True),  # wrong
        Index(bdy.desc()),  # wrong
        Index(id, method="tree"),  # wrong
        Unique("id"),  # wrong
        SearchVector("search", "body"),  # wrong
    )


class Kinds(Table, tablename="kinds"):
    """Kinds of columns that are not of the type they say."""

    id: Col[str] = identity(bigint(primary_key=True))  # wrong
    a_uuid: Col[str] = uuid()  # wrong
    a_small: Col[str] = smallint()  # wrong
    a_big: Col[int] = bigint(default="1")  # wrong
    a_number: Col[int] = numeric(12, 2)  # wrong
    scaled: Col[Decimal] = numeric("12")  # wrong
    a_float: Col[Decimal] = double()  # wrong
    a_real: Col[float] = real(default=None)  # wrong
    a_day: Col[dt.datetime] = date()  # wrong
    a_moment: Col[dt.date] = timestamptz()  # wrong
    a_time: Col[dt.time] = time(default=dt.date(2026, 1, 1))  # wrong
    how_long: Col[int] = interval()  # wrong
    some_bytes: Col[str] = bytea()  # wrong
    an_address: Col[str] = inet()  # wrong
    texts: Col[list[int]] = array(text())  # wrong
    no_texts: Col[list[str]] = array(text(), default=[1])  # wrong
    matrix: Col[list[int]] = array(array(integer()))  # wrong
    near: Col[list[float]] = vector()  # wrong
    shaped: Col[list[str]] = jsonb(list[int])  # wrong
    during: Col[Range[int]] = column(TSTZRANGE)  # wrong
    tree: Col[int] = column("ltree", python=str)  # wrong
    untyped: Col[str] = column("ltree")  # wrong
    unlike: Col[int] = integer(uniqe=True)  # wrong
    named: Col[int] = integer(db_column_name=3)  # wrong
    total: Col[str] = generated(integer(), "a + b")  # wrong
    numbered: Col[str] = identity(text())  # wrong


class Keys(Table, tablename="keys"):
    """References that do not fit."""

    id: Col[UUID] = primary_key()
    a: Ref[Country] = reference(Country, Country.code)  # wrong
    b: Ref[Country, int] = reference(Country, Country.code)  # wrong
    c: Ref[Task, str] = reference(Task, Task.number)  # wrong
    d: OptionalRef[Country, str] = reference(Country, Country.code)  # wrong
    e: Ref[Country, str] = reference(Country, Country.code, default=None)  # wrong
    f: Ref[Country, str] = reference(Country, Country.code, on_delete="forget")  # wrong
    g: Ref[Country, str] = reference(Country, Country.code, deferrable=True)  # wrong
    h: Ref[Country, str] = reference(Country, Country.cod)  # wrong
    i: Col[UUID] = reference("auth.user")  # wrong
    j: Col[str] = reference("auth.users")  # wrong
    k: Ref["Keys"] = reference("self", default=None)  # wrong
    m: OptionalRef["Keys"] = reference("self")  # wrong


def kinds_of_columns() -> None:
    """Rows of the table of every kind."""
    Task()  # wrong
    Task(country=1)  # wrong
    Task(country="IT", number=3)  # wrong
    Task(country="IT", parent_task="3")  # wrong
    Membership(country="IT")  # wrong
    Defaults(a_date="2026-01-01")  # wrong
    Defaults(some_texts="a")  # wrong
    Defaults(a_bytea="a")  # wrong
    Defaults(a_smallint=None)  # wrong
    Defaults(id="3")  # wrong
    Defaults(id=None)  # wrong
    select(Every.a_uuid).where(Every.a_uuid == "a")  # wrong
    select(Every.a_date).where(Every.a_date > 3)  # wrong
    select(Every.some_texts).where(Every.some_texts == ["a", 1])  # wrong
    select(Every.total).where(Every.total.ilike("a"))  # wrong
    select(Every.a_interval)  # wrong
    update(Every).set(Every.a_bytea, "a")  # wrong
    update(Every).set(Every.any_numeric, 0.5)  # wrong
    update(Task).set(Task.country, 1)  # wrong
    update(Task).set(Task.parent_task, "a")  # wrong
    select(Task.country.parent.cod)  # wrong
    select(Task.country).where(Task.country == 1)  # wrong


class Ruled(Table, tablename="ruled"):
    """Rules that are none."""

    database_objects = ("a rule",)  # wrong


function = Function()


@function.get("/")
async def forgetful() -> Label:  # wrong
    """Give nothing where something is promised."""


@function.get("/wrong")
async def careless() -> Label:
    """Give something else."""
    return {"id": SOMEONE}  # wrong


@function.get("/nullable")
async def hopeful() -> Label:
    """Give what may be None."""
    return await select(Document.id, Document.filename).into(Label).first()  # wrong


@function.get("/caller")
async def confident(caller: Identity) -> Label:
    """Take an anonymous caller for a user."""
    return Label(caller.user_id, "x")  # wrong


@function.get(404)  # wrong
async def lost() -> None:
    """Answer at no path."""


@function.post("/sync")  # wrong
def blocking() -> None:
    """Not declared with `async def`."""


async def opening() -> None:
    """Sessions without an identity."""
    session("alice")  # wrong
    session(Identity.user("alice"))  # wrong
    session()  # wrong
    Identity.administrator()  # wrong

# Who may call: levels that there are, and roles in a tuple, a list or a set.
Function(roles="service_role")  # wrong
Function(roles=("service_role", 1))  # wrong
Function(roles=("service_rol",))  # wrong
Function(roles={"authenticated", "editor"})  # wrong
Function(auth="users")  # wrong
Function(auth=True)  # wrong
Function(caller="optional")  # wrong
Function(transactions="own")  # wrong
Function(timeout="30")  # wrong
