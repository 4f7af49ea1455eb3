"""The caller's own transactions, for functions that open them, streams and background work."""

from contextvars import ContextVar
from typing import NamedTuple

from ottavino.errors import NoSession, QueryRefused
from ottavino.identity import Identity
from ottavino.postgres.scope import is_session_open
from ottavino.postgres.session import Session, session


class Invocation(NamedTuple):
    """The request that the running task answers: its caller and its function."""

    caller: Identity
    function: str
    read_only: bool

    def session(self) -> Session:
        """A transaction of the caller."""
        return session(self.caller, name=self.function, read_only=self.read_only)


_running: ContextVar[Invocation | None] = ContextVar("invocation", default=None)
"""The request that the running task answers."""


def caller_session() -> Session:
    """A transaction of the running request's caller, on a connection of its own.

    `async with caller_session():` is how a function with `transactions="manual"` queries the
    database. A streamed body and background work, which run after the commit, use it too.
    Between two sessions, no connection is held. The caller is always the request's own.
    """
    invocation = _running.get()
    if invocation is None:
        raise NoSession(
            "No request is being answered here, so there is no caller. Open a session of the "
            "caller that you mean: async with session(identity)."
        )
    if is_session_open():
        raise QueryRefused(
            "A transaction of the caller is already open here: query in it. Only a function "
            "with "
            'transactions="manual" opens its own.'
        )
    return invocation.session()


class answering:  # noqa: N801  # a context manager, named like contextlib's
    """Answer a request in this block: `caller_session` opens its caller's transactions."""

    __slots__ = ("_invocation", "_token")

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation

    def __enter__(self) -> None:
        self._token = _running.set(self._invocation)

    def __exit__(self, *error: object) -> None:
        _running.reset(self._token)
