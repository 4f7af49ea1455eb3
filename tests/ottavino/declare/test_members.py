"""Members of groups: the rows that they reach, the cost of that, and refused declarations."""

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from ottavino import Col, Members, Policy, Role, Table, integer, owner, primary_key, text, uuid
from ottavino.identity import Identity
from ottavino.inspect.lint import lint
from ottavino.inspect.matrix import as_text, matrix
from ottavino.migrate.state import State, declared
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import caller, install, migrator, schema, there_and_back
from tests.ottavino.declare.shared import ALL, SHARED
from tests.ottavino.declare.test_every_column import drifts
from tests.ottavino.migrate.project import Project, dump, table

OWNER, EDITOR, VIEWER, STRANGER = (UUID(int=number) for number in range(1, 5))
PEOPLE = {OWNER: "owner", EDITOR: "editor", VIEWER: "viewer"}
OURS, THEIRS = UUID(int=100), UUID(int=200)


@asynccontextmanager
async def organisations(database: Database) -> AsyncGenerator[Connection]:
    """Two organisations with a project each; one has three members, one the stranger."""
    async with migrator(database, *PEOPLE, STRANGER) as connection:
        await install(connection, *SHARED)
        await connection.execute(f"""
            insert into organisations (id, made_by, name)
            values ('{OURS}', '{OWNER}', 'ours'), ('{THEIRS}', '{STRANGER}', 'theirs');
            insert into organisation_members values ('{THEIRS}', '{STRANGER}', 'owner');
            insert into projects (organisation_id, name)
            values ('{OURS}', 'ours'), ('{THEIRS}', 'theirs');
        """)
        for user, role in PEOPLE.items():
            await connection.execute(
                f"insert into organisation_members values ('{OURS}', '{user}', '{role}')"
            )
        yield connection


async def tried(connection: Connection, user: UUID, sql: str) -> str:
    """The result of a user's statement: `UPDATE 1`, or `refused` by a policy."""
    try:
        async with caller(connection, Identity.user(user)):
            return await connection.execute(sql)
    except asyncpg.InsufficientPrivilegeError as error:
        return "refused" if "row-level security" in str(error) else str(error)


EDITS = {
    "read the project": (
        "select from projects",
        {OWNER: "SELECT 1", EDITOR: "SELECT 1", VIEWER: "SELECT 1", STRANGER: "SELECT 1"},
    ),
    "read ours": (
        "select from projects where name = 'ours'",
        {OWNER: "SELECT 1", EDITOR: "SELECT 1", VIEWER: "SELECT 1", STRANGER: "SELECT 0"},
    ),
    "add a project": (
        f"insert into projects (organisation_id, name) values ('{OURS}', 'new')",
        {OWNER: "INSERT 0 1", EDITOR: "INSERT 0 1", VIEWER: "refused", STRANGER: "refused"},
    ),
    "change ours": (
        "update projects set name = 'changed' where name = 'ours'",
        {OWNER: "UPDATE 1", EDITOR: "UPDATE 1", VIEWER: "UPDATE 0", STRANGER: "UPDATE 0"},
    ),
    "take it elsewhere": (
        f"update projects set organisation_id = '{THEIRS}' where name = 'ours'",
        {OWNER: "refused", EDITOR: "refused", VIEWER: "UPDATE 0", STRANGER: "UPDATE 0"},
    ),
    "delete ours": (
        "delete from projects where name = 'ours'",
        {OWNER: "DELETE 1", EDITOR: "DELETE 0", VIEWER: "DELETE 0", STRANGER: "DELETE 0"},
    ),
    "see the members of ours": (
        f"select from organisation_members where organisation_id = '{OURS}'",
        {OWNER: "SELECT 3", EDITOR: "SELECT 3", VIEWER: "SELECT 3", STRANGER: "SELECT 0"},
    ),
    "become an owner": (
        f"update organisation_members set role = 'owner' where organisation_id = '{OURS}'",
        {OWNER: "UPDATE 3", EDITOR: "UPDATE 0", VIEWER: "UPDATE 0", STRANGER: "UPDATE 0"},
    ),
    "let a stranger in": (
        f"insert into organisation_members values ('{OURS}', '{STRANGER}', 'viewer')",
        {OWNER: "INSERT 0 1", EDITOR: "refused", VIEWER: "refused", STRANGER: "refused"},
    ),
    "rename the organisation": (
        f"update organisations set name = 'renamed' where id = '{OURS}'",
        {OWNER: "UPDATE 1", EDITOR: "UPDATE 0", VIEWER: "UPDATE 0", STRANGER: "UPDATE 0"},
    ),
}


async def test_a_member_reaches_what_their_role_allows_and_a_stranger_nothing(
    shared_empty_database: Database,
) -> None:
    async with organisations(shared_empty_database) as connection:
        found = {
            what: {user: await tried(connection, user, sql) for user in outcomes}
            for what, (sql, outcomes) in EDITS.items()
        }
        assert found == {what: outcomes for what, (_, outcomes) in EDITS.items()}
        async with caller(connection, Identity.anonymous()):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await connection.execute("select from projects")


async def test_membership_that_ends_ends_at_the_next_statement(
    shared_empty_database: Database,
) -> None:
    async with organisations(shared_empty_database) as connection:
        await connection.execute(f"delete from organisation_members where user_id = '{VIEWER}'")
        for table in ("organisations", "organisation_members", "projects"):
            assert await tried(connection, VIEWER, f"select from {table}") == "SELECT 0"


async def test_nobody_calls_the_function_by_its_name(shared_empty_database: Database) -> None:
    async with organisations(shared_empty_database) as connection:
        call = "select ottavino_members.organisation_members()"
        found = await tried(connection, OWNER, call)
    assert found == "permission denied for schema ottavino_members"


@pytest.mark.whole("inserts 10,000 rows")
async def test_groups_are_found_once_a_statement_and_rows_through_the_index(
    shared_empty_database: Database,
) -> None:
    async with organisations(shared_empty_database) as connection:
        await connection.execute("""
            insert into organisations (id, made_by, name)
            select gen_random_uuid(), id, 'more' from auth.users, generate_series(1, 500);
            insert into projects (organisation_id, name)
            select id, 'many' from organisations, generate_series(1, 10);
            analyze projects, organisation_members;
        """)
        async with caller(connection, Identity.user(VIEWER)):
            plan = await connection.fetchval(
                "explain (analyze, buffers, format json) select * from projects"
            )
    (top,) = (each["Plan"] for each in json.loads(plan))
    groups = [each for each in nodes(top) if each.get("Parent Relationship") == "InitPlan"]
    assert [each["Actual Loops"] for each in groups] == [1]
    scan = next(each for each in nodes(top) if "Index Cond" in each)
    assert "organisation_id = ANY ((InitPlan" in scan["Index Cond"]
    assert top["Actual Rows"] == 11
    # All rows of all organisations are on more than 200 pages.
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 60


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


@pytest.mark.whole
async def test_migrations_make_them_and_take_them_back_without_drift(
    empty_database: Database, project: Project
) -> None:
    before = dump(empty_database)
    project.declare(SHARED)
    await project.migrate()
    assert await drifts(empty_database, SHARED) == []
    assert {finding for finding in await lint() if finding.severity == "error"} == set()
    async with connected(empty_database.direct_url) as connection, connection.transaction():
        found = as_text(await matrix(connection, ["public", "ottavino_members"]))
    function = "ottavino_members.organisation_members(text[]), with the rights of its owner"
    assert f"{function}\n    execute: authenticated\n" in found
    assert "authenticated  select: rows of member_select" in found
    await project.undo()
    assert dump(empty_database) == before


def team(
    name: str = "teams", group: str = "team_id", *, roles: tuple[str, ...] | None = None
) -> State:
    """A table of members, who see each other, by their role if one is given."""

    class Team(Table, tablename=name):
        id: Col[UUID] = primary_key()
        team_id: Col[UUID] = uuid(db_column_name=group)
        user_id: Col[UUID] = owner()
        role: Col[str] = text()
        members = Members(group=team_id, user=user_id, role=role)
        database_objects = (
            members,
            Policy.member(team_id, members, "select", roles=roles),
            ALL,
        )

    assert Team
    return schema(Team)


@pytest.mark.whole_but_first("reads the catalog after each edit")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (team(), State()),
        (team(), team("other_teams")),
        (team(), team(group="group")),
        (team(), team(roles=("owner",))),
        (team(roles=("owner",)), team(roles=("owner", "it's"))),
    ],
    ids=["dropped", "another table", "another column", "a role", "another role"],
)
async def test_an_edit_goes_there_and_back(
    shared_empty_database: Database, old: State, new: State
) -> None:
    async with migrator(shared_empty_database) as connection:
        await there_and_back(connection, old, new)


def test_the_planner_expects_few_groups_of_a_user() -> None:
    """It expects a thousand rows of a function unless the function says how many."""
    function = team().objects["function ottavino_members.teams(roles text[])"]
    assert " rows 10 " in function.create


def shares(members: Any, *, of: str = "organisation_id", **arguments: Any) -> type[Table]:
    """A table whose rows the members of an organisation share."""
    columns: dict[str, Col[Any]] = {"organisation_id": uuid(), "number": integer(default=0)}
    policy = Policy.member(columns[of], members, "select", **arguments)
    return table("shared", policy, **columns)


@pytest.mark.parametrize(
    "named", ["Mem bers", '"Mem bers"', "public.Mem bers", 'public."Mem bers"', None]
)
def test_the_table_of_members_is_named_with_or_without_quotation_marks(
    named: str | None,
) -> None:
    class Member(Table, tablename="Mem bers"):
        id: Col[UUID] = primary_key()
        organisation_id: Col[UUID] = uuid()
        user_id: Col[UUID] = owner()
        members = Members(group=organisation_id, user=user_id)
        database_objects = (members,)

    made = declared([Member, shares(Member if named is None else named)])
    policy = made.objects["policy public.shared.member_select"].create
    assert 'array(select ottavino_members."Mem bers"())' in policy


def test_what_names_no_table_of_members_is_refused() -> None:
    with pytest.raises(TypeError, match="takes the Members of a table, its class or its name"):
        shares(5)


REFUSED: dict[str, dict[str, Any]] = {
    "which declares none": {"members": "organisations"},
    "public.gone, and no class declares that table": {"members": "gone"},
    r"uses the members in public\.elsewhere": {"members": "elsewhere"},
    "the role 'boss'; the roles there are editor, owner, viewer": {"roles": ("boss",)},
    "whose groups are uuid, and number is integer": {"of": "number"},
    "for service_role, which may not call its function": {"to": Role.SERVICE_ROLE},
}


@pytest.mark.parametrize(("words", "arguments"), REFUSED.items(), ids=list(REFUSED))
def test_what_the_table_of_members_does_not_say_is_refused(
    words: str, arguments: dict[str, Any]
) -> None:
    shared = shares(**{"members": "public.organisation_members", **arguments})
    with pytest.raises(ValueError, match=f"Shared: The policy 'member_select' .*{words}"):
        declared([*SHARED, shared])


def test_a_role_is_refused_where_members_have_none() -> None:
    class Team(Table, tablename="teams"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        members = Members(group=id, user=user_id)
        database_objects = (members,)

    with pytest.raises(ValueError, match=r"by their role, which its Members does not name"):
        declared([Team, shares("teams", roles=("owner",))])


def test_no_role_and_a_role_alone_are_refused() -> None:
    with pytest.raises(ValueError, match="names no role"):
        Policy.member(uuid(), "teams", "select", roles=())
    with pytest.raises(TypeError, match=r"a tuple: roles=\('owner',\)"):
        Policy.member(uuid(), "teams", "select", roles="owner")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # what is refused


def test_members_that_are_not_assigned_in_the_class_are_refused() -> None:
    members = Members(group=uuid(), user=owner())
    with pytest.raises(ValueError, match=r"assign it in the class, as in members = Members"):
        shares(members)
