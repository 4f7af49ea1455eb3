"""The server's answers to a commit and to the statement after it, which reads the log position.
The driver sees only the last statement's answer. Whether the commit succeeded must be known
even if that statement fails.
"""

from ottavino.postgres.answers import HEAD, messages
from ottavino.postgres.positions import parsed

ENDS = {"COMMIT", "ROLLBACK"}
"""PostgreSQL's answers to a commit; the second one if the transaction had failed."""
COLUMN = HEAD + 6
"""Where the value of a row with one column begins, after two numbers."""


class CommitAnswers:
    """The answers to such a flight that have arrived. The driver sees none of its rows."""

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
