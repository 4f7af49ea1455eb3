"""What default privileges of the database grant is never taken for something declared."""

import pytest

from ottavino import DatabaseFunction, Grant, Role, Schema, Sequence
from ottavino.inspect.drift import drift
from ottavino.migrate.steps import Execute
from ottavino.postgres.supabase import AUTHENTICATOR
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, table

LATER = "; ".join(
    f"alter default privileges grant all on {kind} to anon, {AUTHENTICATOR}"
    for kind in ("schemas", "tables", "sequences", "functions", "types")
)

ON_NOTES = (
    f"alter default privileges in schema public grant update on tables to {AUTHENTICATOR}"
)

OBJECTS = (
    DatabaseFunction(name="f", returns="integer", language="sql", body="select 1"),
    Sequence("numbers"),
    Schema("reports", usage=(Role.AUTHENTICATED,)),
)


@pytest.mark.whole("compares the whole catalog")
async def test_nothing_declared_lacks_what_default_privileges_grant(
    empty_database: Database, project: Project
) -> None:
    project.declare([table("notes", Grant(to=Role.AUTHENTICATED, select=True))], OBJECTS)
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(f"{LATER}; {ON_NOTES}")
        project.write("1_by_hand", Execute("create table by_hand ()", "drop table by_hand"))
        await project.migrate()
        await connection.execute(
            f"revoke all on notes from {AUTHENTICATOR}; "
            f"revoke all on function f() from {AUTHENTICATOR}; "
            f"revoke all on schema reports from {AUTHENTICATOR}"
        )
    found = await drift()
    assert [str(each.entry) for each in found.comparison.differences] == []
    assert found.comparison.fix is None
    # What was made by hand has the privileges that it got.
    unknown = [*map(str, found.comparison.unknown)]
    assert not any("by_hand" in each for each in unknown)
