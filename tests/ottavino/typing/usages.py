"""Right uses, and the types that they have. A type checker finds nothing here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, assert_type
from uuid import UUID, uuid4

from piccolo.columns.combination import Where

from ottavino import Col, Grant, Identity, Index, Policy, Role
from ottavino.declare.column import Expression
from ottavino.http import Function
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
assert_type(Document.id, Col[UUID])
assert_type(Document.filename, Col[str])
assert_type(Document.content, Col[str | None])
assert_type(Document.file_size, Col[int])
assert_type(Document.status, Col[DocumentStatus])
assert_type(Document.created_at, Col[datetime])
assert_type(UsageEvent.cost, Col[Decimal])
assert_type(AgentRequest.results, Col[dict[str, Any] | None])
assert_type(Thing.size, Col[Size])
assert_type(Thing.origin, Col[Origin | None])
assert_type(Thing.owners, Col[list[UUID]])

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
assert_type(Document.filename == "a.txt", Where)
assert_type(Document.file_size > 1, Where)
assert_type(Document.file_size <= 1, Where)
assert_type(Document.created_at < NOW, Where)
assert_type(Document.status != DocumentStatus.READY, Where)
assert_type(Document.content == None, Where)  # noqa: E711  # what PostgreSQL means by it
assert_type(Document.content.is_null(), Where)
assert_type(Document.filename.ilike("%.txt"), Where)
assert_type(Document.content.like("%x%"), Where)
assert_type(Document.id.is_in([SOMEONE]), Where)
assert_type(Document.status.not_in([DocumentStatus.FAILED]), Where)
assert_type(DocumentChunk.user_id == Document.user_id, Where)

# What is computed has a type, too.
assert_type(count(Document.id), Expression[int])
assert_type(total(UsageEvent.cost), Expression[Decimal | None])
assert_type(total(UsageEvent.tokens_used), Expression[int | None])
assert_type(average(UsageEvent.tokens_used), Expression[Decimal | None])
assert_type(greatest(Document.created_at), Expression[datetime | None])
assert_type(least(Document.filename), Expression[str | None])
assert_type(UserProfile.usage_count + 1, Expression[int])
assert_type(UsageEvent.cost - Decimal(1), Expression[Decimal])

# What a policy, a grant or an index names are columns.
Policy.owner(Document.user_id)
Grant(to=Role.AUTHENTICATED, update=(Document.filename,))
Index(Document.user_id, Document.created_at.desc())


@dataclass
class Label:
    """What rows are made into."""

    id: UUID
    text: str | None


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
    assert_type(DocumentChunk.document_id.parent.filename == "a.txt", Where)
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


@function.get("/{document_id}")
async def handler(document_id: UUID, caller: Identity) -> Label:
    """A handler is what it was before it was registered."""
    assert_type(caller.user_id, UUID | None)
    return Label(document_id, None)


async def calls() -> None:
    """What was registered can be called as it is."""
    assert_type(await handler(SOMEONE, Identity.anonymous()), Label)
