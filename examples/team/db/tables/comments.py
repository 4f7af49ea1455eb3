"""Comments on tasks. Their authors may change them for fifteen minutes, and hide them."""

import datetime as dt
from uuid import UUID

from db.tables.organisations import Membership, Organisation
from ottavino import (
    CALLER,
    CALLER_ID,
    Col,
    ForeignKey,
    Grant,
    Index,
    Policy,
    Ref,
    Role,
    Table,
    created_at,
    owner,
    primary_key,
    reference,
    text,
    timestamptz,
    uuid,
)

FEW = "The other policies and indexes leave the comments of a task or an author."


class Comment(Table, tablename="comments"):
    """A comment of a member on a task. With `hidden_at` only its author sees it."""

    id: Col[UUID] = primary_key()
    organisation_id: Ref[Organisation] = reference(
        Organisation, on_delete="cascade", index=True
    )
    task_id: Col[UUID] = uuid()
    author: Col[UUID] = owner(default=CALLER)
    body: Col[str] = text(min_length=1, max_length=10_000)
    created_at: Col[dt.datetime] = created_at()
    hidden_at: Col[dt.datetime | None] = timestamptz(default=None)

    database_objects = (
        ForeignKey((task_id, organisation_id), "public.tasks", ("id", "organisation_id")),
        Index(task_id, organisation_id),
        Index(author),
        Policy.member(organisation_id, Membership.members, "select"),
        Policy.member(organisation_id, Membership.members, "insert"),
        Policy(
            name="own",
            command="insert",
            check=f"author = {CALLER_ID}",
            restrictive=True,
        ),
        Policy(
            name="shown",
            command="select",
            using=f"hidden_at is null or author = {CALLER_ID}",
            restrictive=True,
            accepted={"PERF003": FEW},
        ),
        Policy(
            name="for_a_while",
            command="update",
            using=f"author = {CALLER_ID} and created_at > now() - interval '15 minutes'",
            check=f"author = {CALLER_ID}",
            accepted={"PERF003": FEW},
        ),
        Grant(
            to=Role.AUTHENTICATED,
            select=True,
            insert=(organisation_id, task_id, body),
            update=(body, hidden_at),
        ),
        Grant.everything(to=Role.SERVICE_ROLE),
    )
