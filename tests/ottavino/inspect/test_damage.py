"""Commands finish, and say what is wrong, where something that the schema uses is damaged."""

import pytest

from ottavino import Extension, Policy, Role, vector
from ottavino.inspect import commands
from ottavino.inspect.adopt.commands import adopt
from ottavino.inspect.drift import drift
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.migrate.hand import by_hand
from tests.ottavino.migrate.project import Project, table
from tests.ottavino.whole import quick

NEAR = Policy(name="near", to=Role.AUTHENTICATED, using="other.is_near(user_id)")

MADE = """
    create schema other;
    create function other.is_near(uuid) returns boolean language sql as 'select true';
    grant usage on schema other to postgres
"""


@pytest.mark.whole("compares the whole catalog")
def test_functions_that_policies_call_are_missing(
    database: Database, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.copy_ours()
    by_hand(database, "drop function ottavino.uid() cascade")
    with pytest.raises(SystemExit, match="1"):
        commands.drift()
    told = capsys.readouterr().out
    assert "policy public.documents.owner: the database differs" in told
    assert "error OTT115 function ottavino.uid()" in told
    assert "create policy owner on public.documents" in told
    adopt(preview=True)


@pytest.mark.whole("compares the whole catalog")
@pytest.mark.parametrize(
    "owner",
    quick(["another"], ["the role that migrates", "another"], "migrates, and compares all"),
)
async def test_an_extension_that_was_moved_is_named(
    empty_database: Database, project: Project, settings_from: SettingsFrom, owner: str
) -> None:
    place = vector(3, default=None)
    project.declare([table("notes", place=place)], [Extension("vector", schema="extensions")])
    async with connected(empty_database.superuser_url) as connection:
        if not await connection.fetchval(
            "select exists (select from pg_available_extensions where name = 'vector')"
        ):
            pytest.skip("This PostgreSQL has no extension but PL/pgSQL.")
        await connection.execute(
            "create schema extensions; grant usage on schema extensions to public; "
            "create extension vector schema extensions"
        )
        await project.migrate()
        await connection.execute("alter extension vector set schema public")
    if owner == "another":
        (finding,) = [each for each in (await drift()).findings if each.rule == "OTT118"]
        assert "The extension vector is in the schema public, and declared in extensions." in (
            finding.message
        )
        return
    settings_from(DIRECT_URL=empty_database.superuser_url)
    found = await drift()
    assert [str(each.entry) for each in found.comparison.differences] == ["extension vector"]
    assert "alter extension vector set schema extensions" in str(found.comparison.fix)


@pytest.mark.whole("compares the whole catalog")
async def test_what_was_dropped_that_no_class_declares_is_named(
    empty_database: Database, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(MADE)
        project.declare([table("notes", NEAR)])
        await project.migrate()
        await connection.execute(
            "drop schema other cascade;"
            f"alter database {empty_database.name} set row_security = off"
        )
        found = await drift()
    assert {each.rule for each in found.findings} >= {"OTT103", "OTT118"}
    (finding,) = [each for each in found.findings if each.rule == "OTT118"]
    assert finding.message == (
        "No declared object was compared, since the declared schema cannot be made here. "
        'PostgreSQL refuses `create policy near on public.notes`: schema "other" does not '
        "exist. Restore what it uses, and run this again."
    )
    assert (finding.severity, finding.where) == ("error", "database")
    assert not found.comparison.differences


@pytest.mark.whole("compares the whole catalog")
def test_a_session_that_only_reads_by_default_is_compared(
    database: Database, project: Project
) -> None:
    project.copy_ours()
    by_hand(database, f"alter database {database.name} set default_transaction_read_only = on")
    with pytest.raises(SystemExit, match="1"):
        commands.drift()
