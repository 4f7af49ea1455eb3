"""What row security costs: each query as its user, and as the owner who filters by hand."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from bench import seed
from bench.cluster import connected
from bench.plans import Plan
from bench.questions import SelectStatement, heavy_questions, named_questions, questions
from bench.run import Run
from bench.turns import Side, in_turns, on_one_core
from ottavino import CALLER_ID
from ottavino.postgres.connection import Connection
from ottavino.postgres.supabase import LOGIN, MIGRATOR


def measure(run: Run, database: str, size: int) -> None:
    """Measure every query in a database whose tables have so many rows each."""
    asyncio.run(_measure(run, database, size))


async def _measure(run: Run, database: str, size: int) -> None:
    is_heavy = size >= seed.HEAVY_FROM + seed.HEAVY_ROWS
    asked = questions() + (heavy_questions() if is_heavy else [])
    async with (
        # As the service: its login has a key, so that the signature is verified.
        connected(run.cluster.url(LOGIN, database)) as callers,
        connected(run.cluster.url(MIGRATOR, database)) as owners,
    ):
        with on_one_core(callers, owners):
            for question in asked:
                await _compare(run, question, size, callers, owners)
            async with _user_named(owners):
                for question in named_questions():
                    await _compare(run, question, size, callers, owners)
    run.say(f"{size:,} rows: {len(asked)} queries measured, as caller and as owner")


async def _compare(
    run: Run, question: SelectStatement, size: int, callers: Connection, owners: Connection
) -> None:
    known: dict[str, object] = {
        "table": question.table,
        "query": question.name,
        "rows": size,
        "user": "heavy" if question.user == seed.HEAVY_USER else "caller",
    }
    sides = {
        "caller": Side(callers, question.callers, question.user),
        "owner": Side(owners, question.owners, None),
    }
    if not question.writes:
        await _check(question, sides)
    found = await in_turns(run, sides)
    for side, each in found.items():
        run.book.add("query", each.milliseconds, **known, side=side)
        run.book.add("in the server", each.in_server, **known, side=side)
    if not (question.writes or question.user_named):
        _look_at_plan(run, found["caller"].plan, known)


async def _check(question: SelectStatement, sides: Mapping[str, Side]) -> None:
    """See that both sides read the same rows, and that there are some."""
    theirs, by_hand = [await side.rows() for side in sides.values()]
    if not theirs or theirs != by_hand:
        raise RuntimeError(
            f"{question.name} of {question.table}: the caller reads {len(theirs)} rows and "
            f"the owner {len(by_hand)}, or not the same."
        )


def _look_at_plan(run: Run, plan: Plan, known: Mapping[str, object]) -> None:
    run.book.add("plan as meant", plan.is_as_meant, **known)
    prefix = f"{known['table']}_"
    read = [name.removeprefix(prefix).removesuffix("_idx") for name in plan.indexes]
    run.book.facts[index_key(known)] = ", ".join(read) or "none"


def index_key(known: Mapping[str, object]) -> str:
    """Under which fact of a book the indexes of a query are."""
    return f"indexes of {known['query']}, {known['table']}, {known['user']}, {known['rows']}"


@asynccontextmanager
async def _user_named(owners: Connection) -> AsyncGenerator[None]:
    """A block in which the policy of documents has the user's id instead of `ottavino.uid()`.

    What remains is the cost of row security itself, without that of reading the caller's id.
    """
    alter = "alter policy owner on documents using (user_id = {})"
    await owners.execute(alter.format(f"'{seed.CALLER}'"))
    try:
        yield
    finally:
        await owners.execute(alter.format(CALLER_ID))
