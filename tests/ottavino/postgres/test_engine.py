"""Piccolo's engine outside of a session."""

import pytest

from ottavino.errors import NoSession, QueryRefused
from ottavino.postgres.session import session
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.users import User


async def test_outside_a_session_there_is_no_transaction() -> None:
    with pytest.raises(NoSession, match="No session is open here"):
        DB.transaction_exists()


async def test_in_a_session_there_is_always_a_transaction(alice: User) -> None:
    async with session(alice.identity):
        # The transaction begins with the first query.
        assert DB.transaction_exists()
        async with DB.transaction():
            assert DB.transaction_exists()
    with pytest.raises(NoSession):
        DB.transaction_exists()


async def test_a_statement_of_piccolos_own_is_the_callers_too(alice: User) -> None:
    async with session(alice.identity):
        (row,) = await DB.run_ddl("select auth.uid() as uid")
        assert row["uid"] == alice.id
        with pytest.raises(QueryRefused):
            await DB.run_ddl("create table public.mine ()")


async def test_what_piccolo_prepares_before_anything_asks_no_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Piccolo's engine would open a connection for each of these, and one for the version.
    monkeypatch.setattr(DB, "extensions", ("vector",))
    await DB.prep_database()
    await DB.check_version()


async def test_there_is_no_other_database_to_ask() -> None:
    assert dict(DB.extra_nodes) == {}
    assert len(DB.extra_nodes) == 0
