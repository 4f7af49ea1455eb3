"""Several statements in one round trip, each with its values as parameters.

asyncpg sends one statement and waits for its answer. Its protocol reads over whatever comes
before the end of an answer, so that statements without rows can be written to the socket
right before the last one, which is then waited for. If one of them fails, PostgreSQL skips
those that follow, and its error is raised.
"""

import struct
from typing import Any

import asyncpg

from db.connection import Connection

_protocol: Any = asyncpg.protocol.protocol
"""What is used of it is in none of its types."""


def statement(sql: str, *values: str) -> bytes:
    """The messages that parse, bind and execute a statement whose parameters are text.

    It must give no row: nobody would take it.
    """
    bound = b"".join(struct.pack("!i", len(value)) + value for value in map(str.encode, values))
    return (
        _message(b"P", b"\0" + sql.encode() + b"\0\0\0")
        + _message(b"B", b"\0\0\0\0" + struct.pack("!H", len(values)) + bound + b"\0\0")
        + _message(b"E", b"\0\0\0\0\0")
    )


async def execute(connection: Connection, statements: bytes, last: str) -> None:
    """Execute statements and one more, which has no parameters, in one round trip."""
    inner: Any = connection
    protocol = inner._protocol  # noqa: SLF001  # see above
    final = _protocol.PreparedStatementState("", last, protocol, asyncpg.Record, False)
    # It is parsed on the way to being executed.
    final.mark_unprepared()
    inner._transport.write(statements)  # noqa: SLF001  # see above
    await protocol.bind_execute(final, (), "", 0, False, None)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body
