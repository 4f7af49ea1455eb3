"""Roles of the project's own, and `public`: in policies, grants and functions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from ottavino import (
    PUBLIC,
    ApiRole,
    Col,
    DatabaseFunction,
    DatabaseProcedure,
    DefaultPrivileges,
    ForeignPolicy,
    Grant,
    Identity,
    Policy,
    Role,
    Schema,
    Sequence,
    Table,
    Trigger,
    View,
    session,
    uuid,
)
from ottavino.declare.schema_object import SchemaObject
from ottavino.inspect.drift import drift, find_drift
from ottavino.inspect.matrix import as_text, matrix
from ottavino.query import objects, select
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import (
    PRICE,
    TITLE,
    Edits,
    each_edit_goes_there_and_back,
    install,
    migrator,
    notes,
    schema,
    there_and_back,
    undone,
)
from tests.ottavino.declare.test_every_column import USER, drifts, migrated
from tests.ottavino.migrate.project import Project, table, without_facts

EDITOR, AUDITOR = ApiRole("test_editor"), ApiRole("test_auditor")
EXISTS = "select rolname::text from pg_roles where rolname like 'test\\_%' order by rolname"


@pytest.fixture(scope="module")
def cluster(another_cluster: Cluster) -> Cluster:
    """Roles belong to a whole server, and no service starts whose login can become more."""
    return another_cluster


@pytest.fixture(autouse=True)
def api_roles(settings_from: SettingsFrom) -> None:
    settings_from(API_ROLES="test_editor,test_auditor")


def function(*execute: Any) -> DatabaseFunction:
    return DatabaseFunction(
        name="one", returns="integer", language="sql", body="select 1", execute=execute
    )


def procedure(*execute: Any) -> DatabaseProcedure:
    return DatabaseProcedure(name="tidy", body="begin commit; end", execute=execute)


def sequence(*usage: Any) -> Sequence:
    return Sequence("numbers", usage=usage)


def reports(*usage: Any) -> Schema:
    return Schema("reports", usage=usage)


def later(*to: Any) -> DefaultPrivileges:
    return DefaultPrivileges("tables", "ottavino_members", to=dict.fromkeys(to, ("select",)))


def files(*to: Any) -> ForeignPolicy:
    return ForeignPolicy(on="public.theirs", name="read", to=to, using="true")


READ = Policy(name="read", command="select", to=EDITOR, using="paid")

GRANTED: dict[str, Callable[..., SchemaObject]] = {
    "a procedure": procedure,
    "a sequence": sequence,
    "a schema": reports,
    "what is made later": later,
}

EDITS: Edits = {
    "a policy for one": ([], [READ]),
    "a policy for another": ([READ], [Policy(name="read", to=AUDITOR, using="paid")]),
    "a policy for everybody": ([READ], [Policy(name="read", to=PUBLIC, using="paid")]),
    "a grant": ([], [Grant(to=EDITOR, select=True)]),
    "a grant less": (
        [Grant(to=EDITOR, select=True), Grant(to=Role.ANON, select=True)],
        [Grant(to=Role.ANON, select=True)],
    ),
    "a grant to another": ([Grant(to=EDITOR, select=True)], [Grant(to=AUDITOR, select=True)]),
    "a grant to everybody": ([], [Grant(to=PUBLIC, select=True)]),
    "a function for one": ([function()], [function(EDITOR)]),
    "a function for another": ([function(EDITOR)], [function(AUDITOR)]),
    "a function for everybody": ([function(EDITOR)], [function(PUBLIC)]),
}

EDITS_OF_ROLES: Edits = {
    f"{kind} for {whom}": ([make(*old)], [make(*new)])
    for kind, make in GRANTED.items()
    for whom, old, new in (
        ("one", [Role.ANON], [Role.ANON, EDITOR]),
        ("another", [EDITOR], [AUDITOR]),
        ("everybody", [EDITOR, AUDITOR], [PUBLIC]),
    )
}


@pytest.mark.whole("makes 22 edits and undoes them")
async def test_an_edit_goes_there_and_back(shared_empty_database: Database) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, {**EDITS, **EDITS_OF_ROLES})


async def test_a_grant_of_a_file_that_names_no_roles_is_revoked(
    shared_empty_database: Database,
) -> None:
    """As those from before there were roles of a project's own."""
    old, new = (
        schema(notes(Grant(to=each, select=True)), function(each)) for each in (EDITOR, PUBLIC)
    )
    async with migrator(shared_empty_database) as connection:
        await there_and_back(connection, without_facts(old), new)


def read_by(role: Any) -> type[Table]:
    class ReadNotes(View, tablename="read_notes"):
        id: Col[UUID] = uuid()
        query = "select id from public.notes"
        database_objects = (Grant(to=role, select=True),)

    return ReadNotes


@pytest.mark.whole("makes a role in many ways")
async def test_a_role_is_made_wherever_it_is_named(shared_empty_database: Database) -> None:
    called = DatabaseFunction(
        name="sign_up", returns="trigger", body="begin return new; end", execute=(EDITOR,)
    )
    signed_up = Trigger(
        name="a", function=called, when="after", event="insert", on="auth.users"
    )
    async with migrator(shared_empty_database) as connection:
        await connection.execute("create table public.theirs ()")
        made = [make(EDITOR) for make in (*GRANTED.values(), files)]
        for declared in (function(EDITOR), signed_up, read_by(EDITOR), *made):
            async with undone(connection):
                await install(connection, notes(), declared)
                state = schema(notes(), declared)
                assert (await find_drift(connection, state, state)).differences == []


@pytest.mark.parametrize("make", [function, *GRANTED.values(), files])
def test_the_name_of_a_role_is_no_role(make: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match="names 'test_editor', which is not a Role"):
        make("test_editor")


async def test_a_migration_makes_a_role_for_the_login_and_drops_it_on_the_way_back(
    empty_database: Database, project: Project
) -> None:
    declared: Any = notes(
        READ,
        Policy(name="dear", to=PUBLIC, using="price > 5"),
        Grant(to=EDITOR, select=True),
        Grant(to=PUBLIC, select=(TITLE,)),
    )
    await migrated(empty_database, project, declared)
    assert await roles(empty_database) == ["test_editor"]
    assert await drifts(empty_database, [declared]) == []
    assert (await drift()).is_none
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(f"""
            insert into notes (user_id, title, price, paid)
            values ('{USER}', 'paid', 1, true), ('{USER}', 'dear', 9, false);
        """)
    async with session(Identity(EDITOR), name="test"):
        assert len(await objects(declared)) == 2
    async with session(Identity.anonymous(), name="test"):
        assert await select(declared.title) == [("dear",)]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with session(Identity.anonymous(), name="test"):
            await select(declared.price)
    await project.undo()
    assert await roles(empty_database) == []


@pytest.mark.whole("compares the whole catalog")
async def test_drift_names_a_declared_role_that_the_server_does_not_have(
    empty_database: Database, project: Project
) -> None:
    project.declare([notes(READ)])
    await project.migrate()
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute("drop policy read on notes; drop role test_editor")
    found = await drift()
    assert [(each.rule, each.where) for each in found.findings if each.severity == "error"] == [
        ("OTT112", "role test_editor")
    ]
    assert not found.is_none


async def test_a_role_that_is_there_already_is_left_alone(
    empty_database: Database, project: Project
) -> None:
    made = "create role test_auditor connection limit 7"
    try:
        declared = table("notes", Grant(to=AUDITOR, select=True))
        await migrated(empty_database, project, declared, before=made)
        await project.undo()
        assert await roles(empty_database) == ["test_auditor"]
    finally:
        async with connected(empty_database.superuser_url) as connection:
            await connection.execute("drop role test_auditor")


async def test_the_matrix_shows_what_a_role_may_do_and_a_role_without_grants(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        await install(connection, notes(READ, Grant(to=EDITOR, select=(TITLE, PRICE))))
        text = as_text(await matrix(connection))
    assert "    test_editor  select (title, price): rows of read\n" in text
    assert "policy read for select to test_editor" in text
    assert "Nothing is granted to test_auditor, which API_ROLES names." in text


def test_a_role_that_api_roles_does_not_name_is_refused(settings_from: SettingsFrom) -> None:
    settings_from(API_ROLES="test_auditor")
    with pytest.raises(ValueError, match="The role test_editor is declared, but no caller"):
        schema(notes(READ))
    assert schema(notes(Grant(to=AUDITOR, select=True)))


@pytest.mark.parametrize("name", ["anon", "service_role", "public", "postgres", "Editor"])
def test_a_name_that_no_role_of_callers_may_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a role of the project's own"):
        ApiRole(name)


SCHEMAS = "select count(*) from pg_namespace where nspname = 'reports'"


@pytest.mark.whole("compares the whole catalog")
@pytest.mark.parametrize("there", [0, 1])
async def test_a_schema_that_was_there_before_is_there_after_the_way_back(
    empty_database: Database, project: Project, there: int
) -> None:
    before = "create schema reports authorization postgres;" * there
    await migrated(empty_database, project, objects=[reports(EDITOR)], before=before)
    assert (await drift()).is_none
    await project.undo()
    async with connected(empty_database.superuser_url) as connection:
        assert await connection.fetchval(SCHEMAS) == there
    assert await roles(empty_database) == []


async def roles(database: Database) -> list[str]:
    async with connected(database.superuser_url) as connection:
        return [row[0] for row in await connection.fetch(EXISTS)]
