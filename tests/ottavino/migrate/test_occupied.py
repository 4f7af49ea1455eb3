"""Objects that no migration made are named before anything is changed."""

from dataclasses import replace

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import (
    Check,
    DatabaseFunction,
    Generated,
    Index,
    Policy,
    Trigger,
    Unique,
    integer,
)
from ottavino.declare.database_function import sets_to_now
from ottavino.declare.table import Table
from ottavino.migrate.steps import Execute
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, catalog, dump, ran, table
from tests.ottavino.whole import quick

Captured = pytest.CaptureFixture[str]

ONE = DatabaseFunction(name="one", returns="int", body="select 1", language="sql")
KEEP = DatabaseFunction(name="keep", returns="trigger", body="begin return new; end")
THEIRS = "as 'begin new.version := new.version + 1; return new; end'"
FUNCTION = f"create function public.{{}} returns trigger language plpgsql {THEIRS}"


def few() -> list[type[Table]]:
    return [table("notes", a=integer())]


def many() -> list[type[Table]]:
    """A table with an object of each kind, and another table that is new."""
    column = integer()
    return [
        table(
            "notes",
            Check("positive", "a > 0"),
            Unique(column),
            Index(column, name="one"),
            Policy(name="few", using="a = 1"),
            Trigger(name="keep", function=KEEP, when="before", event="update"),
            ONE,
            Generated("c", "integer", "a + 1"),
            a=column,
            b=integer(default=1),
        ),
        table("tags", a=integer()),
    ]


NAMED = {
    "function public.one()": "create function one() returns int language sql as 'select 2'",
    "function public.keep()": FUNCTION.format("keep()"),
    "table public.tags": "create table tags ()",
    "view public.tags": "create view tags as select 1",
    "type public.tags": "create type tags as enum ('a')",
    "column public.notes.b": "alter table notes add b text",
    "column public.notes.c": "alter table notes add c int",
    "policy public.notes.few": "create policy few on notes using (false)",
    "index public.one": "create index one on public.migration (name)",
    "sequence public.one": "create sequence one",
    "constraint public.notes.notes_positive": "alter table notes add constraint notes_positive "
    "check (a > 1)",
    "constraint public.notes.notes_a_key": "alter table notes add constraint notes_a_key "
    "unique (a, id)",
    "index public.notes_a_key": "create index notes_a_key on public.migration (name)",
    "index public.tags_pkey": "create index tags_pkey on public.migration (name)",
    "trigger public.notes.keep": "create trigger keep before update on notes for each row "
    "execute function suppress_redundant_updates_trigger()",
}


async def refusal(capsys: Captured) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit):
        await forwards("all")
    return capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    quick(
        ["table public.tags"],
        [*NAMED],
        "generates and applies a migration twice",
    ),
)
async def test_what_is_there_is_named_and_nothing_is_changed(
    empty_database: Database, project: Project, capsys: Captured, name: str
) -> None:
    project.declare(few())
    await project.migrate()
    project.declare(many())
    assert await project.generate() is not None
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(NAMED[name])
        before = await catalog(connection)
        told = await refusal(capsys)
        assert told.startswith("The database has already, and no migration made it: ")
        assert name in told
        assert told.endswith("Nothing was changed.\n")
        assert await catalog(connection) == before
    assert len(await ran(empty_database)) == 1


@pytest.mark.whole("migrates many times")
async def test_what_another_table_has_of_that_name_is_another(
    empty_database: Database, project: Project
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute("""
            create table others (a int constraint notes_positive check (a > 1), b text);
            create policy few on others using (false);
            create trigger keep before update on others for each row
                execute function suppress_redundant_updates_trigger();
        """)
    project.declare(few())
    await project.migrate()
    project.declare(many())
    await project.migrate()
    assert len(await ran(empty_database)) == 2


@pytest.mark.whole("migrates many times")
async def test_what_is_ours_is_replaced(empty_database: Database, project: Project) -> None:
    project.declare(many())
    await project.migrate()
    other = DatabaseFunction(name="one", returns="int", body="select 3", language="sql")
    renamed = DatabaseFunction(
        name="two", returns="int", body="select a", arguments=("a int",), language="sql"
    )
    project.declare([*few(), table("lists", renamed)], [other])
    await project.migrate()
    again = DatabaseFunction(
        name="two", returns="int", body="select b", arguments=("b int",), language="sql"
    )
    project.declare([*few(), table("lists", again)], [other])
    await project.migrate()
    async with connected(empty_database.direct_url) as connection:
        assert await connection.fetchval("select one() + two(4)") == 7


@pytest.mark.whole("migrates many times")
async def test_a_function_with_other_arguments_is_another(
    empty_database: Database, project: Project
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(
            "create function one(a text) returns int language sql as 'select 2'"
        )
        project.declare(many())
        await project.migrate()
        assert await connection.fetchval("select one() + one('')") == 3


async def test_a_function_of_another_role_is_not_taken_for_ours(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute("create function one() returns int language sql as 'select 2'")
    project.declare(many())
    assert await project.generate() is not None
    assert "no migration made it: function public.one()." in await refusal(capsys)


@pytest.mark.whole("migrates many times")
async def test_a_common_name_in_a_project_is_left_to_it(
    empty_database: Database, project: Project
) -> None:
    """It was ours once, by default."""
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(FUNCTION.format("set_updated_at()"))
        query = "select pg_get_functiondef('set_updated_at()'::regprocedure)"
        before = await connection.fetchval(query)
        await project.migrate()
        assert sets_to_now("updated_at").definition().name in project.replayed.objects
        assert await connection.fetchval(query) == before
        await backwards("db", "all", auto_agree=True)
        assert await connection.fetchval(query) == before


async def test_the_function_of_a_trigger_elsewhere_is_looked_for_too(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    welcome = Trigger(
        name="welcome", function=KEEP, when="after", event="insert", on="auth.users"
    )
    project.declare(few(), [welcome])
    assert await project.generate() is not None
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(FUNCTION.format("keep()"))
    assert "function public.keep()" in await refusal(capsys)


@pytest.mark.whole
async def test_what_others_hang_on_a_function_of_ours_is_not_dropped_with_it(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    welcome = Trigger(
        name="welcome", function=KEEP, when="after", event="insert", on="auth.users"
    )
    project.declare(few(), [welcome])
    await project.migrate()
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(
            "create trigger theirs after insert on auth.users "
            "for each row execute function keep()"
        )
        before = dump(empty_database)
        with pytest.raises(SystemExit):
            await backwards("db", "all", auto_agree=True)
        assert "would drop trigger theirs on table auth.users too" in capsys.readouterr().err
        assert dump(empty_database) == before
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute("drop trigger theirs on auth.users")
    await backwards("db", "all", auto_agree=True)


@pytest.mark.whole
async def test_a_body_is_replaced_under_the_triggers_of_others(
    empty_database: Database, project: Project
) -> None:
    welcome = Trigger(
        name="welcome", function=KEEP, when="after", event="insert", on="auth.users"
    )
    project.declare(few(), [welcome])
    await project.migrate()
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(
            "create trigger theirs after insert on auth.users "
            "for each row execute function keep()"
        )
    before = dump(empty_database)
    body = "begin return null; end"
    project.declare(few(), [replace(welcome, function=replace(KEEP, body=body))])
    await project.migrate()
    assert dump(empty_database) == before.replace(KEEP.body, body)
    await backwards("db", auto_agree=True)
    assert dump(empty_database) == before


@pytest.mark.whole("migrates there and back")
async def test_what_took_a_name_of_ours_meanwhile_is_not_overwritten_by_undoing(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    project.declare(many())
    await project.migrate()
    project.declare(few())
    await project.migrate()
    async with connected(empty_database.direct_url) as connection:
        await connection.execute("create function one() returns int language sql as 'select 2'")
        with pytest.raises(SystemExit):
            await backwards("db", auto_agree=True)
        assert "no migration made it: function public.one()." in capsys.readouterr().err
        assert await connection.fetchval("select one()") == 2


@pytest.mark.whole("migrates many times")
async def test_what_a_migration_made_by_a_statement_of_its_own_is_ours(
    empty_database: Database, project: Project
) -> None:
    sql = "create or replace function public.one() returns int language sql as 'select 2'"
    project.write("0", Execute(sql, "drop function one()"))
    await forwards("all")
    project.declare(many())
    await project.migrate()
    async with connected(empty_database.direct_url) as connection:
        assert await connection.fetchval("select one()") == 1


@pytest.mark.whole("migrates many times")
async def test_what_else_a_statement_does_is_seen_when_it_has_run(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    made = "create function one() returns int language sql as $f$ select 2 $f$"
    project.write("0", Execute(f"do $$ begin execute '{made}'; end $$", ""))
    project.declare(many())
    assert await project.generate() is not None
    assert "no migration made it: function public.one()." in await refusal(capsys)
    assert await ran(empty_database) == []
    project.write("0", Execute("drop function one()", ""))
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(made)
    await forwards("all")
    assert len(await ran(empty_database)) == 2


async def test_a_table_of_that_name_is_not_taken_for_the_one_of_what_ran(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute("create table public.migration (flight text)")
        before = await connection.fetch(
            "select relrowsecurity, relacl from pg_class where relname = 'migration'"
        )
        project.write_three()
        assert "is not Piccolo's table of what has run" in await refusal(capsys)
        assert before == await connection.fetch(
            "select relrowsecurity, relacl from pg_class where relname = 'migration'"
        )
