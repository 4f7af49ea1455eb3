"""Mistakes, one on each line that is marked. A type checker reports these lines, no others."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from ottavino import Identity
from ottavino import Col, Grant, Index, Policy, Ref, SearchVector, Unique, child_of, integer
from ottavino import json_object, primary_key, text
from ottavino import Role
from ottavino.query import average, count, delete, insert, objects, select, total, update
from ottavino import session
from ottavino import Table
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

# Making a row: something missing, misspelt, of another type, or not anybody's to give.
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


async def reading() -> None:
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
    select(Document.id).where(Document.id == Document.filename)  # wrong
    select(Document.id).where(Document.file_size.ilike("1%"))  # wrong
    select(Document.id).where(Document.id.is_in(["1"]))  # wrong
    select(Document.id).where(True)  # wrong
    select(Document.id).where("id = 1")  # wrong
    select(Document.id).order_by("filename")  # wrong
    select(Document.id).order_by(Document.filname.desc())  # wrong
    select(Document.id).limit("1")  # wrong
    select(Document.id).where(Document.search.matches(1))  # wrong
    select(Document.id).among(Document.own_search.finds("a"))  # wrong
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
    unbounded: Col[str] = text()  # wrong
    number: Col[str] = integer()  # wrong
    shape: Col[Origin] = json_object(Size, max_bytes=10)  # wrong
    parent: Ref[Shelf] = child_of(Document)  # wrong
    optional: Ref[Document] = child_of(Document, default=None)  # wrong
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
    """Sessions for somebody who is nobody."""
    session("alice")  # wrong
    session(Identity.user("alice"))  # wrong
    session()  # wrong
    Identity.administrator()  # wrong

# Who may call: levels that there are, and roles in a tuple, a list or a set.
Function(roles="service_role")  # wrong
Function(roles=("service_role", 1))  # wrong
Function(auth="users")  # wrong
Function(auth=True)  # wrong
Function(caller="optional")  # wrong
Function(transactions="own")  # wrong
Function(timeout="30")  # wrong
