"""The jobs of `pg_cron`, which are declared among the objects that belong to no table."""

from ottavino.inspect.adopt.source import call, exact, string
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.connection import Connection

IS_READABLE = """
select coalesce(
    has_schema_privilege(current_user, to_regnamespace('cron'), 'usage')
        and has_table_privilege(current_user, to_regclass('cron.job'), 'select'),
    false
)
"""

# A superuser sees the jobs of every role. One without a name cannot be declared.
JOBS = """
select jobname::text, schedule, command
from cron.job
where username = current_user and jobname is not null
order by jobname
"""


async def found_jobs(connection: Connection) -> Catalog:
    """The jobs of the role that migrates."""
    if not await connection.fetchval(IS_READABLE):
        return {}
    found = [
        CatalogObject(
            "cron-job", name, None, "", "", {"schedule": schedule, "command": command}, {}
        )
        for name, schedule, command in await connection.fetch(JOBS)
    ]
    return {str(each): each for each in found}


def job_source(job: CatalogObject) -> str:
    """The `CronJob` of a job."""
    schedule, command = string(job.facets["schedule"]), exact(job.facets["command"])
    return call("CronJob", string(job.name), schedule, command, indent=8)
