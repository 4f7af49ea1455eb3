"""The caller's own transactions, for functions that open them, streams and background work."""

from ottavino.errors import NoSession, QueryRefused
from ottavino.identity import Identity
from ottavino.postgres.owned_sessions import current_owner, owned_sessions
from ottavino.postgres.scope import is_session_open
from ottavino.postgres.session import Session, session


class Invocation(owned_sessions):
    """The request that this block answers: its caller, its function, and its sessions."""

    __slots__ = ("caller", "function", "read_only")

    def __init__(self, caller: Identity, function: str, *, read_only: bool) -> None:
        super().__init__()
        self.caller = caller
        self.function = function
        self.read_only = read_only

    def session(self) -> Session:
        """A transaction of the caller."""
        return session(self.caller, name=self.function, read_only=self.read_only)


def caller_session() -> Session:
    """A transaction of the running request's caller, on a connection of its own.

    `async with caller_session():` is how a function with `transactions="manual"` queries the
    database. A streamed body and background work, which run after the commit, use it too.
    Between two sessions, no connection is held. The caller is always the request's own.
    """
    invocation = current_owner()
    if not isinstance(invocation, Invocation):
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
