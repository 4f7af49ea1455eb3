"""Idempotency keys: claimed before a request runs, and stored with its answer. The key and the
answer are written in the request's own transaction, so they are committed together with its
rows. The table is in the schema `ottavino`, whose functions reach only the caller's own keys.
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
    """An answer in stored form. Headers are JSON."""

    status: int
    headers: str
    body: bytes

    @property
    def is_small(self) -> bool:
        """Whether the answer is small enough to be stored."""
        return len(self.headers) + len(self.body) <= MOST_KEPT_BYTES


@dataclass(frozen=True, slots=True)
class Kept:
    """The stored record of a finished request, with the answer if that could be stored."""

    fingerprint: bytes
    answer: Answer | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """The record in a row of the table."""
        fingerprint, status, headers, body = row
        return cls(fingerprint, None if status is None else Answer(status, headers, body))


async def are_installed() -> bool:
    """Whether the database has the table of keys, which earlier versions did not create."""
    (row,) = await current_scope().fetch(INSTALLED, ())
    return bool(row[0])


async def claim(key: Key, patience: float) -> bool:
    """Claim a key for the open session's transaction; return false if a request with it is
    finished. If a request with it is in progress, wait for at most `patience` seconds, then
    raise `KeyInUse`.
    """
    scope = current_scope()
    async with scope.lock:
        milliseconds = str(max(1, round(patience * 1000)))
        claiming = wire.statement(WAIT, milliseconds) + wire.statement(
            CLAIM, key.value, key.fingerprint.hex()
        )
        try:
            rows = await scope.connection.execute(WAIT_NO_LONGER, claiming)
        # The timeout for all statements may be shorter.
        except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as error:
            raise KeyInUse from error
    return rows > 0


def keep(key: Key, answer: Answer) -> None:
    """Store the answer to a request that has claimed its key, in one flight with the commit."""
    current_scope().connection.before_commit = wire.statement(
        KEEP, key.value, str(answer.status), answer.headers, answer.body.hex()
    )


async def kept(key: Key) -> Kept | None:
    """The record under a key of the caller that could not be claimed."""
    rows = await current_scope().fetch(KEPT, (key.value,))
    return Kept.of(rows[0]) if rows else None
