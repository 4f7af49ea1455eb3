"""The claims of a token, read more strictly than its specification asks.

Claims are passed to PostgreSQL as JSON. A claim that PostgreSQL would refuse, or read
differently from Python, is refused here, before it reaches a policy.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn
from uuid import UUID

import jwt
from pydantic import JsonValue

LEEWAY_SECONDS = 10
"""How many seconds the clock of a token's issuer may differ from ours."""
CLAIMS_DEPTH = 32
NAME_CHARACTERS = 255
"""The length that OpenID Connect allows a `sub`."""

DATES = ("exp", "nbf", "iat")
LAST_DATE = 253_402_300_799
"""The last second of the year 9999. A later number is no date, or one in milliseconds."""

Claims = dict[str, JsonValue]

# Characters that a Python string can contain and a PostgreSQL string cannot.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def verified_claims(token: str, key: str | jwt.PyJWK, algorithm: str) -> Claims:
    """The claims of a token that a key has signed and that is valid now. Any other token raises
    an error of PyJWT.

    The key decides the algorithm, not the token's header.
    """
    return _tokens.decode(
        token,
        key,
        algorithms=[algorithm],
        leeway=LEEWAY_SECONDS,
        options={"require": ["exp"], "verify_aud": False},
    )


def is_uuid(value: JsonValue) -> bool:
    """Whether PostgreSQL reads a value as the same uuid as we do."""
    # UUID() also accepts braces, and hyphens anywhere; PostgreSQL accepts only some of those
    # forms.
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def is_name(value: JsonValue) -> bool:
    """Whether a value can be the id of a user who signs in elsewhere."""
    return isinstance(value, str) and 0 < len(value) <= NAME_CHARACTERS


class _Tokens(jwt.PyJWT):
    """PyJWT, with a stricter idea of the claims than "any JSON object"."""

    def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
        """Called by PyJWT once the signature is verified, and meant to be overridden."""
        try:
            claims: JsonValue = json.loads(
                decoded["payload"].decode(),
                object_pairs_hook=_object,
                parse_constant=_refuse,
                parse_float=_finite,
            )
        except (ValueError, RecursionError) as error:
            raise jwt.DecodeError("The claims are not JSON that PostgreSQL reads.") from error
        if not isinstance(claims, dict) or not _storable([claims]):
            raise jwt.DecodeError("The claims are not an object that PostgreSQL can hold.")
        if not all(_is_date(claims[name]) for name in DATES if name in claims):
            raise jwt.DecodeError("A date is not a number of seconds.")
        return claims


_tokens = _Tokens()


def _is_date(value: JsonValue) -> bool:
    """Whether a value is a date or null. PyJWT would also accept a number in a string."""
    match value:
        case None:
            return True
        # In Python, a bool is a number.
        case bool():
            return False
        case int() | float():
            return abs(value) <= LAST_DATE
        case _:
            return False


def _object(pairs: list[tuple[str, JsonValue]]) -> Claims:
    """Refuse a name that occurs twice, because two parsers could read different values."""
    claims = dict(pairs)
    if len(claims) < len(pairs):
        raise ValueError("A name occurs twice.")
    return claims


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON.")


def _finite(number: str) -> float:
    value = float(number)
    if value in {float("inf"), float("-inf")}:
        raise ValueError("A number is too large.")
    return value


def _storable(level: Iterable[JsonValue]) -> bool:
    """Whether every string can be stored, and no value is nested absurdly deep."""
    for _ in range(CLAIMS_DEPTH):
        values = list(level)
        if any(isinstance(value, str) and _UNSTORABLE.search(value) for value in values):
            return False
        level = [child for value in values for child in _children(value)]
    return not level


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []
