"""A block that owns the sessions in it: it sets their deadline, and ends those left open."""

from contextvars import ContextVar
from typing import Protocol, Self


class Owned(Protocol):
    """A session, for the block that ends it."""

    def abandon(self) -> None:
        """Roll back and release the connection, or leave that to the task that still runs."""
        ...


class owned_sessions:  # noqa: N801  # a block, as contextlib's are
    """At the end of this block, end the sessions that were entered in it or in tasks started in
    it. A stream that is not read to its end would leave its session only when Python collects
    the generator, or never. When the block ends, and whenever `abandon` is called, the sessions
    that are still open are rolled back and their connections released. A session whose task
    still runs is left to that task until the task is done.

    `end` is the deadline of its sessions, by the clock of the loop. `committing` are those
    whose commit has begun and has not ended; `has_lost_one` says whether a commit has ended
    without an answer.
    """

    __slots__ = ("_token", "committing", "end", "has_ended", "has_lost_one", "open")

    def __init__(self, end: float | None = None) -> None:
        self.end = end
        self.has_ended = False
        """Whether nobody ends the sessions that are entered from now on."""
        self.open: set[Owned] = set()
        self.committing: set[Owned] = set()
        self.has_lost_one = False

    def __enter__(self) -> Self:
        self._token = _owner.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        _owner.reset(self._token)
        self.has_ended = True
        self.abandon()

    def abandon(self) -> None:
        """End the sessions that are still open."""
        for each in [*self.open]:
            each.abandon()


_owner: ContextVar[owned_sessions | None] = ContextVar("owned_sessions", default=None)


def current_owner() -> owned_sessions | None:
    """The innermost block that the running task is in."""
    return _owner.get()
