"""Sends an answer in one piece, if its body is known as a whole.

uvicorn writes the head and the body one after the other, which makes two packets and two calls
to the system, and it searches each header twice.
"""

from collections.abc import Iterable
from typing import cast

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

CYCLE = "ottavino.cycle"
"""The key in a request's scope for the server's own object that answers it. Other servers than
ours have none.
"""

FRAME = {b"connection", b"transfer-encoding"}
"""The headers that change how the server ends an answer."""


def send_whole(cycle: RequestResponseCycle, start: Message, body: bytes) -> bool:
    """Send an answer; return false, and send nothing, if uvicorn has to do it: it waits for a
    slow client, and refuses what is no valid answer.
    """
    if cycle.disconnected or cycle.response_started or cycle.flow.write_paused:
        return False
    headers = cast("list[tuple[bytes, bytes]]", cycle.default_headers + start["headers"])
    names, values = zip(*headers, strict=True)
    joined = b"".join(names)
    if (
        cycle.scope["method"] == "HEAD"
        or (b"content-length", b"%d" % len(body)) not in headers
        or names.count(b"content-length") != 1
        or not joined.islower()
        or not FRAME.isdisjoint(names)
        or HEADER_RE.search(joined)
        or HEADER_VALUE_RE.search(b"".join(values))
    ):
        return False
    lines = [lines_of(headers)]
    if not cycle.keep_alive:
        lines.append(b"connection: close\r\n")
    _write(cycle, b"".join((STATUS_LINE[start["status"]], *lines, b"\r\n", body)))
    return True


def send_lines(cycle: RequestResponseCycle, status: int, lines: bytes, body: bytes) -> bool:
    """Send an answer whose headers are written as lines already, its length aside, like
    `send_whole`.
    """
    if (
        cycle.disconnected
        or cycle.response_started
        or cycle.flow.write_paused
        or not cycle.keep_alive
        or cycle.scope["method"] == "HEAD"
    ):
        return False
    _write(
        cycle,
        b"%b%b%bcontent-length: %d\r\n\r\n%b"
        % (STATUS_LINE[status], _default_lines(cycle), lines, len(body), body),
    )
    return True


def lines_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they are sent."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def _default_lines(cycle: RequestResponseCycle) -> bytes:
    """The headers that the server adds; uvicorn makes a new list of them every second."""
    global _last  # noqa: PLW0603  # a cache of one
    headers = cycle.default_headers
    if _last[0] is not headers:
        _last = headers, lines_of(headers)
    return _last[1]


_last: tuple[list[tuple[bytes, bytes]], bytes] = [], b""


def _write(cycle: RequestResponseCycle, answer: bytes) -> None:
    """Write an answer, and end it as uvicorn does."""
    cycle.transport.write(answer)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
