"""What one caller leaves on a connection does not reach the next caller."""

from contextlib import nullcontext
from pathlib import Path

import asyncpg
import pytest

from ottavino.dev.database.server import address
from ottavino.postgres.release import all_released
from ottavino.postgres.session import session
from ottavino.postgres.supabase import LOGIN
from ottavino.query import insert, select
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.attacks.conftest import DIRECTLY, POOLED
from tests.ottavino.attacks.sending import send, value
from tests.ottavino.house.db.tables import Document
from tests.ottavino.users import User, user

pytestmark = pytest.mark.whole

LEFT = {
    "a temporary table": (
        "create temp table picked as select 1",
        "select to_regclass('picked')::text",
    ),
    "a cursor that is held": (
        "declare kept cursor with hold for select 1",
        "select count(*) from pg_cursors",
    ),
    "a prepared statement": (
        "prepare kept as select 1",
        "select count(*) from pg_prepared_statements where name = 'kept'",
    ),
    "an advisory lock": (
        "select pg_advisory_lock(1)",
        "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
    ),
    "a role": ("set role anon", "select current_user::text"),
    "claims of another user": (
        """select set_config('request.jwt.claim', '{"sub": "somebody"}', false)""",
        "select auth.jwt() ->> 'sub'",
    ),
    "the id of another user": (
        "select set_config('request.jwt.claim.sub', gen_random_uuid()::text, false)",
        "select auth.uid()",
    ),
    "a signature": (
        "select set_config('ottavino.signature', 'abc', false)",
        "select ottavino.verified()",
    ),
    "read only": (
        "select set_config('default_transaction_read_only', 'on', false)",
        "select current_setting('transaction_read_only')",
    ),
    "an isolation level": (
        "select set_config('default_transaction_isolation', 'serializable', false)",
        "select current_setting('transaction_isolation')",
    ),
} | {
    f"the setting {name}": (
        f"select set_config('{name}', '{value}', false)",
        f"select current_setting('{name}', true)",
    )
    for name, value in {
        "search_path": "pg_temp, public",
        "row_security": "off",
        "lock_timeout": "1ms",
        "statement_timeout": "1h",
        "timezone": "Asia/Tokyo",
        "client_encoding": "LATIN1",
        "standard_conforming_strings": "off",
        "application_name": "somebody",
        "bytea_output": "escape",
    }.items()
}
"""The first statement leaves something behind; the second one would find it."""

OF_THE_LOGIN = {
    "row_security": ("off", "on"),
    "standard_conforming_strings": ("off", "on"),
    "transform_null_equals": ("on", "off"),
    "search_path": ("pg_temp, public", "public, extensions, pg_temp"),
    "cpu_operator_cost": ("1", "0"),
}
"""What a login may have set for all of its connections, and what holds all the same."""

OWN = """
    select
        pg_backend_pid()::text,
        current_user::text,
        -- These are in no list of settings.
        nullif(current_setting('request.jwt.claims', true), ''),
        nullif(current_setting('ottavino.signature', true), ''),
        array(
            select format('%s = %s', name, setting) from pg_settings
            -- The pooler itself passes on what its client is called.
            where source = 'session' and name <> 'application_name'
            order by name
        )
"""


@pytest.fixture(params=[DIRECTLY, POOLED])
def way(request: pytest.FixtureRequest) -> str:
    """Both, in every run."""
    return request.param


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.usefixtures("attacked")
async def test_nothing_of_a_transaction_stays_on_its_connection(
    left: str, attacker: User, victim: User
) -> None:
    leave, look = LEFT[left]
    before = await value(victim.identity, look)
    await send(attacker.identity, leave)
    assert await value(victim.identity, look) == before


@pytest.mark.usefixtures("attacked")
async def test_no_channel_is_listened_to_after_the_next_transaction(
    attacker: User, victim: User
) -> None:
    await send(attacker.identity, "listen news")
    # A listener ends with the next transaction, not in the middle of it.
    await send(victim.identity, "select 1")
    assert await value(victim.identity, "select count(*) from pg_listening_channels()") == 0


@pytest.mark.parametrize("is_typed", [True, False])
async def test_a_row_goes_to_the_table_and_not_to_a_temporary_one_of_its_name(
    attacked: Database, attacker: User, victim: User, *, is_typed: bool
) -> None:
    await send(attacker.identity, "create temp table documents (like public.documents)")
    document = Document(filename="mine.txt", file_type="text/plain", file_size=1)
    async with session(victim.identity):
        await (insert(document) if is_typed else Document.insert(document))
    async with connected(attacked.superuser_url) as connection:
        assert await connection.fetchval("select filename from public.documents") == "mine.txt"


async def test_a_table_is_the_declared_one_in_the_transaction_that_made_another(
    attacked: Database, victim: User
) -> None:
    async with session(victim.identity) as opened:
        connection = await opened.open()
        await connection.execute("create temp table documents (like public.documents)")
        await connection.execute("set local search_path = pg_temp, public")
        await insert(Document(filename="mine.txt", file_type="text/plain", file_size=1))
        assert await select(Document.filename) == [("mine.txt",)]
    async with connected(attacked.superuser_url) as connection:
        assert await connection.fetchval("select filename from public.documents") == "mine.txt"


@pytest.mark.usefixtures("attacked")
async def test_a_name_alone_is_never_a_temporary_one(victim: User) -> None:
    named = "select 'documents'::regclass = 'public.documents'::regclass"
    made = "create temp table documents (like public.documents)"
    assert (await send(victim.identity, made, named))[0][0]


@pytest.mark.usefixtures("attacked")
async def test_no_caller_chooses_the_next_callers_random_numbers(
    attacker: User, victim: User
) -> None:
    (chosen,) = (await send(attacker.identity, "select setseed(0.5)", "select random()"))[0]
    await send(attacker.identity, "select setseed(0.5)")
    assert await value(victim.identity, "select random()") != chosen


@pytest.mark.usefixtures("attacked")
async def test_a_callers_type_does_not_replace_one_of_the_server(
    attacker: User, victim: User
) -> None:
    await send(
        attacker.identity,
        "create function pg_temp.steal(text) returns boolean language plpgsql "
        "as $$ begin raise exception 'code of another caller ran'; end $$",
        "create domain pg_temp.jsonb as text check (pg_temp.steal(value))",
    )
    assert await value(victim.identity, "select auth.uid()") == victim.id


@pytest.mark.parametrize("name", OF_THE_LOGIN)
async def test_settings_of_a_login_are_reset(
    database: Database, alice: User, name: str
) -> None:
    before, during = OF_THE_LOGIN[name]
    async with connected(database.superuser_url) as connection:
        await connection.execute(
            f"alter role {LOGIN} in database {database.name} set {name} = {before}"
        )
    async with connected(database.url) as connection:
        assert await connection.fetchval(f"show {name}") == before
    assert await value(alice.identity, f"show {name}") == during


@pytest.mark.parametrize("error", [None, ZeroDivisionError])
async def test_nothing_of_a_caller_outlives_its_transaction(
    database: Database,
    pooler: Path,
    settings_from: SettingsFrom,
    error: type[Exception] | None,
) -> None:
    """Not even for another program, which clears nothing before its queries."""
    url = address(pooler, LOGIN, database.name)
    settings_from(DATABASE_URL=url)
    caller = await user("Alice")
    before = await found_by_another_program(url)
    with nullcontext() if error is None else pytest.raises(error):
        async with session(caller.identity):
            await select(Document.id)
            if error is not None:
                raise error
    await all_released()
    assert await found_by_another_program(url) == before


async def test_a_role_that_was_set_is_reset_by_the_next_transaction(
    database: Database, pooler: Path, settings_from: SettingsFrom
) -> None:
    url = address(pooler, LOGIN, database.name)
    settings_from(DATABASE_URL=url)
    caller = await user("Mallory")
    await send(caller.identity, "set role anon")
    await send(caller.identity, "select 1")
    await all_released()
    assert (await found_by_another_program(url))[1] == LOGIN


@pytest.mark.usefixtures("attacked")
async def test_the_last_value_of_a_sequence_is_not_shown_to_the_next_caller(
    database: Database, attacker: User, victim: User
) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute(
            "create sequence public.numbers; grant usage on public.numbers to authenticated"
        )
    await send(attacker.identity, "select nextval('public.numbers')")
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await value(victim.identity, "select lastval()")


async def found_by_another_program(url: str) -> list[str | list[str] | None]:
    """The server's own connection, its role, and what was set on it."""
    connection = await asyncpg.connect(url, statement_cache_size=0)
    async with connection.transaction():
        (row,) = await connection.fetch(OWN)
    await connection.close()
    return list(row)
