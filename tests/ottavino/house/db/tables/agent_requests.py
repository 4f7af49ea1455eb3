"""What users ask of an agent, and what came of it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from ottavino import (
    CALLER,
    CALLER_ID,
    Col,
    Grant,
    Index,
    NoStatistics,
    OptionalRef,
    Policy,
    Role,
    Table,
    choice,
    created_at,
    integer,
    json_object,
    money,
    owned_reference,
    owner,
    primary_key,
    text,
    updated_at,
)
from tests.ottavino.house.db.tables.agent_sessions import AgentSession


class RequestType(StrEnum):
    """What the agent is asked to do."""

    CHAT = "chat"
    SUMMARIZE = "summarize"
    ANALYZE = "analyze"
    EXTRACT = "extract"


class RequestStatus(StrEnum):
    """How far the agent has come."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AgentRequest(Table, tablename="agent_requests"):
    """One request to an agent. Its user may cancel it; the rest is the service's to write."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner(default=CALLER)
    session_id: OptionalRef[AgentSession] = owned_reference(AgentSession, default=None)
    request_type: Col[RequestType] = choice(RequestType)
    content: Col[str] = text(min_length=1, max_length=100_000)
    status: Col[RequestStatus] = choice(RequestStatus, default=RequestStatus.PENDING)
    progress: Col[int] = integer(minimum=0, maximum=100, default=0)
    results: Col[dict[str, Any] | None] = json_object(max_bytes=1_000_000, default=None)
    tokens_used: Col[int] = integer(minimum=0, default=0)
    cost: Col[Decimal] = money(default=0)
    created_at: Col[datetime] = created_at()
    updated_at: Col[datetime] = updated_at()

    database_objects = (
        Policy.owner(user_id, "select"),
        Policy.owner(user_id, "insert"),
        Policy(
            name="owner_cancel",
            command="update",
            using=f"user_id = {CALLER_ID} and status in ('pending', 'processing')",
            check=f"user_id = {CALLER_ID} and status = 'cancelled'",
        ),
        Grant(
            to=Role.AUTHENTICATED,
            select=True,
            insert=(user_id, session_id, request_type, content),
            update=(status,),
        ),
        Grant.everything(to=Role.SERVICE_ROLE),
        Index(user_id, created_at.desc(), id.desc()),
        Index(session_id, user_id),
        Index(status),
        NoStatistics(content),
    )
