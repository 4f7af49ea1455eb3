"""Messages of PostgreSQL's extended protocol, for statements whose parameters are text.

Several statements travel in one flight: their messages follow one another, with a Sync only
after the last. If one of them fails, PostgreSQL skips those that follow.
"""

import functools
import struct
from collections.abc import Sequence

PARSED = b"1\0\0\0\4"
BOUND = b"2\0\0\0\4"
READY = b"Z\0\0\0\5"

_INT = struct.Struct("!I").pack
_BIND = struct.Struct("!IHHH").pack


def statement(sql: str, *values: str) -> bytes:
    """The messages that parse, bind and execute a statement whose parameters are text.

    Its rows have no columns: only their number is known.
    """
    return bound(sql, len(values), encoded(*values))


def bound(sql: str, count: int, parameters: bytes) -> bytes:
    """The messages of `statement`, with a number of parameters that are encoded already."""
    # The length of the message, its name and its portal, formats, the number of parameters.
    head = _BIND(len(parameters) + 12, 0, 0, count)
    return b"".join((_parse(sql), b"B", head, parameters, b"\0\0", _EXECUTE))


def encoded(*values: str) -> bytes:
    """Parameters as text: each with its length before it."""
    return b"".join([_INT(len(value)) + value for value in map(str.encode, values)])


def answer(tag: str) -> bytes:
    """PostgreSQL's answer to the messages of `statement`, if it returns no row."""
    return PARSED + BOUND + message(b"C", tag.encode() + b"\0")


def description(sql: str, types: Sequence[int]) -> bytes:
    """The messages that parse a statement with parameters of these types, and describe it."""
    oids = struct.pack(f"!H{len(types)}I", len(types), *types)
    return message(b"P", b"\0" + sql.encode() + b"\0" + oids) + message(b"D", b"S\0")


def counted(description: bytes) -> tuple[bytes, tuple[int, ...]]:
    """A description of rows that calls the moments in them whole numbers, as which PostgreSQL
    sends them; and the places of their columns.
    """
    changed = bytearray(description)
    places: list[int] = []
    at = 7
    for place in range(int.from_bytes(description[5:at], "big")):
        # After a column's name come its table and its place there, its type, and eight bytes.
        at = description.index(b"\0", at) + 7
        if description[at : at + 4] == _MOMENT:
            changed[at : at + 4] = _NUMBER
            places.append(place)
        at += 12
    return bytes(changed), tuple(places)


def error(code: str, text: str, function: str) -> bytes:
    """The message of an error that PostgreSQL raises in one of its functions."""
    fields = {"S": "ERROR", "V": "ERROR", "C": code, "M": text, "R": function}
    body = "".join(f"{field}{value}\0" for field, value in fields.items())
    return message(b"E", body.encode() + b"\0")


def message(kind: bytes, body: bytes) -> bytes:
    """One message: its kind, its length and its body."""
    return kind + _INT(len(body) + 4) + body


@functools.lru_cache(maxsize=100)
def _parse(sql: str) -> bytes:
    return message(b"P", b"\0" + sql.encode() + b"\0\0\0")


_MOMENT, _NUMBER = _INT(1184), _INT(20)
"""The types `timestamptz` and `int8`."""

_EXECUTE = message(b"E", b"\0\0\0\0\0")
