"""The deadline of the running invocation, which includes the end of its transaction."""

import asyncio

from ottavino.postgres.owned_sessions import current_owner
from ottavino.settings import settings

GUARD_SECONDS = 1.0
"""How much longer than the service's limit the server waits: the service may fail to reach it.
"""


def end_of_budget() -> float | None:
    """The deadline of the running invocation: None if it has passed, or without an
    invocation.
    """
    owner = current_owner()
    end = None if owner is None else owner.end
    return None if end is None or end <= asyncio.get_running_loop().time() else end


def transaction_limits() -> tuple[float, float]:
    """PostgreSQL's limits for a transaction that begins now: for a statement, and in all. Both
    are seconds; 0 is no limit. The service gives up earlier. These limits end a transaction
    whose service has stopped without closing the connection.
    `idle_in_transaction_session_timeout` would not do so between the parts of one query.
    """
    end = end_of_budget()
    if end is None:
        return settings().function_timeout + GUARD_SECONDS, 0
    left = end - asyncio.get_running_loop().time() + GUARD_SECONDS
    return left, left
