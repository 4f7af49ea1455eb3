"""Organisations, their members, and the rows that they share."""

from enum import StrEnum
from uuid import UUID

from ottavino import (
    CALLER,
    Col,
    Grant,
    Index,
    Members,
    Policy,
    Ref,
    Role,
    Table,
    choice,
    owner,
    primary_key,
    reference,
    text,
)


class MemberRole(StrEnum):
    """What a member may do."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


WRITERS = (MemberRole.OWNER, MemberRole.EDITOR)
ALL = Grant.everything(to=Role.AUTHENTICATED)


class Organisation(Table, tablename="organisations"):
    """A group of users. Its founder sees it before it has a member."""

    id: Col[UUID] = primary_key()
    made_by: Col[UUID] = owner(default=CALLER)
    name: Col[str] = text(max_length=100)

    database_objects = (
        Policy.member(id, "organisation_members", "select"),
        Policy.member(id, "organisation_members", "update", roles=(MemberRole.OWNER,)),
        Policy(
            name="founder_insert",
            command="insert",
            check="made_by = (select ottavino.uid())",
        ),
        ALL,
        Index(made_by),
    )


class OrganisationMember(Table, tablename="organisation_members"):
    """A member of an organisation, with a role."""

    organisation_id: Ref[Organisation] = reference(
        Organisation, on_delete="cascade", primary_key=True
    )
    user_id: Col[UUID] = owner(primary_key=True)
    role: Col[MemberRole] = choice(MemberRole)

    members = Members(group=organisation_id, user=user_id, role=role)

    database_objects = (
        members,
        Policy.member(organisation_id, members, "select"),
        Policy.member(organisation_id, members, "insert", roles=(MemberRole.OWNER,)),
        Policy.member(organisation_id, members, "update", roles=(MemberRole.OWNER,)),
        Policy.member(organisation_id, members, "delete", roles=(MemberRole.OWNER,)),
        ALL,
    )


class Project(Table, tablename="projects"):
    """A row that the members of an organisation share."""

    id: Col[UUID] = primary_key()
    organisation_id: Ref[Organisation] = reference(
        Organisation, on_delete="cascade", index=True
    )
    name: Col[str] = text(max_length=100)

    database_objects = (
        Policy.member(organisation_id, OrganisationMember.members, "select"),
        Policy.member(organisation_id, OrganisationMember.members, "insert", roles=WRITERS),
        Policy.member(organisation_id, OrganisationMember.members, "update", roles=WRITERS),
        Policy.member(
            organisation_id,
            OrganisationMember.members,
            "delete",
            roles=(MemberRole.OWNER,),
        ),
        ALL,
    )


SHARED = (Organisation, OrganisationMember, Project)
