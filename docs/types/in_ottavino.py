# There to be reported by type checkers, not to be run: a mistake to a line, however long.
# ruff: noqa: D103, E501, E701, E711, F821, INP001, T201
# fmt: off

"""Queries over the tables of this service, and mistakes in those queries.

A line that ends in a number and a sentence holds one mistake; `in_drizzle.ts` has the same
mistake under the same number, and `compare.py` shows which checker reports it. The other
lines are right, and have to be reported by neither.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from typing_extensions import TypedDict

from db.tables import AgentRequest, Document, DocumentChunk, UsageEvent, UserProfile
from db.tables.agent_requests import RequestType
from db.tables.documents import DocumentStatus
from db.tables.user_profiles import PlanType
from ottavino import (
    Col,
    Grant,
    Index,
    Policy,
    Role,
    Table,
    integer,
    json_object,
    owner,
    primary_key,
    text,
)
from ottavino.query import Row, count, delete, insert, select, total, update


class Size(TypedDict):
    """Centimetres."""

    width: int
    height: int


class Note(Table, tablename="notes"):
    """What the six tables do not have: JSON of a declared shape, and rules with mistakes."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    body: Col[str] = text(max_length=1000)
    size: Col[Size] = json_object(Size, max_bytes=1000)
    number: Col[int] = integer(default="1")  # 55 a default of another type

    database_objects = (
        Policy.owner(user_id),
        Policy.owner(usr_id),  # 56 a policy on a misspelt column
        Policy(name="b", using="usr_id = (select auth.uid())"),  # 57 a policy on a misspelt column, in SQL
        Policy(name="c", to=Role.AUTHENTICATD, using="true"),  # 58 a policy for a misspelt role
        Policy(name="d", command="drop", using="true"),  # 59 a policy for a command that is none
        Grant(to=Role.AUTHENTICATED, update=(bdy,)),  # 60 a grant on a misspelt column
        Index(bdy.desc()),  # 61 an index on a misspelt column
    )


SOMEONE = uuid4()


@dataclass
class Label:
    """What rows are made into."""

    id: UUID
    text: str


class KindRow(Row):
    """Rows with names, two of which are of one type."""

    filename = Document.filename
    file_type = Document.file_type


@dataclass
class Kind:
    """What rows are made into, with two fields of one type."""

    filename: str
    file_type: str


async def reading() -> None:
    # Some columns.
    await select(Document.id, Document.filename)
    select(Document.filname)  # 1 a misspelt column, selected

    # Conditions.
    ids = select(Document.id)
    await ids.where(Document.file_size > 1, Document.filename == "a")
    await ids.where(Document.status == DocumentStatus.READY)
    await ids.where(Document.content.is_null())
    await ids.where(Document.filename.ilike("a%"))
    await ids.where(Document.id.is_in([SOMEONE]))
    ids.where(Document.filname == "a.txt")  # 2 a misspelt column in a condition
    ids.where(Document.filename == 1)  # 3 text compared with a number
    ids.where(Document.file_size > "1")  # 4 a number compared with text
    ids.where(Document.created_at > "2026-01-01")  # 5 a moment compared with text
    ids.where(Document.status == DocumentStatus.REDY)  # 6 a misspelt value of an enum
    ids.where(Document.filename == None)  # 7 null compared with what is never null
    ids.where(Document.id == "a.txt")  # 8 an id compared with any text
    ids.where(Document.id == Document.filename)  # 9 columns of different types compared
    ids.where(Document.id == Document.user_id)  # 10 a document's id compared with a user's
    ids.where(Document.file_size.ilike("1%"))  # 11 a pattern for a number
    ids.where(Document.id.is_in([1]))  # 12 a list of values of another type
    ids.where((Document.filename == "a") and (Document.file_size > 1))  # 13 the language's `and` between conditions
    ids.where(None)  # 14 no condition where one was meant
    select(DocumentChunk.id).where(Document.filename == "a")  # 15 a condition on a table that is not read

    # Order.
    await ids.order_by(Document.created_at.desc(), Document.id).limit(20)
    ids.order_by(Document.creatd.desc())  # 16 a misspelt column in the order

    # Rows.
    rows = await select(Document.id, Document.content)
    (rows[0][1] or "").upper()
    rows[0][1].upper()  # 17 a value that may be null, used as if it were not
    rows[0][2]  # 18 a column that was not selected
    first = await select(Document.filename).first()
    first[0]  # 19 a first row that may be absent
    for each in select(Document.id): print(each)  # 20 rows of a query that was not awaited
    delete(Document).where(Document.id == SOMEONE)  # 21 a write that was not awaited

    # Rows of a declared shape.
    await select(Document.id, Document.filename).into(Label)
    await select(Document.id).into(Label)  # 22 a shape with a field that was not selected
    await select(Document.id, Document.content).into(Label)  # 23 a shape with a field that may be null
    await select(Document.file_type, Document.filename).into(Kind)  # 24 two columns of one type in each other's place
    for file_type, filename in await select(KindRow): print(file_type, filename)  # 25 two values of a row taken in each other's place


async def joining() -> None:
    parent = DocumentChunk.document_id.parent
    chunks = select(DocumentChunk.content, parent.filename)
    await chunks.where(parent.filename == "a.txt")
    select(DocumentChunk.document_id.parent.filname)  # 26 a misspelt column of a parent
    select(DocumentChunk.id, Document.filename)  # 27 a column of a table that was not joined
    # The reference is the join.  # 28 a join on the wrong column

    since = AgentRequest.session_id.maybe(lambda session: session.created_at)
    times = await select(AgentRequest.id, since)
    (times[0][1] or datetime.now(UTC)).timestamp()
    times[0][1].timestamp()  # 29 a column of a parent that may be absent


async def computing() -> None:
    sums = await select(
        UsageEvent.request_type, count(UsageEvent.id), total(UsageEvent.cost)
    ).group_by(UsageEvent.request_type)
    print(sums[0][1] + 1)
    select(total(Document.filename))  # 30 the sum of text
    sums[0][2] * 2  # 31 a sum over maybe no rows, used as a number
    sums[0][1].upper()  # 32 a count used as text
    select(UsageEvent.request_type, count(UsageEvent.id))  # 33 a column beside an aggregate, without grouping


async def json() -> None:
    await insert(Note(user_id=SOMEONE, body="x", size={"width": 1, "height": 2}))
    Note(user_id=SOMEONE, body="x", size={"width": 1})  # 34 JSON without a field
    Note(user_id=SOMEONE, body="x", size={"width": 1, "height": "2"})  # 35 JSON with a field of another type
    rows = await select(Note.size)
    print(rows[0][0]["width"] + 1)
    rows[0][0]["depth"]  # 36 a field that the JSON does not have
    requests = await select(AgentRequest.results)
    requests[0][0].keys()  # 37 JSON that may be null


async def writing() -> None:
    file = Document(filename="a.txt", file_type="text/plain", file_size=1)
    await insert(file)
    await insert(UsageEvent(request_type=RequestType.CHAT, tokens_used=1, cost=Decimal("0.5")))
    Document(filename="a.txt", file_type="text/plain")  # 38 an insert without a required column
    Document(filename="a.txt", file_type="text/plain", file_size=1, conten="x")  # 39 an insert with a misspelt column
    Document(filename="a.txt", file_type="text/plain", file_size="1")  # 40 an insert with a value of another type
    Document(filename=None, file_type="text/plain", file_size=1)  # 41 an insert with null for what is never null
    AgentRequest(request_type=RequestType.CHATT, content="Why?")  # 42 an insert with a misspelt value of an enum
    UsageEvent(request_type=RequestType.CHAT, tokens_used=1, cost=0.5)  # 43 money as a float
    UsageEvent(request_type=RequestType.CHAT, tokens_used=1, cost="much")  # 44 money as any text
    Document(filename="a", file_type="b", file_size=1, updated_at=datetime.now(UTC))  # 45 a value for what the database keeps

    renamed = update(Document).set(Document.filename, "b.txt").set(Document.content, None)
    await renamed.where(Document.id == SOMEONE)
    await update(UserProfile).set(UserProfile.usage_count, UserProfile.usage_count + 1)
    update(Document).set(Document.filname, "b.txt")  # 46 an update of a misspelt column
    update(Document).set(Document.filename, 1)  # 47 an update with a value of another type
    update(Document).set(Document.filename, None)  # 48 an update with null for what is never null
    update(UserProfile).set(UserProfile.plan_type, PlanType.GOLD)  # 49 an update with a misspelt value of an enum
    update(UserProfile).set(UserProfile.full_name, UserProfile.usage_count + 1)  # 50 an update with what is computed, of another type
    update(Document).set(UserProfile.full_name, "Alice")  # 51 an update of another table's column

    made = await insert(file).returning(Document.id)
    print(made[0][0].hex)
    made[0][1]  # 52 a column that was not returned
    insert(file).returning(Document.ident)  # 53 a misspelt column, returned
    (await delete(Document).where(Document.id == SOMEONE))[0]  # 54 rows of a write that returns none
