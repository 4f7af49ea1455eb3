"""What row security costs: each query as its user, and as the owner who filters by hand."""

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from uuid import UUID

from bench import seed
from bench.cluster import connected
from bench.plans import Plan, plan
from bench.questions import Question, heavy_questions, named_questions, questions
from bench.run import Run
from db.connection import Connection
from db.identity import Identity
from db.local.supabase import AUTHENTICATOR, MIGRATOR, SUPERUSER
from db.session import begin_as

DATABASE = "tables"
INDEXED_AT = 100_000
"""The size at which a query with its index is set against the same without."""
BATCH = 10
"""How often one side asks before it is the other's turn."""

Asked = Callable[[int], tuple[str, Sequence[object]]]
"""A query and its arguments, for the n-th time that it is asked."""

# The indexes by which rows are found by their user; a profile's is its primary key.
DROP_INDEXES = """
do $$
declare
    found record;
begin
    for found in
        select indexrelid::regclass as name
        from pg_index
        join pg_attribute on attrelid = indrelid and attnum = indkey[0]
        where indrelid = '{table}'::regclass and attname = 'user_id'
    loop
        execute format('drop index %s', found.name);
    end loop;
end
$$
"""
DROP_PROFILES_KEY = "alter table user_profiles drop constraint user_profiles_pkey cascade"


def measure(run: Run, sizes: Sequence[int]) -> None:
    """Measure every query at every size, on one database that grows."""
    run.cluster.create_database(DATABASE)
    filled = 0
    for size in sizes:
        run.say(f"filling six tables up to {size:,} rows each")
        asyncio.run(seed.fill(run.cluster, DATABASE, filled, size, tuple(seed.TABLES)))
        filled = size
        asyncio.run(_measure(run, size))
        if size == INDEXED_AT or size == sizes[-1] < INDEXED_AT:
            asyncio.run(_without_index(run, size))


async def _measure(run: Run, size: int) -> None:
    is_heavy = size >= seed.HEAVY_FROM + seed.HEAVY_ROWS
    asked = questions() + (heavy_questions() if is_heavy else [])
    async with (
        connected(run.cluster.url(AUTHENTICATOR, DATABASE)) as callers,
        connected(run.cluster.url(MIGRATOR, DATABASE)) as owners,
    ):
        with _on_one_core(callers, owners):
            for question in asked:
                await _compare(run, question, size, callers, owners)
            async with _user_named(owners):
                for question in named_questions():
                    await _compare(run, question, size, callers, owners)
    run.say(f"{size:,} rows: {len(asked)} queries measured, as caller and as owner")


async def _compare(
    run: Run, question: Question, size: int, callers: Connection, owners: Connection
) -> None:
    """Both sides in turns, so that whatever else the machine does meets both."""
    known: dict[str, object] = {
        "table": question.table,
        "query": question.name,
        "rows": size,
        "user": "heavy" if question.user == seed.HEAVY_USER else "caller",
    }
    if not question.writes:
        await _check(question, callers, owners)
    times: dict[str, list[float]] = {"caller": [], "owner": []}
    for turn in range(_turns(run)):
        async with _as_caller(callers, question.user):
            times["caller"] += await _times(callers, question.callers, turn)
        async with _as_owner(owners):
            times["owner"] += await _times(owners, question.owners, turn)
    for side, each in times.items():
        run.book.add("query", statistics.median(each) * 1000, **known, side=side)
    await _look_at_plans(run, question, known, callers, owners)


async def _check(question: Question, callers: Connection, owners: Connection) -> None:
    """See that both sides read the same rows, and that there are some."""
    async with _as_caller(callers, question.user), _as_owner(owners):
        sql, arguments = question.callers(0)
        theirs = await callers.fetch(sql, *arguments)
        sql, arguments = question.owners(0)
        by_hand = await owners.fetch(sql, *arguments)
    if not theirs or theirs != by_hand:
        raise RuntimeError(
            f"{question.name} of {question.table}: the caller reads {len(theirs)} rows and "
            f"the owner {len(by_hand)}, or not the same."
        )


async def _look_at_plans(
    run: Run,
    question: Question,
    known: dict[str, object],
    callers: Connection,
    owners: Connection,
) -> None:
    theirs: list[Plan] = []
    by_hand: list[Plan] = []
    for _ in range(_turns(run)):
        async with _as_caller(callers, question.user):
            theirs += await _plans(callers, question.callers)
        async with _as_owner(owners):
            by_hand += await _plans(owners, question.owners)
    for side, plans in {"caller": theirs, "owner": by_hand}.items():
        run.book.add("in the server", _middle(plans), **known, side=side)
    if question.writes or question.user_named:
        return
    run.book.add("plan as meant", theirs[0].is_as_meant, **known)
    prefix = f"{question.table}_"
    read = [name.removeprefix(prefix).removesuffix("_idx") for name in theirs[0].indexes]
    run.book.facts[index_key(known)] = ", ".join(read) or "none"


def index_key(known: Mapping[str, object]) -> str:
    """Under which fact of a book the indexes of a query are."""
    return f"indexes of {known['query']}, {known['table']}, {known['user']}, {known['rows']}"


async def _without_index(run: Run, size: int) -> None:
    """The newest of a user's rows, with the index and in a transaction that has dropped it."""
    async with connected(run.cluster.url(SUPERUSER, DATABASE)) as connection:
        for question in questions():
            if question.name != "list newest 20":
                continue
            table = question.table
            gone = DROP_PROFILES_KEY
            if table != "user_profiles":
                gone = DROP_INDEXES.format(table=table)
            for label, before in (("with", "select"), ("without", gone)):
                await connection.execute(f"begin; {before}")
                await connection.execute(_become(question.user))
                each = await _times(connection, question.callers, 0)
                plans = await _plans(connection, question.callers)
                await connection.execute("rollback")
                known = {"table": table, "rows": size, "index": label}
                run.book.add("index", statistics.median(each) * 1000, **known)
                run.book.add("index in the server", _middle(plans), **known)
            gain = run.book.ratio(
                "index in the server",
                {"table": table, "rows": size, "index": "without"},
                {"table": table, "rows": size, "index": "with"},
            )
            run.say(f"{table}, {size:,} rows: {gain or 0:.0f} times faster with its index")


def _turns(run: Run) -> int:
    return max(1, run.pace.samples // BATCH)


async def _plans(connection: Connection, asked: Asked) -> list[Plan]:
    return [await plan(connection, *asked(0)) for _ in range(BATCH)]


def _middle(plans: Sequence[Plan]) -> float:
    return statistics.median(each.milliseconds for each in plans)


async def _times(connection: Connection, asked: Asked, turn: int) -> list[float]:
    found: list[float] = []
    for number in range(turn * BATCH, (turn + 1) * BATCH):
        sql, arguments = asked(number)
        begun = time.perf_counter()
        await connection.fetch(sql, *arguments)
        found.append(time.perf_counter() - begun)
    return found


@contextlib.asynccontextmanager
async def _user_named(owners: Connection) -> AsyncGenerator[None]:
    """A block in which the policy of documents has the user's id instead of `auth.uid()`.

    What row security costs then is its own price, and the rest that of asking who asks.
    """
    alter = "alter policy owner on documents using (user_id = {})"
    await owners.execute(alter.format(f"'{seed.CALLER}'"))
    try:
        yield
    finally:
        await owners.execute(alter.format("(select auth.uid())"))


@contextlib.contextmanager
def _on_one_core(*connections: Connection) -> Generator[None]:
    """A block in which whoever asks and the servers of both sides share a core.

    A server on a core that has gone to sleep has to be woken, which takes longer than the
    queries do, and happens to one side more often than to the other.
    """
    before = os.sched_getaffinity(0)
    core = {min(before)}
    for connection in connections:
        os.sched_setaffinity(connection.get_server_pid(), core)
    os.sched_setaffinity(0, core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.asynccontextmanager
async def _as_caller(connection: Connection, user: UUID) -> AsyncGenerator[None]:
    """A transaction as the service begins it; nothing of it stays."""
    await connection.execute(begin_as(Identity.user(user)))
    try:
        yield
    finally:
        await connection.execute("rollback")


@contextlib.asynccontextmanager
async def _as_owner(connection: Connection) -> AsyncGenerator[None]:
    await connection.execute("begin")
    try:
        yield
    finally:
        await connection.execute("rollback")


def _become(user: UUID) -> str:
    """What makes a caller of a transaction that has begun already."""
    return begin_as(Identity.user(user)).replace("begin;", "", 1)
