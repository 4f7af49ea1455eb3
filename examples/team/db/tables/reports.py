"""Views of the tasks of members."""

from uuid import UUID

from db.tables.projects import Project
from ottavino import Col, Comment, Grant, Index, Ref, Role, View, bigint, reference, text, uuid
from ottavino import refresh as filling


class OpenTask(View, tablename="open_tasks", security_barrier=True):
    """The tasks that are not done, as the caller may see them."""

    id: Col[UUID] = uuid()
    project_id: Ref[Project] = reference(Project)
    title: Col[str] = text()

    query = "select id, project_id, title from public.tasks where status <> 'done'"
    database_objects = (
        Grant(to=Role.AUTHENTICATED, select=True),
        Comment("Tasks that are not done."),
    )


class TaskCount(
    View,
    tablename="task_counts",
    materialized=True,
    accepted={"VIEW003": "Only the service may read it, which may read every task."},
):
    """How many tasks each organisation has: for the service, which may read all rows."""

    organisation_id: Col[UUID] = uuid()
    tasks: Col[int] = bigint()

    query = """
        select organisation_id, count(*) as tasks
        from public.tasks
        group by organisation_id
    """
    database_objects = (
        Grant(to=Role.SERVICE_ROLE, select=True),
        Index(organisation_id, unique=True),
        filling("public.task_counts"),
    )
