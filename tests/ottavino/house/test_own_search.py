"""A search by index finds what the policies show, to whom they show it, and nothing else."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from ottavino import session
from ottavino.postgres.connection import Connection
from ottavino.postgres.transaction import become
from ottavino.query import insert, select
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.databases import AUTOMATIC_GRANTS, MIGRATED
from tests.ottavino.house.access import CALLERS, OWNER, STRANGER
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.trial import undone
from tests.ottavino.users import User

DIRECTLY = "select * from public.search_documents($1, 100, null, null)"
UNDER_POLICIES = """
    select * from public.documents
    where search_vector @@ websearch_to_tsquery('english', $1)
    order by created_at desc, id desc
    limit 100
"""
FUNCTION = "select pg_get_functiondef('public.search_documents'::regproc)"
UNBOUND = {
    "whale": (" caller,", " searched.user_id,"),
    "-shark": ("searched.user_id = caller", "searched.user_id is not null"),
}
"""For two queries, what in the function binds their rows to the caller, and what would not."""
FEWER = (("limit 1000 + 1", "limit 2 + 1"), ("<= 1000", "<= 2"))
"""What makes three rows too many for the index of words."""
FOUND = {"owner": 2, "stranger": 1, "nobody": 0, "service": 3}


MIGRATION, DECLARATION = "as it was migrated", "as it is declared"


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[pytest.param(MIGRATION, marks=pytest.mark.long), DECLARATION],
    ids=str,
)
async def searched(
    cluster: Cluster, request: pytest.FixtureRequest
) -> AsyncGenerator[Database]:
    """A database with the search that the migrations made, or the one that another would make.

    A mistake in what is declared is in no migration until somebody generates one. That the two
    are the same, `test_drift.py` says, so that one of them is enough for every run.
    """
    async with cluster.clone(MIGRATED) as database:
        if request.param == DECLARATION:
            await declare_anew(database)
        yield database


async def declare_anew(database: Database) -> None:
    """Make the search of documents once more, where whatever is made is granted to all."""
    definitions = Document.own_search.definitions("public.documents")
    async with connected(database.direct_url) as connection:
        await connection.execute(AUTOMATIC_GRANTS)
        for each in reversed(definitions):
            await connection.execute(each.drop)
        for each in definitions:
            await connection.execute(each.create)


@pytest.fixture
async def database(searched: Database, settings_from: SettingsFrom) -> AsyncGenerator[Database]:
    """The same, which the settings name, and without a user when the test has ended."""
    settings_from(**searched.variables)
    yield searched
    async with connected(searched.superuser_url) as connection:
        await connection.execute("delete from auth.users")


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


async def change_function(connection: Connection, *changes: tuple[str, str]) -> None:
    definition: str = await connection.fetchval(FUNCTION)
    for old, new in changes:
        assert old in definition
        definition = definition.replace(old, new)
    await connection.execute(definition)


@pytest.mark.parametrize(("caller", "count"), FOUND.items())
async def test_each_caller_is_given_the_rows_that_the_policies_show_them(
    searched: Database, caller: str, count: int
) -> None:
    async with shelf(searched) as connection:
        await become(connection, CALLERS[caller])
        for query in UNBOUND:
            found = await connection.fetch(DIRECTLY, query)
            assert len(found) == count
            assert found == await connection.fetch(UNDER_POLICIES, query)


@pytest.mark.parametrize("query", UNBOUND)
async def test_that_the_function_would_give_too_much_is_noticed(
    searched: Database, query: str
) -> None:
    async with shelf(searched) as connection:
        await change_function(connection, UNBOUND[query])
        await become(connection, CALLERS["stranger"])
        found = await connection.fetch(DIRECTLY, query)
        assert found != await connection.fetch(UNDER_POLICIES, query)


async def test_users_and_the_service_may_ask_and_nobody_else(searched: Database) -> None:
    async with connected(searched.superuser_url) as connection:
        for function in ("search_documents", "own_words"):
            rows = await connection.fetch(
                "select grantee::regrole::text as name from pg_proc, aclexplode(proacl) "
                "where oid = $1::regproc and grantee <> proowner",
                f"public.{function}",
            )
            assert {row["name"] for row in rows} == {"authenticated", "service_role"}


async def test_who_shows_no_token_may_not_ask(searched: Database) -> None:
    async with shelf(searched) as connection:
        await become(connection, CALLERS["anonymous"])
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="search_documents"):
            await connection.fetch(DIRECTLY, "whale")


async def test_it_gives_a_thousand_rows_however_many_are_asked_for(
    searched: Database,
) -> None:
    async with shelf(searched) as connection:
        await connection.execute(f"""
            insert into public.documents (user_id, filename, file_type, file_size)
            select '{OWNER}', 'shark', 'text/plain', 1 from generate_series(1, 1001)
        """)
        for caller in ("owner", "service"):
            async with undone(connection):
                await become(connection, CALLERS[caller])
                for most in (1001, 2**31 - 1, None):
                    found = await connection.fetch(
                        "select from public.search_documents('shark', $1, null, null)", most
                    )
                    assert len(found) == 1000
    for most in (-1, 1001):
        with pytest.raises(ValueError, match=f"at most 1000 rows, not {most}:"):
            Document.own_search.finds("shark", most=most)
    for most in (0, 1000):
        assert Document.own_search.finds("shark", most=most)


COMMON = st.sampled_from(["whale", "blue", "Sharks"])
ODD = st.sampled_from(
    [
        "the",
        "report.pdf",
        "state-of-the-art",
        "naïve",
        "it's",
        "x|y",
        "a&b",
        "10.5",
        "<->",
        ":*",
    ]
)
STRANGE = st.sampled_from(["a.b/c?d=1&e=2", r"c:\d", "'''", "(fish)", "!"])
WORDS = COMMON | COMMON | ODD | STRANGE
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)
TERMS = st.builds(
    str.format,
    st.sampled_from(["{0}", "{0}", "-{0}", "-{0}", '"{1}"', '-"{1}"', "or"]),
    WORDS,
    TEXTS,
)
ANYTHING = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5
)
QUERIES = st.lists(TERMS, min_size=1, max_size=5).map(" ".join) | ANYTHING


@pytest.mark.whole
@given(
    documents=st.lists(st.tuples(st.sampled_from([OWNER, STRANGER]), TEXTS), min_size=6),
    caller=st.sampled_from(["owner", "owner", *FOUND]),
    many=st.booleans(),
    queries=st.lists(QUERIES, min_size=15, max_size=30),
)
async def test_whatever_is_asked_it_finds_what_the_policies_show(
    searched: Database,
    documents: list[tuple[str, str]],
    caller: str,
    many: bool,
    queries: list[str],
) -> None:
    async with shelf(searched) as connection:
        await connection.executemany(
            "insert into public.documents (user_id, filename, file_type, file_size, content) "
            "values ($1, 'a whale', 'text/plain', 1, $2)",
            documents,
        )
        if many:
            await change_function(connection, *FEWER)
        await become(connection, CALLERS[caller])
        for query in queries:
            found = await connection.fetch(DIRECTLY, query)
            assert found == await connection.fetch(UNDER_POLICIES, query), query


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    "query",
    [
        "footballklubber",
        "footballklubber whale",
        'whale "footballklubber cup"',
        "-footballklubber",
        "whale -footballklubber",
        "shark or footballklubber",
    ],
)
async def test_a_word_that_stands_for_several_is_found_as_each(
    searched: Database, query: str
) -> None:
    async with shelf(searched) as connection:
        await connection.execute(f"""
            create text search dictionary compounds
                (template = ispell, dictfile = ispell_sample, afffile = ispell_sample);
            alter text search configuration english
                alter mapping for asciiword with compounds, english_stem;
            insert into public.documents (user_id, filename, file_type, file_size)
            select '{OWNER}', filename, 'text/plain', 1
            from unnest(array['whale footballklubber cup', 'foot ball klubber whale', 'ball'])
                as filename
        """)
        await become(connection, CALLERS["owner"])
        found = await connection.fetch(DIRECTLY, query)
        assert found
        assert found == await connection.fetch(UNDER_POLICIES, query)


async def test_a_word_may_be_as_long_as_postgresql_takes_it(searched: Database) -> None:
    async with shelf(searched) as connection:
        word = "".join(f"{number:x}" for number in range(10**6, 10**6 + 500))[:2046]
        await connection.execute(f"""
            insert into public.documents (user_id, filename, file_type, file_size, content)
            values ('{OWNER}', 'long', 'text/plain', 1, '{word}')
        """)
        await become(connection, CALLERS["owner"])
        assert len(await connection.fetch(DIRECTLY, word)) == 1


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    "query",
    ["whale", "whale -a3", '"blue whale"', "blue or shark", "-a3", "shark", "", "'", "{}"],
)
async def test_page_by_page_it_finds_what_a_plain_search_does(
    alice: User, bob: User, query: str
) -> None:
    for user in (alice, alice, bob):
        async with session(user.identity):
            await insert(
                *(
                    # Five are of one moment, so that the ids decide, and five of another.
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
        # A page that begins with what the last one ended with would never be empty.
        while len(found) <= len(wanted):
            page = await select(*columns).among(
                Document.own_search.finds(query, most=2, before=last)
            )
            if not page:
                break
            found += page
            last = page[-1]
    assert found == wanted
