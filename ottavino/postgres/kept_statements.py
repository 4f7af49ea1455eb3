"""A cache of described statements for later connections.

A cached statement is parsed and executed in one flight. A new statement is described first,
which takes one more flight. A cached description decides how arguments are encoded and rows
decoded, so two checks compare it with the server:

- The types of the arguments are sent with the statement, if they are PostgreSQL's own. The
  server reads the arguments as these types, or refuses the statement.
- The server describes the statement again, in the same flight. If the description differs,
  no row is read.

Either check shows that the schema has changed. The cache for this database is then cleared. The
first statement of a transaction is rolled back and repeated. A later one fails, like
PostgreSQL's own cached plans, and so does its transaction.
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


class Key(NamedTuple):
    """The key of the cache: together with the schema, it decides the types of a statement."""

    sql: str
    role: str
    """The role, because names are looked up only in the schemas that it may use."""
    address: Address
    counts_moments: bool
    """Whether moments are read as whole numbers."""


Fetched = tuple[list[asyncpg.Record], tuple[int, ...]]
"""Records, and their columns of moments that are read as whole numbers."""

_kept: OrderedDict[Key, Prepared] = OrderedDict()


async def fetch(
    pipeline: Pipeline,
    key: Key,
    values: Sequence[object],
    count: Callable[[int], None],
) -> Fetched:
    """The rows of a statement; `count` is called for each round trip."""
    prepared = pipeline.described.get(key) if pipeline.described else None
    if prepared is None and (prepared := _kept.get(key)) is not None:
        _kept.move_to_end(key)
    if prepared is not None:
        count(1)
        try:
            return await pipeline.fetch(prepared, values), prepared.moments
        except Exception as error:
            if not await _is_to_be_described(pipeline, key, error, count):
                raise
    return await _described_and_fetched(pipeline, key, values, count)


async def _described_and_fetched(
    pipeline: Pipeline, key: Key, values: Sequence[object], count: Callable[[int], None]
) -> Fetched:
    count(1)
    prepared, is_parsed = await pipeline.describe(key.sql, counts_moments=key.counts_moments)
    # A session that builds a new text for each statement must not keep all of them.
    is_short = len(key.sql) <= MOST_CHARACTERS
    if prepared.is_lasting and is_short and len(pipeline.described) < MOST_KEPT:
        pipeline.described[key] = prepared
    count(1)
    fetch_rows = pipeline.fetch_parsed if is_parsed else pipeline.fetch
    return await fetch_rows(prepared, values), prepared.moments


async def _is_to_be_described(
    pipeline: Pipeline, key: Key, error: Exception, count: Callable[[int], None]
) -> bool:
    """Whether a cached statement that failed is described again."""
    if isinstance(error, asyncpg.InFailedSQLTransactionError):
        return False
    answers = pipeline.last
    if answers is None:
        # Nothing was sent, since the arguments do not fit the cached types.
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
    """Add the statements of a closed connection to the cache. While it was open, a statement of
    its caller could have changed the text encoding.
    """
    for key, prepared in pipeline.described.items():
        if isinstance(key, Key) and prepared.encoding() == "utf-8":
            _keep(key, prepared)


def _keep(key: Key, prepared: Prepared) -> None:
    _kept[key] = prepared
    if len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)


def _forget(address: Address) -> None:
    """Clear the cache of a database: a migration seldom changes only one statement."""
    for key in [each for each in _kept if each.address == address]:
        del _kept[key]
