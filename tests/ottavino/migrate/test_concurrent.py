"""An index is built while others write: after the transaction, and again if that failed."""

import asyncio
import re
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import ForeignKey, Index, Key, NoStatistics, integer, text
from ottavino.inspect.drift import find_drift
from ottavino.migrate import bookkeeping
from ottavino.migrate import transaction as apply
from ottavino.migrate.migration import Migration
from ottavino.migrate.steps import CreateConcurrently, Execute
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.migrate.process import Process
from tests.ottavino.migrate.project import Project, dump, index_over, ran, table
from tests.ottavino.migrate.test_transaction import FORWARDS, WAITING, locked, until
from tests.ottavino.wire import tapped

Captured = pytest.CaptureFixture[str]
TABLE = Execute("create table notes (a int)", "drop table notes")
OTHER = Execute("create table other ()", "drop table other")
TARGETS = """
    select array_agg(nullif(attstattarget, -1) order by attnum) from pg_attribute
    where attrelid = 'public.one'::regclass
"""
BUSY = "The server is still busy with public.one for a run that is gone; waiting."
ONE = index_over("public.notes", "one")


def lines(capsys: Captured) -> list[str]:
    return capsys.readouterr().out.splitlines()


async def is_valid(database: Database, index: str = "public.one") -> bool | None:
    """Whether an index is valid; None if it does not exist."""
    query = "select indisvalid from pg_index where indexrelid = to_regclass($1)"
    async with connected(database.superuser_url) as connection:
        return await connection.fetchval(query, index)


async def by_hand(database: Database, sql: str) -> None:
    async with connected(database.direct_url) as connection:
        await connection.execute(sql)


@pytest.fixture
async def notes(empty_database: Database, project: Project, capsys: Captured) -> Database:
    """A database with a table, and the file of an index over it that has not run."""
    project.write("1", TABLE)
    await forwards("all")
    project.write("2", ONE)
    capsys.readouterr()
    return empty_database


class TestAnIndex:
    @pytest.mark.whole("runs many commands")
    async def test_may_be_the_first_that_is_migrated(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        await by_hand(empty_database, "create table notes (a int)")
        project.write("1", ONE)
        await forwards("all")
        assert lines(capsys) == ["Applied db_1.py", "All migrations are applied."]
        assert await is_valid(empty_database)

    async def test_is_declared_and_gets_a_file_of_its_own(
        self, empty_database: Database, project: Project
    ) -> None:
        project.declare([table("notes", a=integer())])
        await project.migrate()
        column = integer()
        index = Index(column, name="one", concurrently=True)
        project.declare([table("notes", index, a=column, b=integer(default=None))])
        await project.migrate()
        _, columns, alone = project.files
        assert not any(isinstance(s, CreateConcurrently) for s in columns.migration.steps)
        assert alone.concurrent is not None
        assert "create index concurrently one" in alone.concurrent.forwards()
        assert await is_valid(empty_database)
        assert await project.generate() is None
        async with connected(empty_database.direct_url) as connection, connection.transaction():
            assert (
                await find_drift(connection, project.declared, project.replayed)
            ).differences == []

    @pytest.mark.whole("migrates there and back")
    async def test_keeps_no_samples_of_an_expression_over_texts(
        self, empty_database: Database, project: Project
    ) -> None:
        title = text(max_length=9)
        project.declare([table("notes", title=title)])
        await project.migrate()
        index = Index(title, Key("lower(title)"), name="one", concurrently=True)
        project.declare([table("notes", index, NoStatistics(title), title=title)])
        await project.migrate()
        assert project.files[-1].concurrent is not None
        assert await is_valid(empty_database)
        async with connected(empty_database.direct_url) as connection, connection.transaction():
            assert (
                await find_drift(connection, project.declared, project.replayed)
            ).differences == []
            assert await connection.fetchval(TARGETS) == [None, 0]

    @pytest.mark.whole("runs many commands")
    async def test_of_a_new_table_is_built_with_it(
        self, empty_database: Database, project: Project
    ) -> None:
        column = integer()
        index = Index(column, name="one", concurrently=True)
        project.declare([table("notes", index, a=column)])
        await project.migrate()
        assert len(project.files) == 1
        assert await is_valid(empty_database)

    @pytest.mark.whole("migrates there and back")
    async def test_that_a_key_needs_comes_before_it(
        self, empty_database: Database, project: Project
    ) -> None:
        column = integer()
        project.declare([table("notes", a=column), table("children", b=integer())])
        await project.migrate()
        unique = Index(column, name="one", unique=True, concurrently=True)
        key = ForeignKey(("b",), "public.notes", ("a",))
        project.declare([table("children", key, b=integer()), table("notes", unique, a=column)])
        await project.migrate()
        assert [file.concurrent is not None for file in project.files] == [False, True, False]
        await backwards("db", "all", auto_agree=True)
        assert await ran(empty_database) == []

    @pytest.mark.whole
    async def test_lets_others_write_while_it_is_built(
        self, notes: Database, project: Project, tmp_path: Path
    ) -> None:
        async with locked(notes, "notes", "row exclusive"):
            run = Process(notes.variables, project.folder, tmp_path, *FORWARDS)
            await until(notes, "wait_event_type = 'Lock' and query like 'create index conc%'")
            async with asyncio.timeout(5):
                await by_hand(notes, "insert into notes values (1)")
        assert await run.ended() == 0, run.output
        assert await is_valid(notes)

    async def test_is_built_outside_of_any_transaction_under_the_lock_of_one(
        self, notes: Database, settings_from: SettingsFrom
    ) -> None:
        async with tapped(notes.direct_url) as wire:
            settings_from(DIRECT_URL=wire.url)
            await forwards("all")
        assert wire.connections == 2
        said = [sql.strip() for sql in wire.statements]
        begun = next(i for i, sql in enumerate(said) if sql.startswith("begin"))
        assert sum(sql.startswith("begin") for sql in said) == 1
        assert begun < said.index(ONE.forwards()) < said.index("commit")

    @pytest.mark.whole("waits for other transactions")
    async def test_waits_for_the_transaction_of_the_others(
        self, notes: Database, project: Project, capsys: Captured
    ) -> None:
        project.write("3", index_over("public.migration", "two", "name"))
        project.write("4", OTHER)
        (project.folder / "db_4.py").rename(project.folder / "db_0.py")
        text = (project.folder / "db_0.py").read_text().replace('"4"', '"0"')
        (project.folder / "db_0.py").write_text(text)
        await forwards("all")
        assert lines(capsys) == [
            "Applied db_0.py",
            "Applied db_2.py",
            "Applied db_3.py",
            "All migrations are applied.",
        ]

    @pytest.mark.whole("waits for other transactions")
    async def test_is_dropped_while_others_write(
        self, notes: Database, settings_from: SettingsFrom
    ) -> None:
        await forwards("all")
        async with tapped(notes.direct_url) as wire:
            settings_from(DIRECT_URL=wire.url)
            await backwards("db", auto_agree=True)
        assert "drop index concurrently public.one" in wire.statements
        assert await is_valid(notes) is None
        assert await ran(notes) == ["1"]

    @pytest.mark.whole("runs many commands")
    async def test_whose_drop_was_not_written_down_is_not_dropped_again(
        self, notes: Database
    ) -> None:
        await forwards("all")
        await by_hand(notes, "drop index one")
        await backwards("db", auto_agree=True)
        assert await ran(notes) == ["1"]

    async def test_can_be_built_by_no_other_file(
        self, notes: Database, project: Project, capsys: Captured
    ) -> None:
        (project.folder / "db_2.py").unlink()
        project.write("2", Execute("create index concurrently one on notes (a)", ""))
        with pytest.raises(SystemExit):
            await forwards("all")
        assert capsys.readouterr().err.endswith(
            "db_2.py: create index concurrently one on notes (a): CREATE INDEX CONCURRENTLY "
            "cannot run inside a transaction block. Nothing was changed.\n"
        )


class TestWhatIsLeftOfAnIndex:
    @pytest.mark.whole("runs many commands")
    async def test_by_rows_that_are_alike_is_built_anew_when_they_are_mended(
        self, notes: Database, project: Project, capsys: Captured
    ) -> None:
        path = project.folder / "db_2.py"
        path.write_text(path.read_text().replace("over=", "unique=True, over="))
        project.write("0", OTHER)
        await by_hand(notes, "insert into notes values (1), (1)")
        with pytest.raises(SystemExit) as exit_:
            await forwards("all")
        printed = capsys.readouterr()
        assert exit_.value.code == 1
        assert printed.out == "Applied db_0.py\n"
        assert re.search(r"could not create unique index .*\(a\)=\(1\) is dupl", printed.err)
        assert printed.err.endswith("stays, and the next run goes on with it.\n")
        assert await is_valid(notes) is False
        assert await ran(notes) == ["0", "1"]
        await by_hand(notes, "truncate notes")
        await forwards("all")
        assert await is_valid(notes)
        assert await ran(notes) == ["0", "1", "2"]

    @pytest.mark.whole
    async def test_by_a_kill_is_built_anew(
        self, notes: Database, project: Project, tmp_path: Path
    ) -> None:
        async with locked(notes, "notes", "row exclusive"):
            run = Process(notes.variables, project.folder, tmp_path, *FORWARDS)
            await until(notes, "wait_event_type = 'Lock' and query like 'create index conc%'")
            run.kill()
            await run.ended()
            await by_hand(
                notes,
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where query like 'create index conc%' and datname = current_database()",
            )
            await until(notes, "application_name = 'migrations'", 0)
        assert await is_valid(notes) is False
        await forwards("all")
        assert await is_valid(notes)
        assert await ran(notes) == ["1", "2"]

    @pytest.mark.whole
    async def test_by_a_kill_is_taken_when_the_server_has_gone_on_with_it(
        self, notes: Database, project: Project, tmp_path: Path, settings_from: SettingsFrom
    ) -> None:
        async with locked(notes, "notes", "row exclusive"):
            run = Process(notes.variables, project.folder, tmp_path, *FORWARDS)
            await until(notes, "wait_event_type = 'Lock' and query like 'create index conc%'")
            run.kill()
            await run.ended()
            again = Process(notes.variables, project.folder, tmp_path, *FORWARDS)
            async with asyncio.timeout(10):
                while BUSY not in again.output:  # noqa: ASYNC110  # it says so in a file
                    await asyncio.sleep(0.01)
        assert await again.ended() == 0, again.output
        assert await is_valid(notes)
        assert await ran(notes) == ["1", "2"]

    @pytest.mark.whole
    async def test_by_a_kill_while_it_waits_for_the_table_is_waited_for(
        self, notes: Database, project: Project, tmp_path: Path
    ) -> None:
        """Otherwise the two of them would wait for each other."""
        async with locked(notes, "notes", "access exclusive"):
            run = Process(notes.variables, project.folder, tmp_path, *FORWARDS)
            await until(notes, "wait_event_type = 'Lock' and query like 'create index conc%'")
            run.kill()
            await run.ended()
            again = Process(notes.variables, project.folder, tmp_path, *FORWARDS)
            async with asyncio.timeout(10):
                while BUSY not in again.output:  # noqa: ASYNC110  # it says so in a file
                    await asyncio.sleep(0.01)
        assert await again.ended() == 0, again.output
        assert await is_valid(notes)

    @pytest.mark.whole("runs many commands")
    async def test_that_was_built_and_not_written_down_is_written_down(
        self, notes: Database, settings_from: SettingsFrom
    ) -> None:
        async with apply.migrating() as connection:
            await bookkeeping.note_begun(connection, "db", "2")
            await connection.execute("create index one on notes (a)")
        async with tapped(notes.direct_url) as wire:
            settings_from(DIRECT_URL=wire.url)
            await forwards("all")
        assert not any("concurrently" in sql for sql in wire.statements)
        assert await ran(notes) == ["1", "2"]

    @pytest.mark.whole
    @pytest.mark.parametrize("over", ["notes (a)", "public.migration (name)"])
    async def test_is_not_taken_for_that_of_an_index_that_somebody_else_made(
        self, notes: Database, capsys: Captured, over: str
    ) -> None:
        await by_hand(notes, f"create index one on {over}")
        before = dump(notes)
        with pytest.raises(SystemExit):
            await forwards("all")
        assert capsys.readouterr().err.startswith(
            "The database has already, and no migration made it: index public.one."
        )
        assert dump(notes) == before
        assert await ran(notes) == ["1"]


class TestSeveralRuns:
    @pytest.mark.whole
    async def test_at_once_build_an_index_once_and_do_not_wait_for_each_other_for_ever(
        self, notes: Database, project: Project, tmp_path: Path
    ) -> None:
        project.write("3", OTHER)
        async with apply.migrating():
            runs = [
                Process(notes.variables, project.folder, tmp_path, *FORWARDS) for _ in range(8)
            ]
            await until(notes, WAITING, 8)
        assert [await run.ended() for run in runs] == [0] * 8, [run.output for run in runs]
        printed = "".join(run.output for run in runs)
        assert printed.count("Applied db_2.py") == 1
        assert printed.count("Applied db_3.py") == 1
        assert await is_valid(notes)
        assert await ran(notes) == ["1", "2", "3"]


def test_an_index_of_an_earlier_file_has_the_same_sql() -> None:
    """So the checksum of the file is the same, and a run that was killed is found again."""
    index = Index(Key("lower(title)"), name="one", unique=True, statistics=0)
    made = index.definition("public.notes")
    earlier, new = Migration("1"), Migration("2")
    earlier.create_concurrently(made.name, made.create, drop=made.drop, over=made.over)
    assert made.statements is not None
    assert made.build is not None
    new.create_concurrently(
        made.name,
        on=made.statements.on,
        settings=made.statements.settings,
        over=made.over,
        unique=True,
    )
    for each in (earlier, new):
        (step,) = each.steps
        assert isinstance(step, CreateConcurrently)
        assert (step.forwards(), step.backwards()) == (made.build.create, made.build.drop)
        assert step.build == made.build
        assert step.inside.forwards() == made.create
