"""How much a process has taken on: requests, and their bodies. Beyond that it takes no more."""

from types import TracebackType
from typing import Self

from ottavino.http.errors import Overloaded
from ottavino.settings import settings

SMALL_BODY_BYTES = 64 * 1024
"""So much of a body is not counted: as many requests as are taken can hold it."""


class Load:
    """What is under way at once."""

    def __init__(self) -> None:
        self.requests = 0
        self.body_bytes = 0

    def place(self) -> "Place":
        """A place for one request: `with load.place() as place`."""
        return Place(self)


class Place:
    """What one request takes up until the end of the block, by its body and by its work."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._held = 0
        self._has_begun = False

    def __enter__(self) -> Self:
        return self

    def begin(self) -> None:
        """Take the place that work needs; `Overloaded` where as many are taken as may be.

        That is when the body is there: a client that sends its body slowly takes no place.
        """
        if self._load.requests >= settings().max_requests:
            raise Overloaded
        self._load.requests += 1
        self._has_begun = True

    def hold(self, size: int) -> None:
        """Make room for a body of `size` bytes in all; `Overloaded` where others leave none."""
        more = size - SMALL_BODY_BYTES - self._held
        if more <= 0:
            return
        others = self._load.body_bytes - self._held
        # What is alone is never told to wait for others.
        if others and self._load.body_bytes + more > settings().max_bodies_bytes:
            raise Overloaded
        self._load.body_bytes += more
        self._held += more

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._load.requests -= self._has_begun
        self._load.body_bytes -= self._held
