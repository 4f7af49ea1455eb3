"""Projects of an organisation, and their tasks."""

import datetime as dt
from enum import Enum
from uuid import UUID

from db.tables.audit_log import WRITE
from db.tables.organisations import MemberRole, Membership, Organisation
from ottavino import (
    Check,
    Col,
    Comment,
    ForeignKey,
    Grant,
    Index,
    OptionalRef,
    Policy,
    Ref,
    Role,
    Table,
    Trigger,
    Unique,
    created_at,
    date,
    enum,
    primary_key,
    reference,
    text,
    updated_at,
    uuid,
)

WRITERS = (MemberRole.OWNER, MemberRole.EDITOR)


class TaskStatus(Enum):
    """The state of a task."""

    OPEN = "open"
    IN_WORK = "in work"
    DONE = "done"


class Project(Table, tablename="projects"):
    """A project of an organisation."""

    id: Col[UUID] = primary_key()
    organisation_id: Ref[Organisation] = reference(
        Organisation, on_delete="cascade", index=True
    )
    title: Col[str] = text(min_length=1, max_length=200)
    due: Col[dt.date | None] = date(default=None)

    database_objects = (
        Policy.member(organisation_id, Membership.members, "select"),
        Policy.member(organisation_id, Membership.members, "insert", roles=WRITERS),
        Policy.member(organisation_id, Membership.members, "update", roles=WRITERS),
        Policy.member(organisation_id, Membership.members, "delete", roles=(MemberRole.OWNER,)),
        Grant(
            to=Role.AUTHENTICATED,
            select=True,
            insert=(organisation_id, title, due),
            update=(title, due),
            delete=True,
        ),
        Grant.everything(to=Role.SERVICE_ROLE),
        Unique(id, organisation_id),
        Trigger(
            name="audited",
            function=WRITE,
            when="after",
            event=("insert", "update", "delete"),
        ),
    )


class Task(Table, tablename="tasks"):
    """A step of a project, which may be a part of another step."""

    id: Col[UUID] = primary_key()
    organisation_id: Ref[Organisation] = reference(
        Organisation, on_delete="cascade", index=True
    )
    project_id: Col[UUID] = uuid()
    part_of: OptionalRef["Task"] = reference(
        "self", default=None, on_delete="cascade", index=True
    )
    title: Col[str] = text(min_length=1, max_length=200)
    status: Col[TaskStatus] = enum(TaskStatus, default=TaskStatus.OPEN)
    created_at: Col[dt.datetime] = created_at()
    updated_at: Col[dt.datetime] = updated_at()

    no_circle = Check("not_part_of_itself", "part_of <> id")
    database_objects = (
        # A task's project is of the same organisation: the key has both columns.
        ForeignKey((project_id, organisation_id), "public.projects", ("id", "organisation_id")),
        Index(project_id, organisation_id),
        no_circle,
        Comment("Longer circles are left to the program.", on=no_circle),
        Policy.member(organisation_id, Membership.members, "select"),
        Policy.member(organisation_id, Membership.members, "insert", roles=WRITERS),
        Policy.member(organisation_id, Membership.members, "update", roles=WRITERS),
        Grant(
            to=Role.AUTHENTICATED,
            select=True,
            insert=(organisation_id, project_id, part_of, title),
            update=(part_of, title, status),
        ),
        Grant.everything(to=Role.SERVICE_ROLE),
        Unique(id, organisation_id),
    )
