"""What users have used, for the bill."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from db.tables.agent_requests import RequestType
from ottavino import (
    CALLER,
    NOW,
    Col,
    Grant,
    Index,
    Policy,
    Role,
    Table,
    choice,
    created_at,
    integer,
    money,
    owner,
    primary_key,
    timestamptz,
    updated_at,
)


class UsageEvent(Table, tablename="usage_events"):
    """Something that cost tokens. Users read their own, the service writes them."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner(default=CALLER)
    request_type: Col[RequestType] = choice(RequestType)
    tokens_used: Col[int] = integer(minimum=0)
    cost: Col[Decimal] = money()
    occurred_at: Col[datetime] = timestamptz(default=NOW)
    created_at: Col[datetime] = created_at()
    updated_at: Col[datetime] = updated_at()

    database_objects = (
        Policy.owner(user_id, "select"),
        Grant(to=Role.AUTHENTICATED, select=True),
        Grant.everything(to=Role.SERVICE_ROLE),
        Index(user_id, occurred_at.desc()),
        Index(created_at),
    )
