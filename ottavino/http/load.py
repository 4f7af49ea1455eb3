"""Limits the requests that a process handles at once, and the bytes of their bodies."""

from ottavino.http.errors import Overloaded
from ottavino.settings import settings

SMALL_BODY_BYTES = 64 * 1024
"""The first bytes of each body are not counted, because the limit of requests bounds them."""


class Load:
    """The requests in progress, and the bytes of their bodies."""

    def __init__(self) -> None:
        self.requests = 0
        self.body_bytes = 0

    def place(self) -> "Place":
        """A place for one request, which has to be released."""
        return Place(self)


class Place:
    """The share of one request."""

    __slots__ = ("_has_begun", "_held", "_load")

    def __init__(self, load: Load) -> None:
        self._load = load
        self._held = 0
        self._has_begun = False

    def begin(self) -> None:
        """Count the request as in progress; `Overloaded` if there are too many.

        It is called when the body has arrived, so a client that sends its body slowly is not
        counted.
        """
        if self._load.requests >= settings().max_requests:
            raise Overloaded
        self._load.requests += 1
        self._has_begun = True

    def hold(self, size: int) -> None:
        """Count a body of `size` bytes in all; `Overloaded` if others leave too little room."""
        more = size - SMALL_BODY_BYTES - self._held
        if more <= 0:
            return
        others = self._load.body_bytes - self._held
        # A single large body is never refused because of the limit for all.
        if others and self._load.body_bytes + more > settings().max_bodies_bytes:
            raise Overloaded
        self._load.body_bytes += more
        self._held += more

    def close(self) -> None:
        """Count the request and its body no longer."""
        self._load.requests -= self._has_begun
        self._load.body_bytes -= self._held
