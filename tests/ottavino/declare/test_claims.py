"""Policies on claims of the token, and users whose id is no uuid."""

from uuid import UUID

import asyncpg
import pytest

from ottavino import (
    CALLER,
    Col,
    Grant,
    Identity,
    Policy,
    Role,
    Table,
    bigint,
    claim,
    owner,
    primary_key,
    session,
    text,
    uuid,
)
from ottavino.declare.ownership import ClaimedBy
from ottavino.http import Function
from ottavino.inspect.lint import lint
from ottavino.postgres.login_sql import key_sql
from ottavino.postgres.supabase import MIGRATOR
from ottavino.query import insert, select, update
from ottavino.testing import Caller, Database, SettingsFrom
from ottavino.testing.database import CLAIMS_KEY, connected
from tests.ottavino.declare.installed import caller, install, migrator, schema
from tests.ottavino.declare.test_every_column import USER, drifts, migrated
from tests.ottavino.http.client import client
from tests.ottavino.migrate.project import Project, table

ALL = Grant.everything(to=Role.AUTHENTICATED)
OURS, THEIRS = UUID(int=1), UUID(int=2)


class Invoice(Table, tablename="invoices"):
    """A row that the users of an organisation share, whose id is in their tokens."""

    id: Col[UUID] = primary_key()
    organisation_id: Col[UUID] = uuid()
    title: Col[str] = text(max_length=9)

    database_objects = (
        Policy.claim(organisation_id, "app_metadata", "org_id"),
        Policy(
            name="two_factors",
            command="update",
            using=f"{claim('aal')} = 'aal2'",
            restrictive=True,
        ),
        ALL,
    )


def member(organisation: UUID, **claims: object) -> Identity:
    return Identity.user(USER, app_metadata={"org_id": str(organisation)}, **claims)


async def test_a_claim_lets_its_callers_reach_their_rows_and_no_others(
    empty_database: Database, project: Project
) -> None:
    await migrated(empty_database, project, Invoice)
    assert await drifts(empty_database, [Invoice]) == []
    async with session(member(OURS)):
        await insert(Invoice(organisation_id=OURS, title="ours"))
        assert await select(Invoice.title) == [("ours",)]
    for identity in (member(THEIRS), Identity.user(USER)):
        async with session(identity):
            assert await select(Invoice.title) == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with session(member(THEIRS)):
            await insert(Invoice(organisation_id=OURS, title="ours"))


@pytest.mark.whole("migrates a project")
async def test_a_restrictive_policy_on_a_claim_keeps_the_others_to_it(
    empty_database: Database, project: Project
) -> None:
    await migrated(empty_database, project, Invoice)
    async with session(member(OURS)):
        await insert(Invoice(organisation_id=OURS, title="ours"))
        changing = update(Invoice).set(Invoice.title, "new").where(Invoice.title == "ours")
        assert await changing.returning(Invoice.title) == []
    async with session(member(OURS, aal="aal2")):
        assert await changing.returning(Invoice.title) == [("new",)]


async def test_claims_that_the_service_has_not_signed_reach_no_row(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        await install(connection, Invoice)
        await connection.execute(
            f"insert into invoices (organisation_id, title) values ('{OURS}', 'ours')"
        )
        for count in (1, 0):
            async with caller(connection, member(OURS)):
                assert await connection.fetchval("select count(*) from invoices") == count
            # From now on, the claims of this login have to be signed.
            await connection.execute(key_sql(MIGRATOR, CLAIMS_KEY))


def test_a_claim_that_users_change_themselves_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot rely on user_metadata"):
        claim("user_metadata", "plan")
    with pytest.raises(ValueError, match="name a claim that the issuer"):
        claim()


class Note(Table, tablename="notes"):
    """A note of a user who signs in elsewhere."""

    id: Col[UUID] = primary_key()
    user_id: Col[str] = owner(str, default=CALLER, index=True)
    body: Col[str] = text(max_length=9)

    database_objects = (Policy.owner(user_id), ALL)


@pytest.fixture
def notes() -> Function:
    """A function that stores a note, and shows those of its caller."""
    function = Function()

    @function.post()
    async def add(body: str) -> list[str]:
        await insert(Note(body=body))
        return [each for (each,) in await select(Note.body)]

    return function


def headers(user_id: str, **claims: object) -> dict[str, str]:
    """The headers with a user's token."""
    return Caller(Identity.external_user(user_id, **claims)).headers


@pytest.mark.whole("lints the whole schema and compares the catalog")
async def test_users_without_a_uuid_own_what_they_store(
    empty_database: Database, project: Project, settings_from: SettingsFrom, notes: Function
) -> None:
    settings_from(USER_ID_TYPE="text")
    await migrated(empty_database, project, Note)
    assert await drifts(empty_database, [Note]) == []
    assert {each for each in await lint() if each.severity == "error"} == set()
    async with client(notes) as http:

        async def added(user_id: str, body: str) -> object:
            answer = await http.post("/it", json=body, headers=headers(user_id))
            return answer.json() if answer.is_success else answer.status_code

        assert await added("auth0|6512", "a") == ["a"]
        assert await added("user_2aB", "b") == ["b"]
        assert await added("user_2aB", "c") == ["b", "c"]
        # Two such ids may be one uuid, by which an answer would be kept.
        kept = {**headers(str(USER)), "idempotency-key": "1"}
        assert (await http.post("/it", json="d", headers=kept)).status_code == 400
        assert await added("", "d") == await added("x" * 256, "d") == 401
    async with connected(empty_database.superuser_url) as connection:
        owners = await connection.fetch("select distinct user_id from notes order by 1")
    assert [row[0] for row in owners] == ["auth0|6512", "user_2aB"]


async def test_another_claim_may_name_the_user(
    empty_database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(USER_ID_CLAIM="https://example.com/id")
    function = Function()

    @function.get()
    async def who(caller: Identity) -> str:
        return str(caller.user_id)

    assert empty_database
    async with client(function) as http:
        shown = headers("auth0|6512", **{"https://example.com/id": str(USER)})
        assert (await http.get("/it", headers=shown)).text == str(USER)
        # Without the claim nobody is named, though a user has the id that is the `sub`.
        for other in ("auth0|6512", str(USER)):
            assert (await http.get("/it", headers=headers(other))).status_code == 401


def test_an_owner_of_another_type_than_the_tokens_name_is_refused(
    settings_from: SettingsFrom,
) -> None:
    with pytest.raises(ValueError, match="The owner user_id is text, and USER_ID_TYPE is uuid"):
        schema(Note)
    settings_from(USER_ID_TYPE="text")
    with pytest.raises(ValueError, match="The owner user_id is uuid, and USER_ID_TYPE is text"):
        schema(table("letters"))


def test_a_policy_on_a_claim_is_named_after_the_claim_and_its_command() -> None:
    column = uuid()
    assert Policy.claim(column, "app_metadata", "org_id").name == "app_metadata_org_id"
    only = Policy.claim(column, "app_metadata", "org_id", command="select")
    assert only.name == "app_metadata_org_id_select"


def test_a_claim_is_compared_as_the_type_of_its_column() -> None:
    org, number = text(), bigint()
    table("letters", org=org, number=number)
    conditions = [Policy.claim(column, "app_metadata", "org").using for column in (org, number)]
    assert [
        each.sql("public.letters") for each in conditions if isinstance(each, ClaimedBy)
    ] == [
        "org = (select ottavino.claim('app_metadata', 'org'))",
        "number = (select ottavino.claim('app_metadata', 'org')::bigint)",
    ]
