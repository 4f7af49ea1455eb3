"""The database itself keeps the rows of the six tables valid, whichever role writes."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from ottavino import session
from ottavino.postgres.connection import Connection
from ottavino.query import delete, insert, select, update
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.access import MATRIX, OWNER, PARENT, STRANGER, insertion
from tests.ottavino.house.db.tables import AgentRequest, AgentSession, Document
from tests.ottavino.house.db.tables.agent_requests import RequestType
from tests.ottavino.house.trial import seeded
from tests.ottavino.users import User

LARGE_ARRAY = "jsonb_build_array(repeat('x', 100001))"
LARGE_OBJECT = "jsonb_build_object('x', repeat('x', 1000001))"

each_table = pytest.mark.parametrize("table", MATRIX)


@asynccontextmanager
async def signing_up(database: Database) -> AsyncGenerator[Connection]:
    """A connection as Supabase's sign-up has it."""
    async with connected(database.superuser_url) as connection:
        await connection.execute("set session authorization supabase_auth_admin")
        await connection.execute("set search_path = auth")
        yield connection


async def sign_up(connection: Connection, metadata: Any) -> UUID:
    user_id = uuid4()
    await connection.execute(
        "insert into users (id, raw_user_meta_data) values ($1, $2)",
        user_id,
        metadata if metadata is None else json.dumps(metadata),
    )
    return user_id


async def profile(database: Database, user_id: UUID) -> asyncpg.Record | None:
    async with connected(database.superuser_url) as connection:
        return await connection.fetchrow(
            "select * from public.user_profiles where id = $1", user_id
        )


class TestUpdatedAt:
    @pytest.mark.whole_but_first("tries each case on a database")
    @each_table
    async def test_is_the_time_of_the_last_change(
        self, shared_database: Database, table: str
    ) -> None:
        async with seeded(shared_database, table) as connection:
            row = await connection.fetchrow(f"""
                update public.{table} set updated_at = 'epoch', created_at = 'epoch'
                returning updated_at = now() as is_now, created_at = 'epoch' as is_older
            """)
        assert row is not None
        assert tuple(row) == (True, True)


class TestSignUp:
    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize(
        ("metadata", "name"),
        [
            ({"full_name": "Ada Lovelace"}, "Ada Lovelace"),
            ({"full_name": "  Ada  "}, "Ada"),
            ({"name": "Ada"}, "Ada"),
            ({"full_name": "Ada", "name": "ada98"}, "Ada"),
            (
                {"full_name": "'); drop table user_profiles; --"},
                "'); drop table user_profiles; --",
            ),
            ({"full_name": "👩‍💻" * 5}, "👩‍💻" * 5),
            ({"full_name": "x" * 300}, "x" * 200),
            ({"full_name": 7}, "7"),
            ({"full_name": None}, ""),
            ({}, ""),
            ([], ""),
            ("Ada", ""),
            (None, ""),
        ],
    )
    async def test_makes_a_profile_of_what_is_known(
        self, database: Database, metadata: Any, name: str
    ) -> None:
        async with signing_up(database) as connection:
            user_id = await sign_up(connection, metadata)
        row = await profile(database, user_id)
        assert row is not None
        assert row["full_name"] == name
        assert (row["plan_type"], row["usage_count"]) == ("free", 0)
        assert row["subscription_status"] == "inactive"

    @pytest.mark.parametrize(
        "trouble",
        [
            "drop table public.user_profiles cascade",
            "alter table public.user_profiles add column shoe_size int not null",
            "alter table public.user_profiles add constraint none check (false)",
        ],
    )
    async def test_succeeds_where_no_profile_can_be_made(
        self, database: Database, trouble: str
    ) -> None:
        async with connected(database.superuser_url) as connection:
            await connection.execute(trouble)
        async with signing_up(database) as connection:
            user_id = await sign_up(connection, {"full_name": "Ada"})
            assert await connection.fetchval("select id from users") == user_id

    async def test_takes_a_profile_that_is_there_as_it_is(self, database: Database) -> None:
        async with connected(database.superuser_url) as connection:
            await connection.execute("""
                create trigger once_more after insert on auth.users
                    for each row execute function public.create_user_profile()
            """)
        async with signing_up(database) as connection:
            user_id = await sign_up(connection, {"full_name": "Ada"})
        row = await profile(database, user_id)
        assert row is not None
        assert row["full_name"] == "Ada"

    async def test_ended_takes_everything_of_the_user_along(self, database: Database) -> None:
        async with connected(database.superuser_url) as connection:
            await connection.execute(f"""
                insert into auth.users (id) values ('{OWNER}'), ('{STRANGER}');
                insert into public.documents (id, user_id, filename, file_type, file_size)
                    values ('{PARENT}', '{OWNER}', 'a.txt', 'text/plain', 1);
                insert into public.agent_sessions (id, user_id) values ('{PARENT}', '{OWNER}');
                {insertion("document_chunks")};
                {insertion("agent_requests", "session_id")};
                {insertion("usage_events")};
            """)
            assert all([OWNER in await users_of(connection, table) for table in MATRIX])
            await connection.execute("delete from auth.users where id = $1", OWNER)
            assert not any([OWNER in await users_of(connection, table) for table in MATRIX])
            assert await users_of(connection, "user_profiles") == {STRANGER}


async def users_of(connection: Connection, table: str) -> set[UUID]:
    """Whose rows are in a table."""
    column = "id" if table == "user_profiles" else "user_id"
    rows = await connection.fetch(f"select {column} as id from public.{table}")
    return {row["id"] for row in rows}


class TestParents:
    async def test_are_the_callers_own(self, database: Database, alice: User) -> None:
        async with session(alice.identity):
            ((conversation,),) = await insert(AgentSession()).returning(AgentSession.id)
            ((request,),) = await insert(question(conversation)).returning(AgentRequest.id)
            await delete(AgentSession).where(AgentSession.id == conversation)
            left = await select(AgentRequest.id, AgentRequest.session_id, AgentRequest.user_id)
        assert left == [(request, None, alice.id)]

    async def test_of_another_user_look_like_none_at_all(
        self, database: Database, alice: User, bob: User
    ) -> None:
        async with session(alice.identity):
            ((conversation,),) = await insert(AgentSession()).returning(AgentSession.id)
        refusals = set[str]()
        for session_id in (conversation, uuid4()):
            with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
                async with session(bob.identity):
                    await insert(question(session_id))
            refusals.add(str(refused.value.as_dict()).replace(str(session_id), "…"))
        assert len(refusals) == 1

    @pytest.mark.parametrize(
        ("table", "column"),
        [("document_chunks", "document_id"), ("agent_requests", "session_id")],
    )
    async def test_of_another_user_are_refused_whoever_writes(
        self, shared_database: Database, table: str, column: str
    ) -> None:
        async with seeded(shared_database, table) as connection:
            statement = insertion(table, column).replace(f"{OWNER}", f"{STRANGER}")
            with pytest.raises(
                asyncpg.ForeignKeyViolationError, match=f"{column}_user_id_fkey"
            ):
                await connection.execute(statement)

    @pytest.mark.parametrize(
        ("parent", "table", "column"),
        [
            ("documents", "document_chunks", "document_id"),
            ("agent_sessions", "agent_requests", "session_id"),
        ],
    )
    async def test_do_not_pass_to_another_user_below_their_children(
        self, shared_database: Database, parent: str, table: str, column: str
    ) -> None:
        async with seeded(shared_database, table) as connection:
            await connection.execute(insertion(table, column))
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await connection.execute(f"update public.{parent} set user_id = '{STRANGER}'")


def question(session_id: UUID) -> AgentRequest:
    return AgentRequest(session_id=session_id, request_type=RequestType.CHAT, content="Why?")


class TestChecks:
    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("user_profiles.full_name", ["repeat('x', 201)", "null"]),
            ("user_profiles.plan_type", ["'gold'", "''", "null"]),
            ("user_profiles.usage_count", ["-1", "null"]),
            ("user_profiles.subscription_status", ["'forever'", "null"]),
            ("documents.user_id", ["null"]),
            ("documents.filename", ["''", "repeat('x', 256)", "null"]),
            ("documents.file_type", ["''", "repeat('x', 128)", "null"]),
            ("documents.file_size", ["-1", "null"]),
            ("documents.status", ["'lost'", "null"]),
            ("documents.content", ["repeat('x', 1000001)"]),
            ("document_chunks.user_id", ["null"]),
            ("document_chunks.document_id", ["null"]),
            ("document_chunks.chunk_index", ["-1", "null"]),
            ("document_chunks.section_title", ["repeat('x', 501)"]),
            ("document_chunks.content", ["repeat('x', 100001)", "null"]),
            ("agent_sessions.user_id", ["null"]),
            ("agent_sessions.request_chain", ["'{}'", "'1'", LARGE_ARRAY, "null"]),
            ("agent_sessions.context_state", ["'[]'", "'1'", LARGE_OBJECT, "null"]),
            ("agent_requests.user_id", ["null"]),
            ("agent_requests.request_type", ["'magic'", "null"]),
            ("agent_requests.content", ["''", "repeat('x', 100001)", "null"]),
            ("agent_requests.status", ["'lost'", "null"]),
            ("agent_requests.progress", ["-1", "101", "null"]),
            ("agent_requests.results", ["'[]'", LARGE_OBJECT]),
            ("agent_requests.tokens_used", ["-1", "null"]),
            ("agent_requests.cost", ["-0.000001", "'NaN'", "null"]),
            ("usage_events.user_id", ["null"]),
            ("usage_events.request_type", ["'magic'", "null"]),
            ("usage_events.tokens_used", ["-1", "null"]),
            ("usage_events.cost", ["-0.000001", "'NaN'", "null"]),
            ("usage_events.occurred_at", ["null"]),
        ],
    )
    async def test_refuse_what_makes_no_sense(
        self, shared_database: Database, column: str, values: list[str]
    ) -> None:
        table, _, name = column.partition(".")
        async with seeded(shared_database, table) as connection:
            for value in values:
                with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
                    async with connection.transaction():
                        await connection.execute(f"update public.{table} set {name} = {value}")
                null = value == "null"
                assert refused.value.sqlstate == ("23502" if null else "23514"), value

    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("user_profiles.full_name", ["''", "repeat('🎼', 200)"]),
            ("documents.filename", ["'a'", "repeat('🎼', 255)"]),
            ("documents.file_size", ["0", "5000000000"]),
            ("documents.content", ["''", "repeat('🎼', 1000000)", "null"]),
            ("document_chunks.content", ["''", "repeat('x', 100000)"]),
            ("agent_requests.progress", ["0", "100"]),
            ("agent_requests.results", ["null", "'{}'"]),
            ("agent_requests.cost", ["0", "99999999"]),
            ("agent_sessions.request_chain", ["'[]'", "'[1, {}]'"]),
        ],
    )
    async def test_let_the_last_sensible_value_pass(
        self, shared_database: Database, column: str, values: list[str]
    ) -> None:
        table, _, name = column.partition(".")
        async with seeded(shared_database, table) as connection:
            for value in values:
                await connection.execute(f"update public.{table} set {name} = {value}")

    async def test_keep_the_chunks_of_a_document_apart(self, shared_database: Database) -> None:
        async with seeded(shared_database, "document_chunks") as connection:
            await connection.execute(insertion("document_chunks"))
            with pytest.raises(asyncpg.UniqueViolationError):
                await connection.execute(insertion("document_chunks"))


class TestSearch:
    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize(
        ("filename", "content", "query"),
        [
            ("report.pdf", None, "report"),
            ("annual_report-2026.pdf", None, "annual reports"),
            ("a.txt", "Whales are swimming.", "whale swim"),
            ("a.txt", "Whales are swimming.", '"are swimming"'),
            ("a.txt", "Whales are swimming.", "shark or whale"),
            ("a.txt", "Whales are swimming.", "whale -shark"),
            ("a.txt", "x " * 150_000 + "needle", "x"),
        ],
    )
    async def test_finds_words_of_the_name_and_the_text(
        self, alice: User, filename: str, content: str | None, query: str
    ) -> None:
        async with session(alice.identity):
            await insert(
                Document(
                    filename=filename, file_type="text/plain", file_size=1, content=content
                )
            )
            found = await select(Document.filename).where(Document.search.matches(query))
        assert found == [(filename,)]

    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize(
        "query", ["shark", "whale -swimming", "", "'", "& | ! ( :*", "\\", "{}", "%s $1"]
    )
    async def test_finds_nothing_else_whatever_is_typed(self, alice: User, query: str) -> None:
        async with session(alice.identity):
            await insert(
                Document(
                    filename="a.txt",
                    file_type="text/plain",
                    file_size=1,
                    content="Whales are swimming.",
                )
            )
            assert await select(Document.id).where(Document.search.matches(query)) == []

    async def test_follows_a_change(self, alice: User) -> None:
        async with session(alice.identity):
            await insert(Document(filename="old.txt", file_type="text/plain", file_size=1))
            await (
                update(Document)
                .set(Document.filename, "new.txt")
                .where(Document.filename == "old.txt")
            )
            old = await select(Document.id).where(Document.search.matches("old"))
            new = await select(Document.filename).where(Document.search.matches("new"))
        assert (old, new) == ([], [("new.txt",)])
