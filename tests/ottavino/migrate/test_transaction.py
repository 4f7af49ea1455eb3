"""All pending migrations apply or none, whatever fails, is killed, or runs at the same time."""

import asyncio
import random
import re
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGKILL

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import Check, DatabaseFunction, Schema, integer
from ottavino.declare.column import ColumnSpec
from ottavino.declare.kinds import Facts, define
from ottavino.inspect.catalog import read
from ottavino.inspect.drift import find_drift
from ottavino.migrate import blockers, bookkeeping
from ottavino.migrate import transaction as apply
from ottavino.migrate.state import State
from ottavino.migrate.steps import AddColumn, Create, Execute
from ottavino.postgres.connection import Connection, owner_connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import BARE, EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.databases import MIGRATED
from tests.ottavino.migrate.process import Process
from tests.ottavino.migrate.project import (
    OURS,
    Project,
    dump,
    index_over,
    ran,
    table,
    tables,
)
from tests.ottavino.wire import tapped

POINTS, MANY_POINTS = 4, 20
"""How many moments of a run it is killed at, spread over all of it."""
KILLS, MANY_KILLS = 3, 50
"""The same at random."""
ROUNDS, MANY_ROUNDS = 1, 100
"""How often it is killed on its way forwards, and then on its way back."""

Refusal = Callable[[], str]


@pytest.fixture
def only_once(monkeypatch: pytest.MonkeyPatch, settings_from: SettingsFrom) -> None:
    """A run that tries once to get a lock, long enough to connect meanwhile and see who has
    it, on a busy machine too.
    """
    settings_from(LOCK_TIMEOUT="1.5")
    monkeypatch.setattr(apply, "WAIT_FOR_OTHERS", 0.0)


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Refusal:
    """The output of a command that failed: one sentence, on standard error alone."""

    def read() -> str:
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        return printed.err.strip()

    return read


@asynccontextmanager
async def locked(
    database: Database, table: str, mode: str = "access share"
) -> AsyncGenerator[None]:
    """A block during which another connection holds a lock, by default that of a reader."""
    async with connected(database.direct_url) as connection, connection.transaction():
        await connection.execute(f"lock table {table} in {mode} mode")
        yield


async def until(database: Database, condition: str, count: int = 1) -> None:
    """Wait for as many sessions of a database that a condition is true of."""
    query = f"select count(*) from pg_stat_activity where {condition} and datname = $1"
    async with connected(database.superuser_url) as connection, asyncio.timeout(10):
        while await connection.fetchval(query, database.name) != count:  # noqa: ASYNC110  # PostgreSQL tells nobody
            await asyncio.sleep(0.01)


FORWARDS = ("migrations", "forwards", "all")
HOLDER = r"waiting for a lock of process \d+ \(application .*role postgres"
WAITING = "state = 'idle' and query = 'rollback' and application_name = 'migrations'"
ASLEEP = "wait_event = 'PgSleep'"


async def test_what_a_transaction_sets_ends_with_it(empty_database: Database) -> None:
    """A pooler may give the connection to others."""
    changed = "select name, setting from pg_settings where source = 'session' order by name"
    async with connected(empty_database.direct_url) as connection:
        before = await connection.fetch(changed)
        await connection.execute(apply.begin("read write"))
        assert len(await connection.fetch(changed)) > len(before)
        await connection.execute("commit")
        assert await connection.fetch(changed) == before


async def test_only_who_has_the_lock_of_a_run_holds_it(empty_database: Database) -> None:
    url = empty_database.direct_url
    async with connected(url) as holder, connected(url) as waiting, connected(url) as other:
        assert await other.fetchval(apply.HOLDERS, apply.LOCK) is None
        await holder.execute(f"select pg_advisory_lock({apply.LOCK})")
        await other.execute(
            f"select pg_advisory_lock({apply.LOCK + 1}), pg_advisory_lock(1, {apply.LOCK})"
        )
        asked = asyncio.create_task(waiting.execute(f"select pg_advisory_lock({apply.LOCK})"))
        await until(empty_database, "wait_event_type = 'Lock'")
        pid = holder.get_server_pid()
        assert await other.fetchval(apply.HOLDERS, apply.LOCK) == [pid]
        await holder.execute("select pg_advisory_unlock_all()")
        await asked
        assert await other.fetchval(apply.HOLDERS, apply.LOCK) == [waiting.get_server_pid()]


class TestARunForwards:
    async def test_applies_every_file_and_notes_each_once(
        self, empty_database: Database, project: Project
    ) -> None:
        project.write_three()
        await forwards("all")
        assert await tables(empty_database) == ["a", "b", "c"]
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]

    async def test_is_one_transaction_under_a_lock_that_ends_with_it(
        self, empty_database: Database, project: Project, settings_from: SettingsFrom
    ) -> None:
        project.write_three()
        async with tapped(empty_database.direct_url) as wire:
            settings_from(DIRECT_URL=wire.url)
            await forwards("all")
        assert wire.connections == 1
        begin, *others = [sql.strip() for sql in wire.statements]
        assert begin.startswith("begin")
        assert "'lock_timeout', '500', true" in begin
        assert others.count("commit") == 1
        assert "select pg_try_advisory_xact_lock($1)" in others
        assert not [sql for sql in others if sql.startswith(("begin", "rollback"))]

    @pytest.mark.whole_but_first("migrates in each case")
    @pytest.mark.parametrize("kept", ["DIRECT_URL", "DATABASE_URL"])
    async def test_connects_directly_where_it_can_and_else_as_everybody(
        self,
        empty_database: Database,
        project: Project,
        settings_from: SettingsFrom,
        kept: str,
    ) -> None:
        elsewhere = "postgresql://nobody@/nowhere?host=/nowhere"
        settings_from(DATABASE_URL=elsewhere, DIRECT_URL="")
        settings_from(**{kept: empty_database.direct_url})
        project.write_three()
        await forwards("all")
        assert await tables(empty_database) == ["a", "b", "c"]

    @pytest.mark.whole
    @pytest.mark.parametrize(
        ("second", "error"),
        [
            ("create table a (\n    b int\n)", 'create table a: relation "a" already exists'),
            ("selec 1", 'selec 1: syntax error at or near "selec"'),
            ("create table b ();\nselect 1 / 0", "select 1 / 0: division by zero"),
            ("-- Why.\nselect\n    1 / 0", "select: division by zero"),
        ],
    )
    async def test_that_fails_in_one_file_changes_nothing_and_says_where(
        self,
        empty_database: Database,
        project: Project,
        refusal: Refusal,
        second: str,
        error: str,
    ) -> None:
        before = dump(empty_database)
        project.write_three(second)
        with pytest.raises(SystemExit) as exit_:
            await forwards("all")
        assert exit_.value.code == 1
        where = f"{project.folder.name}/db_2_b.py"
        assert refusal() == f"{where}: {error}. Nothing was changed."
        assert dump(empty_database) == before
        assert await ran(empty_database) == []

    @pytest.mark.whole("runs many commands")
    async def test_that_fails_names_the_object_that_was_not_made(
        self,
        empty_database: Database,
        project: Project,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        project.declare([table("notes", a=integer(default=1))])
        await project.migrate()
        async with connected(empty_database.superuser_url) as connection:
            user = await connection.fetchval(
                "insert into auth.users (id) values (gen_random_uuid()) returning id"
            )
            await connection.execute("insert into notes (user_id) values ($1)", user)
        project.declare([table("notes", Check("large", "a > 1"), a=integer(default=1))])
        await project.generate()
        with pytest.raises(SystemExit):
            await forwards("all")
        said = capsys.readouterr().err
        assert ': check public.notes.notes_large: check constraint "notes_large"' in said

    async def test_that_fails_keeps_what_an_earlier_run_has_applied(
        self, empty_database: Database, project: Project
    ) -> None:
        project.write_three("selec 1")
        await forwards("db", "1")
        with pytest.raises(SystemExit):
            await forwards("all")
        assert await tables(empty_database) == ["a"]
        assert await ran(empty_database) == ["1_a"]

    @pytest.mark.whole_but_first("migrates in each case")
    @pytest.mark.parametrize("sql", ["commit", "rollback", "select 1;\ncommit"])
    async def test_does_not_begin_where_a_file_would_end_its_transaction(
        self, empty_database: Database, project: Project, refusal: Refusal, sql: str
    ) -> None:
        project.write_three(sql)
        with pytest.raises(SystemExit):
            await forwards("all")
        first_line = sql.partition("\n")[0]
        assert f"{first_line}: it would end the transaction" in refusal()
        assert await tables(empty_database) == []
        assert await ran(empty_database) == []

    @pytest.mark.whole_but_first("migrates in each case")
    @pytest.mark.parametrize(
        ("facts", "what"), [({}, "would end"), ({"uses": {}}, "has ended")]
    )
    async def test_stops_where_a_condition_ends_its_transaction(
        self,
        empty_database: Database,
        project: Project,
        refusal: Refusal,
        facts: Facts,
        what: str,
    ) -> None:
        """A file by hand states no facts, and is read beforehand; a generated one is not."""
        check = "alter table a add constraint positive check (true); commit; select (1)"
        made = define("check public.a.positive", check, "", **facts)
        project.write("1_a", Execute("create table a ()", "drop table a"))
        project.write("2_b", Create(made))
        project.write("3_c", Execute("create table c ()", "drop table c"))
        with pytest.raises(SystemExit):
            await forwards("all")
        assert f"db_2_b.py: {check if not facts else made.name}: it {what}" in refusal()
        assert "c" not in await tables(empty_database)

    @pytest.mark.whole
    async def test_gives_up_on_a_lock_and_changes_nothing(
        self,
        database: Database,
        project: Project,
        only_once: None,
        refusal: Refusal,
    ) -> None:
        project.copy_ours()
        project.write_three("alter table documents add column b int")
        before, noted = dump(database), await ran(database)
        async with locked(database, "documents"):
            with pytest.raises(SystemExit) as exit_:
                await forwards("all")
        assert exit_.value.code == 1
        told = refusal()
        assert "alter table documents add column b int: gave up waiting for a lock of" in told
        assert told.endswith("Nothing was changed.")
        assert (dump(database), await ran(database)) == (before, noted)

    @pytest.mark.whole("waits until something is given up")
    @pytest.mark.parametrize(
        "holder",
        [
            (
                "direct_url",
                r"role postgres, idle in transaction, its last statement began \d+ s",
            ),
            ("superuser_url", r"role supabase_admin; its statement is visible only to its own"),
        ],
    )
    async def test_that_gives_up_on_a_lock_says_who_holds_it(
        self,
        database: Database,
        project: Project,
        only_once: None,
        refusal: Refusal,
        holder: tuple[str, str],
    ) -> None:
        login, seen = holder
        project.copy_ours()
        project.write_three("alter table documents add column b int")
        async with connected(getattr(database, login)) as other, other.transaction():
            await other.execute("set application_name = 'a report'; table documents")
            with pytest.raises(SystemExit) as exit_:
                await forwards("all")
            pid = other.get_server_pid()
        assert exit_.value.code == 1
        told = refusal()
        assert f"gave up waiting for a lock of process {pid} (application a report, " in told
        assert re.search(seen, told)
        assert told.endswith("). That was tried for 0 s. Nothing was changed.")

    @pytest.mark.whole("waits for a lock")
    async def test_that_connects_slowly_says_who_holds_a_lock_all_the_same(
        self,
        database: Database,
        project: Project,
        settings_from: SettingsFrom,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """The connection that sees who holds it is open for a later try."""

        @asynccontextmanager
        async def distant(application_name: str) -> AsyncGenerator[Connection]:
            await asyncio.sleep(0.4)
            async with owner_connection(application_name) as connection:
                yield connection

        settings_from(LOCK_TIMEOUT="0.3")
        monkeypatch.setattr(apply, "PAUSES", (0.1,))
        monkeypatch.setattr(blockers, "owner_connection", distant)
        project.copy_ours()
        project.write_three("alter table documents add column b int")
        printed = ""
        async with locked(database, "documents"), asyncio.timeout(30):
            running = asyncio.create_task(forwards("all"))
            while "a lock of process" not in printed:
                await asyncio.sleep(0.05)
                printed += capsys.readouterr().out
        await running
        assert "a lock of another connection" in printed

    async def test_that_loses_its_connection_says_so_and_changes_nothing(
        self, empty_database: Database, project: Project, refusal: Refusal
    ) -> None:
        project.write_three("select pg_sleep(60)")

        async def terminate() -> None:
            await until(empty_database, ASLEEP)
            async with connected(empty_database.superuser_url) as connection:
                await connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    f"where {ASLEEP} and datname = current_database()"
                )

        terminating = asyncio.create_task(terminate())
        with pytest.raises(SystemExit) as exit_:
            await forwards("all")
        await terminating
        assert exit_.value.code == 1
        assert "The connection to the database was lost." in refusal()
        assert await tables(empty_database) == []

    @pytest.mark.whole
    async def test_that_is_interrupted_says_so_and_changes_nothing(
        self, empty_database: Database, project: Project, tmp_path: Path
    ) -> None:
        project.write_three("select pg_sleep(60)")
        run = Process(empty_database.variables, project.folder, tmp_path, *FORWARDS)
        await until(empty_database, ASLEEP)
        run.interrupt()
        assert await run.ended() == 130
        assert run.output == (
            "Interrupted. What had not been committed is rolled back; `piccolo migrations "
            "check` says what is applied.\n"
        )
        await until(empty_database, "application_name = 'migrations'", 0)
        assert await tables(empty_database) == []

    @pytest.mark.whole
    async def test_that_is_interrupted_while_it_waits_for_another_says_so_too(
        self, empty_database: Database, project: Project, tmp_path: Path
    ) -> None:
        project.write_three()
        async with apply.migrating():
            run = Process(empty_database.variables, project.folder, tmp_path, *FORWARDS)
            await until(empty_database, WAITING)
            # The command prints it at once, and not when the run ends.
            assert "Another migration run is in progress" in run.output
            run.interrupt()
            assert await run.ended() == 130
        assert "Interrupted." in run.output
        assert "Traceback" not in run.output

    @pytest.mark.whole("runs many commands")
    async def test_changes_a_domain_before_it_creates_a_schema(
        self, empty_database: Database, project: Project
    ) -> None:
        sized = "create domain public.amount integer constraint positive check (value > 0)"
        loose = "alter domain public.amount drop constraint positive -- It may be 0."
        strict = "alter domain public.amount add constraint positive check (value > 0)"
        project.write("1_a", Execute(sized, "drop domain public.amount"))
        project.write(
            "2_b",
            Execute(loose, strict),
            *(Create(each) for each in Schema("sales").definitions()),
        )
        is_there = "select to_regnamespace('sales') is not null"
        async with connected(empty_database.direct_url) as connection:
            await forwards("all")
            assert await connection.fetchval(is_there)
            await backwards("db", auto_agree=True)
            assert not await connection.fetchval(is_there)

    @pytest.mark.whole("waits for a timeout")
    async def test_may_take_longer_than_its_role_lets_others(
        self, empty_database: Database, project: Project
    ) -> None:
        limits = ("statement_timeout", "idle_in_transaction_session_timeout")
        async with connected(empty_database.superuser_url) as connection:
            where = f"role postgres in database {empty_database.name}"
            for limit in limits:
                await connection.execute(f"alter {where} set {limit} = '50ms'")
        project.write_three("select pg_sleep(0.1)")
        await forwards("all")
        async with apply.migrating() as connection:
            # Twice as long as its role may be idle.
            await asyncio.sleep(0.1)
            await connection.execute("create table d ()")
        assert await tables(empty_database) == ["a", "c", "d"]

    async def test_takes_a_function_that_names_what_a_later_file_makes(
        self, empty_database: Database, project: Project
    ) -> None:
        project.write_three(
            "create function c() returns bigint language sql as 'select count(*) from c'"
        )
        await forwards("all")
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]

    async def test_needs_a_database_with_auth(
        self, cluster: Cluster, project: Project, settings_from: SettingsFrom, refusal: Refusal
    ) -> None:
        async with cluster.clone(BARE) as bare:
            settings_from(**bare.variables)
            project.write_three()
            with pytest.raises(SystemExit):
                await forwards("all")
            assert "has no auth.users" in refusal()
            assert await tables(bare) == []

    async def test_needs_a_role_that_policies_do_not_bind(
        self,
        empty_database: Database,
        project: Project,
        settings_from: SettingsFrom,
        refusal: Refusal,
    ) -> None:
        settings_from(DIRECT_URL=empty_database.url)
        project.write_three()
        with pytest.raises(SystemExit):
            await forwards("all")
        assert "bound by row level security" in refusal()

    async def test_keeps_its_notes_out_of_the_data_api(self, database: Database) -> None:
        async with connected(database.superuser_url) as connection:
            assert await bookkeeping.is_complete(connection)
            for role in ("anon", "authenticated", "service_role"):
                for kind, name in (("table", "migration"), ("sequence", "migration_id_seq")):
                    assert not await connection.fetchval(
                        f"select has_{kind}_privilege($1, 'public.{name}', 'select')", role
                    )

    @pytest.mark.whole("runs many commands")
    async def test_closes_the_notes_that_piccolo_left_open(
        self, empty_database: Database, project: Project
    ) -> None:
        async with connected(empty_database.direct_url) as connection:
            await connection.execute(
                "create table public.migration (id serial primary key, name varchar(200), "
                "app_name varchar(200), ran_on timestamp default now())"
            )
            project.write_three()
            await forwards("all")
            assert await bookkeeping.is_complete(connection)

    async def test_reads_what_has_run_once_and_in_the_order_in_which_it_did(
        self, database: Database
    ) -> None:
        async with apply.migrating() as connection:
            for migration_id in ("2", "3", "1"):
                await bookkeeping.note(connection, "other", migration_id, "", was_run=True)
            # As Piccolo by itself writes it down, beside itself.
            await connection.execute(
                "insert into public.migration (name, app_name) values ('2', 'other')"
            )
            entries = await bookkeeping.entries(connection, "other")
            assert [entry.id for entry in entries] == ["2", "3", "1"]


class TestALockOfAnother:
    @pytest.mark.whole("waits for a lock")
    async def test_keeps_callers_waiting_no_longer_than_a_try(
        self,
        database: Database,
        project: Project,
        settings_from: SettingsFrom,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        settings_from(LOCK_TIMEOUT="0.2")
        monkeypatch.setattr(apply, "PAUSES", (0.1,))
        project.copy_ours()
        project.write_three("alter table documents add column b int")
        done = asyncio.Event()
        said, waits = "", list[float]()

        async def call() -> None:
            async with connected(database.direct_url) as connection:
                while not done.is_set():
                    begun = time.monotonic()
                    await connection.execute("select from documents")
                    waits.append(time.monotonic() - begun)
                    # In a moment, as a caller comes.
                    await asyncio.sleep(0.01)

        callers = [asyncio.create_task(call()) for _ in range(4)]
        async with locked(database, "documents"):
            run = asyncio.create_task(forwards("all"))
            counts = list[int]()
            # A busy machine may not connect within the first tries to see who holds the lock.
            while len(counts) < 3 or not re.search(HOLDER, said):
                await asyncio.sleep(0.01)
                new = capsys.readouterr().out
                counts += [len(waits)] * new.count("it is tried again in 0.1 s.")
                said += new
        await run
        done.set()
        await asyncio.gather(*callers)
        # Between two tries all of them pass.
        assert counts[2] - counts[1] >= len(callers)
        assert max(waits) < 2
        assert "2_b" in await ran(database)

    @pytest.mark.whole("waits until something is given up")
    async def test_that_waits_for_one_of_ours_in_turn_ends_in_no_deadlock(
        self, database: Database, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(apply, "PAUSES", (0.1,))
        project.copy_ours()
        project.write(
            "3000",
            Execute("alter table usage_events add column b int", ""),
            Execute("alter table documents add column b int", ""),
        )
        async with connected(database.direct_url) as other, other.transaction():
            await other.execute("table documents")
            run = asyncio.create_task(forwards("all"))
            await until(database, "wait_event_type = 'Lock' and query like '%table documents%'")
            await other.execute("table usage_events")
        await run
        assert "3000" in await ran(database)


class TestARunBackwards:
    @pytest.mark.whole
    async def test_takes_everything_back_and_forwards_brings_it_again(
        self, empty_database: Database
    ) -> None:
        empty = dump(empty_database)
        await forwards("all")
        migrated = dump(empty_database)
        assert "CREATE POLICY" in migrated
        await backwards("db", "all", auto_agree=True)
        assert dump(empty_database) == empty
        assert await ran(empty_database) == []
        await forwards("all")
        assert dump(empty_database) == migrated

    @pytest.mark.whole
    async def test_that_fails_changes_nothing(
        self,
        empty_database: Database,
        project: Project,
        refusal: Refusal,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        project.write_three()
        await forwards("all")
        async with connected(empty_database.direct_url) as connection:
            await connection.execute("create view on_a as select from a")
        before = dump(empty_database)
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            await backwards("db", "all", auto_agree=True)
        assert exit_.value.code == 1
        assert refusal().endswith(
            "db_1_a.py: drop table a: cannot drop table a because other objects depend on it "
            "(view on_a depends on table a). Nothing was changed."
        )
        assert dump(empty_database) == before
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]


class TestSeveralRuns:
    @pytest.mark.whole
    @pytest.mark.parametrize("count", [2, 8])
    async def test_at_once_apply_each_file_once_and_all_succeed(
        self, empty_database: Database, project: Project, tmp_path: Path, count: int
    ) -> None:
        project.write_three()
        variables = empty_database.variables
        async with connected(empty_database.superuser_url) as connection:
            await connection.execute(
                f"alter database {empty_database.name} set default_transaction_read_only = on"
            )
        async with apply.migrating():
            runs = [
                Process(variables, project.folder, tmp_path, *FORWARDS) for _ in range(count)
            ]
            await until(empty_database, WAITING, count)
        assert [await run.ended() for run in runs] == [0] * count
        printed = "".join(run.output for run in runs)
        assert printed.count("Applied db_2_b.py") == 1
        assert printed.count("waiting for its end") == count
        assert printed.count("All migrations are applied.") == count
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]

    @pytest.mark.whole
    async def test_backwards_at_once_undo_each_file_once_and_all_succeed(
        self, empty_database: Database, project: Project, tmp_path: Path
    ) -> None:
        project.write_three()
        await forwards("all")
        command = ("migrations", "backwards", "db", "all", "--auto_agree")
        async with apply.migrating():
            runs = [
                Process(empty_database.variables, project.folder, tmp_path, *command)
                for _ in range(2)
            ]
            await until(empty_database, WAITING, 2)
        assert [await run.ended() for run in runs] == [0, 0]
        assert "".join(run.output for run in runs).count("Undid db_2_b.py") == 1
        assert await tables(empty_database) == []

    async def test_do_not_wait_for_ever(
        self,
        empty_database: Database,
        project: Project,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(apply, "WAIT_FOR_OTHERS", 0.05)
        async with apply.migrating():
            with pytest.raises(SystemExit):
                await forwards("all")
        told = capsys.readouterr().err
        assert "has not ended in 0.05 s: process" in told
        assert "(application migrations, role postgres, idle in transaction" in told


class TestAKilledRun:
    @pytest.mark.whole
    async def test_leaves_all_or_nothing_and_the_next_one_completes(
        self, cluster: Cluster, tmp_path: Path, settings_from: SettingsFrom, thorough: bool
    ) -> None:
        """Kill it after each number of messages to the server, from the first to the last."""
        points = MANY_POINTS if thorough else POINTS
        async with cluster.clone(MIGRATED) as migrated:
            clean, everything = dump(migrated), await tables(migrated)
            all_that_ran = await ran(migrated)
        async with cluster.clone(EMPTY) as database:
            messages = await run_and_kill(database, tmp_path, after=None)
        changed: list[bool] = []
        for point in range(points):
            after = 1 + round(point * (messages - 1) / (points - 1))
            async with cluster.clone(EMPTY) as database:
                await run_and_kill(database, tmp_path, after)
                left = await tables(database), await ran(database)
                assert left in (([], []), (everything, all_that_ran))
                changed.append(left != ([], []))
                settings_from(**database.variables)
                await forwards("all")
                assert await ran(database) == all_that_ran
                assert dump(database) == clean
        # The first run was killed as soon as it had connected, the last one after its last
        # message.
        assert (changed[0], changed[-1]) == (False, True)

    @pytest.mark.whole
    async def test_of_files_of_both_kinds_is_completed_by_the_next_one(
        self,
        cluster: Cluster,
        project: Project,
        tmp_path: Path,
        settings_from: SettingsFrom,
        thorough: bool,
    ) -> None:
        """Even while the server still executes the killed run."""
        state = both_kinds(project)
        ids = [file.id for file in project.files]
        async with cluster.clone(MIGRATED) as database:
            messages = await run_and_kill(database, tmp_path, after=None, folder=project.folder)
        for _ in range(MANY_KILLS if thorough else KILLS):
            async with cluster.clone(MIGRATED) as database:
                point = random.uniform(1, messages)  # noqa: S311  # no secret
                folder = project.folder
                await run_and_kill(database, tmp_path, point, folder, wait=False)
                settings_from(**database.variables)
                await forwards("all")
                assert await ran(database) == ids, point
                async with connected(database.direct_url) as here, here.transaction():
                    assert (await find_drift(here, state, state)).differences == [], point

    @pytest.mark.whole
    async def test_leaves_what_is_not_ours_as_it_was(
        self,
        database: Database,
        project: Project,
        tmp_path: Path,
        thorough: bool,
    ) -> None:
        """Foreign objects beside our tables and on them; runs both ways, whole or killed."""
        both_kinds(project)
        project.write("3000-6", Create(OUR_FUNCTION))
        folder = project.folder
        async with connected(database.superuser_url) as connection:
            await connection.execute(THEIRS)
            before = await theirs(connection)
            assert len(before) > 40
            messages = [
                await run_and_kill(database, tmp_path, None, folder, command=command)
                for command in (FORWARDS, BACKWARDS)
            ]
            for _ in range(MANY_ROUNDS if thorough else ROUNDS):
                for command, most in zip((FORWARDS, BACKWARDS), messages, strict=True):
                    point = random.uniform(1, most)  # noqa: S311  # no secret
                    await run_and_kill(
                        database, tmp_path, point, folder, command=command, wait=False
                    )
                    assert await theirs(connection) == before, (command, point)
                    again = Process(database.variables, folder, tmp_path, *command)
                    # When the last one is undone, there is none to undo.
                    assert await again.ended() == 0 or "is not applied" in again.output
                    assert await theirs(connection) == before, (command, point)


OUR_FUNCTION = DatabaseFunction(
    name="ours", returns="int", body="select 1", language="sql"
).definition()

BACKWARDS = ("migrations", "backwards", "db", "3000-1", "--auto_agree")

THEIRS = """
    create schema theirs;
    create table theirs.notes (id serial primary key, body text);
    insert into theirs.notes (body) select number::text from generate_series(1, 100) as number;
    create table public.theirs (
        id uuid primary key references public.documents on delete cascade,
        price numeric check (price > 0)
    );
    create index on public.theirs (price);
    alter table public.theirs enable row level security;
    create policy theirs on public.theirs using (true);
    grant select on public.theirs to anon;
    create function public.theirs() returns trigger language plpgsql
        as 'begin return new; end';
    create function public.ours(theirs int) returns int language sql as 'select theirs';
    create type public.theirs_state as enum ('one', 'two');
    create view public.theirs_seen as select * from public.documents;
    create materialized view public.theirs_kept as select * from theirs.notes;
    create trigger theirs before update on public.theirs
        for each row execute function public.theirs();
    -- On what is ours:
    alter table public.documents add column theirs text default 'x';
    create index theirs_on_ours on public.documents (theirs);
    create policy theirs on public.documents as restrictive using (true);
    create trigger theirs before update on public.usage_events
        for each row execute function public.theirs();
    comment on column public.documents.theirs is 'theirs';
    create trigger theirs after insert on auth.users
        for each row execute function public.theirs();
"""


async def theirs(connection: Connection) -> dict[str, object]:
    """All objects that are called `theirs`, with their rows and the files of these."""
    async with connection.transaction(readonly=True):
        found: dict[str, object] = {
            name: thing
            for name, thing in (await read(connection, ["public", "theirs"])).items()
            if "theirs" in name
        }
        found["rows"] = await connection.fetch("table theirs.notes")
        found["files"] = await connection.fetch(
            "select oid::regclass::text, relfilenode from pg_class "
            "where relname like '%theirs%' or relnamespace = 'theirs'::regnamespace order by 1"
        )
        return found


def both_kinds(project: Project) -> State:
    """Write two more migrations in a transaction, and two that build an index beside one."""
    project.copy_ours()
    flag = ColumnSpec("boolean", default="false")
    project.write("3000-1", AddColumn("public.documents", "seen", flag))
    project.write("3000-2", index_over("public.documents", "seen", "seen, id"))
    project.write("3000-3", AddColumn("public.usage_events", "seen", flag))
    project.write("3000-4", index_over("public.usage_events", "paid", "cost"))
    project.write("3000-5", AddColumn("public.documents", "kept", flag))
    return project.replayed


async def run_and_kill(  # noqa: PLR0913  # what is run, on what, and until when
    database: Database,
    output: Path,
    after: float | None,
    folder: Path = OURS,
    *,
    command: Sequence[str] = FORWARDS,
    wait: bool = True,
) -> int:
    """Run a command, kill it when it has sent enough messages, and count those it has sent.

    A fraction of a message is some time after it.
    """
    async with tapped(database.direct_url) as wire:
        variables = database.variables | {"DIRECT_URL": wire.url}
        run = Process(variables, folder, output, *command)
        ended = asyncio.create_task(run.ended())
        while not ended.done() and (after is None or len(wire.messages) < int(after)):  # noqa: ASYNC110  # a wire tells nobody
            await asyncio.sleep(0 if wire.messages else 0.002)
        await asyncio.sleep((after or 0) % 1 / 100)
        run.kill()
        assert await ended in {0, -SIGKILL}, run.output
    if wait:
        # The server may still execute what it was sent.
        await until(database, "application_name = 'migrations'", 0)
    return len(wire.messages)
