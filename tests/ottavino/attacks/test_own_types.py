"""A caller's own type stands in for `jsonb` where `auth.uid()` looks it up.

`auth.uid()` is a function whose body is a text and that sets no search path: its names are
looked up with the caller's. So claims that are signed and verified say what the caller's own
cast makes of them, in the same breath in which they are verified.
"""

import asyncpg
import pytest

from ottavino.postgres.session import session
from ottavino.query import insert
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.attacks.sending import send
from tests.ottavino.house.db.tables import Document
from tests.ottavino.users import User

pytestmark = pytest.mark.whole

SEES = "select filename from public.documents"


def instead_of(victim: User) -> tuple[str, ...]:
    return (
        "create type pg_temp.jsonb as (claims text)",
        (
            "create function pg_temp.taken(text) returns pg_temp.jsonb language sql "
            "as 'select row($1)::pg_temp.jsonb'"
        ),
        "create cast (text as pg_temp.jsonb) with function pg_temp.taken(text)",
        (
            "create function pg_temp.given(pg_temp.jsonb) returns pg_catalog.jsonb "
            "language sql "
            f"""as $$ select '{{"sub": "{victim.id}"}}'::pg_catalog.jsonb $$"""
        ),
        (
            "create cast (pg_temp.jsonb as pg_catalog.jsonb) "
            "with function pg_temp.given(pg_temp.jsonb) as implicit"
        ),
        "select set_config('search_path', 'pg_temp, pg_catalog', true)",
    )


@pytest.fixture
async def wanted(victim: User) -> None:
    async with session(victim.identity):
        await insert(Document(filename="secret.txt", file_type="text/plain", file_size=1))


@pytest.mark.usefixtures("wanted")
async def test_rows_of_another_user_are_not_shown(attacker: User, victim: User) -> None:
    assert await send(attacker.identity, *instead_of(victim), SEES) == []


@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize(
    "change",
    [
        "update public.documents set filename = 'changed' returning 1",
        "delete from public.documents returning 1",
    ],
)
async def test_rows_of_another_user_are_not_changed(
    attacked: Database, attacker: User, victim: User, change: str
) -> None:
    await send(attacker.identity, *instead_of(victim), change)
    async with connected(attacked.superuser_url) as connection:
        assert (
            await connection.fetchval("select filename from public.documents") == "secret.txt"
        )


async def test_no_row_is_added_for_another_user(attacker: User, victim: User) -> None:
    add = (
        "insert into public.documents (user_id, filename, file_type, file_size) "
        f"values ('{victim.id}', 'planted', 'b', 1)"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await send(attacker.identity, *instead_of(victim), add)


@pytest.mark.usefixtures("wanted")
async def test_a_search_shows_no_row_of_another_user(attacker: User, victim: User) -> None:
    search = "select filename from public.search_documents('secret', 10, null, null)"
    assert await send(attacker.identity, *instead_of(victim), search) == []
