"""Jobs of `pg_cron`, on a server where the extension is installed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ottavino import CronJob
from ottavino.dev.database.server import Server
from ottavino.inspect.drift import drift
from ottavino.migrate.state import declared
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster, short_folder, stop
from ottavino.testing.database import connected
from ottavino.testing.server import VERSIONS
from tests.ottavino.databases import HOUSE
from tests.ottavino.migrate.project import Project

VERSION = "15"
CONTROL = Path("/usr/share/postgresql") / VERSION / "extension" / "pg_cron.control"

needs_cron = pytest.mark.skipif(
    not CONTROL.is_file(),
    reason=f"pg_cron is not installed: apt-get install postgresql-{VERSION}-cron.",
)

SETTINGS = """
shared_preload_libraries = 'pg_cron'
cron.database_name = '{database}'
# The server does not listen on TCP, where pg_cron would connect.
cron.use_background_workers = on
"""

AS_ON_SUPABASE = """
create extension pg_cron with schema pg_catalog;
grant usage on schema cron to postgres;
grant select on cron.job, cron.job_run_details to postgres;
create table public.runs (at timestamptz not null default clock_timestamp());
grant insert on public.runs to postgres
"""

RUN = "insert into public.runs default values"
NIGHTLY = CronJob("it's nightly", "0 3 * * *", "select '{}', $job$it$job$")
AT_START = CronJob("at start", "@reboot", RUN)


@asynccontextmanager
async def with_cron() -> AsyncGenerator[tuple[Server, Database]]:
    """A server that runs jobs in one database, where `postgres` has Supabase's privileges."""
    with short_folder() as folder:
        cluster = Cluster(folder, VERSION)
        await asyncio.to_thread(cluster.start)
        server = Server(folder / "data", version=int(VERSION), binaries=VERSIONS[VERSION])
        try:
            async with cluster.clone(EMPTY, HOUSE) as database:
                await asyncio.to_thread(_install, server, database)
                async with database.superuser() as connection:
                    await connection.execute(AS_ON_SUPABASE)
                yield server, database
        finally:
            await asyncio.to_thread(stop, folder, VERSION)


def _install(server: Server, database: Database) -> None:
    with (server.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(SETTINGS.format(database=database.name))
    restart(server)


def restart(server: Server) -> None:
    server.stop()
    server.start()


async def jobs(database: Database) -> list[tuple[str, ...]]:
    """The jobs, each with its schedule, its command, its role, and whether it is active."""
    async with database.superuser() as connection:
        rows = await connection.fetch(
            "select jobname, schedule, command, username, active::text from cron.job "
            "where database = current_database() order by jobname"
        )
    return [tuple(row) for row in rows]


async def by_hand(database: Database, sql: str) -> None:
    async with connected(database.direct_url) as connection:
        await connection.execute(sql)


async def differing() -> list[str]:
    """The jobs that drift sees to differ, or that it does not know."""
    found = (await drift()).comparison
    unknown = [each for each in map(str, found.unknown) if each.startswith("cron-job")]
    return [*(str(each.entry) for each in found.differences), *unknown]


@pytest.mark.whole
@needs_cron
async def test_a_job_is_made_run_changed_and_removed(
    project: Project, settings_from: SettingsFrom
) -> None:
    async with with_cron() as (server, database):
        settings_from(**database.variables)
        project.declare([], [NIGHTLY, AT_START])
        await project.migrate()
        first = await jobs(database)
        assert first == [
            ("at start", "@reboot", RUN, "postgres", "true"),
            (NIGHTLY.name, "0 3 * * *", NIGHTLY.command, "postgres", "true"),
        ]
        assert await differing() == []
        # Drift schedules in a transaction that it rolls back.
        assert await jobs(database) == first

        await asyncio.to_thread(restart, server)
        await _until_it_ran(database)

        later = CronJob(NIGHTLY.name, "30 4 * * *", NIGHTLY.command)
        project.declare([], [later])
        assert await differing() == ["cron-job at start", f"cron-job {later.name}"]
        await project.migrate()
        assert [each[:2] for each in await jobs(database)] == [(later.name, "30 4 * * *")]
        assert await differing() == []

        await _changes_by_hand_are_seen_and_fixed(database, later)

        project.declare([], [NIGHTLY, AT_START])
        await project.undo()
        assert await jobs(database) == first
        # One that was removed by hand is not missed.
        await by_hand(database, "select cron.unschedule('at start')")
        await project.undo()
        assert await jobs(database) == []


async def _until_it_ran(database: Database) -> None:
    async with asyncio.timeout(20), database.superuser() as connection:
        ran = "select exists (select from public.runs)"
        while not await connection.fetchval(ran):  # noqa: ASYNC110  # it can only be polled
            await asyncio.sleep(0.1)


async def _changes_by_hand_are_seen_and_fixed(database: Database, job: CronJob) -> None:
    """A job of another role by the same name is another one."""
    name = job.name.replace("'", "''")
    async with database.superuser() as connection:
        await connection.execute(f"select cron.schedule('{name}', '1 1 * * *', 'select 2')")
    assert await differing() == []
    for change in (
        f"select cron.schedule('{name}', '0 5 * * *', 'select 1')",
        f"select cron.unschedule('{name}')",
        None,
    ):
        if change is None:
            async with database.superuser() as connection:
                await connection.execute(
                    "update cron.job set active = false where username = 'postgres'"
                )
        else:
            await by_hand(database, change)
        found = (await drift()).comparison
        assert [str(each.entry) for each in found.differences] == [f"cron-job {job.name}"]
        assert found.fix is not None
        await by_hand(database, found.fix)
        assert await differing() == []
    async with database.superuser() as connection:
        await connection.execute(f"select cron.unschedule('{name}')")


def test_two_jobs_of_one_name_are_refused() -> None:
    other = CronJob(NIGHTLY.name, "1 1 * * *", "select 1")
    with pytest.raises(ValueError, match="cron-job it's nightly is declared twice"):
        declared([], [NIGHTLY, other])
    assert len(declared([], [NIGHTLY, NIGHTLY]).objects) == 1


def test_a_job_replaces_that_of_the_same_name_and_role() -> None:
    (made,) = NIGHTLY.definitions()
    of_it = "where jobname = 'it''s nightly' and username = current_user"
    removed = f"perform cron.unschedule(jobid) from cron.job\n            {of_it};"
    command = "'select ''{}'', $job$it$job$'"
    added = f"perform cron.schedule('it''s nightly', '0 3 * * *', {command});"
    exists = "if exists (select from pg_extension where extname = 'pg_cron') then"
    # The tag of the quotation marks is in no statement between them.
    for sql, statements, tag in (
        (made.create, f"{removed}\n        {added}", "$job_$"),
        (made.drop, removed, "$job$"),
    ):
        assert sql == (
            f"do {tag}\nbegin\n    {exists}\n        {statements}\n    end if;\nend\n{tag}"
        )
    assert made.read.endswith(of_it)
