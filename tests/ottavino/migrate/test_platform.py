"""The schema `ottavino`: installed with the first migration, and never over a foreign one."""

import asyncio
from itertools import pairwise

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import Extension
from ottavino.errors import MigrationError
from ottavino.inspect import commands
from ottavino.inspect.adopt.commands import adopted
from ottavino.inspect.catalog.queried import schema_owners
from ottavino.inspect.own_schema import own_schema
from ottavino.migrate import platform
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.postgres.supabase import AUTHENTICATOR
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.migrate.process import run_forked
from tests.ottavino.migrate.project import Project, run
from tests.ottavino.migrate.test_diff import no


@pytest.mark.whole
async def test_a_schema_of_this_name_that_is_somebody_elses_is_left_alone(
    empty_database: Database,
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute("create schema ottavino; create table ottavino.logins ()")
        with pytest.raises(MigrationError, match="that Ottavino did not make"):
            await platform.install(connection)
    run = run_forked(empty_database.variables, "migrations", "forwards", "all")
    assert run.returncode != 0
    assert "that Ottavino did not make. Rename it" in run.stderr
    async with connected(empty_database.direct_url) as connection:
        assert await connection.fetchval("select to_regclass('public.migration')") is None


async def test_one_of_another_version_is_brought_to_this_one(database: Database) -> None:
    async with connected(database.direct_url) as connection, connection.transaction():
        await connection.execute(
            "create or replace function ottavino.verified() returns boolean "
            "language sql stable security definer return true; "
            "comment on schema ottavino is 'Ottavino of the year before'"
        )
        keys = await connection.fetch("table ottavino.logins")
        await platform.install(connection)
        body = "select pg_get_functiondef('ottavino.verified()'::regprocedure)"
        assert "ottavino.logins" in await connection.fetchval(body)
        assert await connection.fetch("table ottavino.logins") == keys


@pytest.mark.whole
async def test_one_that_is_older_than_the_keys_of_requests_is_given_them(
    database: Database,
) -> None:
    tables = "select relname::text from pg_class where relnamespace = 'ottavino'::regnamespace"
    functions = (
        "select proname::text from pg_proc where pronamespace = 'ottavino'::regnamespace"
    )
    async with connected(database.direct_url) as connection:

        async def there() -> set[str]:
            return {row[0] for row in await connection.fetch(f"{tables} union all {functions}")}

        whole = await there()
        await connection.execute(
            "drop function ottavino.claim_key, ottavino.keep_answer, ottavino.kept_answer; "
            "drop table ottavino.idempotency_keys; "
            "comment on schema ottavino is 'Ottavino of the year before'"
        )
        assert len(await there()) < len(whole)
        # Nothing is pending, and the platform's schema is updated anyway.
        run = run_forked(database.variables, "migrations", "forwards", "all")
        assert run.returncode == 0
        assert await there() == whole
        comment = "select obj_description('ottavino'::regnamespace, 'pg_namespace')"
        assert await connection.fetchval(comment) == platform.MARK


async def test_nobody_but_its_owner_may_do_anything_with_it_but_ask(
    shared_database: Database,
) -> None:
    async with connected(shared_database.superuser_url) as connection:
        rights = await connection.fetchrow("""
            select
                bool_or(has_schema_privilege(role, 'ottavino', 'create')),
                bool_or(
                    has_table_privilege(role, 'ottavino.logins', privilege)
                    or has_table_privilege(role, 'ottavino.idempotency_keys', privilege)
                    or has_table_privilege(role, 'ottavino.made_schemas', privilege)
                    or has_table_privilege(role, 'ottavino.made_extensions', privilege)
                    or has_table_privilege(role, 'ottavino.made_for_extensions', privilege)
                    or has_any_column_privilege(role, 'ottavino.idempotency_keys', 'select')
                ),
                bool_and(has_function_privilege(role, 'ottavino.verified()', 'execute')),
                bool_or(has_function_privilege(role, 'ottavino.unsigned_uid()', 'execute')),
                bool_or(has_function_privilege(role, 'ottavino.signed(bytea,bytea)', 'execute'))
            from unnest(array['anon', 'authenticated', 'service_role', 'ottavino']) as role,
                unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references'])
                    as privilege
        """)
    assert rights is not None
    assert tuple(rights) == (False, False, True, False, False)


async def test_who_may_not_read_which_schemas_migrations_made_knows_of_none(
    shared_database: Database, shared_empty_database: Database
) -> None:
    for database in (shared_database, shared_empty_database):
        async with database.superuser() as connection:
            await connection.execute("set role anon")
            assert await schema_owners(connection) == {}


async def test_an_extension_that_was_there_before_is_there_after_the_way_back(
    empty_database: Database,
) -> None:
    steps = changes(State(), declared([], [Extension("vector")]), no)
    there = "select count(*) from pg_extension where extname = 'vector'"
    async with connected(empty_database.superuser_url) as connection:
        if not await connection.fetchval(
            "select exists (select from pg_available_extensions where name = 'vector')"
        ):
            pytest.skip("This PostgreSQL has no extension but PL/pgSQL.")
        await platform.install(connection)
        for before in (0, 1):
            if before:
                await connection.execute(
                    "create schema extensions; create extension vector with schema extensions"
                )
            for _ in range(2):
                await run(connection, [each.forwards() for each in steps])
                assert await connection.fetchval(there) == 1
                await run(connection, [each.backwards() for each in reversed(steps)])
                assert await connection.fetchval(there) == before


async def test_a_schema_that_a_migration_made_for_an_extension_goes_with_it(
    empty_database: Database,
) -> None:
    states = [
        State(),
        *(declared([], [Extension("vector", schema=each)]) for each in ("it's", "other")),
    ]
    there = "select array_agg(nspname::text) from pg_namespace where nspname in ($1, $2)"
    async with connected(empty_database.superuser_url) as connection:
        if not await connection.fetchval(
            "select exists (select from pg_available_extensions where name = 'vector')"
        ):
            pytest.skip("This PostgreSQL has no extension but PL/pgSQL.")
        await platform.install(connection)
        await connection.execute("alter default privileges grant all on schemas to anon")
        edits = [changes(old, new, no) for old, new in pairwise(states)]
        for by_hand, left in (
            ("", None),
            ('create table if not exists "it\'s".notes ()', ["it's"]),
        ):
            for steps, expected in zip(edits, ("it's", "other"), strict=True):
                await run(connection, [each.forwards() for each in steps])
                assert await connection.fetchval(there, "it's", "other") == [expected]
                assert not await connection.fetchval(
                    "select has_schema_privilege('anon', $1::text::regnamespace, 'usage')",
                    f'"{expected}"',
                )
            for steps, expected in zip(edits[::-1], (["it's"], left), strict=True):
                await run(connection, [each.backwards() for each in reversed(steps)])
                assert await connection.fetchval(there, "it's", "other") == expected
                if by_hand and expected:
                    await connection.execute(by_hand)


GRANTED = """
    with objects (name, owner, acl) as (
        select nspname::text, nspowner, nspacl from pg_namespace
        where nspname in ('ottavino', 'ottavino_members')
        union all
        select relname, relowner, relacl from pg_class
        where relnamespace = 'ottavino'::regnamespace
        union all
        select proname, proowner, coalesce(proacl, acldefault('f', proowner)) from pg_proc
        where pronamespace = 'ottavino'::regnamespace
    )
    select name || case grantee when 0 then '' else ' to ' || grantee::regrole end
    from objects, aclexplode(acl) where grantee <> owner order by name
"""

TO_ASK = ["claim", "claim_key", "keep_answer", "kept_answer", "ottavino", "uid", "verified"]


@pytest.mark.whole("migrates many times")
async def test_whatever_default_privileges_say_everybody_may_ask_and_no_more(
    empty_database: Database,
) -> None:
    later = "alter default privileges"
    async with connected(empty_database.direct_url) as connection:
        for kind in ("schemas", "tables", "functions"):
            await connection.execute(
                f"{later} grant all on {kind} to anon, {AUTHENTICATOR} with grant option"
            )
        await connection.execute(f"{later} revoke execute on functions from public")
        await platform.install(connection)
        assert [name for (name,) in await connection.fetch(GRANTED)] == TO_ASK
        assert await own_schema(connection) == []
        await connection.execute("grant usage on schema ottavino_members to anon")
        (found,) = await own_schema(connection)
    assert found.where == "schema ottavino_members"
    assert found.message.endswith("revoke all on schema ottavino_members from anon.")


@pytest.mark.whole("compares the whole catalog")
async def test_default_privileges_that_are_changed_later_are_no_difference(
    empty_database: Database,
) -> None:
    later = "alter default privileges"
    async with connected(empty_database.direct_url) as connection:
        await platform.install(connection)
        await connection.execute(
            f"{later} revoke execute on functions from public; "
            f"{later} grant all on tables to anon; {later} grant all on schemas to anon"
        )
        assert await own_schema(connection) == []
        await connection.execute("revoke execute on function ottavino.uid() from public")
        (found,) = await own_schema(connection)
        assert "privilege execute on ottavino.uid() to public" in found.where
        await connection.execute("comment on schema ottavino is 'Ottavino 0'")
        await platform.install(connection)
        assert await own_schema(connection) == []


async def test_a_new_connection_reads_its_functions_in_one_piece(
    shared_database: Database,
) -> None:
    # What PostgreSQL does not store in one piece, it reads from another table and its index.
    # Before version 17, a stored function contains the positions of its words, and needs more.
    async with connected(shared_database.superuser_url) as connection:
        sizes = await connection.fetch("""
            select proname, pg_column_size(pg_proc.*) as size from pg_proc
            where pronamespace = 'ottavino'::regnamespace
                and proname in ('uid', 'verified', 'signed', 'unsigned_uid')
        """)
        version = connection.get_server_version().major
    assert len(sizes) == 4
    assert max(row["size"] for row in sizes) <= (2032 if version >= 17 else 2200)


@pytest.mark.whole("runs every command")
def test_every_command_takes_the_event_trigger_of_a_superuser_as_ours(
    empty_database: Database,
    project: Project,
    settings_from: SettingsFrom,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings_from(DIRECT_URL=empty_database.superuser_url)
    project.copy_ours()
    asyncio.run(forwards("all"))
    commands.drift(strict=True)
    commands.lint()
    commands.matrix()
    printed = asyncio.run(adopted("all", "db/tables", preview=True))
    assert printed[-1] == "Nothing was adopted."
    assert "ottavino" not in "".join(printed)
    asyncio.run(backwards("db", "all", auto_agree=True))
    asyncio.run(forwards("all"))
    commands.drift(strict=True)
    assert "event trigger" not in capsys.readouterr().out

    async def installed() -> int:
        async with connected(empty_database.superuser_url) as connection:
            return len(await connection.fetch("select from pg_event_trigger"))

    assert asyncio.run(installed()) == 1
