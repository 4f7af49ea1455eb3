"""Several statements in one round trip, each with its values as parameters.

asyncpg sends one statement and waits for its answer. Its protocol reads over whatever comes
before the end of an answer, so that statements without rows can be written to the socket
right before the last one, which is then waited for. If one of them fails, PostgreSQL skips
those that follow, and its error is raised.
"""

import struct
from typing import Any

import asyncpg

from ottavino.postgres.connection import Connection

_protocol: Any = asyncpg.protocol.protocol
"""What is used of it is in none of its types."""


def statement(sql: str, *values: str) -> bytes:
    """The messages that parse, bind and execute a statement whose parameters are text.

    What it gives has no columns: how many rows came is all that is known of them.
    """
    bound = b"".join(struct.pack("!i", len(value)) + value for value in map(str.encode, values))
    return (
        _message(b"P", b"\0" + sql.encode() + b"\0\0\0")
        + _message(b"B", b"\0\0\0\0" + struct.pack("!H", len(values)) + bound + b"\0\0")
        + _message(b"E", b"\0\0\0\0\0")
    )


async def execute(connection: Connection, statements: bytes, last: str) -> tuple[int, str]:
    """Execute statements and one more, which has no parameters, in one round trip.

    Gives how many rows came of them, none of which has a column, and the tag of the last one.
    """
    inner: Any = connection
    protocol = inner._protocol  # noqa: SLF001  # see above
    final = _protocol.PreparedStatementState("", last, protocol, asyncpg.Record, False)
    # It is parsed on the way to being executed.
    final.mark_unprepared()
    # Of rows without columns there is nothing to describe.
    final._init_codecs()  # noqa: SLF001  # see above
    # What is written while a cancelled query is still to be answered, its answer would follow.
    await protocol._wait_for_cancellation()  # noqa: SLF001  # see above
    inner._check_open()  # noqa: SLF001  # see above
    inner._transport.write(statements)  # noqa: SLF001  # see above
    rows, tag, _ = await protocol.bind_execute(final, (), "", 0, True, None)
    return len(rows), tag.decode()


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body
