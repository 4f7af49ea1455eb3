"""What a server answers to one flight, looked at before the driver reads it.

Two things are decided here that the driver does not see: whether the statements that begin the
transaction had succeeded when an error came, and whether the rows that follow are of the types
that a kept statement reads them by. Rows of other types never reach the driver.
"""

import struct
from collections.abc import Iterator
from typing import Protocol

from ottavino.postgres import wire

HEAD = 5
"""The size of a message's kind and length together."""

OUTDATED = wire.error(
    "0A000",
    "The result of this statement has other types than it had before.",
    # By this name of a function of the server, the driver knows what the error is about.
    "RevalidateCachedQuery",
)


class Reader(Protocol):
    """Reads what a server answers to one flight, before the driver does."""

    is_read: bool
    """Whether the driver may read what follows."""

    def read(self, data: bytes) -> bytes:
        """The part of the received data that the driver may read now."""
        ...


class Answers:
    """The answers to one flight, as far as they have come.

    The flight begins with statements that give no row: there are `count` of them, and `tags` is
    how PostgreSQL answers them. If a `description` is given, the statement after them has to be
    described by the server in the same way; otherwise its description is noted.
    """

    __slots__ = (
        "_count",
        "_description",
        "_expected",
        "_held",
        "_skipped",
        "described",
        "has_parsed",
        "have_begun",
        "is_outdated",
        "is_read",
    )

    def __init__(self, tags: bytes, count: int, description: bytes | None = None) -> None:
        self._count = count
        self._description = description
        self._expected = None if description is None else tags + wire.PARSED + description
        self._held = b""
        self._skipped = 0
        self.is_read = False
        """Whether the driver may read what follows."""
        self.have_begun = False
        """Whether the statements at the beginning have succeeded."""
        self.has_parsed = False
        """Whether the statement after them has been parsed."""
        self.is_outdated = False
        """Whether that statement gives rows of other types than were expected."""
        self.described = b""
        """How the server describes the parameters and the rows of that statement."""

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
        """Go through the messages one by one, from the first one of the flight."""
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
        return data

    def _without_rows(self, data: bytes) -> bytes:
        """All messages but those of rows, none of which is held, however long it is."""
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
    """The kind of each message that is there as a whole, where it begins and where it ends."""
    at = 0
    while at + HEAD <= len(data) and (end := _end(data, at)) <= len(data):
        yield data[at : at + 1], at, end
        at = end


def _end(data: bytes, at: int) -> int:
    """Where a message ends that begins at a place."""
    (length,) = struct.unpack_from("!I", data, at + 1)
    return at + 1 + length
