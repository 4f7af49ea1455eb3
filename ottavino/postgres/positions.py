"""How far each caller's own writes reach in the primary's log, for the processes of a machine.

A position only grows. After a commit without an answer, it is `UNKNOWN`, which no replica
reaches, until the next transaction on the primary.
"""

import contextlib
import fcntl
import functools
import hashlib
import mmap
import os
import re
import secrets
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

from ottavino.identity import Identity
from ottavino.settings import settings

SLOTS = 2**16
"""The number of slots. Callers of one slot share their position, so each sees at least their
own writes.
"""
KEY_WORDS, FLOOR, FIRST = 2, 2, 4
"""In words of 8 bytes: the length of the hash's key, the floor, and the first of the slots."""
SIZE = 8 * (FIRST + 2 * SLOTS)

UNKNOWN = 2**64 - 1
UNSETTLED_SECONDS = 60.0
"""The longest time after which the rows of an unanswered commit may still appear."""

VARIABLE = "OTTAVINO_POSITIONS"
"""The environment variable with the file's name, which child processes inherit."""

_TEXT = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})")


class Positions:
    """The table: a position for each slot, and the time until which a commit of the slot is
    unsettled.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            self._file = None
            self._memory = mmap.mmap(-1, SIZE)
            self._memory[: 8 * KEY_WORDS] = secrets.token_bytes(8 * KEY_WORDS)
        else:
            # The file stays open until the process ends.
            self._file = os.open(path, os.O_RDWR)
            self._memory = mmap.mmap(self._file, SIZE)
        self._words = memoryview(self._memory).cast("Q")
        self._key = bytes(self._memory[: 8 * KEY_WORDS])

    def slot(self, identity: Identity) -> int:
        """The slot of a caller: that of their subject, or of their role if they have none."""
        subject = identity.user_id or identity.claims.get("sub") or f"role {identity.role}"
        text = str(subject).encode(errors="surrogatepass")
        digest = hashlib.blake2b(text, digest_size=8, key=self._key)
        return int.from_bytes(digest.digest()) % SLOTS

    def of(self, slot: int) -> int:
        """The position that a replica has to have replayed for the callers of a slot."""
        floor = self._words[FLOOR]
        # Earlier writes are below the first position that the table gets.
        if not floor or self._words[FIRST + SLOTS + slot]:
            return UNKNOWN
        return max(floor, self._words[FIRST + slot])

    def advance(self, slot: int, position: int, begun: float) -> None:
        """Record a position of the primary's log, read after a transaction that began at a
        given time. The position covers all commits of the slot that were settled at that time.
        """
        with self._locked():
            words = self._words
            words[FIRST + slot] = max(words[FIRST + slot], position)
            if not words[FLOOR]:
                words[FLOOR] = position
            if words[FIRST + SLOTS + slot] < _milliseconds(begun):
                words[FIRST + SLOTS + slot] = 0

    def lose(self, slot: int) -> None:
        """Record that a commit of a slot was not answered."""
        with self._locked():
            end = _milliseconds(time.monotonic() + UNSETTLED_SECONDS)
            self._words[FIRST + SLOTS + slot] = end

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        """Keep other processes from writing. The system releases the lock when the process
        ends.
        """
        if self._file is None:
            yield
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


def _milliseconds(moment: float) -> int:
    """The time of the machine's clock, which its processes share."""
    return int(moment * 1000)


@functools.cache
def positions() -> Positions:
    """The table of this machine, or of this process where nothing is shared."""
    path = os.environ.get(VARIABLE)
    return Positions(Path(path) if path else None)


@contextlib.contextmanager
def shared_positions() -> Generator[None]:
    """Let this process and those that it starts in this block share one table, if any."""
    if not settings().read_database_url:
        yield
        return
    with tempfile.NamedTemporaryFile(prefix="ottavino-positions-") as file:
        file.write(secrets.token_bytes(8 * KEY_WORDS).ljust(SIZE, b"\0"))
        file.flush()
        os.environ[VARIABLE] = file.name
        try:
            yield
        finally:
            del os.environ[VARIABLE]


def parsed(text: str) -> int | None:
    """A position as PostgreSQL writes it, `16/B374D848`, or None."""
    found = _TEXT.fullmatch(text)
    return (int(found[1], 16) << 32) + int(found[2], 16) if found else None


def written(position: int) -> str:
    """A position as PostgreSQL reads it."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"
