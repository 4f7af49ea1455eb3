"""Keys under which requests are done once: claimed, and kept with their answers.

A key is claimed and an answer kept in the transaction of what the request stores, so that all
of it is there or nothing. The table is the schema `ottavino`'s, whose functions reach what is
the caller's alone.
"""

from dataclasses import dataclass
from typing import Self

import asyncpg

from ottavino.errors import KeyInUse
from ottavino.postgres import wire
from ottavino.postgres.scope import current_scope

MOST_KEPT_BYTES = 64 * 1024
"""The largest size of an answer that is kept: its headers and its body together."""

INSTALLED = "select to_regprocedure('ottavino.claim_key(text, bytea)') is not null"

WAIT = "select pg_catalog.set_config('lock_timeout', $1, true) offset 1"
# The result has no columns, which asyncpg could not decode here; one row means claimed.
CLAIM = "select from ottavino.claim_key($1, decode($2, 'hex')) as is_claimed where is_claimed"
WAIT_NO_LONGER = "set local lock_timeout to default"

KEEP = "select from ottavino.keep_answer($1, $2, $3, decode($4, 'hex')) offset 1"

KEPT = "select fingerprint, status, headers, body from ottavino.kept_answer($1)"


@dataclass(frozen=True, slots=True)
class Key:
    """A caller's key, and the fingerprint of the request that comes with it."""

    value: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is kept. Headers are JSON."""

    status: int
    headers: str
    body: bytes

    @property
    def is_small(self) -> bool:
        """Whether it can be kept."""
        return len(self.headers) + len(self.body) <= MOST_KEPT_BYTES


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a request that is done. Not every one has an answer that can be kept."""

    fingerprint: bytes
    answer: Answer | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """What a row of the table says."""
        fingerprint, status, headers, body = row
        return cls(fingerprint, None if status is None else Answer(status, headers, body))


async def are_installed() -> bool:
    """Whether the database keeps keys. One that was migrated by an earlier version does not."""
    (row,) = await current_scope().fetch(INSTALLED, ())
    return bool(row[0])


async def claim(key: Key, patience: float) -> bool:
    """Whether a key is claimed for the transaction of the session that is open.

    It is not where a request with it is done. One that is under way is waited for, no longer
    than `patience` seconds; then `KeyInUse` is raised.
    """
    scope = current_scope()
    async with scope.lock:
        milliseconds = str(max(1, round(patience * 1000)))
        claiming = wire.statement(WAIT, milliseconds) + wire.statement(
            CLAIM, key.value, key.fingerprint.hex()
        )
        try:
            rows = await scope.connection.execute(WAIT_NO_LONGER, claiming)
        # Or the time for any statement is shorter.
        except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as error:
            raise KeyInUse from error
    return rows > 0


def keep(key: Key, answer: Answer) -> None:
    """Keep the answer to a request that has claimed its key: it travels with the commit."""
    current_scope().connection.before_commit = wire.statement(
        KEEP, key.value, str(answer.status), answer.headers, answer.body.hex()
    )


async def kept(key: Key) -> Kept | None:
    """What is kept under a key of the caller's that could not be claimed."""
    rows = await current_scope().fetch(KEPT, (key.value,))
    return Kept.of(rows[0]) if rows else None
