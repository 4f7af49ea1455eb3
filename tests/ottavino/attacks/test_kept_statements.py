"""What one caller's statements do to those that are kept for the next callers."""

import pytest

from ottavino.errors import CommitFailed, QueryRefused
from ottavino.postgres import kept_statements
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.query import insert, select
from ottavino.testing import Caller
from tests.ottavino.house.db.tables import Document

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


async def test_a_transaction_chained_to_a_commit_runs_no_statement(
    alice: Caller,
) -> None:
    with pytest.raises(CommitFailed):
        async with session(alice.identity):
            await raw("commit and chain")
            with pytest.raises(QueryRefused):
                await raw("select current_user")
