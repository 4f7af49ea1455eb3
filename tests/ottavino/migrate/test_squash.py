"""Many migrations squashed into one: new databases get the same, old ones have run it."""

import io

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.check import check
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import Index, integer, text
from ottavino.inspect.drift import drift
from ottavino.migrate.commands import squash
from ottavino.migrate.steps import Execute, Step
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, dump, ran, table
from tests.ottavino.migrate.test_round_trip import comparable

Captured = pytest.CaptureFixture[str]
VIEW = Execute(
    "create view public.few with (security_invoker = true) as select id from public.notes",
    "drop view public.few",
)


async def grown(project: Project, *by_hand: Step) -> None:
    """Write migrations that add, rename, change and drop."""
    project.declare([table("notes", a=integer()), table("lists", a=integer())])
    await project.generate()
    title = text(max_length=9)
    project.declare([table("notes", Index(title, concurrently=True), b=integer(), title=title)])
    await project.generate()
    if by_hand:
        project.write("9000", *by_hand)
    title = text(max_length=99)
    project.declare([table("notes", Index(title), b=integer(), title=title)])
    await project.generate()


@pytest.mark.whole
@pytest.mark.parametrize("by_hand", [(), (VIEW,)], ids=["the schema", "statements"])
async def test_one_migration_makes_what_all_made(
    cluster: Cluster,
    empty_database: Database,
    project: Project,
    settings_from: SettingsFrom,
    by_hand: tuple[Step, ...],
) -> None:
    await grown(project, *by_hand)
    await forwards("db")
    before, there = project.replayed, comparable(dump(empty_database))
    number = len(project.files)
    squash(auto_agree=True)
    (file,) = project.files
    assert project.replayed == before
    assert len(file.migration.replaces) == number
    assert (await drift()).is_none
    async with cluster.clone(EMPTY) as other:
        settings_from(**other.variables)
        await forwards("db")
        assert comparable(dump(other)) == there
        await backwards("db", auto_agree=True)
        assert await ran(other) == []


async def test_a_database_that_ran_all_takes_it_for_run_and_can_undo_it(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    await grown(project)
    await forwards("db")
    squash(auto_agree=True)
    (file,) = project.files
    capsys.readouterr()
    await check()
    assert "not run" not in capsys.readouterr().out.lower()
    await forwards("db")
    assert capsys.readouterr().out.splitlines()[-1] == "All migrations are applied."
    assert await ran(empty_database) == [file.id]
    await backwards("db", auto_agree=True)
    assert await ran(empty_database) == []


@pytest.mark.whole("runs many commands")
async def test_a_database_that_ran_only_some_has_to_run_the_others_first(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    await grown(project)
    await forwards("db", "1")
    done, *others = [file.id for file in project.files]
    squash(auto_agree=True)
    with pytest.raises(SystemExit):
        await forwards("db")
    assert f"Apply the others first, with the files as they were before it: {others[0]}" in (
        capsys.readouterr().err
    )
    assert await ran(empty_database) == [done]


@pytest.mark.whole("runs many commands")
async def test_it_can_be_squashed_again(empty_database: Database, project: Project) -> None:
    await grown(project)
    await forwards("db")
    squash(auto_agree=True)
    await forwards("db")
    project.declare([table("notes", b=integer())])
    await project.generate()
    await forwards("db")
    squash(auto_agree=True)
    await forwards("db")
    assert await ran(empty_database) == [project.files[0].id]


async def test_nothing_is_squashed_that_is_not_agreed_to(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    await grown(project)
    files = project.files
    squash()
    assert [file.path for file in project.files] == [file.path for file in files]


@pytest.mark.whole("runs many commands")
async def test_one_that_replaces_a_migration_that_was_not_run_is_not_undone(
    empty_database: Database, project: Project, capsys: Captured
) -> None:
    await grown(project)
    await forwards("db")
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(
            "update public.migration set was_run = (name <> min) "
            "from (select min(name) from public.migration) as first"
        )
        squash(auto_agree=True)
        for _ in range(2):
            with pytest.raises(SystemExit):
                await backwards("db", auto_agree=True)
            assert "cannot be undone: it was recorded as applied" in capsys.readouterr().err
            # It replaces the records.
            await forwards("db")
        await connection.execute("update public.migration set was_run = null")
        with pytest.raises(SystemExit):
            await backwards("db", auto_agree=True)
        assert "an earlier version recorded it" in capsys.readouterr().err
        await connection.execute("update public.migration set was_run = true")
    await backwards("db", auto_agree=True)
    assert await ran(empty_database) == []
