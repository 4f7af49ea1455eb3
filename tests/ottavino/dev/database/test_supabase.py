"""What `install` makes: the roles, the grants and the `auth` schema of a Supabase project."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from ottavino.dev.database.server import Server
from ottavino.dev.database.supabase import SQL, create_user, ensure_auth, install
from ottavino.dev.tokens import sign_up
from ottavino.errors import SettingsError, StatementRefused
from ottavino.postgres.supabase import AUTH_ADMIN, AUTHENTICATOR, LOGIN, SUPERUSER, has_auth
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import BARE, Cluster, short_folder
from ottavino.testing.database import connected
from tests.ottavino.databases import unmark

ALICE = UUID("a11ce000-0000-4000-8000-000000000000")
CLAIMS = json.dumps({"sub": str(ALICE), "role": "authenticated", "email": "alice@example.com"})
API_ROLES = ("anon", "authenticated", "service_role")

DENIED = asyncpg.InsufficientPrivilegeError


@pytest.fixture
async def bare_database(cluster: Cluster) -> AsyncGenerator[Database]:
    """A database as PostgreSQL makes it, of a server where the roles are installed already."""
    async with cluster.clone(BARE) as database:
        yield database


# Claims


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("setting", "value"),
    [("request.jwt.claim.sub", str(ALICE)), ("request.jwt.claims", CLAIMS)],
)
@pytest.mark.parametrize("role", API_ROLES)
async def test_each_role_reads_the_caller_from_either_form_of_claims(
    shared_empty_database: Database, role: str, setting: str, value: str
) -> None:
    async with (
        connected(shared_empty_database.service_url) as connection,
        connection.transaction(),
    ):
        await connection.execute(f"set local role {role}")
        await connection.execute("select set_config($1, $2, true)", setting, value)
        assert await connection.fetchval("select auth.uid()") == ALICE


async def test_role_email_and_token_are_read_from_the_claims(
    shared_empty_database: Database,
) -> None:
    async with (
        connected(shared_empty_database.service_url) as connection,
        connection.transaction(),
    ):
        await connection.execute("set local role authenticated")
        await connection.execute("select set_config('request.jwt.claims', $1, true)", CLAIMS)
        row = await connection.fetchrow("select auth.role(), auth.email(), auth.jwt()")
    assert row is not None
    assert (row["role"], row["email"]) == ("authenticated", "alice@example.com")
    assert json.loads(row["jwt"]) == json.loads(CLAIMS)


async def test_there_is_no_caller_before_and_after_a_transaction(
    shared_empty_database: Database,
) -> None:
    caller = "select auth.uid(), auth.role(), auth.email(), auth.jwt()"
    async with connected(shared_empty_database.direct_url) as connection:
        before = await connection.fetchrow(caller)
        async with connection.transaction():
            await connection.execute(
                "select set_config('request.jwt.claims', $1, true)", CLAIMS
            )
        after = await connection.fetchrow(caller)
    assert [*(before or ()), *(after or ())] == [None] * 8


# Roles


@pytest.mark.parametrize("role", API_ROLES)
async def test_the_authenticator_may_become_an_api_role(
    shared_empty_database: Database, role: str
) -> None:
    async with connected(shared_empty_database.service_url) as connection:
        await connection.execute(f"set role {role}")
        assert await connection.fetchval("select current_user::text") == role


@pytest.mark.parametrize("role", ["postgres", "supabase_admin", "supabase_auth_admin"])
async def test_the_authenticator_may_become_no_other_role(
    shared_empty_database: Database, role: str
) -> None:
    async with connected(shared_empty_database.service_url) as connection:
        with pytest.raises(DENIED):
            await connection.execute(f"set role {role}")


async def test_the_authenticator_may_do_nothing_as_itself(empty_database: Database) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute("create table thing ()")
    async with connected(empty_database.service_url) as connection:
        with pytest.raises(DENIED):
            await connection.fetch("select * from thing")


async def test_only_service_role_and_the_migrator_bypass_policies(
    shared_empty_database: Database,
) -> None:
    async with connected(shared_empty_database.direct_url) as connection:
        # Other tests make roles meanwhile, and a server's roles are everybody's.
        rows = await connection.fetch(
            "select rolname from pg_roles where rolbypassrls and rolname = any($1)",
            (*API_ROLES, AUTH_ADMIN, AUTHENTICATOR, LOGIN, "postgres"),
        )
    assert {row["rolname"] for row in rows} == {"service_role", "postgres"}


async def test_the_migrator_is_no_superuser_and_owns_the_database(
    shared_empty_database: Database,
) -> None:
    async with connected(shared_empty_database.direct_url) as connection:
        attributes = await connection.fetchrow(
            "select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolcanlogin "
            "from pg_roles where rolname = current_user"
        )
        owner = await connection.fetchval(
            "select datdba::regrole::text from pg_database where datname = current_database()"
        )
    assert tuple(attributes or ()) == (False, True, True, True, True)
    assert owner == "postgres"


@pytest.mark.parametrize("role", API_ROLES)
async def test_the_migrator_may_become_an_api_role(
    shared_empty_database: Database, role: str
) -> None:
    async with connected(shared_empty_database.direct_url) as connection:
        await connection.execute(f"set role {role}")
        assert await connection.fetchval("select current_user::text") == role


async def test_role_settings_are_those_of_supabase(shared_empty_database: Database) -> None:
    async with connected(shared_empty_database.service_url) as connection:
        assert await connection.fetchval("show statement_timeout") == "8s"
        rows = await connection.fetch(
            "select setrole::regrole::text as role, setting "
            "from pg_db_role_setting, unnest(setconfig) as setting"
        )
    assert {(row["role"], row["setting"]) for row in rows} >= {
        ("anon", "statement_timeout=3s"),
        ("authenticated", "statement_timeout=8s"),
        ("authenticator", "statement_timeout=8s"),
        ("supabase_auth_admin", "search_path=auth"),
    }


# Grants


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("role", API_ROLES)
async def test_nothing_that_the_migrator_makes_in_public_is_granted_to(
    empty_database: Database, role: str
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(
            "create table thing (id serial); "
            "create function answer() returns int language sql return 42; "
            "revoke execute on function answer() from public"
        )
        granted = await connection.fetchrow(
            "select has_table_privilege($1, 'thing', 'select'), "
            "has_sequence_privilege($1, 'thing_id_seq', 'usage'), "
            "has_function_privilege($1, 'answer()', 'execute')",
            role,
        )
    assert tuple(granted or ()) == (False, False, False)


async def test_the_migrator_may_tie_tables_and_a_trigger_to_users(
    empty_database: Database,
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(
            "create table profile (id uuid references auth.users (id) on delete cascade); "
            "create function make_profile() returns trigger language plpgsql as "
            "$$begin insert into public.profile values (new.id); return new; end$$; "
            "create trigger make_profile after insert on auth.users "
            "for each row execute function make_profile()"
        )
        await connection.execute("grant insert on profile to supabase_auth_admin")
    async with connected(as_auth_service(empty_database)) as connection:
        user_id = await create_user(connection, "alice@example.com", "Alice")
    async with connected(empty_database.direct_url) as connection:
        assert await connection.fetchval("select id from profile") == user_id


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    "statement",
    [
        "insert into auth.users (id) values (gen_random_uuid())",
        "update auth.users set email = 'mallory@example.com'",
        "delete from auth.users",
        "truncate auth.users",
        "alter table auth.users add column plan text",
        "create table auth.thing ()",
        "create or replace function auth.uid() returns uuid language sql return null",
        "set role supabase_auth_admin",
    ],
)
async def test_the_migrator_may_do_nothing_else_in_auth(
    shared_empty_database: Database, statement: str
) -> None:
    async with connected(shared_empty_database.direct_url) as connection:
        with pytest.raises(DENIED):
            await connection.execute(statement)


async def test_all_of_auth_belongs_to_the_auth_service(shared_empty_database: Database) -> None:
    async with connected(shared_empty_database.direct_url) as connection:
        rows = await connection.fetch(
            "select nspowner::regrole::text as owner from pg_namespace where nspname = 'auth' "
            "union all select relowner::regrole::text from pg_class "
            "where relnamespace = 'auth'::regnamespace "
            "union all select proowner::regrole::text from pg_proc "
            "where pronamespace = 'auth'::regnamespace"
        )
    assert len(rows) > 5
    assert {row["owner"] for row in rows} == {AUTH_ADMIN}


@pytest.mark.parametrize("role", API_ROLES)
async def test_no_api_role_reads_users(shared_empty_database: Database, role: str) -> None:
    async with connected(shared_empty_database.service_url) as connection:
        await connection.execute(f"set role {role}")
        with pytest.raises(DENIED):
            await connection.fetch("select * from auth.users")


# Installing


async def test_installing_twice_changes_nothing(empty_database: Database) -> None:
    async with connected(empty_database.superuser_url) as connection:
        await create_user(connection, "alice@example.com", "Alice")
        for _ in range(2):
            await install(connection, "postgres")
        assert await connection.fetchval("select count(*) from auth.users") == 1


@pytest.mark.whole
async def test_databases_of_a_new_server_can_be_installed_at_once() -> None:
    with short_folder() as folder, running(Server(folder / "data")) as server:
        # PostgreSQL's own templates will do: what is installed is each database's own.
        urls = [server.url(SUPERUSER, name) for name in ("postgres", "template1")] * 2
        await asyncio.gather(*map(_install_at, urls))
        assert await asyncio.gather(*map(_has_auth_at, urls)) == [True] * 4


async def test_a_developers_own_role_becomes_the_migrating_one(bare_database: Database) -> None:
    role = f'bob "{uuid4().hex}"'
    quoted = '"' + role.replace('"', '""') + '"'
    async with connected(bare_database.superuser_url) as connection:
        await connection.execute(f"create role {quoted} superuser; set role {quoted}")
        try:
            await install(connection)
            assert await connection.fetchval(
                "select bool_and(admin_option) from pg_auth_members "
                "where roleid in ('anon'::regrole, 'authenticated'::regrole) "
                "and member = $1::text::regrole",
                quoted,
            )
        finally:
            await connection.execute(f"reset role; drop owned by {quoted}; drop role {quoted}")


async def test_the_owner_of_the_database_migrates_what_a_superuser_has_installed(
    bare_database: Database,
) -> None:
    async with connected(bare_database.superuser_url) as connection:
        await install(connection)
    async with connected(bare_database.direct_url) as connection:
        await connection.execute("create table notes (id uuid references auth.users (id))")
        assert await connection.fetchval("select count(*) from auth.users") == 0


async def test_a_role_that_may_not_install_is_told_so(bare_database: Database) -> None:
    async with connected(bare_database.direct_url) as connection:
        with pytest.raises(SettingsError, match="the role postgres may not make one"):
            await install(connection)


async def test_a_local_database_is_given_auth(bare_database: Database) -> None:
    async with connected(bare_database.superuser_url) as connection:
        assert not await has_auth(connection)
        await ensure_auth(connection)
        assert await has_auth(connection)


async def test_a_database_without_auth_that_is_not_marked_is_refused_and_left_alone(
    bare_database: Database,
) -> None:
    await unmark(bare_database)
    async with connected(bare_database.superuser_url) as connection:
        with pytest.raises(SettingsError, match="not a Supabase database"):
            await ensure_auth(connection)
        assert not await has_auth(connection)


async def test_a_database_with_auth_is_left_alone(empty_database: Database) -> None:
    async with connected(empty_database.direct_url) as connection:
        # As this role, the installation would fail.
        await ensure_auth(connection)
        await unmark(empty_database)
        await ensure_auth(connection)


def test_the_sql_says_why_throughout() -> None:
    assert [part for part in SQL.split("\n\n") if not part.startswith("--")] == []


# Sign-up


async def test_a_user_is_signed_up_once(empty_database: Database) -> None:
    async with connected(empty_database.superuser_url) as connection:
        user_id = await create_user(connection, "alice@example.com", "Alice Liddell")
        assert await create_user(connection, " Alice@Example.com ", "Someone") == user_id
        row = await connection.fetchrow("select * from auth.users")
    assert row is not None
    assert row["email"] == "alice@example.com"
    assert row["role"] == row["aud"] == "authenticated"
    assert json.loads(row["raw_user_meta_data"])["full_name"] == "Alice Liddell"


@pytest.mark.parametrize("login", ["supabase_auth_admin", "supabase_admin"])
async def test_sign_up_runs_as_the_auth_service_and_with_its_search_path(
    empty_database: Database, login: str
) -> None:
    await note_sign_ups(empty_database)
    async with connected(empty_database.superuser_url.replace(SUPERUSER, login)) as connection:
        await create_user(connection, "alice@example.com", "Alice")
        assert await connection.fetchval("select current_user::text") == login
    assert await signed_up(empty_database) == (login, "supabase_auth_admin", "auth")


async def test_a_token_signs_its_user_up_with_the_auth_services_login(
    empty_database: Database, settings_from: SettingsFrom
) -> None:
    await note_sign_ups(empty_database)
    await sign_up("alice@example.com", "Alice")
    assert await signed_up(empty_database) == (
        "supabase_auth_admin",
        "supabase_auth_admin",
        "auth",
    )


async def test_a_trigger_that_breaks_sign_up_on_supabase_breaks_it_here(
    empty_database: Database,
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(
            "create table welcome (id uuid); "
            "create function welcome() returns trigger language plpgsql as "
            "$$begin insert into welcome values (new.id); return new; end$$; "
            "create trigger welcome after insert on auth.users "
            "for each row execute function welcome()"
        )
    with pytest.raises(StatementRefused, match='relation "welcome" does not exist'):
        await sign_up("alice@example.com", "Alice")


async def test_the_migrator_cannot_sign_up_a_user(empty_database: Database) -> None:
    async with connected(empty_database.direct_url) as connection:
        with pytest.raises(SettingsError, match="Only the auth service signs users up"):
            await create_user(connection, "alice@example.com", "Alice")


async def note_sign_ups(database: Database) -> None:
    """Let a trigger note who signs users up, and how."""
    async with connected(database.superuser_url) as connection:
        await connection.execute(
            "create table signed_up (login text, role text, path text); "
            "grant insert on signed_up to supabase_auth_admin; "
            "create function note() returns trigger language plpgsql as $$begin "
            "insert into public.signed_up "
            "values (session_user, current_user, current_setting('search_path')); "
            "return new; end$$; "
            "create trigger note after insert on auth.users "
            "for each row execute function note()"
        )


async def signed_up(database: Database) -> tuple[object, ...]:
    """Who signed the one user up: the login, the role it had become, its search path."""
    async with connected(database.superuser_url) as connection:
        (row,) = await connection.fetch("select * from signed_up")
    return tuple(row)


def as_auth_service(database: Database) -> str:
    """The database's address for the auth service."""
    return database.superuser_url.replace(SUPERUSER, AUTH_ADMIN)


@contextmanager
def running(server: Server) -> Generator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


async def _install_at(url: str) -> None:
    async with connected(url) as connection:
        await install(connection, "postgres")


async def _has_auth_at(url: str) -> bool:
    async with connected(url) as connection:
        return await has_auth(connection)
