"""The commands `piccolo migrations …`: what they print, change, and leave alone."""

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from inspect import cleandoc
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.check import check
from piccolo.apps.migrations.commands.clean import clean
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new

from ottavino import integer
from ottavino.declare.column import ColumnSpec
from ottavino.declare.kinds import define
from ottavino.migrate import bookkeeping
from ottavino.migrate import transaction as apply
from ottavino.migrate.render import render
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateTable,
    Execute,
    RenameColumn,
    RenameTable,
    Replace,
    Undo,
)
from ottavino.migrate.transaction import PROCESS_INVALIDATIONS
from ottavino.settings import ROOT
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino import forked
from tests.ottavino.databases import run_piccolo
from tests.ottavino.house.piccolo_conf import APP_REGISTRY
from tests.ottavino.migrate.project import OURS, Project, dump, index_over, ran, table, tables
from tests.ottavino.wire import tapped

Command = Coroutine[Any, Any, None]
Captured = pytest.CaptureFixture[str]

NO_DATABASE = {"DATABASE_URL": "", "DIRECT_URL": ""}


async def refusal(command: Command, capsys: Captured) -> str:
    """The sentence of a command that fails."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit_:
        await command
    if exit_.value.code == 1:
        return capsys.readouterr().err.strip()
    # Python prints the text of `SystemExit`, and exits with the status 1.
    return str(exit_.value.code)


async def output(command: Command, capsys: Captured) -> list[str]:
    """The lines that a command prints."""
    capsys.readouterr()
    await command
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out.splitlines()


def begun() -> str:
    """The statements with which a preview begins."""
    return cleandoc(apply.begin("read write"))


class TestForwards:
    @pytest.mark.whole("runs many commands")
    async def test_names_each_file_and_how_far_that_is(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        assert await output(forwards("db", "1"), capsys) == [
            "Applied db_1_a.py",
            "Not applied yet: db_2_b.py, db_3_c.py",
        ]
        assert await output(forwards("db", "2_b"), capsys) == [
            "Applied db_2_b.py",
            "Not applied yet: db_3_c.py",
        ]
        assert await output(forwards("all"), capsys) == [
            "Applied db_3_c.py",
            "All migrations are applied.",
        ]
        assert await output(forwards("all"), capsys) == ["All migrations are applied."]
        assert await output(forwards("db", "2_b"), capsys) == ["All migrations are applied."]

    @pytest.mark.whole("runs many commands")
    async def test_fakes_what_is_there_already(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        assert await output(forwards("db", "1_a", fake=True), capsys) == [
            "Faked db_1_a.py",
            "Not applied yet: db_2_b.py, db_3_c.py",
        ]
        await forwards("all")
        assert await tables(empty_database) == ["b", "c"]
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]
        refused = await refusal(backwards("db", "all", auto_agree=True), capsys)
        assert refused.startswith("db_1_a.py cannot be undone: it was recorded as applied")
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]
        await backwards("db", "2_b", auto_agree=True)
        assert await ran(empty_database) == ["1_a"]

    async def test_previews_without_a_write_or_a_wait(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        async with apply.migrating(), asyncio.timeout(5):
            printed = "\n".join(await output(forwards("db", "2_b", preview=True), capsys))
        one, two = (file.checksum for file in project.files[:2])
        assert (
            printed
            == f"""\
{begun()}

-- db_1_a.py

create table a ();

{PROCESS_INVALIDATIONS};

insert into public.migration (name, app_name, checksum) values ('1_a', 'db', '{one}');

-- db_2_b.py

create table b ();

{PROCESS_INVALIDATIONS};

insert into public.migration (name, app_name, checksum) values ('2_b', 'db', '{two}');

commit;"""
        )
        assert await tables(empty_database) == []
        assert await ran(empty_database) == []

    async def test_previews_what_is_outside_of_the_transaction_where_it_comes(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write("1", Execute("create table a (a int)", ""))
        await forwards("all")
        project.write("2", index_over("public.a", "one"))
        project.write("4", AddColumn("public.a", "b", ColumnSpec("int", null=True)))
        project.write("3", AddColumn("public.b", "b", ColumnSpec("int", null=True)))
        lines = await output(forwards("all", preview=True), capsys)
        shown = "\n".join(lines).replace(f"{PROCESS_INVALIDATIONS};\n", "")
        lines = shown.replace(begun(), "begin;").splitlines()
        assert [line for line in lines if line and not line.startswith("insert")] == [
            "begin;",
            "-- db_3.py",
            "alter table public.b",
            "    add column b int;",
            "commit;",
            "-- db_2.py",
            "create index concurrently one",
            "    on public.a using btree (a);",
            "begin;",
            "commit;",
            "begin;",
            "-- db_4.py",
            "alter table public.a",
            "    add column b int;",
            "commit;",
        ]

    async def test_previews_what_runs(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        """A body may name what comes later, and a block may catch errors."""
        project.write("1", Execute("create domain d as int", "drop domain d"))
        await forwards("all")
        catching = "do $$begin create table a (b d); exception when others then raise; end$$"
        body = "create function f() returns int language sql as 'select 1 from a'"
        statements = (body, "alter domain d set default 1", catching)
        project.write("2", *(Execute(each, "") for each in statements))
        previewed = "\n".join(await output(forwards("all", preview=True), capsys))
        async with connected(empty_database.direct_url) as connection:
            await connection.execute(previewed)
        assert await output(forwards("all"), capsys) == ["All migrations are applied."]
        assert await tables(empty_database) == ["a"]


class TestBackwards:
    @pytest.mark.whole("runs many commands")
    async def test_undoes_one_several_or_all(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        await forwards("all")
        assert await output(backwards("db", auto_agree=True), capsys) == ["Undid db_3_c.py"]
        assert await output(backwards("db", "1_a", auto_agree=True), capsys) == [
            "Undid db_2_b.py",
            "Undid db_1_a.py",
        ]
        assert await tables(empty_database) == []
        await forwards("all")
        assert len(await output(backwards("all", auto_agree=True), capsys)) == 3
        assert await output(backwards("all", auto_agree=True), capsys) == [
            "No migration was applied."
        ]

    @pytest.mark.whole("runs many commands")
    async def test_previews_without_a_write_or_a_wait(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        project.write(
            "4_d", *(Execute(f"create table {t} ()", f"drop table {t}") for t in "de")
        )
        await forwards("all")
        async with apply.migrating(), asyncio.timeout(5):
            lines = await output(backwards("all", preview=True), capsys)
        dropped = [line for line in lines if line.startswith("drop")]
        assert dropped == [f"drop table {table};" for table in "edcba"]
        assert (lines[0], lines[-1]) == (begun().splitlines()[0], "commit;")
        assert "delete from public.migration where name = '1_a' and app_name = 'db';" in lines
        assert await tables(empty_database) == ["a", "b", "c", "d", "e"]

    @pytest.mark.whole("runs many commands")
    async def test_begins_with_what_ran_last_whatever_its_id_is(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        (project.folder / "db_1_a.py").rename(project.folder / "later")
        await forwards("all")
        (project.folder / "later").rename(project.folder / "db_1_a.py")
        await forwards("all")
        assert await output(backwards("db", auto_agree=True), capsys) == ["Undid db_1_a.py"]
        await forwards("all")
        assert await output(backwards("db", "3_c", auto_agree=True), capsys) == [
            "Undid db_1_a.py",
            "Undid db_3_c.py",
        ]

    @pytest.mark.whole("runs many commands")
    async def test_begins_with_the_last_app(
        self,
        empty_database: Database,
        project: Project,
        monkeypatch: pytest.MonkeyPatch,
        capsys: Captured,
    ) -> None:
        project.write_three()
        (project.folder / "other").mkdir()
        ours, other = APP_REGISTRY.app_configs.values()
        monkeypatch.setattr(other, "migrations_folder_path", project.folder / "other")
        monkeypatch.setattr(other, "table_classes", ours.table_classes)
        on_a = Execute("create view on_a as select from a", "drop view on_a")
        (project.folder / "other" / "0.py").write_text(render("0", "", [on_a]))
        await forwards("all")
        lines = await output(backwards("all", auto_agree=True), capsys)
        assert (lines[0], lines[-1]) == ("Undid 0.py", "Undid db_1_a.py")

    @pytest.mark.whole_but_first("runs many commands")
    @pytest.mark.parametrize(("answer", "left"), [("y", ["a", "b"]), ("", ["a", "b", "c"])])
    async def test_asks_first(
        self,
        empty_database: Database,
        project: Project,
        monkeypatch: pytest.MonkeyPatch,
        answer: str,
        left: list[str],
    ) -> None:
        questions: list[str] = []

        def ask(question: str) -> str:
            questions.append(question)
            return answer

        monkeypatch.setattr("builtins.input", ask)
        project.write_three()
        await forwards("all")
        if answer:
            await backwards("db")
        else:
            with pytest.raises(SystemExit):
                await backwards("db")
        assert questions == ["Undo the last migration of db? [y/N] "]
        assert await tables(empty_database) == left

    async def test_says_first_which_rows_and_values_are_lost(
        self, empty_database: Database, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        questions: list[str] = []

        def ask(question: str) -> str:
            questions.append(question)
            return ""

        monkeypatch.setattr("builtins.input", ask)
        keyed = ColumnSpec("integer")
        project.write(
            "1_a",
            *(CreateTable(f"public.{each}", {"a": keyed}) for each in ("a", "empty", "kept")),
        )
        optional = ColumnSpec("integer", null=True)
        project.write(
            "2_b",
            *(AddColumn("public.kept", each, optional) for each in ("b", "e")),
            RenameColumn("public.kept", "b", "c"),
            RenameTable("public.a", "public.d"),
        )
        await forwards("all")
        async with connected(empty_database.direct_url) as connection:
            await connection.execute(
                "insert into kept (a, c) values (1, 1); insert into d (a) values (1)"
            )
        for many in ("1", "all"):
            with pytest.raises(SystemExit):
                await backwards("db", many)
        assert [each.partition(", and forwards brings none back. ") for each in questions] == [
            (
                "This drops public.kept.c with its values",
                ", and forwards brings none back. ",
                "Undo the last migration of db? [y/N] ",
            ),
            (
                "This drops public.kept with all its rows, public.d with all its rows",
                ", and forwards brings none back. ",
                "Undo all migrations of db? [y/N] ",
            ),
        ]

    @pytest.mark.whole("runs many commands")
    async def test_fails_after_its_question_where_nobody_answers(
        self,
        empty_database: Database,
        project: Project,
        monkeypatch: pytest.MonkeyPatch,
        capsys: Captured,
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        project.write_three()
        await forwards("all")
        capsys.readouterr()
        with pytest.raises(SystemExit, match=r"^The input ended .*--auto_agree"):
            await backwards("db")
        assert capsys.readouterr().out == "Undo the last migration of db? [y/N] \n"
        with pytest.raises(SystemExit, match=r"^The input ended "):
            await backwards("all")
        assert capsys.readouterr().out == "Undo all migrations of every app? [y/N] \n"
        assert await tables(empty_database) == ["a", "b", "c"]

    @pytest.mark.whole("runs many commands")
    async def test_deletes_the_files_only_once_all_is_undone(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        await forwards("all")
        async with connected(empty_database.direct_url) as connection:
            await connection.execute("create view on_a as select from a")
            await refusal(backwards("all", auto_agree=True, clean=True), capsys)
            assert len(project.files) == 3
            await connection.execute("drop view on_a")
        await backwards("db", "2_b", auto_agree=True, clean=True)
        assert [file.id for file in project.files] == ["1_a"]


class TestCheck:
    async def test_lists_what_has_run_what_has_not_and_what_is_gone(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        await forwards("db", "2_b")
        (project.folder / "db_1_a.py").unlink()
        header, columns, *rows = await output(check("all"), capsys)
        assert (header, columns.split()[-1]) == ("Listing migrations ...", "RAN")
        assert [[cell.strip() for cell in row.split("|")] for row in rows] == [
            ["db", "1_a", "its file is gone", "True"],
            ["db", "2_b", "", "True"],
            ["db", "3_c", "", "False"],
        ]

    @pytest.mark.whole
    async def test_writes_nothing(
        self, empty_database: Database, settings_from: SettingsFrom
    ) -> None:
        before = dump(empty_database)
        async with tapped(empty_database.direct_url) as wire:
            settings_from(DIRECT_URL=wire.url)
            await check("all")
        assert "read only" in wire.statements[0]
        assert dump(empty_database) == before
        async with connected(empty_database.direct_url) as connection:
            assert await connection.fetchval("select to_regclass('migration') is null")

    async def test_waits_for_no_run_that_is_under_way(
        self, database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        async with apply.migrating() as connection, asyncio.timeout(5):
            await bookkeeping.note(connection, "db", "1_a", None, was_run=True)
            assert (await output(check("all"), capsys))[-1].endswith("| False")


class TestAFileThatHasRun:
    async def test_and_was_edited_is_named_and_nothing_else_is_applied(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three("insert into a default values")
        await forwards("db", "2_b")
        edit(project)
        assert (await refusal(forwards("all"), capsys)).startswith(
            "db_2_b.py was edited after it had run. Take the edit back; or, "
        )
        assert await ran(empty_database) == ["1_a", "2_b"]
        assert "edited after it had run" in "\n".join(await output(check("all"), capsys))
        assert "db_2_b.py" in await refusal(backwards("db", auto_agree=True), capsys)

    @pytest.mark.whole("runs many commands")
    async def test_and_was_edited_is_as_it_is_once_that_is_said(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three("insert into a default values")
        await forwards("db", "2_b")
        edit(project)
        assert await output(forwards("db", "2_b", fake=True), capsys) == [
            "Faked db_2_b.py",
            "Not applied yet: db_3_c.py",
        ]
        await forwards("all")
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]

    @pytest.mark.whole("runs many commands")
    async def test_may_be_written_in_another_way(
        self, empty_database: Database, project: Project
    ) -> None:
        project.write_three()
        await forwards("db", "2_b")
        path = project.folder / "db_2_b.py"
        path.write_text(
            path.read_text().replace('"""', '"""It is b. ', 1) + "\n# That is all.\n"
        )
        await forwards("all")
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]

    @pytest.mark.whole("runs many commands")
    async def test_and_is_gone_is_named_and_nothing_else_is_applied(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        await forwards("db", "2_b")
        (project.folder / "db_1_a.py").unlink()
        assert (await refusal(forwards("all"), capsys)).startswith(
            "The migration 1_a has run, and its file is gone. Restore the file; or "
        )
        assert await ran(empty_database) == ["1_a", "2_b"]
        await clean("db", auto_agree=True)
        await forwards("all")
        assert await ran(empty_database) == ["2_b", "3_c"]

    @pytest.mark.whole("runs many commands")
    async def test_before_there_were_checksums_is_given_one(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three("insert into a default values")
        await forwards("all")
        async with connected(empty_database.direct_url) as connection:
            await connection.execute(
                "alter table public.migration drop column checksum, drop column finished"
            )
        assert len(await output(check("all"), capsys)) == 5
        await forwards("all")
        edit(project)
        assert "db_2_b.py was edited" in await refusal(forwards("all"), capsys)


@pytest.mark.whole
def test_what_applies_migrations_does_without_the_parser(empty_database: Database) -> None:
    """Production has no sqlglot: the files state what a parser would find."""
    program = (
        "import sys; sys.modules['sqlglot'] = None; import piccolo.main; piccolo.main.main()"
    )
    for command, last in (
        (["forwards", "db"], "All migrations are applied."),
        (["backwards", "db", "all", "--auto_agree"], f"Undid {min(OURS.glob('db_*.py')).name}"),
    ):
        done = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-c", program, "migrations", *command],
            cwd=ROOT,
            env={**os.environ, **empty_database.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.splitlines()[-1:] == [last], done.stderr


async def test_what_is_written_is_named_by_its_path_and_what_it_is_for(
    project: Project, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.declare([table("notes")])
    await new("db", auto=True, desc="keep notes")
    (file,) = project.files
    assert f"Wrote {file.path}: keep notes\n" in capsys.readouterr().out
    monkeypatch.chdir(project.folder.parent)
    await new("db", desc="")
    last = project.files[-1].path
    assert f"Wrote {project.folder.name}/{last.name}\n" in capsys.readouterr().out


def test_the_checksum_of_what_a_file_does_stays_what_it_is(project: Project) -> None:
    """With another checksum, each file of each project would count as edited."""
    one = define("policy public.a.one", "create policy one on public.a", "drop policy one on a")
    two = replace(one, create="create policy one on public.a using (true)")
    spec, other = ColumnSpec("int", default="1"), ColumnSpec("bigint", null=True)
    project.write(
        "1",
        CreateTable("public.a", {"b": spec, "c": other}),
        RenameTable("public.a", "public.d"),
        AddColumn("public.d", "e", spec),
        AlterColumn("public.d", "e", spec, other),
        RenameColumn("public.d", "e", "f"),
        Create(one),
        Replace(one, two),
        Undo(Create(two)),
        Execute("select 1", "select 2"),
    )
    project.write("2", index_over("public.a", "one"))
    assert [file.checksum[:8] for file in project.files] == ["005e09c5", "02e3d196"]


def edit(project: Project) -> None:
    """Change what a data step does."""
    path = project.folder / "db_2_b.py"
    text = path.read_text()
    assert "default values" in text
    path.write_text(text.replace("default values", "select from a"))


class TestClean:
    @pytest.mark.whole("runs many commands")
    async def test_forgets_what_no_file_describes_any_more(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        await forwards("all")
        assert await output(clean("db"), capsys) == [
            "Every migration that has run has its file."
        ]
        (project.folder / "db_2_b.py").unlink()
        assert "2_b" in await output(clean("db", auto_agree=True), capsys)
        assert await ran(empty_database) == ["1_a", "3_c"]
        assert await tables(empty_database) == ["a", "b", "c"]

    async def test_asks_first(
        self,
        empty_database: Database,
        project: Project,
        capsys: Captured,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def decline(question: str) -> str:
            return "n"

        monkeypatch.setattr("builtins.input", decline)
        project.write_three()
        await forwards("all")
        (project.folder / "db_2_b.py").unlink()
        assert (await output(clean("db"), capsys))[-1] == "Nothing was changed."
        assert await ran(empty_database) == ["1_a", "2_b", "3_c"]


class TestNew:
    async def test_without_auto_writes_a_file_to_fill_in(
        self, empty_database: Database, project: Project
    ) -> None:
        await new("db", desc="fill a gap")
        (file,) = project.files
        assert (file.migration.description, file.migration.steps) == ("fill a gap", [])
        await forwards("all")
        assert await ran(empty_database) == [file.id]

    async def test_writes_nothing_where_nothing_was_declared(
        self, project: Project, capsys: Captured
    ) -> None:
        assert await project.generate() is not None
        assert "🏁 No changes detected." in await output(new("all", auto=True), capsys)
        assert len(project.files) == 1

    @pytest.mark.whole("runs many commands")
    async def test_drops_the_last_table_of_an_app(
        self, empty_database: Database, project: Project
    ) -> None:
        project.declare([table("notes")])
        await project.migrate()
        project.declare([])
        await project.migrate()
        async with connected(empty_database.direct_url) as connection:
            assert await connection.fetchval("select to_regclass('notes')") is None

    async def test_for_an_app_without_tables_drops_nothing_of_another(
        self, project: Project, capsys: Captured
    ) -> None:
        await project.generate()
        assert "🏁 No changes detected." in await output(new("functions", auto=True), capsys)
        sentence = await refusal(new("functions"), capsys)
        assert sentence == "The app functions has no tables to migrate."


class TestWhatIsUnknown:
    @pytest.mark.parametrize("command", [forwards, check, clean])
    async def test_an_app_is_refused(
        self, empty_database: Database, capsys: Captured, command: Callable[[str], Command]
    ) -> None:
        sentence = await refusal(command("nope"), capsys)
        assert sentence == "There is no app nope; there are db, functions."

    @pytest.mark.whole("runs many commands")
    async def test_a_migration_is_refused(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        sentence = await refusal(forwards("db", "2020"), capsys)
        assert sentence == "There is no migration 2020."
        for command in (forwards("db", "3"), backwards("db", "3", auto_agree=True)):
            sentence = await refusal(command, capsys)
            assert sentence.startswith("3 is neither an ID nor an accepted number: 1 is")
        sentence = await refusal(backwards("db", "2_b", auto_agree=True), capsys)
        assert sentence == "The migration 2_b is not applied."

    @pytest.mark.whole("runs many commands")
    async def test_a_migration_without_a_file_cannot_be_undone(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write_three()
        await forwards("all")
        (project.folder / "db_2_b.py").unlink()
        sentence = await refusal(backwards("db", "all", auto_agree=True), capsys)
        assert sentence == "The file of the applied migration 2_b is gone."
        assert await tables(empty_database) == ["a", "b", "c"]


class TestWithoutADatabase:
    @pytest.mark.parametrize(
        "command", [forwards, partial(backwards, auto_agree=True), check, clean]
    )
    async def test_a_command_that_needs_one_says_how_to_name_it(
        self, settings_from: SettingsFrom, capsys: Captured, command: Callable[[str], Command]
    ) -> None:
        settings_from(**NO_DATABASE)
        sentence = await refusal(command("db"), capsys)
        assert sentence.startswith("DATABASE_URL is not set. Put it")

    @pytest.mark.whole
    def test_the_process_ends_with_the_one_sentence(self) -> None:
        run = run_piccolo(NO_DATABASE, "migrations", "forwards", "all")
        assert (run.returncode, run.stdout) == (1, "")
        assert run.stderr.startswith("DATABASE_URL is not set. Put it into .env")
        assert run.stderr.count("\n") == 1

    @pytest.mark.whole
    def test_the_functions_can_be_imported(self) -> None:
        command = [sys.executable, "-W", "error", "-c", "import functions.app"]
        environment = {**os.environ, **NO_DATABASE}
        subprocess.run(command, check=True, cwd=ROOT, env=environment)  # noqa: S603  # our own command

    @pytest.mark.whole
    def test_a_migration_can_be_generated(self, tmp_path: Path) -> None:
        # In a copy: other tests would find a file in our own folder.
        for part in ("ottavino", "tests/ottavino/house"):
            copytree(ROOT / part, tmp_path / part)
        command = ("migrations", "new", "db", "--auto")
        run = run_piccolo(NO_DATABASE, *command, folder=tmp_path)
        assert "No changes detected" in run.stdout
        assert (run.returncode, run.stderr) == (0, "")

    async def test_one_that_does_not_answer_is_named(
        self, settings_from: SettingsFrom, capsys: Captured
    ) -> None:
        settings_from(DIRECT_URL="postgresql://postgres@/postgres?host=/nowhere")
        assert "The database at /nowhere" in await refusal(forwards("all"), capsys)


@pytest.mark.whole
def test_a_table_that_cannot_be_imported_is_no_success() -> None:
    command = """
import runpy, sys
sys.modules["tests.ottavino.house.db.tables.documents"] = None
sys.argv = ["piccolo", "db", "drift"]
runpy.run_module("piccolo.main", run_name="__main__")
"""
    run = forked.run("-c", command)
    assert run.returncode == 1
    assert run.stderr.startswith("tests/ottavino/house/db/tables/")
    assert ", line 25: ModuleNotFoundError: " in run.stderr
    assert run.stderr.count("\n") == 1


async def test_new_fails_after_its_question_where_nobody_answers(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """The answer no would drop a column with its values."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    project.declare([table("notes", a=integer())])
    await project.generate()
    project.declare([table("notes", b=integer())])
    capsys.readouterr()
    with pytest.raises(SystemExit, match=r"^The input ended .*--auto_input=y or"):
        await new("db", auto=True)
    assert capsys.readouterr().out.count("what was public.notes.a, ") == 1
    assert len(project.files) == 1
