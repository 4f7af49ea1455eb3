"""Organisations, and the users who are members of them."""

from enum import StrEnum
from uuid import UUID

from db.tables.countries import Country
from ottavino import (
    CALLER,
    Col,
    DatabaseFunction,
    Grant,
    Index,
    Members,
    OptionalRef,
    Policy,
    Ref,
    Role,
    Table,
    Trigger,
    enum,
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


ADD_FOUNDER = DatabaseFunction(
    name="add_founder",
    returns="trigger",
    security_definer=True,
    body="""
        begin
            insert into public.memberships (organisation_id, user_id, role)
            values (new.id, new.founder, 'owner');
            return new;
        end
    """,
    accepted={"SEC014": "It makes the founder the first member, and no more."},
)


class Organisation(Table, tablename="organisations"):
    """A group of users, who share its rows."""

    id: Col[UUID] = primary_key()
    founder: Col[UUID] = owner(default=CALLER)
    name: Col[str] = text(min_length=1, max_length=100)
    country: OptionalRef[Country, str] = reference(
        Country, Country.code, default=None, on_update="cascade", index=True
    )

    database_objects = (
        Policy.owner(founder, "insert"),
        Policy.owner(founder, "select"),
        # Its class comes later, so the table of members is named.
        Policy.member(id, "memberships", "select"),
        Policy.member(id, "memberships", "update", roles=(MemberRole.OWNER,)),
        Grant(
            to=Role.AUTHENTICATED,
            select=True,
            insert=(name, country),
            update=(name, country),
        ),
        Grant.everything(to=Role.SERVICE_ROLE),
        Index(founder),
        Trigger(name="founder", function=ADD_FOUNDER, when="after", event="insert"),
    )


class Membership(Table, tablename="memberships"):
    """A member of an organisation, with a role."""

    organisation_id: Ref[Organisation] = reference(
        Organisation, on_delete="cascade", primary_key=True
    )
    user_id: Col[UUID] = owner(primary_key=True)
    role: Col[MemberRole] = enum(MemberRole)

    members = Members(group=organisation_id, user=user_id, role=role)

    database_objects = (
        members,
        Policy.member(organisation_id, members, "select"),
        Policy.member(organisation_id, members, "insert", roles=(MemberRole.OWNER,)),
        Policy.member(organisation_id, members, "delete", roles=(MemberRole.OWNER,)),
        Grant(to=Role.AUTHENTICATED, select=True, insert=True, delete=True),
        Grant.everything(to=Role.SERVICE_ROLE),
    )
