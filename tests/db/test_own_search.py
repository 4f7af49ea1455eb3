"""A search by index finds what the policies show, to whom they show it, and nothing else."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from db.connection import Connection
from db.query import insert, select
from db.session import session
from db.tables import Document
from db.transaction import become
from tests.db.access import CALLERS, OWNER, STRANGER
from tests.db.trial import undone
from tests.postgres import Database, connected
from tests.users import User

DIRECTLY = "select * from public.search_documents('whale', 100, null, null)"
UNDER_POLICIES = """
    select * from public.documents
    where search_vector @@ websearch_to_tsquery('english', 'whale')
    order by created_at desc, id desc
"""
UNBOUND = """
    select replace(
        pg_get_functiondef('public.search_documents'::regproc), '= caller', 'is not null'
    )
"""
"""The function without the condition that the rows are the caller's."""
FOUND = {"owner": 2, "stranger": 1, "nobody": 0, "service": 3}


@asynccontextmanager
async def shelf(database: Database) -> AsyncGenerator[Connection]:
    """Two documents of the owner and one of a stranger, a whale in each of them; undone."""
    async with connected(database.superuser_url) as connection, undone(connection):
        await connection.execute(f"""
            insert into auth.users (id) values ('{OWNER}'), ('{STRANGER}');
            insert into public.documents (user_id, filename, file_type, file_size) values
                ('{OWNER}', 'whale.txt', 'text/plain', 1),
                ('{OWNER}', 'other-whale.txt', 'text/plain', 1),
                ('{STRANGER}', 'whale.txt', 'text/plain', 1);
        """)
        yield connection


@pytest.mark.parametrize(("caller", "count"), FOUND.items())
async def test_each_caller_is_given_the_rows_that_the_policies_show_them(
    shared_database: Database, caller: str, count: int
) -> None:
    async with shelf(shared_database) as connection:
        await become(connection, CALLERS[caller])
        found = await connection.fetch(DIRECTLY)
        assert len(found) == count
        assert found == await connection.fetch(UNDER_POLICIES)


async def test_that_the_function_would_give_too_much_is_noticed(
    shared_database: Database,
) -> None:
    async with shelf(shared_database) as connection:
        await connection.execute(await connection.fetchval(UNBOUND))
        await become(connection, CALLERS["stranger"])
        found = await connection.fetch(DIRECTLY)
        assert found != await connection.fetch(UNDER_POLICIES)


async def test_who_shows_no_token_may_not_ask(shared_database: Database) -> None:
    async with shelf(shared_database) as connection:
        await become(connection, CALLERS["anonymous"])
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="search_documents"):
            await connection.fetch(DIRECTLY)


@pytest.mark.parametrize(
    "query", ["whale", "whale -a3", '"blue whale"', "shark", "", "'", "{}"]
)
async def test_page_by_page_it_finds_what_a_plain_search_does(
    alice: User, bob: User, query: str
) -> None:
    for user in (alice, bob):
        async with session(user.identity):
            await insert(
                *(
                    # All of one moment, so that the ids decide.
                    Document(
                        filename=f"a{number}",
                        file_type="text/plain",
                        file_size=1,
                        content="blue whale" if number % 2 else "a whale, once blue",
                    )
                    for number in range(5)
                )
            )
    newest = (Document.created_at.desc(), Document.id.desc())
    columns = (Document.created_at, Document.id)
    async with session(alice.identity):
        wanted = await select(*columns).where(Document.search.matches(query)).order_by(*newest)
        found: list[tuple[object, ...]] = []
        last = None
        while True:
            page = await select(*columns).among(
                Document.own_search.finds(query, most=2, before=last)
            )
            if not page:
                break
            found += page
            last = page[-1]
    assert found == wanted
