"""Mistakes over roles, members and claims, one on each line that is marked."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from ottavino import PUBLIC, ApiRole, Col, DatabaseFunction, DatabaseProcedure, DefaultPrivileges
from ottavino import ForeignPolicy, Grant, Identity, Members, Policy, Role, Schema, Sequence
from ottavino import claim, integer, owner, text, uuid
from tests.ottavino.declare.shared import MemberRole, OrganisationMember

members = OrganisationMember.members
team: Col[UUID] = uuid()
number: Col[int] = integer()
optional: Col[UUID | None] = uuid(default=None)
EDITOR = ApiRole("editor")


class Other(StrEnum):
    """The roles of something else."""

    OWNER = "owner"


# Roles that are none, or not roles at all.
Grant(to="editor", select=True)  # wrong
Grant.everything(to="service_role")  # wrong
Policy(name="a", to="authenticated", using="true")  # wrong
Policy(name="a", to=(Role.ANON, "editor"), using="true")  # wrong
Policy(name="a", to=[Role.ANON], using="true")  # wrong
Policy(name="a", to=Role.EDITOR, using="true")  # wrong
ApiRole(7)  # wrong
DatabaseFunction(name="f", returns="int", body="", execute=("editor",))  # wrong
DatabaseFunction(name="f", returns="int", body="", execute=EDITOR)  # wrong
DatabaseProcedure(name="p", body="", execute=("editor",))  # wrong
Sequence("numbers", usage=("editor",))  # wrong
Schema("reports", usage=EDITOR)  # wrong
DefaultPrivileges("tables", to={"editor": ("select",)})  # wrong
ForeignPolicy(on="storage.objects", name="a", to="editor", using="true")  # wrong

# Members: groups and roles of another type, and commands that there are not.
Members(group=team)  # wrong
Members(group="team", user=team)  # wrong
Members(group=team, user=team, to="authenticated")  # wrong
Policy.member(number, members, "select")  # wrong
Policy.member(team, members, "truncate")  # wrong
Policy.member(team, members)  # wrong
Policy.member(team, members, "select", roles=(Other.OWNER,))  # wrong
Policy.member(team, members, "select", roles=("owner",))  # wrong
Policy.member(team, members, "select", roles=MemberRole.OWNER)  # wrong
Policy.member(team, members, "select", roles=(MemberRole.BOSS,))  # wrong
Policy.member(team, Members(group=team, user=team), "select", roles=("owner",))  # wrong
Policy.member("team_id", "teams", "select")  # wrong
Policy.member(team, "teams", "select", roles="owner")  # wrong

# Claims, and users with ids of another type.
Policy.claim("organisation_id", "org_id")  # wrong
Policy.claim(team, 7)  # wrong
Policy.claim(team, "org_id", restrictive="yes")  # wrong
claim("org_id", cast=UUID)  # wrong
owner(int)  # wrong
Identity.external_user(7)  # wrong
Identity.user("auth0|6512")  # wrong


class Wrong:
    """Owners whose ids are of another type than they say."""

    by_uuid: Col[str] = owner()  # wrong
    by_text: Col[UUID] = owner(str)  # wrong


# What is right.
right: list[Any] = [
    Policy.member(optional, members, "select", roles=(MemberRole.OWNER, MemberRole.EDITOR)),
    Policy.member(number, "teams", "all", roles=("owner",), to=(Role.ANON, EDITOR)),
    Policy.member(team, Members(group=team, user=team), "select"),
    Policy.claim(team, "app_metadata", "org_id", restrictive=True, to=EDITOR),
    Members(group=number, user=owner(str), role=text(), to=EDITOR),
    Grant(to=EDITOR, select=True, update=(number,)),
    DatabaseProcedure(name="p", body="", execute=(EDITOR, PUBLIC, Role.ANON)),
    Sequence("numbers", usage=(EDITOR, PUBLIC, Role.ANON)),
    Schema("reports", usage=(EDITOR, PUBLIC, Role.ANON)),
    DefaultPrivileges("tables", to={EDITOR: ("select",), PUBLIC: (), Role.ANON: ()}),
    ForeignPolicy(on="storage.objects", name="a", to=(EDITOR, PUBLIC), using="true"),
]
