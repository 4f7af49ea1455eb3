"""A session: its first query opens one connection as the caller, which is always released."""

import asyncio
import contextvars
import gc
import json
import socket
import time
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
import pytest
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from ottavino.errors import (
    CommitFailed,
    DatabaseUnavailable,
    NoSession,
    OutcomeUnknown,
    QueryRefused,
    TransactionTimeout,
)
from ottavino.identity import Identity, Role
from ottavino.postgres.answers import Answers
from ottavino.postgres.budget import end_of_budget
from ottavino.postgres.caller_connection import CallerConnection
from ottavino.postgres.engine import Engine
from ottavino.postgres.owned_sessions import owned_sessions
from ottavino.postgres.release import all_released
from ottavino.postgres.session import session
from ottavino.postgres.supabase import AUTHENTICATOR
from ottavino.query import insert, select
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.line import line
from tests.ottavino.users import User
from tests.ottavino.wire import TERMINATE, Wire, tapped

STOCK: Any = Document
"""The table, for the queries of Piccolo's own, which have no types."""

WHO = "select current_user::text as role, auth.uid() as uid, pg_backend_pid() as pid"


def document(filename: str = "a.txt") -> Document:
    return Document(filename=filename, file_type="text/plain", file_size=0)


async def ask(sql: str, *arguments: Any) -> dict[str, Any]:
    """One row of raw SQL, through Piccolo."""
    rows = await STOCK.raw(sql, *arguments)
    return rows[0]


async def ask_times(user: User, times: int) -> None:
    """A session of a user that asks a query several times."""
    async with session(user.identity):
        for _ in range(times):
            await select(Document.id)


async def filenames(database: Database) -> list[str]:
    """The names in the table, read without any policy."""
    async with connected(database.superuser_url) as connection:
        rows = await connection.fetch("select filename from public.documents order by filename")
    return [row["filename"] for row in rows]


async def backends(database: Database, name: str = "test") -> int:
    """How many connections with this application name the database has."""
    async with connected(database.superuser_url) as connection:
        return await connection.fetchval(
            "select count(*) from pg_stat_activity "
            "where application_name = $1 and datname = current_database()",
            name,
        )


async def is_at(database: Database, work: str) -> bool:
    """Whether the one connection of the test is at this statement."""
    condition = (
        "state = 'idle in transaction' and query like '%auth.uid()%'"
        if work == "idle"
        else "wait_event = 'PgSleep'"
    )
    async with connected(database.superuser_url) as connection:
        return await connection.fetchval(
            f"select bool_and({condition}) from pg_stat_activity "
            "where application_name = 'test' and datname = current_database()"
        )


async def gone(database: Database) -> bool:
    """Whether the test soon has no connection."""
    for _ in range(250):
        if await backends(database) == 0:
            return True
        await asyncio.sleep(0.02)
    return False


@pytest.fixture
async def wire(database: Database, settings_from: Callable[..., None]) -> AsyncGenerator[Wire]:
    async with tapped(database.url) as wire:
        settings_from(DATABASE_URL=wire.url)
        yield wire


class TestOneConnection:
    async def test_none_is_opened_where_nothing_is_asked(self, wire: Wire) -> None:
        async with session(Identity.anonymous()):
            pass
        assert wire.connections == 0

    async def test_every_query_of_an_invocation_runs_on_the_same(
        self, wire: Wire, alice: User
    ) -> None:
        async with session(alice.identity):
            first = await ask(WHO)
            await insert(document())
            assert (await ask(WHO))["pid"] == first["pid"]
        assert wire.connections == 1

    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize("queries", [1, 2, 3])
    async def test_as_many_round_trips_as_queries_and_a_commit(
        self, wire: Wire, alice: User, queries: int
    ) -> None:
        await ask_times(alice, queries)
        before = wire.round_trips
        await ask_times(alice, queries)
        assert wire.round_trips - before == queries + 1

    async def test_a_statement_that_is_met_for_the_first_time_costs_one_more(
        self, wire: Wire, alice: User
    ) -> None:
        await ask_times(alice, 1)
        assert wire.round_trips == 3

    async def test_the_answer_to_a_flight_is_known_as_a_whole(
        self, database: Database, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await ask_times(alice, 1)
        examine = Answers._looked_at  # noqa: SLF001  # the way that takes longer
        examined: list[bytes] = []

        def examining(answers: Answers, data: bytes) -> bytes:
            examined.append(data)
            return examine(answers, data)

        monkeypatch.setattr(Answers, "_looked_at", examining)
        # Its messages are only examined one by one where they are not the expected ones.
        await ask_times(alice, 1)
        assert not examined

    async def test_begin_identity_and_the_first_query_share_a_flight(
        self, wire: Wire, alice: User
    ) -> None:
        await ask_times(alice, 1)
        await wire.closed()
        del wire.messages[:]
        await ask_times(alice, 1)
        kinds = b"".join(message[:1] for message in wire.messages)
        flight = kinds[: kinds.index(b"S")]
        assert set(flight) == set(b"PBED")
        statements = [m for m in wire.statements if m != "commit"]
        assert len(statements) == flight.count(b"P")
        assert statements[0] == "begin isolation level read committed read write"
        assert statements[-2] == 'set local role "authenticated"'
        assert statements[-1].startswith("select")

    async def test_its_end_is_not_waited_for(
        self, database: Database, wire: Wire, alice: User
    ) -> None:
        wire.is_deaf = True
        async with asyncio.timeout(1), session(alice.identity):
            await insert(document())
        assert len(await filenames(database)) == 1
        assert wire.messages[-1][:1] == TERMINATE

    async def test_is_closed_when_the_session_has_ended_and_leaves_no_task(
        self, database: Database, alice: User
    ) -> None:
        tasks = asyncio.all_tasks()
        async with session(alice.identity, name="test") as opened:
            await insert(document())
            connection = await opened.open()
        assert connection.is_closed()
        assert asyncio.all_tasks() == tasks
        assert await gone(database)

    async def test_it_bears_the_name_of_the_function(
        self, database: Database, alice: User
    ) -> None:
        async with session(alice.identity, name="summarize"):
            await ask(WHO)
            assert await backends(database, "summarize") == 1
        async with session(alice.identity):
            await ask(WHO)
            assert await backends(database, "ottavino") == 1

    async def test_gathered_queries_take_turns(self, wire: Wire, alice: User) -> None:
        async with session(alice.identity):
            rows = await asyncio.gather(*(ask(WHO) for _ in range(20)))
        assert len({row["pid"] for row in rows}) == 1
        assert wire.connections == 1

    async def test_another_session_has_another(self, alice: User, bob: User) -> None:
        async with session(alice.identity):
            outer = await ask(WHO)
            async with session(bob.identity):
                inner = await ask(WHO)
            assert await ask(WHO) == outer
        assert inner["pid"] != outer["pid"]
        assert (outer["uid"], inner["uid"]) == (alice.id, bob.id)


class TestIdentity:
    async def test_a_user_is_authenticated_and_known(self, alice: User) -> None:
        async with session(alice.identity):
            who = await ask(WHO)
        assert (who["role"], who["uid"]) == ("authenticated", alice.id)

    async def test_a_caller_without_a_token_is_anonymous(self, database: Database) -> None:
        async with session(Identity.anonymous()):
            who = await ask(WHO)
        assert (who["role"], who["uid"]) == ("anon", None)

    async def test_the_service_is_asked_for_by_name(self, database: Database) -> None:
        async with session(Identity.service()):
            who = await ask(WHO)
            where = await ask("select current_database() as name")
        assert (who["role"], who["uid"]) == ("service_role", None)
        assert where["name"] == database.name

    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize(
        "value",
        [
            "'",
            "''",
            '"',
            "\\",
            "\\'; drop table documents; --",
            "$$",
            "{}",
            "{0}",
            "}",
            "é😀",
            "%s",
        ],
    )
    async def test_a_claim_is_data_whatever_it_holds(self, alice: User, value: str) -> None:
        identity = Identity.user(alice.id, **{"app": value, value: 1})
        async with session(identity):
            row = await ask("select current_setting('request.jwt.claims') as claims")
        assert json.loads(row["claims"]) == identity.claims

    async def test_what_another_program_left_behind_does_not_answer(
        self, database: Database, alice: User, bob: User
    ) -> None:
        async with connected(database.superuser_url) as connection:
            setting = f"set request.jwt.claim.sub = '{bob.id}'"
            await connection.execute(
                f"alter role authenticator in database {database.name} {setting}"
            )
        async with session(alice.identity):
            assert (await ask("select auth.uid() as uid"))["uid"] == alice.id

    @pytest.mark.parametrize("role", ["none", "postgres", "anon'; drop table x; --"])
    async def test_a_role_that_is_not_on_the_list_is_not_become(
        self, database: Database, role: str
    ) -> None:
        async with session(Identity(role)):
            with pytest.raises(QueryRefused, match="No caller can become"):
                await ask(WHO)

    async def test_a_role_that_the_login_cannot_become_runs_no_query(
        self, database: Database, settings_from: Callable[..., None], alice: User
    ) -> None:
        settings_from(API_ROLES="anon,authenticated,robot")
        async with connected(database.superuser_url) as connection:
            await connection.execute("create sequence public.asked")
            await connection.execute("grant all on sequence public.asked to public")
            sql = "select nextval('public.asked')"
            async with session(alice.identity):
                await ask(sql)
                await ask(sql)
            for _ in range(2):
                async with session(Identity("robot")):
                    for _ in range(2):
                        with pytest.raises(asyncpg.PostgresError, match="robot"):
                            await ask(sql)
            assert await connection.fetchval("select last_value from public.asked") == 2

    async def test_no_role_but_the_three_can_be_meant(self) -> None:
        with pytest.raises(ValueError, match="postgres"):
            Identity(Role("postgres"), {})


class TestEnd:
    async def test_a_normal_end_commits(self, database: Database, alice: User) -> None:
        async with session(alice.identity):
            await insert(document())
            assert await filenames(database) == []
        assert await filenames(database) == ["a.txt"]

    async def test_an_exception_rolls_back(self, database: Database, alice: User) -> None:
        with pytest.raises(ZeroDivisionError):
            async with session(alice.identity, name="test"):
                await insert(document())
                raise ZeroDivisionError
        assert await filenames(database) == []
        assert await gone(database)

    async def test_a_swallowed_error_does_not_pass_for_a_commit(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(CommitFailed):
            async with session(alice.identity, name="test"):
                await insert(document())
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await ask("select 1 / 0")
        assert await filenames(database) == []
        assert await gone(database)

    async def test_a_commit_that_fails_raises_and_releases(
        self, database: Database, alice: User
    ) -> None:
        async with connected(database.superuser_url) as connection:
            await connection.execute(
                "alter table public.documents add constraint late exclude using btree "
                "(filename with =) deferrable initially deferred"
            )
        with pytest.raises(asyncpg.ExclusionViolationError):
            async with session(alice.identity, name="test"):
                await insert(document(), document())
        assert await filenames(database) == []
        assert await gone(database)

    async def test_a_commit_that_says_that_its_connection_failed_is_no_answer(
        self, database: Database, alice: User
    ) -> None:
        async with connected(database.superuser_url) as connection:
            await connection.execute("""
                create function public.fail() returns trigger language plpgsql as
                $$ begin raise exception 'lost' using errcode = '08006'; end $$;
                create constraint trigger late after insert on public.documents
                deferrable initially deferred for each row execute function public.fail();
            """)
        with pytest.raises(OutcomeUnknown):
            async with session(alice.identity):
                await insert(document())

    async def test_one_that_only_reads_stores_nothing(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with session(alice.identity, read_only=True):
                await insert(document())
        assert await filenames(database) == []

    async def test_no_query_runs_once_the_transaction_is_over(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(QueryRefused, match="caller is no longer bound"):
            async with session(alice.identity, name="test") as opened:
                await (await opened.open()).execute("commit")
                await ask(WHO)
        assert await gone(database)

    async def test_a_transaction_that_is_over_already_is_not_called_committed(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(CommitFailed):
            async with session(alice.identity) as opened:
                await insert(document())
                await (await opened.open()).execute("rollback")


class TestCancellation:
    """Whenever a task is cancelled, the server has no connection of it a second later."""

    async def test_of_the_first_statement_ends_it_on_the_server(
        self, database: Database, alice: User
    ) -> None:
        """The server has not answered yet that the transaction has begun."""
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.15), session(alice.identity, name="test"):
                    await ask("select pg_sleep(30)")
            assert await gone(database)

    async def test_of_the_first_statement_is_no_commit_where_it_is_swallowed(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(CommitFailed):
            async with session(alice.identity, name="test"):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.15):
                        await ask("select pg_sleep(30)")
        assert await gone(database)

    async def test_of_the_first_statement_lets_no_other_run_without_a_caller(
        self, database: Database, alice: User
    ) -> None:
        found: list[Any] = []
        for seconds in (0.0, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005):
            with suppress(CommitFailed, asyncpg.PostgresError, DatabaseUnavailable):
                async with session(alice.identity, name="test"):
                    with suppress(TimeoutError):
                        async with asyncio.timeout(seconds):
                            await ask("select pg_sleep(0.01)")
                    found.append((await ask(WHO))["uid"])
        # Where the time is up before anything is sent, the session is as new.
        assert set(found) == {alice.id}
        assert await gone(database)

    @pytest.fixture(params=["query", "transaction", "idle", "waiting"])
    def work(self, request: pytest.FixtureRequest) -> Callable[[], Awaitable[object]]:
        async def query() -> None:
            await ask("select pg_sleep(30)")

        async def transaction() -> None:
            async with DB.transaction():
                await ask("select pg_sleep(30)")

        async def idle() -> None:
            await ask(WHO)
            await asyncio.sleep(30)

        async def waiting() -> None:
            await asyncio.gather(query(), query(), query())

        return {f.__name__: f for f in (query, transaction, idle, waiting)}[request.param]

    @pytest.mark.whole_but_first("tries each case on a database")
    async def test_a_cancelled_session_is_released(
        self, database: Database, alice: User, work: Callable[[], Awaitable[object]]
    ) -> None:
        async def invocation() -> None:
            async with session(alice.identity, name="test"):
                await insert(document())
                await work()

        task = asyncio.create_task(invocation())
        async with asyncio.timeout(5):
            while not await is_at(database, work.__name__):  # noqa: ASYNC110  # nothing tells
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await gone(database)
        assert await filenames(database) == []

    @pytest.mark.whole("waits for a timeout")
    async def test_a_session_out_of_time_is_released(
        self, database: Database, alice: User
    ) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.15), session(alice.identity, name="test"):
                await insert(document())
                await ask("select pg_sleep(30)")
        assert await gone(database)
        assert await filenames(database) == []

    @pytest.mark.whole("waits until something is given up")
    async def test_a_request_to_cancel_that_is_lost_is_made_again(
        self, database: Database, alice: User, wire: Wire
    ) -> None:
        """A server ignores one if it has not begun the query yet."""
        wire.lost = 2
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), session(alice.identity, name="test"):
                await ask("select pg_sleep(30)")
        assert wire.lost == 0
        assert await gone(database)
        assert time.monotonic() - began < 3

    @pytest.mark.whole("cancels an invocation at each moment")
    async def test_every_moment_of_an_invocation_can_be_the_last(
        self, database: Database, alice: User
    ) -> None:
        async def invocation() -> None:
            async with session(alice.identity, name="test"):
                await insert(document())
                async with DB.transaction():
                    await select(Document.id)

        started = time.perf_counter()
        await invocation()
        whole = time.perf_counter() - started
        for moment in range(30):
            task = asyncio.create_task(invocation())
            # At any moment of the query, and a few after its end.
            await asyncio.sleep(whole * moment / 25)
            task.cancel()
            await asyncio.wait({task})
        assert await gone(database)

    @pytest.mark.whole("cancels many queries")
    async def test_one_cancelled_query_does_not_leave_another_without_a_caller(
        self, database: Database, alice: User
    ) -> None:
        async def two_queries(moment: int) -> dict[str, Any]:
            async with session(alice.identity):
                tasks = [asyncio.create_task(ask(WHO)) for _ in range(2)]
                # Before a query is sent, while it runs, and after its answer.
                await asyncio.sleep(moment / 5000)
                tasks[0].cancel()
                await asyncio.wait(tasks)
                return tasks[1].result()

        callers: list[UUID | None] = []
        for moment in range(20):
            # The cancelled query may have failed the transaction, which is right too.
            with suppress(asyncpg.InFailedSQLTransactionError):
                callers.append((await two_queries(moment))["uid"])
        # Some queries are answered, and all of these answers are the caller's.
        assert set(callers) == {alice.id}


class TestAbandoned:
    """The connection of a generator is released, whether it is read to its end or not."""

    async def test_a_session_that_is_left_in_another_context_is_released(
        self, database: Database, alice: User
    ) -> None:
        async def rows() -> AsyncGenerator[int]:
            async with session(alice.identity, name="test"), DB.transaction():
                await insert(document())
                yield 1

        abandoned = rows()
        await anext(abandoned)
        await asyncio.create_task(abandoned.aclose(), context=contextvars.Context())
        assert await gone(database)
        assert await filenames(database) == []

    async def test_a_session_ends_with_the_block_that_owns_it(
        self, database: Database, alice: User
    ) -> None:
        async def rows() -> AsyncGenerator[int]:
            async with session(alice.identity, name="test"):
                await insert(document())
                yield 1
                await ask(WHO)

        with owned_sessions():
            abandoned = rows()
            await anext(abandoned)
        assert await gone(database)
        with pytest.raises(NoSession):
            await anext(abandoned)
        assert await filenames(database) == []

    async def test_a_session_belongs_to_the_innermost_block_that_has_not_ended(
        self, database: Database, alice: User
    ) -> None:
        async def rows() -> AsyncGenerator[int]:
            async with session(alice.identity, name="test"):
                await insert(document())
                yield 1

        with owned_sessions():
            with owned_sessions():
                pass
            abandoned = rows()
            await anext(abandoned)
        assert await gone(database)

    async def test_a_session_that_was_left_is_not_kept_by_the_block_that_owns_it(
        self, alice: User
    ) -> None:
        with owned_sessions():
            async with (left := session(alice.identity)):
                await ask(WHO)
            await all_released()
            kept = weakref.ref(left)
            del left
            gc.collect()
            assert kept() is None

    async def test_a_session_that_has_ended_with_its_owner_does_not_pass_for_a_commit(
        self, database: Database, alice: User
    ) -> None:
        with owned_sessions():
            opened = session(alice.identity, name="test")
            await opened.__aenter__()
            await insert(document())
        with pytest.raises(NoSession):
            await opened.__aexit__(None, None, None)
        assert await gone(database)
        assert await filenames(database) == []

    async def test_a_task_that_enters_one_after_its_block_ends_it_when_it_is_done(
        self, database: Database, alice: User
    ) -> None:
        async def rows() -> AsyncGenerator[int]:
            async with session(alice.identity, name="test"):
                await insert(document())
                yield 1

        async def work() -> None:
            await owner_has_ended.wait()
            await anext(abandoned)

        owner_has_ended, abandoned = asyncio.Event(), rows()
        with owned_sessions():
            working = asyncio.create_task(work())
            await asyncio.sleep(0)
        owner_has_ended.set()
        await working
        assert await gone(database)
        with pytest.raises(NoSession):
            await anext(abandoned)
        assert await filenames(database) == []

    async def test_a_task_that_goes_on_keeps_its_session_until_it_is_done(
        self, database: Database, alice: User
    ) -> None:
        async def work(name: str, *, leaves: bool) -> None:
            opened = session(alice.identity, name="test")
            await opened.__aenter__()
            await insert(document(name))
            await owner_has_ended.wait()
            await ask(WHO)
            if leaves:
                await opened.__aexit__(None, None, None)

        owner_has_ended = asyncio.Event()
        with owned_sessions():
            tasks = [
                asyncio.create_task(work("kept.txt", leaves=True)),
                asyncio.create_task(work("lost.txt", leaves=False)),
            ]
            while await backends(database) < 2:  # noqa: ASYNC110  # nothing tells
                await asyncio.sleep(0.01)
        owner_has_ended.set()
        await asyncio.gather(*tasks)
        assert await gone(database)
        assert await filenames(database) == ["kept.txt"]


class TestSavepoints:
    @pytest.mark.whole_but_first("tries each case on a database")
    @pytest.mark.parametrize(
        "name", ["begin", "commit", "rollback", "rollback_to", "savepoint"]
    )
    async def test_what_piccolo_has_for_them_is_there_or_is_refused(
        self, database: Database, alice: User, name: str
    ) -> None:
        arguments = ["a"] if name == "rollback_to" else []
        assert hasattr(PostgresTransaction, name)
        async with session(alice.identity), DB.transaction() as transaction:
            method = getattr(transaction, name)
            with pytest.raises(QueryRefused, match=rf"{name}\(\) is not (there|supported)"):
                await method(*arguments)

    async def test_queries_are_not_logged_in_part(self) -> None:
        for name in ("log_queries", "log_responses"):
            with pytest.raises(QueryRefused, match=f"{name} would show only a part"):
                setattr(DB, name, True)
            setattr(DB, name, False)

    async def test_a_nested_transaction_that_fails_takes_only_its_own_rows_with_it(
        self, database: Database, alice: User
    ) -> None:
        async with session(alice.identity):
            await insert(document("kept.txt"))
            with pytest.raises(ZeroDivisionError):
                async with DB.transaction():
                    await insert(document("lost.txt"))
                    raise ZeroDivisionError
            await insert(document("late.txt"))
        assert await filenames(database) == ["kept.txt", "late.txt"]

    async def test_an_error_of_the_database_in_one_can_be_caught_around_it(
        self, database: Database, alice: User
    ) -> None:
        async with session(alice.identity):
            with pytest.raises(asyncpg.CheckViolationError):
                async with DB.transaction():
                    await insert(document(""))
            await insert(document())
        assert await filenames(database) == ["a.txt"]

    async def test_an_error_that_is_swallowed_in_one_does_not_pass_for_success(
        self, database: Database, alice: User
    ) -> None:
        async with session(alice.identity):
            with pytest.raises(CommitFailed):
                async with DB.transaction():
                    with pytest.raises(asyncpg.DivisionByZeroError):
                        await ask("select 1 / 0")
            await insert(document())
        assert await filenames(database) == ["a.txt"]

    async def test_gathered_ones_do_not_take_each_other_along(
        self, database: Database, alice: User
    ) -> None:
        async def add(number: int) -> None:
            async with DB.transaction():
                await insert(document(f"{number}.txt"))
                async with DB.transaction():
                    await asyncio.gather(ask(WHO), ask(WHO))
                if number % 2:
                    raise ZeroDivisionError

        async with session(alice.identity):
            await asyncio.gather(*(add(n) for n in range(6)), return_exceptions=True)
        assert await filenames(database) == ["0.txt", "2.txt", "4.txt"]

    async def test_one_whose_end_is_interrupted_is_not_committed_half(
        self, database: Database, alice: User, settings_from: Callable[..., None]
    ) -> None:
        async with line(database.url) as far:
            settings_from(DATABASE_URL=far.url)
            with pytest.raises(CommitFailed, match="savepoint was interrupted"):
                async with session(alice.identity):
                    await insert(document("a.txt"))
                    far.freeze_at(b"release savepoint", arrives=False)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(0.2), DB.transaction():
                            await insert(document("b.txt"))
                    far.thaw()
            assert await filenames(database) == []

    async def test_piccolos_atomic_is_one(self, database: Database, alice: User) -> None:
        async with session(alice.identity):
            atomic: Any = DB.atomic()
            atomic.add(STOCK.insert(document("a.txt")), STOCK.insert(document("")))
            with pytest.raises(asyncpg.CheckViolationError):
                await atomic.run()
        assert await filenames(database) == []


class TestRefusals:
    async def test_what_is_no_query_is_refused(self, alice: User) -> None:
        async with session(alice.identity):
            with pytest.raises(QueryRefused, match="does not send COMMIT"):
                await ask("commit")

    async def test_no_identity_no_query(self) -> None:
        with pytest.raises(NoSession, match="No session is open here"):
            await select(Document.id)

    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
    async def test_run_sync_is_refused(self, alice: User) -> None:
        async with session(alice.identity):
            with pytest.raises(NoSession, match="run_sync"):
                STOCK.select().run_sync()
            gc.collect()

    async def test_run_sync_in_a_thread_is_refused(self, alice: User) -> None:
        async with session(alice.identity):
            with pytest.raises(NoSession, match="run_sync"):
                await asyncio.to_thread(STOCK.select().run_sync)

    async def test_batch_is_refused(self, alice: User) -> None:
        async with session(alice.identity):
            with pytest.raises(QueryRefused, match="limit"):
                await STOCK.select().batch()

    async def test_another_node_is_refused(self, alice: User) -> None:
        async with session(alice.identity):
            with pytest.raises(QueryRefused, match="without node="):
                await STOCK.select().run(node="replica")

    async def test_a_pool_is_refused(self) -> None:
        with pytest.raises(QueryRefused, match="PgBouncer"):
            await DB.start_connection_pool()

    async def test_a_connection_of_ones_own_is_refused(self) -> None:
        with pytest.raises(QueryRefused, match="another session"):
            await DB.get_new_connection()

    async def test_making_an_engine_opens_no_connection(
        self, database: Database, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder,) = parse_qs(urlsplit(wire.url).query)["host"]
        variables = {"PGHOST": folder, "PGUSER": AUTHENTICATOR, "PGDATABASE": database.name}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        await asyncio.to_thread(Engine)
        assert wire.connections == 0
        # Piccolo's own engine opens one.
        await asyncio.to_thread(PostgresEngine, {})
        assert wire.connections == 1


class TestTimeouts:
    async def test_a_session_of_no_invocation_may_take_its_time(self, alice: User) -> None:
        async with session(alice.identity):
            row = await ask("select current_setting('transaction_timeout', true) as limit_")
        # Before version 17 PostgreSQL has no such setting.
        assert row["limit_"] in {"0", None}

    async def test_a_commit_has_what_is_left_of_the_invocation(
        self, database: Database, alice: User
    ) -> None:
        with owned_sessions(asyncio.get_running_loop().time() + 30):
            async with session(alice.identity):
                await insert(document())
        assert await filenames(database) == ["a.txt"]
        # Statements after the block have their own time.
        assert end_of_budget() is None

    @pytest.mark.whole("waits for a timeout")
    async def test_a_commit_has_nothing_more_when_that_is_over(
        self, database: Database, alice: User
    ) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + 0.5
        with pytest.raises((OutcomeUnknown, TransactionTimeout)), owned_sessions(end):
            async with session(alice.identity):
                await insert(document())
                await asyncio.sleep(end - loop.time())

    @pytest.mark.whole("waits until something is given up")
    async def test_a_rollback_is_waited_for_no_longer_than_there_is_time(
        self,
        database: Database,
        alice: User,
        settings_from: Callable[..., None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("ottavino.postgres.session.UNDO_SECONDS", 20.0)
        monkeypatch.setattr("ottavino.postgres.release.RELEASE_SECONDS", 20.0)
        end = asyncio.get_running_loop().time() + 0.5
        async with line(database.url) as far:
            settings_from(DATABASE_URL=far.url)
            began = time.monotonic()
            with pytest.raises(ZeroDivisionError), owned_sessions(end):
                async with session(alice.identity):
                    await insert(document())
                    far.freeze_at(b"rollback", arrives=False)
                    raise ZeroDivisionError
            assert time.monotonic() - began < 10
            far.cut()

    @pytest.mark.parametrize("left", [None, 0.5])
    async def test_a_commit_that_is_not_answered_is_given_up_in_its_time(
        self,
        database: Database,
        alice: User,
        settings_from: Callable[..., None],
        left: float | None,
    ) -> None:
        async with line(database.url) as far:
            settings_from(
                DATABASE_URL=far.url, FUNCTION_TIMEOUT="0.3" if left is None else "30"
            )
            end = asyncio.get_running_loop().time() + (left or -1)
            began = time.monotonic()
            with pytest.raises(OutcomeUnknown), owned_sessions(end):
                async with asyncio.timeout(10), session(alice.identity):
                    await insert(document())
                    far.freeze_at(b"commit", arrives=False)
            assert time.monotonic() - began < 5

    async def test_a_statement_ends_after_its_time(
        self, database: Database, alice: User, settings_from: Callable[..., None]
    ) -> None:
        settings_from(STATEMENT_TIMEOUT="0.1")
        with pytest.raises(asyncpg.QueryCanceledError):
            async with session(alice.identity):
                await ask("select pg_sleep(30)")

    async def test_a_server_that_is_not_there_is_named(
        self, database: Database, settings_from: Callable[..., None]
    ) -> None:
        settings_from(DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
        with pytest.raises(
            DatabaseUnavailable, match=r"127\.0\.0\.1:1 does not answer"
        ) as error:
            async with session(Identity.anonymous()):
                await ask(WHO)
        assert "secret" not in str(error.value)

    async def test_a_server_that_never_answers_is_given_up(
        self, database: Database, settings_from: Callable[..., None]
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            settings_from(
                DATABASE_URL=f"postgresql://nobody@127.0.0.1:{port}/none", CONNECT_TIMEOUT="0.2"
            )
            with pytest.raises(DatabaseUnavailable):
                async with session(Identity.anonymous()):
                    await ask(WHO)


async def test_a_connection_on_which_nothing_was_sent_is_closed_too(alice: User) -> None:
    caller = CallerConnection(alice.identity, "test", read_only=False)
    pipeline = await caller._usable()  # noqa: SLF001  # as far as a first query gets before it is sent
    assert caller.release() is None
    assert pipeline.connection.is_closed()
