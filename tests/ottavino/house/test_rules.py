"""Nothing in the rules of a table is there for nothing, and nothing joins them unseen.

Whatever is taken from them, or added, makes the matrix of access come out otherwise; and
what the live catalog says of every table, policy, function and index is what it has to be.
"""

from collections.abc import Awaitable, Callable

import pytest

from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import CLAIMS_KEY, connected
from tests.ottavino.house.access import MATRIX, cells_of
from tests.ottavino.house.trial import COLUMNS, difference, on, seeded, undone
from tests.ottavino.whole import quick

each_table = pytest.mark.parametrize("table", MATRIX)
most_tables_whole = pytest.mark.parametrize(
    "table", quick(["agent_sessions"], [*MATRIX], "tries all cells after each of many changes")
)


@pytest.fixture(autouse=True)
def claims_are_signed(settings_from: SettingsFrom) -> None:
    settings_from(CLAIMS_KEY=CLAIMS_KEY)


REMOVALS = """
    select format('drop policy %I on %s', polname, $1::text) as sql
    from pg_policy where polrelid = $1::text::regclass
    union all
    select format('revoke %s on %s from %s', privilege_type, $1::text, grantee::regrole)
    from pg_class, aclexplode(relacl)
    where pg_class.oid = $1::text::regclass and grantee <> relowner
    union all
    select format(
        'revoke %s (%I) on %s from %s', privilege_type, attname, $1::text, grantee::regrole
    )
    from pg_attribute, aclexplode(attacl) where attrelid = $1::text::regclass
    union all
    select format('alter table %s %s row level security', $1::text, change)
    from unnest(array['disable', 'no force']) as change
"""
"""Statements that each remove or weaken one object of a table."""

TABLE_GRANTS = """
    select format('grant %s on %s to %s', privilege_type, $1::text, role) as sql
    from unnest(array['anon', 'authenticated', 'service_role', 'public']) as role,
        aclexplode(acldefault('r', 10))
    where role = 'public' or not has_table_privilege(role, $1::text, privilege_type)
"""
"""Each statement that grants one privilege more."""

COLUMN_GRANTS = """
    select format('grant %s (%I) on %s to %s', privilege, attname, $1::text, role) as sql
    from unnest(array['anon', 'authenticated', 'service_role', 'public']) as role,
        unnest(array['select', 'insert', 'update', 'references']) as privilege,
        pg_attribute
    where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
        and (role = 'public' or not has_column_privilege(role, attrelid, attnum, privilege))
"""
"""The same for one column."""

OPEN_POLICIES = """
    select format('create policy open on %s for %s to %s using (true)', $1::text, command, role)
        as sql
    from unnest(array['authenticated', 'public']) as role,
        unnest(array['all', 'select']) as command
"""
"""Policies that show the rows of a table to every role that may select from it."""

SLEEPING_POLICIES = """
    select format(
        'create policy open on %s for %s to %s %s (true)',
        $1::text, command, role, case command when 'insert' then 'with check' else 'using' end
    ) as sql
    from unnest(array['anon', 'authenticated', 'service_role', 'public']) as role,
        unnest(array['all', 'select', 'insert', 'update', 'delete']) as command
"""
"""Policies for everybody, most of them without a grant yet that would let them work."""

HELD = """
    select role, privilege, attname
    from unnest($2::text[]) as role,
        unnest(array['select', 'insert', 'update', 'references']) as privilege,
        pg_attribute
    where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
        and has_column_privilege(role, attrelid, attnum, privilege)
    union all
    select role, lower(privilege_type), null
    from unnest($2::text[]) as role, aclexplode(acldefault('r', 10))
    where lower(privilege_type) in ('delete', 'truncate', 'trigger', 'maintain')
        and has_table_privilege(role, $1::text, privilege_type)
"""
"""What roles may do with a table, whichever way it was granted."""

POLICIES = """
    select
        polname as name,
        polpermissive as permissive,
        array(select role::regrole::text from unnest(polroles) as role) as roles,
        pg_get_expr(polqual, polrelid) as condition,
        pg_get_expr(polwithcheck, polrelid) as check
    from pg_policy where polrelid = $1::text::regclass
"""

CALLER_ID = "( SELECT ottavino.uid() AS uid)"
"""The caller, as PostgreSQL writes it."""

Check = Callable[[Connection, str], Awaitable[str | None]]
"""The first fault of a table, as a sentence."""


async def behaviour(connection: Connection, table: str) -> str | None:
    """Every caller comes upon what the matrix says."""
    for cell in cells_of(table):
        if sentence := await difference(on(connection), cell):
            return sentence
    return None


async def ownership(connection: Connection, table: str) -> str | None:
    """Policies bind the owner of the table too.

    The role that migrates bypasses them all, so the table is given to one that does not.
    """
    async with undone(connection):
        await connection.execute(
            f"alter table public.{table} owner to authenticator; set role authenticator"
        )
        if await connection.fetch(f"select from public.{table}"):
            return f"The owner of the table {table} sees the rows in it."
    return None


async def privileges(connection: Connection, table: str) -> str | None:
    """What is granted is what the matrix does not call denied, each column by itself."""
    roles = {"owner": "authenticated", "anonymous": "anon", "service": "service_role"}
    held = {
        tuple(row) for row in await connection.fetch(HELD, f"public.{table}", [*roles.values()])
    }
    columns = [row["attname"] for row in await connection.fetch(COLUMNS, f"public.{table}")]
    meant = {
        (roles[cell.caller], cell.command, column)
        for cell in cells_of(table)
        if cell.caller in roles and cell.outcome != "denied"
        for column in (columns if cell.command == "select" else [cell.column])
    }
    return f"{held ^ meant} are held on {table} or meant, not both." if held != meant else None


async def policies(connection: Connection, table: str) -> str | None:
    """Every policy is for signed-in users, and compares with who calls, asking that once."""
    for row in await connection.fetch(POLICIES, f"public.{table}"):
        if row["roles"] != ["authenticated"]:
            return f"The policy {row['name']} on {table} is for {row['roles']}."
        for condition in (row["condition"], row["check"]):
            if condition is not None and CALLER_ID not in " ".join(condition.split()):
                return f"The policy {row['name']} on {table} does not ask who calls."
    return None


async def unnoticed(database: Database, table: str, changes: str, *checks: Check) -> list[str]:
    """The changes, each made by itself, that none of the checks objects to.

    They come of a query, and are undone again.
    """
    passed: list[str] = []
    async with seeded(database, table) as connection:
        rows = await connection.fetch(changes, f"public.{table}")
        assert rows
        for row in rows:
            async with undone(connection):
                await connection.execute(row["sql"])
                if not await first(connection, table, *checks):
                    passed.append(row["sql"])
    return passed


async def first(connection: Connection, table: str, *checks: Check) -> str | None:
    """The first objection of the first check that has one."""
    for check in checks:
        if objection := await check(connection, table):
            return objection
    return None


class TestTheRulesOfATable:
    @pytest.mark.parametrize("table", quick(["agent_sessions"], [*MATRIX], "tries all cells"))
    async def test_hold_as_they_stand(self, shared_database: Database, table: str) -> None:
        async with seeded(shared_database, table) as connection:
            checks = (behaviour, ownership, privileges, policies)
            assert await first(connection, table, *checks) is None

    @pytest.mark.whole("tries all cells after each of many changes")
    @each_table
    async def test_are_each_missed_when_taken_away(
        self, shared_database: Database, table: str
    ) -> None:
        assert await unnoticed(shared_database, table, REMOVALS, behaviour, ownership) == []

    @most_tables_whole
    async def test_are_not_joined_by_an_open_policy_unseen(
        self, shared_database: Database, table: str
    ) -> None:
        assert await unnoticed(shared_database, table, OPEN_POLICIES, behaviour) == []

    @most_tables_whole
    async def test_are_not_joined_by_a_policy_that_no_grant_lets_work_unseen(
        self, shared_database: Database, table: str
    ) -> None:
        assert await unnoticed(shared_database, table, SLEEPING_POLICIES, policies) == []

    @most_tables_whole
    async def test_are_not_joined_by_a_privilege_unseen(
        self, shared_database: Database, table: str
    ) -> None:
        assert await unnoticed(shared_database, table, TABLE_GRANTS, privileges) == []

    @pytest.mark.whole("reads all privileges after each of many changes")
    @each_table
    async def test_are_not_joined_by_a_privilege_on_one_column_unseen(
        self, shared_database: Database, table: str
    ) -> None:
        assert await unnoticed(shared_database, table, COLUMN_GRANTS, privileges) == []


class TestTheCatalog:
    @each_table
    async def test_has_row_security_enabled_and_forced(
        self, shared_database: Database, table: str
    ) -> None:
        async with connected(shared_database.superuser_url) as connection:
            row = await connection.fetchrow(
                "select relrowsecurity, relforcerowsecurity from pg_class "
                "where oid = $1::text::regclass",
                f"public.{table}",
            )
        assert row is not None
        assert tuple(row) == (True, True)

    async def test_hides_what_migrations_write_down(self, shared_database: Database) -> None:
        async with connected(shared_database.superuser_url) as connection:
            assert await connection.fetchval(
                "select relrowsecurity from pg_class where oid = 'public.migration'::regclass"
            )
            assert not await connection.fetchval("""
                select bool_or(has_table_privilege(role, 'public.migration', privilege))
                from unnest(array['anon', 'authenticated', 'service_role']) as role,
                    unnest(array['select', 'insert', 'update', 'delete', 'truncate'])
                        as privilege
            """)

    async def test_lets_no_caller_mislead_a_function_or_execute_more_than_the_search(
        self, shared_database: Database
    ) -> None:
        async with connected(shared_database.superuser_url) as connection:
            functions = await connection.fetch("""
                select
                    proname as name,
                    proconfig as settings,
                    array(
                        select role
                        from unnest(array['anon', 'authenticated', 'service_role']) as role
                        where has_function_privilege(role, pg_proc.oid, 'execute')
                    ) as callers
                from pg_proc where pronamespace = 'public'::regnamespace
            """)
        assert {row["name"]: row["callers"] for row in functions} == {
            "create_user_profile": [],
            "ottavino_set_updated_at": [],
            "search_documents": ["authenticated", "service_role"],
            "own_words": ["authenticated", "service_role"],
        }
        for row in functions:
            assert row["settings"][0] == "search_path=pg_temp", row["name"]

    async def test_holds_nothing_else_that_a_caller_could_use(
        self, shared_database: Database
    ) -> None:
        async with connected(shared_database.superuser_url) as connection:
            others = await connection.fetch("""
                select distinct oid::regclass::text as name
                from pg_class, unnest(array['anon', 'authenticated', 'service_role']) as role
                where relnamespace = 'public'::regnamespace
                    and relkind in ('S', 'v', 'm', 'f')
                    and case relkind
                        when 'S' then has_sequence_privilege(role, oid, 'usage, select, update')
                        else has_table_privilege(role, oid, 'select, insert, update, delete')
                    end
                union all
                select distinct 'create in ' || nspname
                from pg_namespace,
                    unnest(array['anon', 'authenticated', 'service_role']) as role
                where nspname in ('public', 'auth')
                    and has_schema_privilege(role, oid, 'create')
            """)
        assert [row["name"] for row in others] == []

    async def test_has_an_index_for_every_foreign_key(self, shared_database: Database) -> None:
        async with connected(shared_database.superuser_url) as connection:
            rows = await connection.fetch("""
                select conname as name from pg_constraint
                where contype = 'f' and connamespace = 'public'::regnamespace
                    and not exists (
                        -- The key's columns, or the first of them, lead the index.
                        select from pg_index
                        where indrelid = conrelid and indisvalid and indpred is null
                            and indkey[0] = any (conkey)
                    )
            """)
        assert [row["name"] for row in rows] == []
