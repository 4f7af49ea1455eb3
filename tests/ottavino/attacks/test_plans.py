"""Which plan PostgreSQL chooses tells no caller what others have written.

Plans are chosen by samples of everybody's rows, also under row security. The attacker joins
their own rows to numbers: how that is done, PostgreSQL decides by how many rows it expects, and
the order of the attacker's rows shows it.
"""

import pytest

from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.attacks.sending import send
from tests.ottavino.users import User

pytestmark = pytest.mark.whole

FILLING = """
    insert into public.documents (user_id, filename, file_type, file_size, content)
    select '{attacker}', 'mine', 'text/plain', i * 7 % 100, 'mine'
    from generate_series(1, 20) as i;
    insert into public.documents (user_id, filename, file_type, file_size, content)
    select '{victim}', 'sell acme', 'text/plain', 1000 + i, 'sell acme'
    from generate_series(1, 2000) as i;
    analyze public.documents
"""

ASKED = """
    select documents.file_size from generate_series(200, 1, -1) as number
    join public.documents on documents.file_size = number
    where documents.{column} in ('{guess}', 'mine')
"""


async def told(attacker: User, column: str) -> bool:
    """Whether the order of the attacker's rows changes where a guess is right."""
    asked = [ASKED.format(column=column, guess=guess) for guess in ("sell acme", "xyzzy")]
    orders = [[row[0] for row in await send(attacker.identity, each)] for each in asked]
    assert [*map(len, orders)] == [20, 20]
    return orders[0] != orders[1]


@pytest.mark.parametrize("column", ["filename", "content"])
async def test_the_order_of_own_rows_does_not_reveal_others_texts(
    attacked: Database, attacker: User, victim: User, column: str
) -> None:
    async with connected(attacked.superuser_url) as connection:
        await connection.execute(FILLING.format(attacker=attacker.id, victim=victim.id))
        assert not await told(attacker, column)
        await connection.execute(
            f"alter table public.documents alter column {column} set statistics -1; "
            "analyze public.documents"
        )
        assert await told(attacker, column)


KEPT = """
    select array_agg(format('%s.%s', tablename, attname) order by tablename, attname)
    from pg_stats
    where schemaname = 'public' and tablename <> 'migration'
        and attname <> all(array['created_at', 'updated_at', 'occurred_at'])
        and attname not like '%id'
"""
"""Of which columns something is kept, but for moments and ids."""

WRITING = """
    insert into auth.users (id) values (gen_random_uuid());
    insert into public.documents (user_id, filename, file_type, file_size, content)
    select id, 'sell', 'text/plain', 1, 'acme' from auth.users;
    insert into public.document_chunks
        (user_id, document_id, chunk_index, section_title, content)
    select user_id, id, 0, 'sell', 'acme' from public.documents;
    insert into public.agent_sessions (user_id, context_state)
    select id, '{"sell": "acme"}' from auth.users;
    insert into public.agent_requests (user_id, request_type, content)
    select id, 'chat', 'sell acme' from auth.users;
    insert into public.usage_events (user_id, request_type, tokens_used, cost)
    select id, 'chat', 1, 1 from auth.users;
    analyze
"""


async def test_no_samples_of_users_texts_are_kept(database: Database) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute(WRITING)
        assert await connection.fetchval(KEPT) == [
            "agent_requests.cost",
            "agent_requests.progress",
            "agent_requests.request_type",
            "agent_requests.results",
            "agent_requests.status",
            "agent_requests.tokens_used",
            "document_chunks.chunk_index",
            "documents.file_size",
            "documents.file_type",
            "documents.status",
            "usage_events.cost",
            "usage_events.request_type",
            "usage_events.tokens_used",
            "user_profiles.plan_type",
            "user_profiles.subscription_status",
            "user_profiles.usage_count",
        ]
