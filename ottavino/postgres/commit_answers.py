"""What a server answers to a commit and to the statement behind it, which asks for a position.

The driver knows of the last statement alone. Whether the commit succeeded must be known even
where that one fails.
"""

from ottavino.postgres.answers import HEAD, messages
from ottavino.postgres.positions import parsed

ENDS = {"COMMIT", "ROLLBACK"}
"""How PostgreSQL answers a commit: the second where the transaction had failed."""
COLUMN = HEAD + 6
"""Where the value of a row with one column begins, after two numbers."""


class CommitAnswers:
    """The answers to such a flight, as far as they have come. The driver sees no row of it."""

    def __init__(self) -> None:
        self.is_read = False
        """Whether the whole answer has arrived."""
        self.tag = ""
        """The answer to the commit, empty before it comes."""
        self.position: int | None = None
        self._held: bytes = b""

    def read(self, data: bytes) -> bytes:
        """The part of the received data that the driver may read now."""
        data = self._held + data
        passed = b""
        end = 0
        for kind, at, end in messages(data):
            if kind == b"D":
                self.position = parsed(data[at + COLUMN : end].decode())
                continue
            passed += data[at:end]
            if kind == b"C" and (tag := data[at + HEAD : end - 1].decode()) in ENDS:
                self.tag = tag
            self.is_read |= kind == b"Z"
        self._held = data[end:]
        return passed
