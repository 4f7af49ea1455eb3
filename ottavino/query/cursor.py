"""The end of a page: the sort keys of its last row, as signed text for clients.

A cursor is signed but not encrypted, because the client has already read the row. Due to the
signature, a client cannot make a cursor; due to the fingerprint, it cannot use one with a list
in another order.
"""

import base64
import datetime as dt
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ottavino.settings import settings

PATTERN = r"^[A-Za-z0-9_-]+$"
MOST_CHARACTERS = 4000
"""The longest cursor, since it is a part of an address."""
SIGNATURE_BYTES = 16

_KINDS: dict[str, tuple[type, Callable[[str], Any]]] = {
    # `datetime` comes before `date`, because it is a subclass.
    "datetime": (dt.datetime, dt.datetime.fromisoformat),
    "date": (dt.date, dt.date.fromisoformat),
    "time": (dt.time, dt.time.fromisoformat),
    "interval": (dt.timedelta, lambda text: dt.timedelta(microseconds=int(text))),
    "numeric": (Decimal, Decimal),
    "uuid": (UUID, UUID),
    "float": (float, float),
    "bytes": (bytes, bytes.fromhex),
    "inet4": (ipaddress.IPv4Interface, ipaddress.IPv4Interface),
    "inet6": (ipaddress.IPv6Interface, ipaddress.IPv6Interface),
    "address4": (ipaddress.IPv4Address, ipaddress.IPv4Address),
    "address6": (ipaddress.IPv6Address, ipaddress.IPv6Address),
    "cidr4": (ipaddress.IPv4Network, ipaddress.IPv4Network),
    "cidr6": (ipaddress.IPv6Network, ipaddress.IPv6Network),
}
"""The types of the driver that JSON lacks: the class, and the function that reads its text."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of a row in a sorted list. In JSON it is text, sent for the next page."""

    values: tuple[Any, ...]
    """The values of the sort keys, as the driver returned them."""
    order: str
    """The fingerprint of the list's sort keys."""

    def __str__(self) -> str:
        """The cursor as text for clients."""
        content = [self.order, *map(_to_json, self.values)]
        payload = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        signed = _base64(_signature(payload) + payload)
        if len(signed) > MOST_CHARACTERS:
            raise ValueError(
                f"A cursor would have {len(signed)} characters, which are too many for an "
                "address: sort the pages by columns whose values are shorter."
            )
        return signed

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read the text of a cursor; `ValueError` for any other text."""
        signed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        signature, payload = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
        # Several texts decode to the same bytes, of which only one was issued.
        is_ours = hmac.compare_digest(signature, _signature(payload))
        if not is_ours or _base64(signed) != text:
            raise ValueError("The cursor was not issued by this service.")
        order, *values = json.loads(payload)
        return cls(tuple(map(_from_json, values)), order)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            _received,
            core_schema.str_schema(pattern=PATTERN, max_length=MOST_CHARACTERS),
            serialization=core_schema.to_string_ser_schema(),
        )


def fingerprint(order: str, arguments: Sequence[object]) -> str:
    """A hash that differs between lists and orders."""
    return hashlib.blake2b(f"{order}{arguments!r}".encode(), digest_size=6).hexdigest()


def _received(text: str) -> Cursor:
    try:
        return Cursor.parse(text)
    except ValueError as error:
        raise PydanticCustomError(
            "cursor", "Input should be the cursor of the page before"
        ) from error


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _signature(payload: bytes) -> bytes:
    return hmac.digest(_key(), payload, hashlib.sha256)[:SIGNATURE_BYTES]


def _key() -> bytes:
    """A key that all processes of a service share, derived from a secret of the settings."""
    own = settings()
    secret = own.claims_key or own.jwt_secret or ",".join(own.supabase_secret_keys)
    secret = secret or own.required_database_url
    return hashlib.sha256(b"ottavino-cursor\0" + secret.encode()).digest()


def _to_json(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return ["list", [_to_json(each) for each in items]]
    for name, (kind, _) in _KINDS.items():
        if isinstance(value, kind):
            return [name, _text(value)]
    raise TypeError(
        f"Pages cannot be sorted by a value of the type {type(value).__name__}: sort by a "
        "column of another type, or by one that is computed from it."
    )


def _text(value: Any) -> str:
    match value:
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return str(value // dt.timedelta(microseconds=1))
        case bytes():
            return value.hex()
        case float():
            return repr(value)
        case _:
            return str(value)


def _from_json(value: Any) -> Any:
    match value:
        case ["list", [*items]]:
            return [_from_json(each) for each in items]
        case [str(name), str(text)]:
            return _KINDS[name][1](text)
        case _:
            return value
