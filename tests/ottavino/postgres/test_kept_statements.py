"""Statements that are kept from one connection to the next, while the schema changes."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ottavino.dev.database.server import address
from ottavino.errors import CommitFailed
from ottavino.identity import Identity
from ottavino.postgres import kept_statements
from ottavino.postgres.driver import Connection
from ottavino.postgres.driver_errors import is_misfit
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.postgres.supabase import LOGIN
from ottavino.postgres.watch import watching
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.line import line
from tests.ottavino.pooler import require_pooler
from tests.ottavino.whole import quick

DIRECTLY, POOLED = "directly", "through PgBouncer"

VISITOR = Identity.anonymous()

MADE = """
create type public.mood as enum ('glad', 'sad');
create table public.things (id int primary key, what int, mood public.mood);
insert into public.things values (1, 7, 'glad');
grant all on public.things to anon;
"""

READ = "select what from public.things where id = $1"


@pytest.fixture(params=[DIRECTLY, POOLED])
def way(
    request: pytest.FixtureRequest, empty_database: Database, settings_from: SettingsFrom
) -> str:
    url = empty_database.url
    if request.param == POOLED:
        require_pooler()
        folder: Path = request.getfixturevalue("pooler")
        url = address(folder, LOGIN, empty_database.name)
    settings_from(DATABASE_URL=url)
    return request.param


@pytest.fixture
async def admin(way: str, empty_database: Database) -> AsyncGenerator[Connection]:
    """A connection that changes the schema under a running server."""
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(MADE)
        yield connection


async def fetch(sql: str, *values: object) -> list[Any]:
    """Rows of a statement, in the session that is open."""
    return [tuple(row) for row in await current_scope().fetch(sql, values)]


async def ask(sql: str, *values: object) -> list[Any]:
    """Rows of a statement, in a session of its own."""
    async with session(VISITOR):
        return await fetch(sql, *values)


CHANGES: dict[str, tuple[str, str, tuple[object, ...], list[Any]]] = {
    "int4 becomes int8": (
        READ,
        (
            "alter table public.things alter what type int8; "
            "update public.things set what = 5000000000"
        ),
        (1,),
        [(5000000000,)],
    ),
    "int4 becomes int2": (READ, "alter table public.things alter what type int2", (1,), [(7,)]),
    "int4 becomes text": (
        READ,
        (
            "alter table public.things alter what type text; "
            "update public.things set what = 'abcd'"
        ),
        (1,),
        [("abcd",)],
    ),
    "int4 becomes float4, which is as long": (
        READ,
        "alter table public.things alter what type float4",
        (1,),
        [(7.0,)],
    ),
    "int4 becomes jsonb": (
        READ,
        "alter table public.things alter what type jsonb using to_jsonb(what)",
        (1,),
        [("7",)],
    ),
    "a table is dropped and made again": (
        "select * from public.things",
        (
            "drop table public.things; create table public.things (what text, id int);"
            "insert into public.things values ('new', 1); grant all on public.things to anon"
        ),
        (),
        [("new", 1)],
    ),
    "a column is added": (
        "select * from public.things",
        "alter table public.things add more text default 'more'",
        (),
        [(1, 7, "glad", "more")],
    ),
    "a column is dropped": (
        "select * from public.things",
        "alter table public.things drop what",
        (),
        [(1, "glad")],
    ),
    "two columns change their names": (
        "select * from public.things",
        (
            "alter table public.things rename what to was; "
            "alter table public.things add what int default 3"
        ),
        (),
        [(1, 7, "glad", 3)],
    ),
    "a value of an enum is renamed": (
        "select mood from public.things where mood <> $1",
        "alter type public.mood rename value 'glad' to 'merry'",
        ("sad",),
        [("merry",)],
    ),
    "an enum is dropped and made again": (
        "select mood from public.things where mood <> $1",
        (
            "alter table public.things drop mood; drop type public.mood;"
            "create type public.mood as enum ('fine', 'sad');"
            "alter table public.things add mood public.mood default 'fine'"
        ),
        ("sad",),
        [("fine",)],
    ),
    "an argument becomes longer": (
        "select id from public.things where what = $1",
        (
            "alter table public.things alter what type int8; "
            "update public.things set what = 5000000000"
        ),
        (5000000000,),
        [(1,)],
    ),
    "an argument becomes text": (
        "select id from public.things where what = $1",
        (
            "alter table public.things alter what type text; "
            "update public.things set what = 'seven'"
        ),
        ("seven",),
        [(1,)],
    ),
    "an argument becomes jsonb": (
        "insert into public.things (id, what) values (2, $1) returning what",
        "alter table public.things alter what type jsonb using to_jsonb(what)",
        ('{"a": 1}',),
        [('{"a": 1}',)],
    ),
    "a function gives something else": (
        "select public.given() as it",
        (
            "drop function public.given(); "
            "create function public.given() returns text return 'text'"
        ),
        (),
        [("text",)],
    ),
}
"""What is asked, what changes, which arguments fit then, and what the answer is."""

BEFORE: dict[str, tuple[object, ...]] = {
    "an argument becomes longer": (7,),
    "an argument becomes text": (7,),
    "an argument becomes jsonb": (7,),
}
"""The arguments that fit before the change, where they are others."""


async def met(sql: str, *values: object) -> None:
    """Run a statement so that it is kept, and again as a kept one. Its rows are rolled back."""
    for _ in range(2):
        with suppress(ZeroDivisionError):
            async with session(VISITOR):
                await fetch(sql, *values)
                raise ZeroDivisionError


SOME_CHANGES = quick(
    ["int4 becomes text", "int4 becomes int8", "a table is dropped and made again"],
    [*CHANGES],
    "changes a schema of its own under a running server",
)


@pytest.fixture
async def changing(
    admin: Connection, change: str
) -> tuple[str, str, tuple[object, ...], list[Any]]:
    """A change of the schema, after its statement was kept."""
    sql, changed, values, answer = CHANGES[change]
    await admin.execute("create function public.given() returns int return 1")
    await met(sql, *BEFORE.get(change, values))
    return sql, changed, values, answer


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("change", SOME_CHANGES)
async def test_the_first_statement_of_a_transaction_is_answered_right(
    admin: Connection, changing: tuple[str, str, tuple[object, ...], list[Any]]
) -> None:
    sql, changed, values, answer = changing
    await admin.execute(changed)
    with suppress(ZeroDivisionError):
        async with session(VISITOR):
            assert await fetch(sql, *values) == answer
            raise ZeroDivisionError
    with watching() as watch:
        assert await ask(sql, *values) == answer
    assert watch.round_trips == 2


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("change", SOME_CHANGES)
async def test_a_later_statement_is_answered_right_or_fails_once_with_its_transaction(
    admin: Connection, changing: tuple[str, str, tuple[object, ...], list[Any]]
) -> None:
    sql, changed, values, answer = changing
    await admin.execute(changed)
    with suppress(CommitFailed, ZeroDivisionError):
        async with session(VISITOR):
            await fetch("select 1")
            (outcome,) = await asyncio.gather(fetch(sql, *values), return_exceptions=True)
            if isinstance(outcome, list):
                assert outcome == answer
                raise ZeroDivisionError
            assert is_misfit(outcome)
    assert await ask(sql, *values) == answer


@pytest.mark.whole_but_first("tries each case on a database")
async def test_moments_are_counted_where_a_statement_asks_for_that_and_as_long_as_they_are(
    admin: Connection,
) -> None:
    await admin.execute(
        "alter table public.things add at timestamptz default '2026-01-02 03:04:05.678901+00'"
    )
    sql = "select what, at from public.things"
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    for _ in range(3):
        async with session(VISITOR):
            fetched = await current_scope().fetch_counted(sql, ())
        assert fetched == ([(7, 820638245678901)], (1,))
        assert await ask(sql) == [(7, moment)]
    await admin.execute(
        "alter table public.things alter at type timestamp using at at time zone 'UTC'"
    )
    async with session(VISITOR):
        fetched = await current_scope().fetch_counted(sql, ())
    assert fetched == ([(7, moment.replace(tzinfo=None))], ())


@pytest.mark.whole_but_first("tries each case on a database")
async def test_a_later_statement_that_failed_is_not_tried_again_as_it_was(
    admin: Connection,
) -> None:
    sql = "select id from public.things where what = $1"
    await met(sql, 7)
    await admin.execute("alter table public.things alter what type text")
    with pytest.raises(CommitFailed):
        async with session(VISITOR):
            await fetch("select 1")
            with pytest.raises(asyncpg.UndefinedFunctionError):
                await fetch(sql, 7)
    with watching() as watch:
        assert await ask(sql, "7") == [(1,)]
    assert watch.round_trips == 3


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("arrives", [True, False])
async def test_an_interruption_while_one_is_begun_again_leaves_none_without_its_caller(
    arrives: bool,
    admin: Connection,
    empty_database: Database,
    settings_from: SettingsFrom,
) -> None:
    async with line(empty_database.url) as far:
        settings_from(DATABASE_URL=far.url)
        await met(READ, 1)
        await admin.execute("alter table public.things alter what type text")
        async with session(VISITOR):
            far.freeze_at(b"Q\0\0\0\rrollback", arrives=arrives)
            asking = asyncio.create_task(fetch(READ, 1))
            await far.frozen()
            asking.cancel()
            await asyncio.wait({asking})
            far.thaw()
            assert await fetch("select current_user::text") == [("anon",)]


@pytest.mark.whole_but_first("tries each case on a database")
async def test_where_the_first_description_is_not_waited_for_another_transaction_begins(
    admin: Connection,
) -> None:
    async with session(VISITOR):
        async with admin.transaction():
            # A statement that reads it cannot be described.
            await admin.execute("lock table public.things")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await fetch("select count(*) from public.things where id > 0")
        assert await fetch("select current_user::text") == [("anon",)]


@pytest.mark.whole_but_first("tries each case on a database")
async def test_a_statement_that_wrote_before_its_types_were_seen_stores_nothing(
    admin: Connection,
) -> None:
    sql = "insert into public.things (id, what) values (2, 2) returning what"
    await met(sql)
    await admin.execute("alter table public.things alter what type int8")
    with pytest.raises(CommitFailed):
        async with session(VISITOR):
            await fetch("select 1")
            with pytest.raises(asyncpg.InvalidCachedStatementError):
                await fetch(sql)
    assert await admin.fetchval("select count(*) from public.things") == 1
    assert await ask(sql) == [(2,)]
    assert await admin.fetchval("select count(*) from public.things") == 2


@pytest.mark.whole_but_first("tries each case on a database")
async def test_a_savepoint_holds_a_statement_that_has_to_be_described_again(
    admin: Connection,
) -> None:
    await met(READ, 1)
    await admin.execute("alter table public.things alter what type text")
    async with session(VISITOR):
        await fetch("select 1")
        with pytest.raises(asyncpg.InvalidCachedStatementError):
            async with DB.transaction():
                await fetch(READ, 1)
        assert await fetch(READ, 1) == [("7",)]


@pytest.mark.whole_but_first("tries each case on a database")
async def test_another_search_path_does_not_change_how_rows_are_read(
    admin: Connection,
) -> None:
    await admin.execute("""
        create schema other;
        create table other.things (id int, what text);
        insert into other.things values (1, 'abcd');
        grant usage on schema other to anon;
        grant all on other.things to anon;
        create function public.turn() returns text language sql volatile as
        $$ select set_config('search_path', 'other, public', true) $$;
    """)
    sql = "select what from things where id = $1"
    await met(sql, 1)
    with pytest.raises(CommitFailed):
        async with session(VISITOR):
            await fetch("select public.turn()")
            with pytest.raises(asyncpg.InvalidCachedStatementError):
                await fetch(sql, 1)
    assert await ask(sql, 1) == [(7,)]


@pytest.mark.whole_but_first("tries each case on a database")
async def test_roles_that_see_different_schemas_are_told_apart(admin: Connection) -> None:
    await admin.execute("""
        create schema if not exists extensions;
        grant usage on schema extensions to anon, authenticated;
        revoke usage on schema public from public, anon;
        grant usage on schema public to authenticated;
        create table public.note (it text);
        create table extensions.note (it int);
        insert into public.note values ('text');
        insert into extensions.note values (1);
        grant select on public.note, extensions.note to anon, authenticated;
    """)
    trips: list[int] = []
    for _ in range(3):
        for identity, answer in ((VISITOR, 1), (Identity.user(uuid4()), "text")):
            with watching() as watch:
                async with session(identity):
                    assert await fetch("select it from note") == [(answer,)]
            trips.append(watch.round_trips)
    assert trips == [3, 3, 2, 2, 2, 2]


@pytest.mark.whole_but_first("tries each case on a database")
async def test_types_whose_inside_can_change_are_looked_up_each_time(
    admin: Connection,
) -> None:
    await admin.execute("""
        create type public.pair as (a int, b int);
        create table public.pairs as select (1, 2)::public.pair as it;
        grant select on public.pairs to anon;
    """)
    for sql in ("select it from public.pairs", "select array[it] as it from public.pairs"):
        await met(sql)
        await admin.execute("alter type public.pair rename attribute a to c")
        (row,) = await ask(sql)
        assert "c=1" in str(row)
        await admin.execute("alter type public.pair rename attribute c to a")


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.usefixtures("admin")
async def test_types_that_were_looked_up_after_a_statement_of_the_caller_are_not_kept() -> None:
    """The statement may have changed what the names in the look-up mean."""
    sql = "select mood from public.things"
    async with session(VISITOR):
        await fetch("select 1")
        await fetch(sql)
    trips: list[int] = []
    for _ in range(2):
        with watching() as watch:
            assert await ask(sql) == [("glad",)]
        trips.append(watch.round_trips)
    assert trips == [3, 2]


@pytest.mark.whole_but_first("tries each case on a database")
async def test_arguments_of_other_types_are_refused_as_ever_and_cost_nothing_else(
    admin: Connection,
) -> None:
    await met(READ, 1)
    async with session(VISITOR):
        with pytest.raises(asyncpg.DataError):
            await fetch(READ, "one")
        with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"):
            await fetch(READ)
        assert await fetch(READ, 1) == [(7,)]
    async with session(VISITOR):
        with pytest.raises(asyncpg.DataError):
            await fetch(READ, "one")


@pytest.mark.whole_but_first("tries each case on a database")
async def test_a_statement_that_fails_by_itself_stays_kept(admin: Connection) -> None:
    sql = "select 1 / $1::int"
    await met(sql, 1)
    with watching() as watch, pytest.raises(asyncpg.DivisionByZeroError):
        await ask(sql, 0)
    # It is sent once, and its transaction rolled back.
    assert watch.round_trips == 2
    with watching() as watch:
        assert await ask(sql, 1) == [(1,)]
    assert watch.round_trips == 2


@pytest.mark.usefixtures("way")
class TestHowMuchIsKept:
    async def trips(self, sql: str) -> int:
        with watching() as watch:
            await ask(sql)
        return watch.round_trips

    @pytest.mark.whole_but_first("tries each case on a database")
    async def test_the_statement_that_was_not_used_for_longest_is_forgotten(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        empty: OrderedDict[kept_statements.Key, object] = OrderedDict()
        monkeypatch.setattr(kept_statements, "_kept", empty)
        monkeypatch.setattr(kept_statements, "MOST_KEPT", 2)
        asked = ["select 1", "select 2", "select 1", "select 3", "select 1", "select 2"]
        assert [await self.trips(sql) for sql in asked] == [3, 3, 2, 3, 2, 3]

    @pytest.mark.whole_but_first("tries each case on a database")
    async def test_a_long_one_is_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept_statements, "MOST_CHARACTERS", 9)
        assert [await self.trips(sql) for sql in ["select 10", "select 10"]] == [3, 2]
        assert [await self.trips(sql) for sql in ["select 100", "select 100"]] == [3, 3]

    async def test_one_session_holds_no_more_than_are_kept(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kept_statements, "MOST_KEPT", 2)
        trips: list[int] = []
        with watching() as watch:
            async with session(VISITOR):
                for number in (1, 2, 3, 2, 3):
                    await fetch(f"select 1{number}")
                    trips.append(watch.round_trips - sum(trips))
        assert trips == [2, 2, 2, 1, 2]
