"""What a migration makes is closed to the roles of callers, whatever default privileges say."""

from enum import StrEnum
from typing import Any

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import (
    ApiRole,
    AsFound,
    DatabaseFunction,
    Domain,
    EnumType,
    Extension,
    Grant,
    Role,
    Schema,
    Sequence,
    View,
    bigint,
    identity,
    integer,
    serial,
)
from ottavino.declare.table import Table
from ottavino.inspect.drift import drift
from ottavino.migrate.steps import Execute
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, table

Mood = StrEnum("Mood", ["GOOD", "BAD"])
BORROWER = ApiRole("borrower")

LATER = "; ".join(
    f"alter default privileges grant all on {kind} to anon, borrower, bystander"
    for kind in ("schemas", "tables", "sequences", "functions", "types")
)

HELD = """
    with objects (name, acl) as (
        select nspname::text, nspacl from pg_namespace
        union all
        select relname, relacl from pg_class where relkind in ('r', 'v', 'S')
        union all
        select proname, proacl from pg_proc
        union all
        select typname, typacl from pg_type
    )
    select format('%s %s', name, lower(privilege_type))
    from objects, aclexplode(acl) where grantee = $1::text::regrole order by 1
"""


@pytest.fixture(scope="module")
def cluster(another_cluster: Cluster) -> Cluster:
    """Roles belong to a whole server, and no service starts whose login can become more."""
    return another_cluster


def declare(project: Project) -> None:
    make: Any = type(View)
    members = {
        "size": integer(),
        "query": "select size from public.notes",
        "database_objects": (Grant(to=Role.AUTHENTICATED, select=True),),
    }
    view = make("Seen", (View,), members, tablename="seen")
    notes = table(
        "notes",
        Grant(to=BORROWER, select=True),
        size=integer(),
        number=identity(bigint()),
        counted=serial(integer()),
    )
    project.declare(
        [notes, view],
        [
            DatabaseFunction(name="f", returns="integer", language="sql", body="select 1"),
            Sequence("numbers"),
            Schema("reports", usage=(Role.AUTHENTICATED,)),
            EnumType(Mood),
            Domain("price", "integer"),
            Extension("plpgsql", schema="of_extensions"),
        ],
    )


async def held(connection: Connection, role: str) -> list[str]:
    return [name for (name,) in await connection.fetch(HELD, role)]


@pytest.mark.whole("migrates there and back many times")
async def test_a_role_of_callers_has_what_is_declared_and_what_a_person_wrote(
    empty_database: Database, project: Project, settings_from: SettingsFrom
) -> None:
    settings_from(API_ROLES=f"{BORROWER}")
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute("create role borrower; create role bystander")
        async with connected(empty_database.direct_url) as migrating:
            await migrating.execute(LATER)
        before = await held(connection, Role.ANON)
        declare(project)
        await project.generate()
        by_hand = Execute(
            "create table by_hand (); grant insert on notes to borrower",
            "drop table by_hand; revoke insert on notes from borrower",
        )
        project.write("9999_by_hand", by_hand)
        await forwards("db")
        reads = [each for each in await held(connection, "borrower") if "by_hand" not in each]
        assert reads == ["notes insert", "notes select"]
        assert "by_hand select" in await held(connection, "borrower")
        by_anon = [each for each in await held(connection, Role.ANON) if each not in before]
        assert all("by_hand" in each for each in by_anon)
        # No class and no setting names this role.
        assert "notes delete" in await held(connection, "bystander")
        assert "reports usage" in await held(connection, "bystander")
        assert "mood usage" in await held(connection, "bystander")
        assert "mood usage" not in await held(connection, Role.ANON)
        found = await drift()
        told = [each.message for each in found.findings if "borrower" in each.message]
        # What PostgreSQL gives later objects is told, and nothing of what was made.
        assert not [each for each in told if "gets privileges" not in each]
        assert not [e for e in found.comparison.differences if "borrower" in str(e.entry)]
        await backwards("db", "all", auto_agree=True)
        assert await held(connection, "borrower") == []
        assert await connection.fetchval("select to_regnamespace('of_extensions')") is None
        await connection.execute(
            "drop owned by borrower, bystander; drop role borrower, bystander"
        )


async def test_the_schema_of_an_extension_is_closed_where_no_role_is_named(
    empty_database: Database, project: Project
) -> None:
    project.declare([], [Extension("plpgsql", schema="of_extensions")])
    await project.generate()
    async with connected(empty_database.superuser_url) as connection:
        async with connected(empty_database.direct_url) as migrating:
            await migrating.execute("alter default privileges grant all on schemas to anon")
        await forwards("db")
        assert await connection.fetchval("select to_regnamespace('of_extensions')") is not None
        assert not [e for e in await held(connection, Role.ANON) if "of_extensions" in e]


MADE_BY_HAND = [
    AsFound("sequence public.numbered", "create sequence numbered", "drop sequence numbered"),
    AsFound(
        "function public.g()",
        "create function g() returns integer language sql as 'select 1'",
        "drop function g()",
    ),
    AsFound(
        "view public.shown",
        "create view shown as select 1 as one;\ngrant select on shown to authenticated",
        "drop view shown",
        uses={},
    ),
]


async def test_what_a_person_wrote_for_a_class_is_closed_but_for_what_it_grants(
    empty_database: Database, project: Project
) -> None:
    part = AsFound(
        "partition public.notes_1",
        "create table notes_1 partition of public.notes for values in (1);\n"
        "grant select on notes_1 to authenticated",
        "drop table notes_1",
        uses={"public.notes": ()},
    )
    make: Any = type(Table)
    members = {"size": integer(), "database_objects": (part,)}
    by = {"partition_by": "list (size)", "has_key": False}
    notes = make("Notes", (Table,), members, tablename="notes", **by)
    project.declare([notes], MADE_BY_HAND)
    await project.generate()
    async with connected(empty_database.superuser_url) as connection:
        async with connected(empty_database.direct_url) as migrating:
            for kind in ("tables", "sequences", "functions"):
                everybody = "" if kind == "functions" else ", public"
                await migrating.execute(
                    f"alter default privileges grant all on {kind} "
                    f"to anon, authenticated{everybody}"
                )
        before = {role: await held(connection, role) for role in Role}
        await forwards("db")
        after = {role: await held(connection, role) for role in Role}
        assert {role: {*after[role]} - {*before[role]} for role in Role} == {
            Role.ANON: set(),
            Role.AUTHENTICATED: {"notes_1 select", "shown select"},
            Role.SERVICE_ROLE: set(),
        }
        assert not await connection.fetchval(
            "select has_table_privilege('anon', 'notes_1', 'select')"
        )
        await backwards("db", "all", auto_agree=True)
