"""Where an event trigger can be created, no caller's statement runs `drop owned`.

As `authenticated`, it takes that role out of every policy that names it and revokes its grants:
all users would be locked out until the policies are made again.
"""

import asyncpg
import pytest

from ottavino.inspect.surroundings import surroundings
from ottavino.migrate import platform
from ottavino.postgres.session import session
from ottavino.query import insert
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.attacks.sending import send, value
from tests.ottavino.house.db.tables import Document
from tests.ottavino.users import User

pytestmark = pytest.mark.whole

NAME = "ottavino_refuse_drop_owned"
TRIGGER = "select evtenabled::text from pg_event_trigger"
OLDER = "comment on schema ottavino is 'Ottavino of the year before'"
"""Lets the next installation run every statement again."""

DROPS = {
    "directly": ["drop owned by authenticated"],
    "with all that depends on it": ["drop owned by authenticated, anon cascade"],
    "in a block": ["do $$ begin drop owned by authenticated; end $$"],
    "as a text": ["do $$ begin execute 'drop owned by ' || current_user; end $$"],
    "in a function": [
        (
            "create function pg_temp.harm() returns void language plpgsql "
            "as 'begin drop owned by authenticated; end'"
        ),
        "select pg_temp.harm()",
    ],
    "with objects of these names": [
        "create temp table logins (name text)",
        "create temp table pg_event_trigger ()",
        "set local search_path = pg_temp, public, pg_catalog",
        "drop owned by authenticated",
    ],
    "as another role": ["set local role anon", "drop owned by anon"],
    "as the login": ["set local role none", "drop owned by ottavino"],
}

DISABLES = [
    f"alter event trigger {NAME} disable",
    f"alter event trigger {NAME} owner to authenticated",
    f"drop event trigger {NAME}",
    "drop function ottavino.refuse_drop_owned() cascade",
    "alter function ottavino.refuse_drop_owned() security invoker",
    (
        "create or replace function ottavino.refuse_drop_owned() returns event_trigger "
        "language plpgsql as 'begin end'"
    ),
    "delete from ottavino.logins",
    "set local session_replication_role = replica",
    "set session authorization authenticator",
]


@pytest.fixture
async def guarded(attacked: Database) -> Database:
    """The database, migrated by a role that may create event triggers."""
    async with connected(attacked.superuser_url) as connection:
        await connection.execute(OLDER)
        await platform.install(connection)
    return attacked


@pytest.mark.usefixtures("guarded")
async def test_no_statement_drops_what_a_role_is_granted(
    attacker: User, victim: User, subtests: pytest.Subtests
) -> None:
    async with session(victim.identity):
        await insert(Document(filename="secret.txt", file_type="text/plain", file_size=1))
    for way, statements in DROPS.items():
        with (
            subtests.test(way),
            pytest.raises(asyncpg.InsufficientPrivilegeError, match="may not run DROP OWNED"),
        ):
            await send(attacker.identity, *statements)
    assert await value(victim.identity, "select count(*) from public.documents") == 1


async def test_no_caller_disables_what_refuses_it(
    guarded: Database, attacker: User, subtests: pytest.Subtests
) -> None:
    async with connected(guarded.superuser_url) as connection:
        version = connection.get_server_version().major
    no_triggers = ["set local event_triggers = off"] if version >= 17 else []
    for statement in [*DISABLES, *no_triggers]:
        for role in ("authenticated", "none"):
            with subtests.test(statement, role=role):
                become = f"select set_config('role', '{role}', true)"
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await send(attacker.identity, become, statement)


async def test_whose_login_signs_nothing_may_run_it(guarded: Database) -> None:
    async with connected(guarded.direct_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("drop owned by authenticated")
        await transaction.rollback()


async def test_it_is_ours_unless_it_is_disabled(guarded: Database) -> None:
    async with connected(guarded.superuser_url) as connection, connection.transaction():
        await platform.install(connection)
        assert [row[0] for row in await connection.fetch(TRIGGER)] == ["O"]
        # Event triggers of Supabase's own superuser are never reported.
        superuser = f"another_{guarded.name}"
        await connection.execute(f"create role {superuser} superuser")
        await connection.execute(f"alter event trigger {NAME} owner to {superuser}")
        assert await surroundings(connection, ["public"], ()) == []
        await connection.execute(f"alter event trigger {NAME} disable")
        (finding,) = await surroundings(connection, ["public"], ())
    assert finding.rule == "OTT111"
    assert f"alter event trigger {NAME} enable" in finding.message


async def test_a_role_that_may_create_no_event_trigger_migrates_without_one(
    attacked: Database,
) -> None:
    async with connected(attacked.direct_url) as connection:
        await connection.execute(OLDER)
        await platform.install(connection)
        assert await connection.fetch(TRIGGER) == []
        assert await connection.fetchval(platform.FOUND) == platform.MARK
