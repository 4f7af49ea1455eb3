"""Who did what to a project, and from which address."""

import datetime as dt
from typing import Any
from uuid import UUID

from db.tables.organisations import MemberRole, Membership
from ottavino import (
    INET,
    NOW,
    Col,
    DatabaseFunction,
    Grant,
    Index,
    Policy,
    Role,
    Table,
    bigint,
    identity,
    inet,
    jsonb,
    text,
    timestamptz,
    uuid,
)

WRITE = DatabaseFunction(
    name="write_audit_log",
    returns="trigger",
    security_definer=True,
    body="""
        begin
            insert into public.audit_log (actor, action, organisation_id, address, details)
            values (
                auth.uid(),
                tg_op,
                coalesce(new.organisation_id, old.organisation_id),
                inet_client_addr(),
                jsonb_build_object('title', coalesce(new.title, old.title))
            );
            return null;
        end
    """,
    accepted={"SEC014": "Nobody else may write the log, and it writes what has happened."},
)


class AuditEntry(Table, tablename="audit_log"):
    """One change. It outlives what was changed, and who changed it."""

    id: Col[int] = identity(bigint(primary_key=True))
    at: Col[dt.datetime] = timestamptz(default=NOW)
    actor: Col[UUID | None] = uuid(default=None)
    action: Col[str] = text(max_length=20)
    organisation_id: Col[UUID] = uuid()
    address: Col[INET | None] = inet(default=None)
    details: Col[Any] = jsonb()

    database_objects = (
        Policy.member(organisation_id, Membership.members, "select", roles=(MemberRole.OWNER,)),
        Grant(to=Role.AUTHENTICATED, select=True),
        Grant(to=Role.SERVICE_ROLE, select=True),
        Index(organisation_id, at.desc()),
    )
