"""The deadline of the running invocation, which includes the end of its transaction."""

import asyncio
from contextvars import ContextVar

from ottavino.settings import settings

GUARD_SECONDS = 1.0
"""How much longer than the service's limit the server waits: the service may fail to reach it.
"""

_end: ContextVar[float | None] = ContextVar("end", default=None)


class ending_at:  # noqa: N801  # a block, as contextlib's are
    """Set the deadline of a block's sessions to `end`, by the clock of the loop."""

    __slots__ = ("_moment", "_token")

    def __init__(self, end: float) -> None:
        self._moment = end

    def __enter__(self) -> None:
        self._token = _end.set(self._moment)

    def __exit__(self, *error: object) -> None:
        _end.reset(self._token)


def end_of_budget() -> float | None:
    """The deadline of the running invocation: None if it has passed, or without an
    invocation.
    """
    end = _end.get()
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
