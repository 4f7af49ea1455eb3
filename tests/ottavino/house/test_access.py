"""No caller reaches another's rows: every cell of the matrix, tried against PostgreSQL."""

import itertools
from collections.abc import AsyncGenerator

import pytest

from ottavino import session
from ottavino.dev.database.server import address
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.databases import GRANTING, MIGRATED
from tests.ottavino.house.access import (
    CALLERS,
    MATRIX,
    OTHERS,
    TABLES,
    TRANSITIONS,
    Cell,
    cells_of,
    grid,
)
from tests.ottavino.house.injection import INJECTIONS
from tests.ottavino.house.trial import COLUMNS, difference, in_session, observe, seed
from tests.ottavino.whole import quick

each_table = pytest.mark.parametrize("table", MATRIX)


@pytest.fixture(
    params=[
        pytest.param((MIGRATED, False), id="where nothing is granted by itself"),
        pytest.param((GRANTING, False), id="where everything was"),
        pytest.param((MIGRATED, True), id="through PgBouncer"),
    ]
)
async def database(
    cluster: Cluster, settings_from: SettingsFrom, request: pytest.FixtureRequest
) -> AsyncGenerator[Database]:
    """A migrated database: of a project with automatic grants, of one without, and behind a
    pooler.
    """
    template, is_pooled = request.param
    folder = request.getfixturevalue("pooler") if is_pooled else cluster.socket_folder
    async with cluster.clone(template) as database:
        settings_from(**database.variables)
        settings_from(
            DATABASE_URL=address(folder, LOGIN, database.name),
            SERVICE_DATABASE_URL=address(folder, AUTHENTICATOR, database.name),
        )
        yield database


class TestEveryCell:
    @pytest.mark.whole_but_first("tries all cells as all callers")
    @pytest.mark.parametrize(
        "table",
        quick(["document_chunks"], [*MATRIX], "tries all cells as all callers"),
    )
    async def test_comes_out_as_it_says(self, database: Database, table: str) -> None:
        async with connected(database.superuser_url) as connection:
            await seed(connection, table)
        found: list[str | None] = []
        for caller in CALLERS.keys() - {"injected"}:
            cells = [cell for cell in cells_of(table) if cell.caller == caller]
            assert cells
            async with session(CALLERS[caller]):
                found += [await difference(in_session(), cell) for cell in cells]
        assert [sentence for sentence in found if sentence] == []

    @pytest.mark.whole_but_first("tries all cells after each injection")
    @pytest.mark.parametrize(
        "table", quick(["agent_sessions"], [*MATRIX], "tries all cells after each injection")
    )
    async def test_comes_out_for_whoever_sends_any_query_as_for_the_caller_that_it_is(
        self, database: Database, table: str
    ) -> None:
        async with connected(database.superuser_url) as connection:
            await seed(connection, table)
        cells = [cell for cell in cells_of(table) if cell.caller == "injected"]
        for said, injection in INJECTIONS.items():
            async with session(CALLERS["injected"]):
                found = [await difference(in_session(injection), cell) for cell in cells]
            assert [sentence for sentence in found if sentence] == [], said

    @pytest.mark.whole_but_first("tries all changes of a status")
    async def test_of_what_a_user_may_make_of_a_status_does_too(
        self, database: Database
    ) -> None:
        async with connected(database.superuser_url) as connection:
            await seed(connection, "agent_requests")
            for before, outcomes in grid(TRANSITIONS):
                await connection.execute(
                    f"update public.agent_requests set status = '{before}'"
                )
                async with session(CALLERS["owner"]):
                    assert outcomes == {
                        after: await observe(in_session(), _status_set_to(after, outcome))
                        for after, outcome in outcomes.items()
                    }, before


def _status_set_to(status: str, outcome: str) -> Cell:
    return Cell("agent_requests", "update", "status", "owner", outcome, f"'{status}'")


class TestTheMatrix:
    async def test_names_every_table(self, shared_database: Database) -> None:
        async with connected(shared_database.superuser_url) as connection:
            rows = await connection.fetch(
                "select relname from pg_class where relnamespace = 'public'::regnamespace "
                "and relkind in ('r', 'p', 'v', 'm', 'f') and relname <> 'migration'"
            )
        tables = TABLES.keys() | {row["relname"] for row in rows}
        assert tables == MATRIX.keys(), (
            "Say in access.py who may do what with each table, and with no other: "
            f"{', '.join(sorted(tables ^ MATRIX.keys()))}."
        )

    @each_table
    async def test_names_every_column(self, shared_database: Database, table: str) -> None:
        async with connected(shared_database.superuser_url) as connection:
            rows = await connection.fetch(COLUMNS, f"public.{table}")
        columns = TABLES[table].column_specs().keys() | {str(row["attname"]) for row in rows}
        for caller, command in itertools.product(CALLERS, ["insert", "update"]):
            named = [
                str(cell.column)
                for cell in cells_of(table)
                if (cell.caller, cell.command) == (caller, command)
            ]
            assert sorted(named) == sorted(columns), (
                f"Say in access.py, once for each column of {table}, if a caller as "
                f"{caller} may {command} it."
            )

    @each_table
    async def test_names_every_command(self, shared_database: Database, table: str) -> None:
        async with connected(shared_database.superuser_url) as connection:
            rows = await connection.fetch(
                "select lower(privilege_type) as name from aclexplode(acldefault('r', 10))"
            )
        commands = {"select", "insert", "update", "delete", *OTHERS}
        assert commands >= {row["name"] for row in rows}, (
            "PostgreSQL has a privilege on tables that access.py does not know."
        )
        for caller in CALLERS:
            named = {cell.command for cell in cells_of(table) if cell.caller == caller}
            assert named == commands, (
                f"Say in access.py of each command what it does on {table}."
            )
