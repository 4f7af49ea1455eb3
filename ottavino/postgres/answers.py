"""Inspects the answers to one flight before the driver reads them.

A flight is some messages that are sent together. The driver does not see two facts that are
found here: whether the statements that begin the transaction succeeded before an error, and
whether the rows have the types that the cached statement expects. Rows of other types never
reach the driver.
"""

import functools
import struct
from collections.abc import Iterator
from typing import Protocol

from ottavino.postgres import wire
from ottavino.postgres.wire import READY

HEAD = 5
"""The size of a message's kind and length together."""

OUTDATED = wire.error(
    "0A000",
    "The result of this statement has other types than it had before.",
    # The driver recognises this error by the name of a function of the server.
    "RevalidateCachedQuery",
)


class Reader(Protocol):
    """Reads the answers to one flight before the driver does."""

    is_read: bool
    """Whether the driver may read the rest."""

    def read(self, data: bytes) -> bytes:
        """The part of the received data that the driver may read now."""
        ...


WELCOME = b"R\0\0\0\x08\0\0\0\0"
"""PostgreSQL's answer to a login that needs no more."""
CANCEL_KEY = b"K\0\0\0\x0c"
"""The beginning of the message with the process and the key for cancelling its query."""
LAST = len(CANCEL_KEY) + 8 + len(READY) + 1
"""The size of the two messages at the end of a greeting: that with the key, and that the server
is ready.
"""
READ_PARAMETERS = ("server_version", "client_encoding")
"""The parameters that the driver reads."""


class Greeting:
    """A server's answer to a login, without the parameters that the driver does not read.

    The server names about fifteen. The driver would decode and keep each, for each connection.
    """

    __slots__ = ("is_read",)

    def __init__(self) -> None:
        self.is_read = False

    def read(self, data: bytes) -> bytes:
        """The part of the received data that the driver may read now."""
        # A login with a password takes several answers, and a long greeting several pieces.
        # Those are passed as they are.
        parameters, last = data[:-LAST], data[-LAST:]
        self.is_read = READY in last
        if parameters.startswith(WELCOME) and last.startswith(CANCEL_KEY):
            return _read_by_driver(parameters) + last
        return data


@functools.lru_cache(maxsize=100)
def _read_by_driver(data: bytes) -> bytes:
    """The messages that the driver needs; the data unchanged if it has incomplete ones."""
    passed, end = b"", 0
    for kind, at, end in messages(data):
        name = data[at + HEAD : end].partition(b"\0")[0].decode()
        if kind != b"S" or name in READ_PARAMETERS:
            passed += data[at:end]
    return passed if end == len(data) else data


class Answers:
    """The answers to one flight that have arrived.

    The flight begins with `count` statements without rows, which PostgreSQL answers with
    `tags`. The statement after them must have the given `description`; without one, its
    description is recorded.
    """

    __slots__ = (
        "_count",
        "_description",
        "_expected",
        "_held",
        "_skipped",
        "counts_moments",
        "described",
        "has_parsed",
        "have_begun",
        "is_outdated",
        "is_read",
        "moments",
    )

    def __init__(self, tags: bytes, count: int, description: bytes | None = None) -> None:
        self._count = count
        self._description = description
        self._expected = None if description is None else tags + wire.PARSED + description
        self._held = b""
        self._skipped = 0
        self.is_read = False
        """Whether the driver may read the rest."""
        self.have_begun = False
        """Whether the statements at the beginning have succeeded."""
        self.has_parsed = False
        """Whether the statement after them has been parsed."""
        self.is_outdated = False
        """Whether the rows of that statement have unexpected types."""
        self.described = b""
        """How the server describes the parameters and the rows of that statement."""
        self.counts_moments = False
        """Whether the driver shall read moments as whole numbers."""
        self.moments: tuple[int, ...] = ()
        """The columns that it reads so."""

    def read(self, data: bytes) -> bytes:
        """The part of the received data that the driver may read now."""
        if self.is_outdated:
            return self._without_rows(data)
        data = self._held + data
        if self._expected is not None and data.startswith(self._expected):
            self.is_read = self.have_begun = self.has_parsed = True
            return data
        return self._looked_at(data)

    def _looked_at(self, data: bytes) -> bytes:
        """Examine the messages one by one, from the first one of the flight."""
        completed = parsed = 0
        self.described = b""
        for kind, at, end in messages(data):
            completed += kind == b"C"
            parsed += kind == b"1"
            self.have_begun = completed >= self._count
            self.has_parsed = parsed > self._count
            if kind in {b"t", b"T", b"n"}:
                self.described += data[at:end]
            # A description comes before any row.
            if kind in {b"T", b"n", b"E", b"Z"}:
                return self._decided(kind, data, at, end)
        self._held = data
        return b""

    def _decided(self, kind: bytes, data: bytes, at: int, end: int) -> bytes:
        is_described = kind in {b"T", b"n"}
        if is_described and self._description not in {None, self.described}:
            self.is_outdated = True
            self._held = b""
            return data[:at] + OUTDATED + self._without_rows(data[end:])
        self.is_read = True
        if self.counts_moments and kind == b"T":
            description, self.moments = wire.counted(data[at:end])
            return data[:at] + description + data[end:]
        return data

    def _without_rows(self, data: bytes) -> bytes:
        """All messages except rows. Rows are never buffered, however long they are."""
        self._skipped -= (skipped := min(self._skipped, len(data)))
        data = self._held + data[skipped:]
        passed = b""
        at = 0
        while at + HEAD <= len(data) and not self.is_read:
            kind, end = data[at : at + 1], _end(data, at)
            if kind != b"D":
                if end > len(data):
                    break
                passed += data[at:end]
            self.is_read = kind == b"Z"
            at = end
        self._skipped += max(0, at - len(data))
        self._held = data[at:]
        return passed


def messages(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The kind, the beginning and the end of each complete message."""
    at = 0
    while at + HEAD <= len(data) and (end := _end(data, at)) <= len(data):
        yield data[at : at + 1], at, end
        at = end


def _end(data: bytes, at: int) -> int:
    """The end of the message that begins at a place."""
    (length,) = struct.unpack_from("!I", data, at + 1)
    return at + 1 + length
