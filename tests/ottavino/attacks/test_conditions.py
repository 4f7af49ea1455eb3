"""Conditions of leakproof operators are evaluated before the policy that says whose a row is.

PostgreSQL puts a cheap leakproof condition of the query before a policy that is not the first
one, and evaluates a sub-select when it is first needed. So a sub-select that fails, behind such
a condition, fails where a row of *anybody* meets it. It is one statement, a handler can send
it, the guard lets it pass, and no setting is touched.
"""

import string
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ottavino.identity import Identity
from ottavino.postgres.session import session
from ottavino.query import insert
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.db.tables import Document
from tests.ottavino.users import User

pytestmark = pytest.mark.whole

TABLES: Any = Document

FAILS = "<> (select (1 / (random() * 0)::int)::text::uuid)"

ROWS = {
    "documents": "user_id",
    "document_chunks": "user_id",
    "agent_sessions": "user_id",
    "agent_requests": "user_id",
    "usage_events": "user_id",
    "user_profiles": "id",
}


async def is_there(attacker: User, table: str, condition: str) -> bool:
    """Whether a row of anybody meets a condition."""
    sql = (
        f"select 1 from public.{table} tablesample system (100) "
        f"where {condition} and {ROWS[table]} {FAILS}"
    )
    try:
        async with session(attacker.identity):
            await TABLES.raw(sql)
    except asyncpg.DivisionByZeroError:
        return True
    return False


def whose(column: str, user: User) -> str:
    return f"{column} >= '{user.id}' and {column} <= '{user.id}'"


async def test_a_condition_does_not_reveal_a_name_letter_by_letter(
    attacker: User, victim: User
) -> None:
    """The name is in the profile, which every user has."""
    read = ""
    letters = string.ascii_letters + " "
    while len(read) < 12:
        for letter in letters:
            guess = f"starts_with(full_name, '{read}{letter}')"
            if await is_there(attacker, "user_profiles", f"{whose('id', victim)} and {guess}"):
                read += letter
                break
        else:
            break
    assert read == ""


@pytest.mark.parametrize("table", ROWS)
async def test_a_condition_does_not_reveal_whether_a_user_has_rows(
    attacked: Database, attacker: User, victim: User, table: str
) -> None:
    owner = ROWS[table]
    nobody = User(Identity.user(uuid4()))
    assert not await is_there(attacker, table, whose(owner, nobody))
    async with connected(attacked.superuser_url) as connection:
        document = await connection.fetchval(
            "insert into public.documents (user_id, filename, file_type, file_size) "
            "values ($1, 'a', 'b', 1) returning id",
            victim.id,
        )
        await connection.execute(
            "insert into public.document_chunks (user_id, document_id, chunk_index, content) "
            "values ($1, $2, 0, 'x')",
            victim.id,
            document,
        )
        await connection.execute(
            "insert into public.agent_sessions (user_id) values ($1)", victim.id
        )
        await connection.execute(
            "insert into public.agent_requests (user_id, request_type, content) "
            "values ($1, 'chat', 'x')",
            victim.id,
        )
        await connection.execute(
            "insert into public.usage_events (user_id, request_type, tokens_used, cost) "
            "values ($1, 'chat', 1, 1)",
            victim.id,
        )
    assert not await is_there(attacker, table, whose(owner, victim))


@pytest.mark.usefixtures("attacked")
async def test_a_condition_does_not_reveal_rows_without_a_sample_either(
    attacker: User, victim: User
) -> None:
    """The same where the planner chooses how the table is read."""
    async with session(victim.identity):
        await insert(Document(filename="a.txt", file_type="text/plain", file_size=1))
    sql = f"select 1 from public.documents where {whose('user_id', victim)} and user_id {FAILS}"
    async with session(attacker.identity):
        await TABLES.raw(sql)
