"""A caller who can send any query reaches their own rows, and no others.

The statements go past what a session refuses to send: what is tried here is the database.
"""

import time

import asyncpg
import pytest

from ottavino import Policy
from ottavino.identity import Identity
from ottavino.postgres.session import session
from ottavino.postgres.supabase import LOGIN
from ottavino.query import insert
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.attacks.sending import send, value
from tests.ottavino.house.db.tables import Document
from tests.ottavino.users import User

pytestmark = pytest.mark.whole

SEES = "select count(*) from public.documents"

EXCHANGED_BETWEEN = """
with said (place, claims, since) as (
    values (1, '{others}', 'infinity'::timestamptz), (2, '{own}', '-infinity')
)
select found.filename
from (select * from said order by place) as said
cross join lateral (
    select set_config('request.jwt.claims', said.claims, true) as done offset 0
) as exchange
cross join lateral (
    select filename from public.documents
    where created_at > said.since and exchange.done is not null
    offset 0
) as found
"""
"""Looks for rows of a time that none is from as another user, and then for all as the caller.

What is asked once for a query is asked when it is first needed. The first look needs to know
who calls, to begin with an index; that the claims are signed it need not know until it finds a
row, which the second one does.
"""


CALLERS = ["anon", "authenticated", "service_role", LOGIN]

WALLS = """
select relname::text, relrowsecurity, bool_or(
    has_table_privilege(
        role, pg_class.oid,
        'select, insert, update, delete, truncate, references, trigger'
    )
    or has_any_column_privilege(role, pg_class.oid, 'select, insert, update, references')
)
from pg_class, unnest($1::text[]) as role
where relnamespace = 'ottavino'::regnamespace and relkind = 'r'
group by pg_class.oid
"""
"""Each table of the schema, whether row security holds in it, and whether a role reaches it."""

CALLED = """
select distinct proname::text from pg_proc, unnest($1::text[]) as role
where pronamespace = 'ottavino'::regnamespace and has_function_privilege(role, oid, 'execute')
"""


@pytest.fixture
async def wanted(victim: User) -> None:
    """A document of the victim's."""
    async with session(victim.identity):
        await insert(Document(filename="secret.txt", file_type="text/plain", file_size=1))


PLAIN = "user_id = (select auth.uid())"
"""A condition as everybody writes it, which asks whose the claims are and nothing else."""


async def replace_policies(database: Database, policy: Policy) -> None:
    """Let documents have this policy alone."""
    async with connected(database.superuser_url) as connection:
        await connection.execute("drop policy owner on public.documents")
        await connection.execute(policy.definition("public.documents").create)


def claims(user: User) -> str:
    return user.identity.claims_json


def said_to_be(user: User) -> str:
    return f"select set_config('request.jwt.claims', '{claims(user)}', true)"


@pytest.mark.usefixtures("wanted")
async def test_other_claims_show_nothing(attacker: User, victim: User) -> None:
    assert (await send(attacker.identity, said_to_be(victim), SEES))[0][0] == 0


@pytest.mark.usefixtures("wanted")
async def test_other_claims_show_nothing_in_the_query_that_sets_them(
    attacker: User, victim: User
) -> None:
    at_once = f"with said as materialized ({said_to_be(victim)}) {SEES}, said"
    assert await value(attacker.identity, at_once) == 0


def exchanged_between(attacker: User, victim: User) -> str:
    return EXCHANGED_BETWEEN.format(own=claims(attacker), others=claims(victim))


@pytest.mark.usefixtures("wanted")
async def test_claims_replaced_between_two_queries_show_nothing(
    attacker: User, victim: User
) -> None:
    by_index = "select set_config('enable_seqscan', 'off', true)"
    assert await send(attacker.identity, by_index, exchanged_between(attacker, victim)) == []


@pytest.mark.usefixtures("wanted")
async def test_forged_claims_show_a_row_if_a_policy_calls_only_auth_uid(
    attacked: Database, attacker: User, victim: User
) -> None:
    await replace_policies(attacked, Policy(name="plain", using=PLAIN, check=PLAIN))
    by_index = "select set_config('enable_seqscan', 'off', true)"
    found = await send(attacker.identity, by_index, exchanged_between(attacker, victim))
    assert len(found) == 1


@pytest.mark.usefixtures("wanted")
async def test_a_policy_that_calls_only_auth_uid_shows_nothing_if_claims_must_be_signed(
    attacked: Database, attacker: User, victim: User
) -> None:
    await replace_policies(attacked, Policy(name="plain", using=PLAIN, check=PLAIN))
    assert (await send(attacker.identity, said_to_be(victim), SEES))[0][0] == 0


@pytest.mark.usefixtures("wanted")
async def test_a_search_finds_nothing_of_the_claimed_user(attacker: User, victim: User) -> None:
    search = "select count(*) from public.search_documents('secret', 100, null, null)"
    assert await value(victim.identity, search) == 1
    assert (await send(attacker.identity, said_to_be(victim), search))[0][0] == 0


async def test_no_row_is_written_for_the_claimed_user(attacker: User, victim: User) -> None:
    add = "insert into public.documents (filename, file_type, file_size) values ('a', 'b', 1)"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await send(attacker.identity, said_to_be(victim), add)


@pytest.mark.parametrize(
    "role", ["service_role", "postgres", "supabase_admin", "authenticator", "pg_read_all_data"]
)
@pytest.mark.parametrize("before", ["select 1", "select set_config('role', 'none', true)"])
async def test_the_login_cannot_become_a_more_powerful_role(
    attacker: User, role: str, before: str
) -> None:
    become = f"select set_config('role', '{role}', true)"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await send(attacker.identity, before, become)


@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize("role", ["none", "anon", "authenticated"])
async def test_the_roles_that_the_login_can_become_show_nothing(
    attacker: User, victim: User, role: str
) -> None:
    become = f"select set_config('role', '{role}', true)"
    try:
        found = await send(attacker.identity, said_to_be(victim), become, SEES)
    except asyncpg.InsufficientPrivilegeError:
        return
    assert found[0][0] == 0


@pytest.mark.usefixtures("wanted")
async def test_an_anonymous_caller_with_a_users_claims_sees_nothing_for_users(
    attacked: Database,
) -> None:
    await replace_policies(attacked, Policy(name="shared", using="true"))
    visitor = Identity.anonymous()
    become = "select set_config('role', 'authenticated', true)"
    assert (await send(visitor, become, SEES))[0][0] == 0


@pytest.mark.parametrize("become", ["select 1", "select set_config('role', 'none', true)"])
@pytest.mark.parametrize("columns", ["*", "inner_key", "name"])
async def test_no_caller_reads_the_signing_keys(
    attacker: User, become: str, columns: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await send(attacker.identity, become, f"select {columns} from ottavino.logins")


async def test_what_the_schema_keeps_is_behind_two_walls(attacked: Database) -> None:
    """Either of them, row security and missing privileges, keeps all callers from a table."""
    async with connected(attacked.superuser_url) as connection:
        tables = await connection.fetch(WALLS, CALLERS)
        functions = await connection.fetch(CALLED, CALLERS)
        members = await connection.fetchval(
            "select bool_or(has_schema_privilege(role, 'ottavino_members', 'usage, create')) "
            "from unnest($1::text[]) as role",
            CALLERS,
        )
    assert {name for name, *_ in tables} >= {"logins", "idempotency_keys", "made_schemas"}
    assert [
        name for name, is_secured, is_reached in tables if not is_secured or is_reached
    ] == []
    assert {name for (name,) in functions} == {
        *("verified", "uid", "claim"),
        *("claim_key", "keep_answer", "kept_answer"),
    }
    assert not members


async def test_claims_and_signatures_are_not_shown_by_other_sessions(
    attacked: Database, attacker: User, victim: User
) -> None:
    shows = (
        "select coalesce(string_agg(query, ' '), '') from pg_stat_activity where query <> ''"
    )
    async with session(victim.identity) as opened:
        connection = await opened.open()
        signature = await connection.fetchval("select current_setting('ottavino.signature')")
        async with connected(attacked.url) as login:
            seen = await login.fetchval(shows)
        async with connected(attacked.superuser_url) as owner:
            all_of_it = await owner.fetchval(shows)
    assert signature
    for text in (seen, all_of_it):
        assert str(victim.id) not in text
        assert signature not in text


async def test_a_signature_of_one_user_is_invalid_for_another(
    attacker: User, victim: User
) -> None:
    own = await value(victim.identity, "select current_setting('ottavino.signature')")
    as_attacker = f"select set_config('ottavino.signature', '{own}', true)"
    assert not (await send(attacker.identity, as_attacker, "select ottavino.verified()"))[0][0]


async def test_a_signature_for_one_role_is_invalid_for_another(attacker: User) -> None:
    become = "select set_config('role', 'anon', true)"
    assert not (await send(attacker.identity, become, "select ottavino.verified()"))[0][0]


@pytest.mark.parametrize("name", ["", ".sub", ".role", ".email"])
async def test_a_query_before_the_claims_makes_them_invalid(attacker: User, name: str) -> None:
    said = f"select set_config('request.jwt.claim{name}', 'anything', true)"
    assert not (await send(attacker.identity, said, "select ottavino.verified()"))[0][0]


@pytest.mark.parametrize(("hours", "holds"), [(0.5, True), (1.5, False), (-1.5, False)])
async def test_a_signature_is_good_for_an_hour(
    attacker: User, monkeypatch: pytest.MonkeyPatch, hours: float, *, holds: bool
) -> None:
    then = time.time() - hours * 3600
    monkeypatch.setattr("ottavino.postgres.claims.time.time", lambda: then)
    assert await value(attacker.identity, "select ottavino.verified()") is holds
    found = await value(attacker.identity, "select ottavino.uid()")
    assert found == (attacker.id if holds else None)


@pytest.mark.parametrize(
    "change",
    [
        "select set_config('ottavino.signature', '', true)",
        "select set_config('role', 'anon', true)",
        "select set_config('request.jwt.claims', '{{\"sub\": \"{victim}\"}}', true)",
        "select set_config('request.jwt.claim.sub', '{victim}', true)",
    ],
)
async def test_claims_that_are_invalid_name_no_user(
    attacker: User, victim: User, change: str
) -> None:
    asked = "select ottavino.verified(), ottavino.uid(), ottavino.claim('sub')"
    found = await send(attacker.identity, change.format(victim=victim.id), asked)
    assert tuple(found[0]) == (False, None, None)


async def test_a_login_with_a_key_is_nobody_without_a_signature(
    attacked: Database, victim: User
) -> None:
    claims = "select set_config('request.jwt.claims', $1, false)"
    async with connected(attacked.url) as connection:
        await connection.execute(claims, victim.identity.claims_json)
        # The setting is not there, as in a session in which nothing has ever set it.
        assert await connection.fetchval("select ottavino.verified()") is False
        assert await connection.fetchval("select ottavino.uid()") is None


async def test_claims_that_the_service_signed_are_valid(victim: User) -> None:
    for identity in (victim.identity, Identity.anonymous()):
        assert await value(identity, "select ottavino.verified()") is True
    note = "'\\ \"\n ü \U0001f3b5"
    odd = Identity.user(victim.id, note=note, nested={"a": [1e300, None]})
    assert await value(odd, "select ottavino.verified()") is True
    assert await value(odd, "select ottavino.claim('note')") == note
