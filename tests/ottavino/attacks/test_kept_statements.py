"""What one caller's statements do to those that are kept for the next callers."""

import pytest

from ottavino.dev.database.server import address
from ottavino.errors import CommitFailed, QueryRefused
from ottavino.postgres import kept_statements
from ottavino.postgres.release import all_released
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.postgres.supabase import LOGIN
from ottavino.query import insert, json_contains, select
from ottavino.testing import Caller, Database, SettingsFrom
from ottavino.testing.cluster import Cluster
from tests.ottavino.house.db.tables import AgentRequest, Document
from tests.ottavino.pooler import pooler, require_pooler

pytestmark = pytest.mark.whole

LATIN = "select set_config('client_encoding', 'LATIN1', false)"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_statements._kept.clear()  # noqa: SLF001  # the attacker is the first to send them


async def raw(sql: str) -> object:
    """Send a statement past what a session refuses."""
    return await current_scope().connection.fetch(sql, ())


async def test_the_encoding_of_one_connection_is_not_that_of_another(
    alice: Caller, bob: Caller
) -> None:
    async with session(bob.identity):
        await insert(Document(filename="Zoë", file_type="text/plain", file_size=1))
    kept_statements._kept.clear()  # noqa: SLF001  # as above
    async with session(alice.identity):
        await select(Document.filename)
        await raw(LATIN)
    async with session(bob.identity):
        assert await select(Document.filename) == [("Zoë",)]


@pytest.mark.parametrize("sent", [["commit"], ["rollback"], ["select 1", "commit"]])
async def test_after_the_end_of_a_transaction_no_statement_runs_without_its_caller(
    sent: list[str], alice: Caller
) -> None:
    with pytest.raises(CommitFailed):
        async with session(alice.identity):
            for each in sent:
                await raw(each)
            with pytest.raises(QueryRefused):
                await raw("select current_user")


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_a_transaction_chained_to_the_end_of_another_runs_no_statement(
    end: str, alice: Caller
) -> None:
    with pytest.raises(CommitFailed):
        async with session(alice.identity):
            await raw(f"{end} and chain")
            with pytest.raises(QueryRefused):
                await raw("select current_user")


SPY = (
    """
    create function pg_temp.spy(given pg_catalog.jsonb) returns boolean language plpgsql as $f$
    begin
        update public.documents set filename = 'defaced';
        return true;
    end
    $f$
    """,
    "create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.spy(value))",
    "select set_config('search_path', 'pg_temp, pg_catalog, public, extensions', true)",
)


async def test_a_type_of_one_caller_checks_no_value_of_another(
    cluster: Cluster,
    settings_from: SettingsFrom,
    database: Database,
    alice: Caller,
    bob: Caller,
) -> None:
    """Its check would run as the other caller. The pool has another server beside hers."""
    require_pooler()
    statement = select(AgentRequest.id).where(json_contains(AgentRequest.results, {"a": "b"}))
    async with session(bob.identity):
        await insert(Document(filename="secret.txt", file_type="text/plain", file_size=1))
    with pooler(cluster.socket_folder, "default_pool_size = 2\n") as pool:
        settings_from(DATABASE_URL=address(pool.folder, LOGIN, database.name))
        async with session(alice.identity) as other:
            await other.open()
            async with session(alice.identity):
                for each in SPY:
                    await raw(each)
                await statement
                await statement
        await all_released()
        async with session(bob.identity):
            await statement
            assert await select(Document.filename) == [("secret.txt",)]
        await all_released()
