"""The same twenty rows by the service at an earlier commit, for `typed.py` beside it.

It runs in the folder of that commit, whose modules it imports: the names of its private parts
are known, since the commit does not change. For each line that it reads it measures once, and
writes what it found as a line of JSON.
"""

# ruff: noqa: D103, SLF001  # a program, and the private parts of a commit that does not change

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from bench import seed, typed
from ottavino.identity import Identity
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.query import query, select

TIMES = 20
before: Any = typed
queries: Any = query


class Fetched:
    """A scope that gives records at once."""

    def __init__(self, records: Any) -> None:
        self.records = records

    async def fetch(self, *_: object) -> Any:
        return self.records


def newest() -> Any:
    document, found = before.Document, select(*before.ROW)
    return found.order_by(document.created_at.desc(), document.id.desc()).limit(20)


def processor_time(call: Callable[[], object]) -> float:
    begun = time.process_time_ns()
    for _ in range(TIMES):
        call()
    return (time.process_time_ns() - begun) / 1000 / TIMES


def made(found: Any, records: Any) -> float:
    """The microseconds to make rows of records, as a query does that has fetched them."""

    def run() -> None:
        try:
            found._fetch().send(None)
        except StopIteration:
            return

    found._sql = lambda: ("", ())
    own, queries.current_scope = queries.current_scope, lambda: Fetched(records)
    try:
        return processor_time(run)
    finally:
        queries.current_scope = own


async def once(find: Callable[[], Any], records: Any) -> dict[str, float]:
    begun, spent = time.perf_counter(), time.process_time()
    await find()
    return {
        "query time": (time.perf_counter() - begun) * 1e6,
        "query cpu": (time.process_time() - spent) * 1e6,
        "query build": processor_time(lambda: find()._sql()),
        "query rows": made(find(), records),
    }


async def main() -> None:
    ways = {"": newest, ", into a dataclass": lambda: newest().into(before.DocumentRow)}
    async with session(Identity.user(seed.CALLER)):
        records: Any = await current_scope().fetch(before.SQL, ())
        while sys.stdin.readline():
            # Not measured: the first one after the other process had its turn is the slowest.
            await current_scope().fetch(before.SQL, ())
            found = {name: await once(find, records) for name, find in ways.items()}
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
