"""The read replica: decides which read-only transactions begin on it.

A transaction that cannot begin there begins on the primary. So a caller never sees a failure of
the replica, which is logged as a warning.
"""

import functools
import logging
import re
import time

from ottavino.postgres.address import Address, replica_address
from ottavino.postgres.positions import UNKNOWN, parsed
from ottavino.settings import settings

logger = logging.getLogger("ottavino")

CONNECT_SECONDS = 1.0
"""The longest time for connecting to the replica, which leaves time for the primary."""
PAUSE_SECONDS = 5.0
"""How long the replica is not used after a failure. The first transaction after that tries it.
"""
BEHIND_SECONDS = 0.2
"""How long its last known position is used instead of the present one."""

CHECK = """
    -- Where the server is no replica, or has not replayed the caller's own writes, this fails,
    -- and nothing that follows is executed.
    case
        when pg_catalog.pg_is_in_recovery()
            and pg_catalog.pg_last_wal_replay_lsn() operator(pg_catalog.>=)
                $10::pg_catalog.text::pg_catalog.pg_lsn
        then null
        else cast(
            pg_catalog.concat('the replica is at ',
                case
                    when pg_catalog.pg_is_in_recovery()
                    then pg_catalog.pg_last_wal_replay_lsn()
                end
            ) as pg_catalog.int4
        )
    end,
"""
_IS_AT = re.compile(r'"the replica is at ([^"]*)"')

CONFLICT = "40001"
"""The code of a query that was cancelled because replaying the log changed its rows."""


class Replica:
    """The state of one replica in this process."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.connect_seconds = min(CONNECT_SECONDS, settings().connect_timeout)
        self._is_away = False
        self._away_until = 0.0
        self._replayed = 0
        self._replayed_until = 0.0

    def is_worth_trying(self, position: int) -> bool:
        """Whether a transaction may begin there that has to see a position."""
        now = time.monotonic()
        if position == UNKNOWN or (position > self._replayed and now < self._replayed_until):
            return False
        if not self._is_away:
            return True
        if now < self._away_until:
            return False
        # Other transactions use the primary until this attempt has succeeded.
        self._away_until = now + PAUSE_SECONDS
        return True

    def has_answered(self) -> None:
        """Record that a transaction has begun on the replica."""
        if self._is_away:
            self._is_away = False
            logger.info("The read replica at %s answers again.", self.address.where)

    def has_failed(self, error: BaseException) -> None:
        """Record why a transaction could not begin on the replica, or was interrupted."""
        if (found := _IS_AT.search(str(error))) is None:
            return self._leave(str(error))
        position = parsed(found[1])
        if position is None:
            return self._leave("it does not replay a primary's log")
        # The replica answers, but lags.
        self._replayed, self._replayed_until = position, time.monotonic() + BEHIND_SECONDS
        return self.has_answered()

    def _leave(self, reason: str) -> None:
        """Do not use the replica for a while."""
        if not self._is_away:
            logger.warning(
                "The read replica at %s is not used, and the primary answers: %s",
                self.address.where,
                reason,
            )
        self._is_away = True
        self._away_until = time.monotonic() + PAUSE_SECONDS


@functools.cache
def replica() -> Replica | None:
    """The replica that the settings name, if any."""
    return Replica(replica_address()) if settings().read_database_url else None
