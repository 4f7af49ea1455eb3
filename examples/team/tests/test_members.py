"""Who may do what: members as their role allows, and others nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

import asyncpg
import pytest

from db.tables import (
    AuditEntry,
    Comment,
    Country,
    Membership,
    OpenTask,
    Organisation,
    Project,
    Task,
    TaskCount,
)
from db.tables.organisations import MemberRole
from db.tables.projects import TaskStatus
from ottavino import Identity, session
from ottavino.query import delete, insert, select, update
from ottavino.testing import Database

OWNER, EDITOR, VIEWER, STRANGER = (UUID(int=number) for number in range(1, 5))
CALLERS = {
    "owner": Identity.user(OWNER),
    "editor": Identity.user(EDITOR),
    "viewer": Identity.user(VIEWER),
    "stranger": Identity.user(STRANGER),
    "anonymous": Identity.anonymous(),
    "service": Identity.service(),
}

MATRIX = """
                       owner    editor   viewer   stranger  anonymous  service
    read organisation  yes      yes      yes      none      denied     yes
    rename it          yes      none     none     none      denied     yes
    add a member       yes      refused  refused  refused   denied     yes
    remove a member    yes      none     none     none      denied     yes
    read members       yes      yes      yes      none      denied     yes
    add a project      yes      yes      refused  refused   denied     yes
    change a project   yes      yes      none     none      denied     yes
    delete a project   yes      none     none     none      denied     yes
    read tasks         yes      yes      yes      none      denied     yes
    add a task         yes      yes      refused  refused   denied     yes
    finish a task      yes      yes      none     none      denied     yes
    delete a task      denied   denied   denied   denied    denied     yes
    read open tasks    yes      yes      yes      none      denied     denied
    comment            yes      yes      yes      refused   denied     refused
    edit a comment     yes      none     none     none      denied     yes
    edit an old one    none     none     none     none      denied     yes
    read comments      yes      yes      yes      none      denied     yes
    read a hidden one  yes      none     none     none      denied     yes
    read countries     yes      yes      yes      yes       yes        yes
    add a country      denied   denied   denied   denied    denied     yes
    read the log       yes      none     none     none      denied     yes
    write the log      denied   denied   denied   denied    denied     denied
    read the counts    denied   denied   denied   denied    denied     none
"""


@dataclass
class World:
    """An organisation with three members, a project, a task, and its comments."""

    organisation: UUID
    empty: UUID
    project: UUID
    task: UUID
    fresh: UUID
    old: UUID
    hidden: UUID


async def made(database: Database) -> World:
    """The rows at the beginning of every trial."""
    async with database.superuser() as connection:
        for user in (OWNER, EDITOR, VIEWER, STRANGER):
            await connection.execute(f"insert into auth.users (id) values ('{user}')")
    async with session(Identity.user(OWNER)):
        ((organisation,),) = await insert(Organisation(name="ours")).returning(Organisation.id)
        for user, role in ((EDITOR, MemberRole.EDITOR), (VIEWER, MemberRole.VIEWER)):
            await insert(Membership(organisation_id=organisation, user_id=user, role=role))
        projects = [Project(organisation_id=organisation, title=each) for each in ("a", "b")]
        (project,), (empty,) = await insert(*projects).returning(Project.id)
        ((task,),) = await insert(
            Task(organisation_id=organisation, project_id=project, title="one")
        ).returning(Task.id)
        comments = [
            Comment(organisation_id=organisation, task_id=task, body=body)
            for body in ("fresh", "old", "hidden")
        ]
        (fresh,), (old,), (hidden,) = await insert(*comments).returning(Comment.id)
    async with session(Identity.service()):
        await insert(Country(code="IT", name="Italy"))
    async with database.superuser() as connection:
        await connection.execute(
            "update public.comments set created_at = now() - interval '16 minutes' "
            f"where id = '{old}'"
        )
        await connection.execute(
            f"update public.comments set hidden_at = now() where id = '{hidden}'"
        )
    return World(organisation, empty, project, task, fresh, old, hidden)


def trials(world: World) -> dict[str, Callable[[], Awaitable[Any]]]:
    """The statement for each line of the matrix."""
    ours = world.organisation
    project, task = Project.id == world.empty, Task.id == world.task

    def comment(row: UUID) -> Awaitable[Any]:
        change = update(Comment).set(Comment.body, "other").where(Comment.id == row)
        return change.returning(Comment.id)

    return {
        "read organisation": lambda: select(Organisation.id),
        "rename it": lambda: (
            update(Organisation)
            .set(Organisation.name, "new")
            .where(Organisation.id == ours)
            .returning(Organisation.id)
        ),
        "add a member": lambda: insert(
            Membership(organisation_id=ours, user_id=STRANGER, role=MemberRole.OWNER)
        ),
        "remove a member": lambda: (
            delete(Membership).where(Membership.user_id == VIEWER).returning(Membership.user_id)
        ),
        "read members": lambda: select(Membership.user_id),
        "add a project": lambda: insert(Project(organisation_id=ours, title="c")),
        "change a project": lambda: (
            update(Project).set(Project.title, "c").where(project).returning(Project.id)
        ),
        "delete a project": lambda: delete(Project).where(project).returning(Project.id),
        "read tasks": lambda: select(Task.id),
        "add a task": lambda: insert(
            Task(organisation_id=ours, project_id=world.project, part_of=world.task, title="t")
        ),
        "finish a task": lambda: (
            update(Task).set(Task.status, TaskStatus.DONE).where(task).returning(Task.id)
        ),
        "delete a task": lambda: delete(Task).where(task).returning(Task.id),
        "read open tasks": lambda: select(OpenTask.id, OpenTask.title),
        "comment": lambda: insert(
            Comment(organisation_id=ours, task_id=world.task, body="words")
        ),
        "edit a comment": lambda: comment(world.fresh),
        "edit an old one": lambda: comment(world.old),
        "read comments": lambda: select(Comment.id).where(Comment.id == world.fresh),
        "read a hidden one": lambda: select(Comment.id).where(Comment.id == world.hidden),
        "read countries": lambda: select(Country.code),
        "add a country": lambda: insert(Country(code="PT", name="Portugal")),
        "read the log": lambda: select(AuditEntry.id),
        "write the log": lambda: insert(
            AuditEntry(action="INSERT", organisation_id=ours, details={})
        ),
        "read the counts": lambda: select(TaskCount.tasks),
    }


async def outcome(caller: Identity, attempt: Callable[[], Awaitable[Any]]) -> str:
    """The result of a trial, which is rolled back."""
    try:
        async with session(caller):
            found = await attempt()
            _undo("none" if found == [] else "yes")
    except Undo as undone:
        return str(undone)
    except asyncpg.InsufficientPrivilegeError as error:
        return "refused" if "row-level security" in str(error) else "denied"
    except asyncpg.NotNullViolationError:
        return "refused"


class Undo(Exception):
    """Ends a session without its changes, and carries the result."""


def _undo(result: str) -> NoReturn:
    raise Undo(result)


async def test_everyone_reaches_what_the_matrix_says(database: Database) -> None:
    world = await made(database)
    header, *lines = [line for line in MATRIX.splitlines() if line.strip()]
    names = header.split()
    tries = trials(world)
    differing: list[str] = []
    seen: set[str] = set()
    for line in lines:
        *what, _, _, _, _, _, _ = line.split()
        name, wanted = " ".join(what), line.split()[-len(names) :]
        seen.add(name)
        for caller, expected in zip(names, wanted, strict=True):
            found = await outcome(CALLERS[caller], tries[name])
            if found != expected:
                differing.append(f"{caller}: {name}: {found}, not {expected}")
    assert differing == []
    assert seen == {*tries}


async def test_a_change_of_a_project_is_in_the_log(database: Database) -> None:
    await made(database)
    async with session(Identity.service()):
        entries = await select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id)
    assert entries == [(OWNER, "INSERT"), (OWNER, "INSERT")]


async def test_a_task_is_of_the_organisation_of_its_project(database: Database) -> None:
    world = await made(database)
    async with session(Identity.user(OWNER)):
        ((other,),) = await insert(Organisation(name="b")).returning(Organisation.id)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with session(Identity.user(OWNER)):
            await insert(Task(organisation_id=other, project_id=world.project, title="t"))
