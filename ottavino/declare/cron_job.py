"""Jobs that the extension `pg_cron` runs at certain times."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import Definition
from ottavino.declare.schema_object import SchemaObject, SchemaObjectDefinition
from ottavino.postgres.quoting import literal

WITH_CRON = """
do $job$
begin
    if to_regnamespace('cron') is not null then
        perform {call};
    end if;
end
$job$
""".strip()

READ = "select concat_ws(' ', schedule, command, active) from cron.job where jobname = {name}"


@dataclass(frozen=True, slots=True)
class CronJobDefinition(SchemaObjectDefinition):
    """A job of `pg_cron` as migrations know it."""

    kind: ClassVar[str] = "cron-job"
    rank: ClassVar[int] = 50
    is_replaced: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CronJob(SchemaObject):
    """A statement that the extension `pg_cron` runs regularly, as the role that migrates. In a
    database without `pg_cron`, such as the embedded PostgreSQL, the job is not created.
    """

    name: str
    schedule: str
    """The schedule of the job: `"0 3 * * *"` is each night at three, in UTC."""
    command: str

    def definitions(self) -> Iterator[Definition]:
        words = map(literal, (self.name, self.schedule, self.command))
        schedule = f"cron.schedule({', '.join(words)})"
        yield CronJobDefinition(
            f"cron-job {self.name}",
            WITH_CRON.format(call=schedule),
            WITH_CRON.format(call=f"cron.unschedule({literal(self.name)})"),
            uses={},
            read=READ.format(name=literal(self.name)),
        )
