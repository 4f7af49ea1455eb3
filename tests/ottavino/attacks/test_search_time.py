"""The time of a search does not show which words are in the documents of others.

What takes time is counted instead: the pages that PostgreSQL looks at for a statement. A word
that only others have must cost exactly as many as one that no user has.
"""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import pytest

from ottavino.postgres.connection import Connection
from ottavino.postgres.transaction import become
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.access import CALLERS, OWNER, STRANGER

pytestmark = pytest.mark.whole

VICTIM, ATTACKER = OWNER, STRANGER

CALLS = {"search_documents": "select * from public.search_documents($${}$$, 20, null, null)"}
"""How a user calls each function that reads with its owner's rights, words being put in."""

DEFINERS = """
    select proname from pg_proc
    where pronamespace = 'public'::regnamespace and prosecdef
        and has_function_privilege('authenticated', oid, 'execute')
"""

GUESSES = {
    "secret": "xyzzy",
    '"secret plan"': '"xyzzy plugh"',
    "secret or plan": "xyzzy or plugh",
    "secret*": "xyzzy*",
    "-secret": "-xyzzy",
    "whale secret": "whale xyzzy",
    "whale -secret": "whale -xyzzy",
    "whale or secret": "whale or xyzzy",
    "whale or -secret": "whale or -xyzzy",
    "rare": "xyzzy",
}
"""What the victim's documents hold, and the same with words that no user has."""

USERS = f"""
    insert into auth.users (id) values ('{VICTIM}'), ('{ATTACKER}');
    insert into public.documents (user_id, filename, file_type, file_size, content)
    select '{ATTACKER}', 'mine', 'text/plain', 1, 'a blue whale'
    from generate_series(1, 1000)
"""

WRITING = f"""
    insert into public.documents (user_id, filename, file_type, file_size, content)
    select '{VICTIM}', 'theirs', 'text/plain', 1, (
        select 'a secret plan ' || string_agg(md5(i || ' ' || j), ' ')
            || case i when 1 then ' rare' else '' end
        from generate_series(1, 40) as j
    )
    from generate_series(1, {{}}) as i
"""

CHANGING = f"""
    update public.documents set content = replace(content, 'secret', 'xyzzy plugh')
    where user_id = '{VICTIM}' and content like '%0'
"""

LEVELS = 6
"""How many pages more the rows of all may cost, whatever is in them: for each of three words
as many as the index has become higher."""

STAGES: Mapping[str, str] = {
    "nobody else has any": "select",
    "the victim writes": WRITING.format(2000),
    "the planner knows of it": "analyze public.documents",
    "the victim changes some": CHANGING,
    "the victim deletes": f"delete from public.documents where user_id = '{VICTIM}'",
    "what was deleted is cleared away": "vacuum analyze public.documents",
}

EVERYONES = "create index everyones on public.documents using gin (search_vector)"
BY_EVERYONES = f"""
    select * from (
        select * from public.documents
        where search_vector @@ websearch_to_tsquery('english', $${{}}$$)
        offset 0
    ) as found
    where user_id = '{ATTACKER}'
"""
"""A search that is the attacker's only after the words were looked for."""

INDEXES = """
    select pg_get_indexdef(indexrelid, 1, true) from pg_index
    where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
        and pg_stat_get_xact_numscans(indexrelid) > 0
"""
"""What the indexes are over, or begin with, that the transaction has read."""


@asynccontextmanager
async def attacking(database: Database) -> AsyncGenerator[Connection]:
    """A connection as an invocation of the attacker's has it."""
    async with connected(database.url) as connection:
        await connection.execute("begin")
        await become(connection, CALLERS["stranger"])
        yield connection


async def pages(connection: Connection, statement: str) -> int:
    """How many pages PostgreSQL looks at for a statement, wherever they are."""
    explain = f"explain (analyze, buffers, format json) {statement}"
    plan = json.loads(await connection.fetchval(explain))[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


async def costs(database: Database, call: str, *searches: str) -> list[int]:
    """What searches cost the attacker, once the connection knows the tables and functions."""
    async with attacking(database) as connection:
        calls = [call.format(words) for words in searches]
        for each in calls:
            await connection.fetch(each)
        return [await pages(connection, each) for each in calls]


async def test_words_of_other_users_cost_as_much_as_unknown_words(
    database: Database,
) -> None:
    async with connected(database.superuser_url) as admin:
        assert {row["proname"] for row in await admin.fetch(DEFINERS)} == CALLS.keys()
        await admin.execute(USERS)
        for call in CALLS.values():
            alone: list[int] = []
            for stage, change in STAGES.items():
                await admin.execute(change)
                found = await costs(database, call, *GUESSES)
                assert found == await costs(database, call, *GUESSES.values()), stage
                alone = alone or found
                grown = [now - then for now, then in zip(found, alone, strict=True)]
                assert min(found) > 0
                assert max(grown) <= LEVELS, stage


async def test_statistics_about_other_users_change_no_plan(database: Database) -> None:
    call, searches = CALLS["search_documents"], ("whale", "-secret", '"blue whale"', "secret")
    async with connected(database.superuser_url) as admin:
        await admin.execute(USERS)
        await admin.execute(WRITING.format(200))
        before = await costs(database, call, *searches)
        await admin.execute("analyze public.documents")
        assert await costs(database, call, *searches) == before


async def test_a_shared_index_of_words_would_reveal_them_and_is_not_read(
    database: Database,
) -> None:
    async with connected(database.superuser_url) as admin:
        await admin.execute(USERS)
        await admin.execute(WRITING.format(200))
        await admin.execute(EVERYONES)
        await admin.execute("set enable_seqscan = off")
        told = [await pages(admin, BY_EVERYONES.format(words)) for words in ("secret", "xyzzy")]
        assert told[0] > told[1]
    for words in (*GUESSES, *GUESSES.values()):
        async with attacking(database) as connection:
            await connection.fetch(CALLS["search_documents"].format(words))
            read = {row[0] for row in await connection.fetch(INDEXES)}
        assert read, words
        assert read <= {"own_words(user_id, search_vector)", "user_id"}, words


async def test_no_statistics_of_words_are_kept(database: Database) -> None:
    kept = "select count(*) from pg_statistic where starelid = $1::text::regclass"
    index = "public.documents_own_search_vector_idx"
    async with connected(database.superuser_url) as connection:
        await connection.execute(
            "insert into auth.users (id) values (gen_random_uuid()); "
            "insert into public.documents (user_id, filename, file_type, file_size, content) "
            "select id, 'a', 'b', 1, 'sell acme' from auth.users, generate_series(1, 10)"
        )
        await connection.execute("analyze public.documents")
        assert await connection.fetchval(kept, index) == 0
        await connection.execute(f"alter index {index} alter column 1 set statistics 10")
        await connection.execute("analyze public.documents")
        assert await connection.fetchval(kept, index) > 0
