"""Rows to measure with: the same in every run, each by its number.

The measured caller has the first hundred rows of a table however many there are, so that
the same question is asked at every size. One heavy user has fifty thousand. The rest are
spread over a thousand users.
"""

import asyncio
import hashlib
import time
from uuid import UUID

import jwt

from bench.cluster import Cluster, connected
from ottavino.postgres.connection import Connection
from ottavino.postgres.supabase import SUPERUSER

USERS = 1000
CALLER_ROWS = 100
HEAVY = 1
HEAVY_FROM = 10_000
HEAVY_ROWS = 50_000

SECRET = "only for the bench, and long enough for it"  # noqa: S105  # signs nothing else
KEY_ID = "bench"

WORD = "topic42"
"""What is searched for: one row in five hundred has it."""

NUMBERS = """
create function pg_temp.id(kind text, number integer) returns uuid language sql immutable as $$
    -- Random enough to spread over an index, and known without asking.
    select md5(kind || number)::uuid
$$;

create function pg_temp.owner(i integer) returns integer language sql immutable as $$
    select case
        when i < {caller_rows} then 0
        when i >= {heavy_from} and i < {heavy_to} then {heavy}
        else 2 + i % {others}
    end
$$;

create temp table numbered as
select
    i,
    pg_temp.id('user', pg_temp.owner(i)) as user_id,
    timestamptz '2026-01-01' + (i::bigint * 7919 % 1000003) * interval '1 second' as moment
from generate_series({first}, {last} - 1) as i;
"""

TABLES = {
    "user_profiles": """
        insert into user_profiles (id, full_name, created_at)
        select pg_temp.id('user', i), 'User ' || i, moment
        from numbered
    """,
    "documents": """
        insert into documents
            (id, user_id, filename, file_type, file_size, status, content, created_at)
        select
            pg_temp.id('document', i), user_id, 'report-' || i || '.pdf', 'application/pdf', i,
            (array['pending', 'processing', 'ready', 'failed'])[1 + i % 4],
            'What was found about topic' || i % 500 || ' in quarter ' || i % 4 || ' by '
                || md5(i::text) || ', with the figures of the year before and what follows',
            moment
        from numbered
    """,
    "document_chunks": """
        insert into document_chunks
            (id, user_id, document_id, chunk_index, section_title, content, created_at)
        select
            pg_temp.id('chunk', i), user_id, pg_temp.id('document', i), 0, 'Section ' || i,
            md5(i::text), moment
        from numbered
    """,
    "agent_sessions": """
        insert into agent_sessions (id, user_id, created_at)
        select pg_temp.id('session', i), user_id, moment
        from numbered
    """,
    "agent_requests": """
        insert into agent_requests
            (id, user_id, session_id, request_type, content, status, created_at)
        select
            pg_temp.id('request', i), user_id, pg_temp.id('session', i), 'chat', md5(i::text),
            'pending', moment
        from numbered
    """,
    "usage_events": """
        insert into usage_events
            (id, user_id, request_type, tokens_used, cost, occurred_at, created_at)
        select
            pg_temp.id('event', i), user_id, 'chat', i % 4000, i % 100 / 1000.0, moment, moment
        from numbered
    """,
}

KINDS = {
    "user_profiles": "user",
    "documents": "document",
    "document_chunks": "chunk",
    "agent_sessions": "session",
    "agent_requests": "request",
    "usage_events": "event",
}

SIGN_UPS = """
insert into auth.users (id, aud, role, raw_user_meta_data, created_at)
select pg_temp.id('user', i), 'authenticated', 'authenticated', '{}', moment
from numbered
"""

# What a constraint does not need: built after the rows, which is several times faster.
INDEXES = """
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
from pg_index
where indrelid = $1::regclass
    and not exists (select from pg_constraint where conindid = indexrelid)
"""


def row_id(kind: str, number: int) -> UUID:
    """The id of a row, as the database makes it."""
    text = f"{kind}{number}".encode()
    return UUID(hashlib.md5(text, usedforsecurity=False).hexdigest())


CALLER = row_id("user", 0)
HEAVY_USER = row_id("user", HEAVY)


def claims(user: UUID) -> dict[str, object]:
    """What a user's token says, as Supabase signs it."""
    now = int(time.time())
    return {
        "sub": str(user),
        "aud": "authenticated",
        "role": "authenticated",
        "iat": now,
        "exp": now + 86_400,
    }


def token(user: UUID = CALLER) -> str:
    """A user's token, good for a day."""
    headers = {"kid": KEY_ID}
    return jwt.encode(claims(user), SECRET, algorithm="HS256", headers=headers)  # pyright: ignore[reportUnknownMemberType]  # its key types come from cryptography, which HS256 does without


async def fill(
    cluster: Cluster, database: str, first: int, last: int, tables: tuple[str, ...]
) -> None:
    """Add the rows from `first` up to `last` to tables, and let the planner know of them."""
    # Documents take as long as all the rest: each has a search vector.
    rest = tuple(table for table in tables if table != "documents")
    documents = tuple(table for table in tables if table == "documents")
    halves = [half for half in (rest, documents) if half]
    await asyncio.gather(*(_fill(cluster, database, first, last, half) for half in halves))


async def _fill(
    cluster: Cluster, database: str, first: int, last: int, tables: tuple[str, ...]
) -> None:
    async with connected(cluster.url(SUPERUSER, database)) as connection:
        # What triggers and foreign keys would do, the rows are made with.
        await connection.execute("set session_replication_role = replica")
        await connection.execute("set work_mem = '256MB'")
        await connection.execute(_numbers(first, last))
        if "user_profiles" in tables:
            await connection.execute(SIGN_UPS)
            await connection.execute("vacuum analyze auth.users")
        for table in tables:
            await _fill_table(connection, table)


def _numbers(first: int, last: int) -> str:
    return NUMBERS.format(
        caller_rows=CALLER_ROWS,
        heavy=HEAVY,
        heavy_from=HEAVY_FROM,
        heavy_to=HEAVY_FROM + HEAVY_ROWS,
        others=USERS - 2,
        first=first,
        last=last,
    )


async def _fill_table(connection: Connection, table: str) -> None:
    indexes = await connection.fetch(INDEXES, table)
    for index in indexes:
        await connection.execute(f"drop index {index['name']}")
    await connection.execute(TABLES[table])
    for index in indexes:
        await connection.execute(index["definition"])
    await connection.execute(f"vacuum analyze {table}")
