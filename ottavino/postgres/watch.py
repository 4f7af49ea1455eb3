"""Counts of statements and round trips, for tests and measurements."""

import contextlib
from collections.abc import Generator
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Watch:
    """The statements and round trips that the sessions of a block have sent so far."""

    statements: int = 0
    round_trips: int = 0
    """How often connected clients waited for the server."""
    last: str = ""
    """The statement that was sent last."""


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


def current_watch() -> Watch | None:
    """The watch that a session reports to, if there is one."""
    return _watch.get()


@contextlib.contextmanager
def watching() -> Generator[Watch]:
    """Watch every session that begins in this block, and in the tasks that it starts."""
    token = _watch.set(watch := Watch())
    try:
        yield watch
    finally:
        _watch.reset(token)
