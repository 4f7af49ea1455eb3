"""A day of the product: each query gives a member the same as SQL by hand, in one statement."""

import random
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db.tables import Comment, Organisation, Project, Task
from db.tables.projects import TaskStatus
from ottavino import Identity, session
from ottavino.postgres.scope import current_scope
from ottavino.postgres.watch import Watch, watching
from ottavino.query import (
    Row,
    case,
    children,
    coalesce,
    count,
    date_trunc,
    exists,
    greatest,
    insert,
    length,
    lower,
    page,
    rank,
    scalar,
    select,
    sql,
    update,
)
from ottavino.testing import Database

MEMBER, OTHER = UUID(int=1), UUID(int=2)
SEED = 11
NO_TIME = timedelta(0)

of_project = Task.project_id == Project.id
of_task = Comment.task_id == Task.id
day = date_trunc("day", Task.created_at)
is_done = Task.status == TaskStatus.DONE
state = case((is_done, "closed"), default="open")
written = rank().over(order_by=count().desc())
comments = scalar(select(count()).from_table(Comment).where(of_task))
tasks = scalar(select(count()).from_table(Task).where(of_project))
done = scalar(select(count()).from_table(Task).where(of_project, is_done))
last = scalar(select(greatest(Comment.created_at)).where(of_task))


class TaskRow(Row):
    id = Task.id
    title = Task.title
    organisation = Task.organisation_id.parent.name
    whole = Task.part_of.maybe(lambda task: task.title)


class StepRow(Row):
    title = Task.title
    parts = children(Task.part_of, Task.title, order_by=(Task.title, Task.id))


class OrganisationRow(Row):
    name = Organisation.name
    projects = children(Project, Project.title, order_by=(Project.title, Project.id))
    steps = children(Task, StepRow, where=Task.part_of.is_null(), order_by=Task.id)


READS: dict[str, tuple[Any, str]] = {
    "a list with filters": (
        select(Task.id, Task.title)
        .where(Task.status.is_in({TaskStatus.OPEN}), Task.title.ilike("%e%"))
        .where(~Task.part_of.is_null())
        .order_by(lower(Task.title), Task.id)
        .limit(10),
        """select id, title from tasks where status = 'open' and title ilike '%e%'
        and part_of is not null order by lower(title), id limit 10""",
    ),
    "a list with the names of parents": (
        select(TaskRow).order_by(Task.id),
        """select t.id, t.title, o.name, w.title from tasks t
        join organisations o on o.id = t.organisation_id
        left join tasks w on w.id = t.part_of order by t.id""",
    ),
    "projects with counts of their tasks": (
        select(Project.title, tasks, done, tasks - done).order_by(tasks.desc(), Project.id),
        """select p.title, count(t.id), count(*) filter (where t.status = 'done'),
            count(t.id) - count(*) filter (where t.status = 'done')
        from projects p left join tasks t on t.project_id = p.id
        group by p.id order by 2 desc, p.id""",
    ),
    "tasks without a comment": (
        select(Task.id).where(~exists(select(Comment.id).where(of_task))).order_by(Task.id),
        """select id from tasks where id not in (select task_id from comments) order by id""",
    ),
    "tasks by their last comment": (
        select(Task.id, last, comments).order_by(last.desc().nulls_last(), Task.id),
        """select t.id, max(c.created_at), count(c.id) from tasks t
        left join comments c on c.task_id = t.id
        group by t.id order by 2 desc nulls last, t.id""",
    ),
    "a board: how many are open and closed": (
        select(state, count()).group_by(state).order_by(state),
        """select case when status = 'done' then 'closed' else 'open' end, count(*)
        from tasks group by 1 order by 1""",
    ),
    "who writes most": (
        select(Comment.author, count(), written)
        .group_by(Comment.author)
        .having(count() > 1)
        .order_by(written, Comment.author),
        """select author, count(*), rank() over (order by count(*) desc) from comments
        group by 1 having count(*) > 1 order by 3, 1""",
    ),
    "what happens each day": (
        select(day, count(), count().filter(is_done)).group_by(day).order_by(day),
        """select date_trunc('day', created_at, 'UTC'), count(*),
            count(*) filter (where status = 'done') from tasks group by 1 order by 1""",
    ),
    "everything with a word": (
        select(Task.id, Task.title)
        .where(Task.title.ilike("%one%"))
        .union(select(Comment.task_id, Comment.body).where(Comment.body.ilike("%one%")))
        .order_by(Task.title, Task.id),
        """select id, title from tasks where title ilike '%one%' union
        select task_id, body from comments where body ilike '%one%' order by 2, 1""",
    ),
    "the longest comment of each task": (
        select(Comment.task_id, Comment.body)
        .distinct_on(Comment.task_id)
        .order_by(Comment.task_id, length(Comment.body).desc(), Comment.id),
        """select distinct on (task_id) task_id, body from comments
        order by task_id, length(body) desc, id""",
    ),
    "how long they were worked on": (
        select(Task.id, coalesce(last - Task.created_at, NO_TIME)).order_by(Task.id),
        """select t.id, coalesce(max(c.created_at) - t.created_at, '0') from tasks t
        left join comments c on c.task_id = t.id group by t.id order by 1""",
    ),
    "parts in a tree": (
        select(Task.id)
        .where(
            sql(
                """
                {} in (
                    with recursive below as (
                        select id from tasks where part_of is null
                        union all
                        select t.id from tasks t join below on t.part_of = below.id
                    )
                    select id from below
                )
                """,
                Task.id,
            ).condition()
        )
        .order_by(Task.id),
        "select id from tasks order by id",
    ),
}


@pytest.fixture
async def member(database: Database) -> AsyncGenerator[Watch]:
    """A session of an editor of one organisation, who sees nothing of another one's."""
    chance = random.Random(SEED)  # noqa: S311  # no secrets
    async with database.superuser() as connection:
        for number, user in enumerate((MEMBER, OTHER)):
            await connection.execute(f"insert into auth.users (id) values ('{user}')")
            organisation = await connection.fetchval(
                "insert into organisations (founder, name) values ($1, $2) returning id",
                user,
                f"organisation {number}",
            )
            await connection.execute(
                "insert into memberships values ($1, $2, 'editor') on conflict do nothing",
                organisation,
                user,
            )
            await filled(connection, organisation, user, chance)
    with watching() as watch:
        async with session(Identity.user(MEMBER)):
            yield watch


async def filled(
    connection: Any, organisation: UUID, user: UUID, chance: random.Random
) -> None:
    """Projects, tasks and comments of an organisation."""
    words = ["one", "Two", "three", "everyone"]
    for _ in range(3):
        project = await connection.fetchval(
            "insert into projects (organisation_id, title) values ($1, $2) returning id",
            organisation,
            chance.choice(words),
        )
        known: list[UUID | None] = [None]
        for _ in range(chance.randrange(4, 9)):
            task = await connection.fetchval(
                """insert into tasks
                    (organisation_id, project_id, part_of, title, status, created_at)
                values ($1, $2, $3, $4, $5, now() - $6 * interval '1 day') returning id""",
                organisation,
                project,
                chance.choice(known),
                chance.choice(words),
                chance.choice(["open", "done"]),
                chance.randrange(4),
            )
            known.append(task)
            for _ in range(chance.randrange(3)):
                await connection.execute(
                    """insert into comments (organisation_id, task_id, author, body)
                    values ($1, $2, $3, $4)""",
                    organisation,
                    task,
                    user,
                    chance.choice(words) * chance.randrange(1, 3),
                )


async def by_hand(statement: str) -> list[tuple[Any, ...]]:
    return [tuple(each) for each in await current_scope().fetch(statement, [])]


def values(row: Any) -> tuple[Any, ...]:
    return tuple(vars(row).values()) if isinstance(row, Row) else row


async def test_reads_give_what_sql_by_hand_gives(member: Watch) -> None:
    for name, (query, statement) in READS.items():
        before = member.statements
        rows = await query
        assert member.statements == before + 1, name
        assert rows, name
        assert [values(row) for row in rows] == await by_hand(statement), name


async def test_an_organisation_is_read_with_all_that_it_has(member: Watch) -> None:
    (organisation,) = await select(OrganisationRow)
    assert (member.statements, member.round_trips) == (1, 2)
    titles = await by_hand("select title from projects order by title, id")
    assert [(title,) for title in organisation.projects] == titles
    parts = await by_hand(
        """select t.title,
            array(select title from tasks where part_of = t.id order by title, id)
        from tasks t where part_of is null order by id"""
    )
    assert [(step.title, step.parts) for step in organisation.steps] == parts


async def test_a_feed_is_read_page_by_page(member: Watch) -> None:
    feed = select(Comment.id, Comment.created_at).order_by(Comment.created_at.desc())
    part = await page(feed, size=4, total=True)
    seen, total = part.items, part.total
    while part.next is not None:
        part = await page(feed, size=4, cursor=part.next, total=True)
        seen += part.items
    assert seen == await by_hand("select id, created_at from comments order by 2 desc, 1 desc")
    assert len(seen) == total


async def test_tasks_are_imported_moved_and_hidden(member: Watch) -> None:
    ((organisation,),) = await select(Organisation.id)
    (first, second, *_) = await select(Project.id).order_by(Project.id)
    new = [
        Task(organisation_id=organisation, project_id=first[0], title=f"{number}")
        for number in range(100)
    ]
    before = member.statements
    added = await insert(*new).returning(TaskRow)
    assert member.statements == before + 1
    assert [(row.title, row.organisation) for row in added] == [
        (f"{number}", "organisation 0") for number in range(100)
    ]
    held = await select(Task.id).where(Task.title == "7").for_update(nowait=True).one()
    change = update(Task).set(Task.status, TaskStatus.DONE).where(Task.id == held[0])
    assert await change.returning(Task.status) == [(TaskStatus.DONE,)]
    talked = update(Comment).set(Comment.body, lower(Comment.body)).using(Task)
    await talked.where(of_task, Task.status == TaskStatus.DONE)
    assert second not in [(row.id,) for row in added]
