"""What the database counts for all users tells no caller of another's rows.

A session refuses such queries; the ones here go past that check.
"""

import pytest

from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.query import insert
from tests.ottavino.house.db.tables import Document
from tests.ottavino.users import User

pytestmark = pytest.mark.whole

ASKED = """
select coalesce(seq_scan, 0) + coalesce(idx_scan, 0)
from pg_stat_xact_all_tables where schemaname = 'ottavino' and relname = 'logins'
"""
"""How often `verified()` has looked for its keys in this transaction."""

LETTERS = "abcdefghijklmnopqrstuvwxyz -"


async def fetch(sql: str, *arguments: object) -> int:
    connection = await current_scope().connection.open()
    rows = await connection.fetch(sql, *arguments)
    return rows[0][0] if rows else 0


async def asked(condition: str, *arguments: object) -> int:
    """How often that is while a query with a condition runs."""
    before = await fetch(ASKED)
    await fetch(
        f"select 1 from public.documents tablesample system (100) where {condition}", *arguments
    )
    return await fetch(ASKED) - before


async def holds(condition: str, *arguments: object) -> bool:
    """Whether any row of any user meets a condition of leakproof operators."""
    never = "file_size < -1::bigint and file_size > 1::bigint"
    return await asked(condition, *arguments) != await asked(never)


@pytest.fixture
async def wanted(victim: User) -> None:
    async with session(victim.identity):
        await insert(
            Document(
                filename="plan.txt", file_type="text/plain", file_size=1, content="sell acme"
            )
        )


@pytest.mark.usefixtures("wanted")
async def test_counters_do_not_reveal_text_letter_by_letter(
    attacker: User, victim: User
) -> None:
    mine = "user_id >= $1::text::uuid and user_id <= $1::text::uuid"
    read = ""
    async with session(attacker.identity):
        while len(read) < 20:
            for letter in LETTERS:
                guess = read + letter
                if await holds(
                    f"{mine} and starts_with(content, $2::text)", str(victim.id), guess
                ):
                    read = guess
                    break
            else:
                break
    assert read == ""
