"""The jobs of `pg_cron` that no class declares."""

from ottavino.inspect.adopt.source import string
from ottavino.migrate.state import State
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


async def jobs(connection: Connection, state: State) -> list[str]:
    """A sentence about each, with what declares it."""
    if not await connection.fetchval(IS_READABLE):
        return []
    return [
        f"Not declared: the job {name} of pg_cron. This declares it among the objects of the "
        f"app: CronJob({string(name)}, {string(schedule)}, {string(command)})"
        for name, schedule, command in await connection.fetch(JOBS)
        if f"cron-job {name}" not in state.objects
    ]
