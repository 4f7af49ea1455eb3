"""Jobs that the extension `pg_cron` runs at certain times."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.schema_object import SchemaObject, SchemaObjectDefinition
from ottavino.postgres.quoting import literal

WITH_CRON = """
do {quote}
begin
    if exists (select from pg_extension where extname = 'pg_cron') then
        {statements}
    end if;
end
{quote}
""".strip()

# Each role has names of its own, and a superuser sees the jobs of all. Only a job that is made
# anew is active, and runs in this database.
UNSCHEDULE = """
perform cron.unschedule(jobid) from cron.job
            where jobname = {name} and username = current_user;
""".strip()

READ = """
select concat_ws(' ', schedule, command, active, nullif(database, current_database()))
from cron.job
where jobname = {name} and username = current_user
""".strip()


@dataclass(frozen=True, slots=True)
class CronJobDefinition(SchemaObjectDefinition):
    """The definition of a job of `pg_cron` for migrations."""

    kind: ClassVar[str] = "cron-job"
    rank: ClassVar[int] = 50
    is_replaced: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CronJob(SchemaObject):
    """A statement that the extension `pg_cron` runs regularly, as the role that migrates. In a
    database without `pg_cron`, such as the embedded PostgreSQL, the job is not created.

    The role needs `usage` on the schema `cron`, as `postgres` has on Supabase. Another role may
    have a job of the same name.
    """

    name: str
    schedule: str
    """The schedule of the job: `"0 3 * * *"` is each night at three, in UTC."""
    command: str

    def __post_init__(self) -> None:
        require_declared(self)

    def definitions(self) -> Iterator[Definition]:
        name = literal(self.name)
        unschedule = UNSCHEDULE.format(name=name)
        words = ", ".join((name, literal(self.schedule), literal(self.command)))
        yield CronJobDefinition(
            f"cron-job {self.name}",
            _with_cron(unschedule, f"perform cron.schedule({words});"),
            _with_cron(unschedule),
            uses={},
            read=READ.format(name=name),
        )


def _with_cron(*statements: str) -> str:
    body = "\n        ".join(statements)
    tag = "job"
    while f"${tag}$" in body:
        tag += "_"
    return WITH_CRON.format(quote=f"${tag}$", statements=body)
