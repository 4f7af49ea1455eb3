"""A session refuses statements after which its caller would be another or unknown."""

from contextlib import suppress
from typing import Any

import pytest

from ottavino.errors import QueryRefused
from ottavino.postgres import statement
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.postgres.statement import REMEMBERED_CHARACTERS, require_allowed
from ottavino.testing import Database
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.users import User
from tests.ottavino.work import grows_linearly

pytestmark = pytest.mark.whole

STOCK: Any = Document


@pytest.fixture
def database(reused_database: Database) -> Database:
    """One database for all tests: none of them reads what another has changed."""
    return reused_database


REFUSED = [
    "commit",
    "commit and chain",
    "rollback and chain",
    "rollback to savepoint scope_1",
    "end",
    "abort",
    "begin",
    "start transaction",
    "prepare transaction 'x'",
    "set role service_role",
    "set session authorization postgres",
    "set local request.jwt.claims = '{}'",
    "reset role",
    "reset all",
    "discard all",
    "do $$ begin end $$",
    "call something()",
    "create temp table picked as select 1",
    "lock table public.documents",
    "alter role authenticated set statement_timeout = 1",
    "declare kept cursor with hold for select 1",
    "prepare kept as select 1",
    "execute kept",
    "deallocate all",
    "listen news",
    "notify news",
    "copy public.documents to stdout",
    "explain analyze select 1",
    "truncate public.documents",
    "grant select on public.documents to anon",
    "comment on table public.documents is 'x'",
    "vacuum",
    "refresh materialized view x",
    "",
    ";",
    "-- select",
    "/* select 1 */ commit",
    "/* /* select */ select */ commit",
    "--\n\t( commit",
    "select set_config('request.jwt.claims', '{}', true)",
    "select pg_catalog.\"set_config\"('role', 'anon', true)",
    "select SET_CONFIG('role', 'anon', true)",
    "update pg_settings set setting = 'x' where name = 'role'",
    r"select u&'x', U&\"\0073et_config\"('role', 'anon', true)".replace('\\"', '"'),
    "select query_to_xml('select 1', true, true, '')",
    "select query_to_xml_and_xmlschema('select 1', true, true, '')",
    "select * from ts_stat('select 1')",
    "with x as (select ts_rewrite('a', 'select 1')) select * from x",
    "select 1 as a into temp table picked",
    "select 1 as a/**/into temp picked",
    "with x as (select 1 as a) select a into temp picked from x",
    "select 1 as insert into temp picked",
    "select 1 merge\tinto/**/temporary table picked",
    "select 1 as insert into -- x\n unlogged picked",
    "select 1 as insert into pg_temp.picked",
    "select 1 as insert into local temp picked",
    "select 1 as insert into global temp picked",
    "select * from pg_stat_activity",
    "select * from pg_locks",
    "select currtid2('public.documents', '(0,1)')",
    "select pg_catalog.pg_stat_get_xact_tuples_returned(1)",
    "select pg_advisory_lock(1)",
    "select pg_try_advisory_lock_shared(1)",
    "select pg_advisory_unlock_all()",
    "select pg_advisory_xact_lock(1)",
    "select pg_try_advisory_xact_lock_shared(1)",
    "select pg_notify('pgrst', 'reload schema')",
    "select pg_logical_emit_message(false, 'a', 'b')",
    "select pg_current_snapshot()",
    "select pg_current_wal_insert_lsn()",
    "select txid_current()",
    "select pg_blocking_pids(1)",
    "select pg_isolation_test_session_is_blocked(1, array[2])",
    "select pg_safe_snapshot_blocking_pids(1)",
    "select age('3'::xid)",
    "select table_to_xml('public.documents', true, true, '')",
    "select setseed(0)",
    "select lo_create(0)",
]

SENT = [
    "select 1",
    "SELECT 1",
    "  \n select 1",
    "(select 1)",
    "((select 1) union (select 2))",
    "-- a comment\nselect 1",
    "/* one /* in another */ */ select 1",
    "with x as (select 1) select * from x",
    "values (1)",
    "with x as (insert  into public.agent_sessions default values returning id) table x",
    "table public.documents",
    "insert into public.documents (filename, file_type, file_size) values ('a', 'b', 1)",
    "update public.documents set filename = 'a'",
    "delete from public.documents",
]


@pytest.mark.parametrize("sql", REFUSED)
@pytest.mark.usefixtures("database")
async def test_each_dangerous_statement_is_refused(sql: str, alice: User) -> None:
    async with session(alice.identity):
        for way in (STOCK.raw, DB.run_ddl):
            with pytest.raises(QueryRefused):
                await way(sql)
        assert await current_scope().fetch("select 1", ())


@pytest.mark.parametrize("sql", SENT)
@pytest.mark.usefixtures("database")
async def test_each_harmless_statement_is_sent(sql: str, alice: User) -> None:
    async with session(alice.identity):
        await current_scope().fetch(sql, ())


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("commit and chain", "COMMIT: "),
        ("; select 1", ";: "),
        ("", "an empty statement: "),
        ("-- select 1", "an empty statement: "),
        ("averyveryverylongwordindeed", "AVERYVERYVERYLONGWOR: "),
    ],
)
def test_a_refused_statement_is_named(sql: str, named: str) -> None:
    with pytest.raises(QueryRefused, match=f"A session does not send {named}it sends SELECT, "):
        require_allowed(sql)


async def test_values_are_not_checked_as_statements(alice: User) -> None:
    async with session(alice.identity):
        rows = await current_scope().fetch("select $1::text", ("set_config",))
    assert rows[0][0] == "set_config"


def test_a_long_statement_is_checked_and_not_cached() -> None:
    before = statement._require_allowed_once.cache_info().currsize  # noqa: SLF001  # what it keeps
    for number in range(3):
        text = f"select {number} -- {'x' * REMEMBERED_CHARACTERS}"
        require_allowed(text)
        with pytest.raises(QueryRefused):
            require_allowed(f"{text}\n, set_config('role', 'anon', true)")
    assert statement._require_allowed_once.cache_info().currsize == before  # noqa: SLF001  # likewise


async def test_reading_a_statement_is_linear() -> None:
    async def read(size: int) -> None:
        for part in ("/**/", "/*", "--\n", "insert into t /**/", "("):
            with suppress(QueryRefused):
                require_allowed(f"select 1 {part * size}")
                require_allowed(f"{part * size} select 1")

    assert await grows_linearly(read, 4000)
