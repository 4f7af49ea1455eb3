"""Until when the running invocation has to be answered, what ends its transaction included."""

import asyncio
from contextvars import ContextVar

from ottavino.settings import settings

GUARD_SECONDS = 1.0
"""How much longer a side waits than the other's limit, since it may not hear of the end."""

_end: ContextVar[float | None] = ContextVar("end", default=None)


class ending_at:  # noqa: N801  # a block, as contextlib's are
    """Give the sessions of a block no longer than until `end`, by the clock of the loop."""

    __slots__ = ("_moment", "_token")

    def __init__(self, end: float) -> None:
        self._moment = end

    def __enter__(self) -> None:
        self._token = _end.set(self._moment)

    def __exit__(self, *error: object) -> None:
        _end.reset(self._token)


def end_of_budget() -> float | None:
    """When the time of the running invocation is over: None if it is, or if there is none."""
    end = _end.get()
    return None if end is None or end <= asyncio.get_running_loop().time() else end


def transaction_limits() -> tuple[float, float]:
    """How long PostgreSQL lets a transaction that begins now wait for a statement, and go on.

    Both in seconds; 0 is without an end. The service gives up before that: the limits are for
    the case that PostgreSQL does not hear of it. Between the parts of a query a transaction
    waits for its client, and is not idle.
    """
    end = end_of_budget()
    if end is None:
        return settings().function_timeout + GUARD_SECONDS, 0
    left = end - asyncio.get_running_loop().time() + GUARD_SECONDS
    return left, left
