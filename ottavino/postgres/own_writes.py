"""Read-your-own-writes: the log positions that a transaction must see, and those that it adds.

A transaction must see the writes of its own caller and of its request's caller. The two may
differ: a function can open a session of `service_role`.
"""

import contextlib
import time
from collections.abc import Generator
from contextvars import ContextVar
from dataclasses import dataclass

from ottavino.identity import Identity
from ottavino.postgres.positions import UNKNOWN, positions


@dataclass(slots=True)
class RequestWrites:
    """The position of the caller's writes that a request starts from, and that of its own last
    commit.
    """

    slot: int
    client_position: int
    """The position in the request's header, of writes through another machine."""
    added: int = 0
    """The position after the request's last commit; 0 without one."""


_request: ContextVar[RequestWrites | None] = ContextVar("request_writes", default=None)


@contextlib.contextmanager
def request_writes(caller: Identity, client_position: int) -> Generator[RequestWrites]:
    """Assign the sessions of a block to a request of a caller."""
    writes = RequestWrites(positions().slot(caller), client_position)
    token = _request.set(writes)
    try:
        yield writes
    finally:
        _request.reset(token)


class OwnWrites:
    """The position that one transaction must see, and the one that it adds."""

    def __init__(self, identity: Identity) -> None:
        self._request = request = _request.get()
        slot = positions().slot(identity)
        self._slots = {slot} if request is None else {slot, request.slot}
        self._begun = time.monotonic()

    @property
    def position(self) -> int:
        """The position that a replica must have replayed; no replica reaches `UNKNOWN`."""
        client_position = self._request.client_position if self._request else 0
        return max(client_position, *map(positions().of, self._slots))

    @property
    def is_unknown(self) -> bool:
        """Whether the position after the commit has to be taken even if nothing was written."""
        return any(positions().of(slot) == UNKNOWN for slot in self._slots)

    def committed(self, position: int, *, is_writing: bool) -> None:
        """Note the position after a commit on the primary."""
        for slot in self._slots:
            positions().advance(slot, position, self._begun)
        if is_writing and self._request is not None:
            self._request.added = max(self._request.added, position)

    def lost(self) -> None:
        """Record a commit whose outcome, or position in the log, is unknown."""
        for slot in self._slots:
            positions().lose(slot)
