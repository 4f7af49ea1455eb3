"""A function whose body names a renamed column is reported before its first call fails."""

from typing import Literal

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new

from ottavino import Col, DatabaseFunction, DatabaseProcedure, Trigger, integer
from ottavino.declare.table import Table
from ottavino.migrate.steps import Create, Execute, RenameColumn
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, catalog, ran, table

Captured = pytest.CaptureFixture[str]
Language = Literal["plpgsql", "sql"]


def sum_of(column: str, language: Language = "sql") -> DatabaseFunction:
    """A function that adds up a column of notes."""
    query = f"select sum(n.{column}) from public.notes as n"
    body = query if language == "sql" else f"begin return ({query}); end"
    return DatabaseFunction(name="total", returns="bigint", body=body, language=language)


def keeping(column: str) -> Trigger:
    """A trigger whose function names no table, only a column of the row."""
    function = DatabaseFunction(
        name="keep", returns="trigger", body=f"begin new.{column} := 1; return new; end"
    )
    return Trigger(name="keep", function=function, when="before", event="insert")


def signing_up(column: str) -> Trigger:
    """A trigger on a table of another owner, whose function is dropped with it."""
    body = f"begin insert into public.notes ({column}) values (1); return new; end"
    function = DatabaseFunction(name="sign_up", returns="trigger", body=body)
    return Trigger(
        name="sign_up", function=function, when="after", event="insert", on="auth.users"
    )


def of_row(column: str) -> DatabaseFunction:
    """A function of a row, whose body names no table."""
    return DatabaseFunction(
        name="of_row",
        arguments=("note public.notes",),
        returns="integer",
        body=f"begin return note.{column}; end",
    )


def clearing(column: str) -> DatabaseProcedure:
    """A procedure that changes a column of notes."""
    return DatabaseProcedure(
        name="clear", body=f"begin update public.notes set {column} = 0; end"
    )


def notes(*objects: object, **columns: Col[int]) -> list[type[Table]]:
    return [table("notes", *objects, **columns)]


NAMING = {
    "in SQL": sum_of("a"),
    "in PL/pgSQL": sum_of("a", "plpgsql"),
    "in a procedure": clearing("a"),
    "of the row of a trigger": keeping("a"),
    "of a row that is an argument": of_row("a"),
    "with a trigger on a table of others": signing_up("a"),
}

RENAMED = {
    "in SQL": sum_of("b"),
    "in PL/pgSQL": sum_of("b", "plpgsql"),
    "in a procedure": clearing("b"),
    "of the row of a trigger": keeping("b"),
    "of a row that is an argument": of_row("b"),
    "with a trigger on a table of others": signing_up("b"),
}


@pytest.mark.parametrize("kind", NAMING)
async def test_a_body_that_names_a_renamed_column_keeps_the_migration_from_being_written(
    project: Project, capsys: Captured, kind: str
) -> None:
    project.declare(notes(NAMING[kind], a=integer()))
    await project.generate()
    written = project.files
    project.declare(notes(NAMING[kind], b=integer()))
    with pytest.raises(SystemExit, match=r"names public\.notes\.a, which becomes b, and each"):
        await new("db", auto=True, auto_input="y")
    assert project.files == written
    project.declare(notes(RENAMED[kind], b=integer()))
    assert await project.generate() is not None
    assert "names public.notes.a" not in capsys.readouterr().out


async def test_a_body_that_names_a_dropped_column_or_table_does_too(
    project: Project,
) -> None:
    project.declare([*notes(sum_of("a"), a=integer(), c=integer()), table("tags")])
    await project.generate()
    for gone in (notes(sum_of("a"), c=integer()), [table("tags", sum_of("a"))]):
        project.declare(gone)
        with pytest.raises(SystemExit, match="which is dropped, and each call would fail"):
            await new("db", auto=True, auto_input="n")


@pytest.mark.parametrize(
    "body",
    [
        "begin return 'a of public.notes'; end",
        "begin /* a of public.notes */ return null; end",
        "begin return (select a from public.tags, public.notes as n where n.c = 1); end",
    ],
)
async def test_a_word_that_is_another_thing_is_none_of_its_names(
    project: Project, body: str
) -> None:
    function = DatabaseFunction(name="total", returns="text", body=body)
    tags = table("tags", a=integer())
    project.declare([*notes(function, a=integer(), c=integer()), tags])
    await project.generate()
    project.declare([*notes(function, b=integer(), c=integer()), tags])
    assert await project.generate() is not None


@pytest.mark.parametrize(
    "body",
    [
        # Another statement is about a table that has such a column.
        "begin perform a from public.tags; update public.notes set a = 1; return null; end",
        (
            "declare one record; begin for one in select * from public.notes loop "
            "return one.a; end loop; end"
        ),
        "begin if exists (select from public.notes where a = 1) then return 1; end if; end",
        "begin execute 'select a from public.notes'; return null; end",
        "begin return case when true then (select max(a) from public.notes) end; end",
    ],
)
async def test_the_table_of_each_statement_tells_what_a_word_means(
    project: Project, body: str
) -> None:
    function = DatabaseFunction(name="total", returns="text", body=body)
    tags = [table("tags", a=integer())] if "tags" in body else []
    project.declare([*notes(function, a=integer()), *tags])
    await project.generate()
    project.declare([*notes(function, b=integer()), *tags])
    with pytest.raises(SystemExit, match=r"names public\.notes\.a, which becomes b, and each"):
        await new("db", auto=True, auto_input="y")


@pytest.mark.parametrize(
    "body",
    [
        "declare a integer := 1; begin a := a + 1; delete from public.notes; return a; end",
        "begin return (select n.a from auth.users as n, public.notes); end",
        "begin return public.a((select max(c) from public.notes)); end",
    ],
)
async def test_a_variable_an_alias_or_a_function_of_that_name_is_no_column(
    project: Project, body: str, capsys: Captured
) -> None:
    function = DatabaseFunction(name="total", returns="text", body=body)
    project.declare(notes(function, a=integer(), c=integer()))
    await project.generate()
    project.declare(notes(function, b=integer(), c=integer()))
    assert await project.generate() is not None
    assert "names public.notes.a" not in capsys.readouterr().out


async def test_a_body_that_was_changed_and_still_names_it_is_refused_unless_it_says_otherwise(
    project: Project, capsys: Captured
) -> None:
    project.declare(notes(sum_of("a"), a=integer()))
    await project.generate()
    project.declare(notes(sum_of("a + 0 * n.a"), b=integer()))
    with pytest.raises(SystemExit, match=r"the comment `-- not public\.notes\.a` into it"):
        await new("db", auto=True, auto_input="y")
    project.declare(notes(sum_of("a -- not public.notes.a\n"), b=integer()))
    assert await project.generate() is not None
    assert "names public.notes.a" not in capsys.readouterr().out


async def test_what_may_be_a_column_of_another_table_in_the_statement_is_pointed_out(
    project: Project, capsys: Captured
) -> None:
    body = "begin return (select a from public.tags, public.notes as n where n.c = 1); end"
    function = DatabaseFunction(name="total", returns="text", body=body)
    tags = table("tags", a=integer())
    project.declare([*notes(function, a=integer(), c=integer()), tags])
    await project.generate()
    project.declare([*notes(function, b=integer(), c=integer()), tags])
    await project.generate()
    sentence = "The body of function public.total() names public.notes.a, which becomes b"
    assert sentence in capsys.readouterr().out
    assert sentence in " ".join(project.files[-1].path.read_text().split())


class TestARun:
    async def test_after_which_a_function_cannot_run_is_rolled_back(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        await with_total(project)
        project.write("3000-1", Execute("select 1", "select 1"))
        project.write("3000-2", RenameColumn("public.notes", "a", "b"))
        project.write("3000-3", Execute("select 1", "select 1"))
        async with connected(empty_database.superuser_url) as connection:
            before = await catalog(connection)
            with pytest.raises(SystemExit):
                await forwards("all")
            assert await catalog(connection) == before
        assert (
            "db_3000-2.py: the function total() can no longer run after it: column n.a does "
            "not exist." in capsys.readouterr().err
        )
        assert len(await ran(empty_database)) == 1

    @pytest.mark.whole("migrates many times")
    async def test_that_repairs_in_a_later_file_what_it_broke_goes_through(
        self, empty_database: Database, project: Project
    ) -> None:
        await with_total(project)
        project.write("3000-1", RenameColumn("public.notes", "a", "b"))
        repaired = sum_of("b").definition()
        project.write("3000-2", Execute(repaired.create, ""))
        await forwards("all")
        assert len(await ran(empty_database)) == 3

    @pytest.mark.whole("migrates there and back")
    async def test_that_is_undone_is_checked_too(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        await with_total(project)
        repair, back = sum_of("b").definition(), sum_of("a").definition()
        rename = RenameColumn("public.notes", "a", "b")
        project.write("3000-1", rename, Execute(repair.create, "select 1"))
        await forwards("all")
        with pytest.raises(SystemExit):
            await backwards("db", auto_agree=True)
        assert "db_3000-1.py: the function total() can no longer run" in capsys.readouterr().err
        assert len(await ran(empty_database)) == 2
        assert back.name == repair.name

    @pytest.mark.whole("migrates many times")
    async def test_is_not_blamed_for_what_did_not_run_before_it(
        self, empty_database: Database, project: Project
    ) -> None:
        await with_total(project)
        async with connected(empty_database.direct_url) as connection:
            await connection.execute("alter table public.notes rename a to b")
        project.write("3000-1", Execute("select 1", "select 1"))
        await forwards("all")
        assert len(await ran(empty_database)) == 2

    @pytest.mark.whole("migrates many times")
    async def test_leaves_every_function_as_it_was(
        self, empty_database: Database, project: Project
    ) -> None:
        await with_total(project)
        query = "select oid, xmin::text from pg_proc where proname = 'total'"
        async with connected(empty_database.superuser_url) as connection:
            before = await connection.fetchrow(query)
            project.write("3000-1", Execute("select 1", "select 1"))
            await forwards("all")
            assert await connection.fetchrow(query) == before

    @pytest.mark.whole("migrates many times")
    async def test_checks_the_declared_types_of_pl_pgsql(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        body = "declare one public.notes.a%type; begin return one; end"
        function = DatabaseFunction(name="total", returns="bigint", body=body)
        project.declare(notes(function, a=integer()))
        await project.migrate()
        project.write("3000-1", RenameColumn("public.notes", "a", "b"))
        with pytest.raises(SystemExit):
            await forwards("all")
        assert "the function total() can no longer run" in capsys.readouterr().err

    async def test_takes_no_function_that_never_could_run(
        self, empty_database: Database, project: Project, capsys: Captured
    ) -> None:
        project.write("3000-1", Create(sum_of("nothing").definition()))
        with pytest.raises(SystemExit):
            await forwards("all")
        assert "db_3000-1.py: the function total() can no longer" in capsys.readouterr().err


async def with_total(project: Project) -> None:
    """A migrated table, and a function over a column of it."""
    project.declare(notes(sum_of("a"), a=integer()))
    await project.migrate()
