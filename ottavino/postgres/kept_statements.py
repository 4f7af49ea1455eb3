"""Statements that were described once, kept for the connections that come.

A statement that is kept is parsed and executed in one flight. One that is met for the first
time is described before, which takes a flight more. What is kept says how arguments are written
and rows are read, so two things hold it to what the server has:

- The types of the arguments are sent with the statement, if they are PostgreSQL's own. It reads
  the arguments as these types, or refuses the statement.
- The server describes the statement again, in the same flight. Where it says anything else than
  before, no row is read.

Either shows that the schema has changed, and everything that is kept for its database is
forgotten. The first statement of a transaction is then rolled back and begun again; a later one
fails, as PostgreSQL's own cached plans do, and with it the transaction.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import asyncpg

from ottavino.postgres.address import Address
from ottavino.postgres.pipeline import Pipeline, Prepared

MOST_KEPT = 1000
"""How many statements are kept: a service has a few hundred."""
MOST_CHARACTERS = 10_000
"""The longest statement that is kept."""


TYPE_IS_GONE = "A type that this statement was kept with is not there any more."


class Key(NamedTuple):
    """What decides the types of a statement, together with the schema."""

    sql: str
    role: str
    """Names are looked up in those schemas of the search path that the role may use."""
    address: Address


_kept: OrderedDict[Key, Prepared] = OrderedDict()


async def fetch(
    pipeline: Pipeline,
    key: Key,
    values: Sequence[object],
    count: Callable[[int], None],
) -> list[asyncpg.Record]:
    """The rows of a statement; `count` is called for each round trip."""
    prepared = pipeline.described.get(key) if pipeline.described else None
    if prepared is None and (prepared := _kept.get(key)) is not None:
        _kept.move_to_end(key)
    if prepared is not None:
        count(1)
        try:
            return await pipeline.fetch(prepared, values)
        except Exception as error:
            if not await _is_to_be_described(pipeline, key, error, count):
                # PostgreSQL has no code of its own for a type that is gone.
                if isinstance(error, asyncpg.InternalServerError):
                    raise asyncpg.InvalidCachedStatementError(TYPE_IS_GONE) from error
                raise
    return await _described_and_fetched(pipeline, key, values, count)


async def _described_and_fetched(
    pipeline: Pipeline, key: Key, values: Sequence[object], count: Callable[[int], None]
) -> list[asyncpg.Record]:
    count(1)
    prepared, is_parsed = await pipeline.describe(key.sql)
    # A session that builds a new text for each statement must not keep all of them.
    is_short = len(key.sql) <= MOST_CHARACTERS
    if prepared.is_lasting and is_short and len(pipeline.described) < MOST_KEPT:
        pipeline.described[key] = prepared
    count(1)
    if is_parsed:
        return await pipeline.fetch_parsed(prepared, values)
    return await pipeline.fetch(prepared, values)


async def _is_to_be_described(
    pipeline: Pipeline, key: Key, error: Exception, count: Callable[[int], None]
) -> bool:
    """Whether a kept statement that failed is to be described, as if it had not been kept."""
    if isinstance(error, asyncpg.InFailedSQLTransactionError):
        return False
    answers = pipeline.last
    if answers is None:
        # Nothing was sent, since the arguments are not of the types that are kept.
        pipeline.described.pop(key, None)
        _kept.pop(key, None)
        return True
    is_unparsed = answers.is_read and answers.have_begun and not answers.has_parsed
    if not (answers.is_outdated or is_unparsed):
        return False
    pipeline.described.clear()
    _forget(key.address)
    count(1)
    return await pipeline.start_again()


def keep(pipeline: Pipeline) -> None:
    """Keep for other connections what was described on one that is closed.

    While it was open, a statement of its caller's could have changed how text is read.
    """
    for key, prepared in pipeline.described.items():
        if isinstance(key, Key) and prepared.encoding() == "utf-8":
            _keep(key, prepared)


def _keep(key: Key, prepared: Prepared) -> None:
    _kept[key] = prepared
    if len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)


def _forget(address: Address) -> None:
    """Forget what is kept for a database: a migration seldom changes one statement alone."""
    for key in [each for each in _kept if each.address == address]:
        del _kept[key]
