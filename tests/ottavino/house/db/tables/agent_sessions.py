"""Conversations with an agent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ottavino import (
    CALLER,
    Col,
    Grant,
    Index,
    NoStatistics,
    Policy,
    Role,
    Table,
    Unique,
    created_at,
    json_array,
    json_object,
    owner,
    primary_key,
    updated_at,
)


class AgentSession(Table, tablename="agent_sessions"):
    """A conversation of several turns: the requests it is made of, and what it remembers."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner(default=CALLER)
    request_chain: Col[list[UUID]] = json_array(UUID, max_bytes=100_000, default=[])
    context_state: Col[dict[str, Any]] = json_object(max_bytes=1_000_000, default={})
    created_at: Col[datetime] = created_at()
    updated_at: Col[datetime] = updated_at()

    database_objects = (
        Policy.owner(user_id),
        Grant(
            to=Role.AUTHENTICATED,
            select=True,
            insert=(user_id, request_chain, context_state),
            update=(request_chain, context_state),
            delete=True,
        ),
        Grant.everything(to=Role.SERVICE_ROLE),
        Unique(id, user_id),
        Index(user_id, created_at.desc(), id.desc()),
        NoStatistics(request_chain, context_state),
    )
