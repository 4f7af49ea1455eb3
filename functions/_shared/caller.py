"""Who calls: a bearer token, verified before anything else happens.

A token is read more strictly than its specification asks. Its claims travel on to
PostgreSQL as JSON, and what would be refused there, or read differently from here, is
refused before it can reach a policy.
"""

import functools
import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn
from uuid import UUID

import jwt
from pydantic import JsonValue
from starlette.requests import Request

from db.errors import SettingsError
from db.identity import Identity, Role
from db.settings import Settings
from functions._shared.errors import (
    InvalidToken,
    MalformedToken,
    RoleNotAllowed,
    UnsupportedAlgorithm,
)

ALGORITHM = "HS256"
SECRET_BYTES = 32
"""Shorter secrets can be found by trying (RFC 7518, section 3.2)."""
LEEWAY_SECONDS = 10
TOKEN_CHARACTERS = 16 * 1024
CLAIMS_DEPTH = 32

Claims = dict[str, JsonValue]

_BEARER = re.compile(r"bearer +([\w-]+\.[\w-]+\.[\w-]*)", re.ASCII | re.IGNORECASE)
# What a string of Python can hold, and a string of PostgreSQL cannot.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Verifier:
    """Tells callers by the shared secret and the audience of this project."""

    def __init__(self, secret: str | None, audience: str) -> None:
        self._secret = _checked(secret)
        self._audience = audience

    def identity(self, request: Request) -> Identity | None:
        """The caller, or None where no credentials were sent. Bad credentials raise."""
        headers = request.headers.getlist("authorization")
        if not headers:
            return None
        token = _BEARER.fullmatch(headers[0].strip())
        if token is None or len(headers) > 1 or len(headers[0]) > TOKEN_CHARACTERS:
            raise MalformedToken
        claims = self._claims(token[1])
        self._check_audience(claims)
        return _identity(claims)

    def _claims(self, token: str) -> Claims:
        """The claims of a token that is signed with our secret and valid now."""
        try:
            return _tokens.decode(  # pyright: ignore[reportUnknownMemberType]  # its key types come from cryptography, which HS256 does without
                token,
                self._secret,
                algorithms=[ALGORITHM],
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp"], "verify_aud": False},
            )
        except jwt.InvalidAlgorithmError as error:
            raise UnsupportedAlgorithm from error
        except (
            jwt.InvalidSignatureError,
            jwt.ExpiredSignatureError,
            jwt.ImmatureSignatureError,
            jwt.MissingRequiredClaimError,
        ) as error:
            raise InvalidToken from error
        except jwt.InvalidTokenError as error:
            raise MalformedToken from error

    def _check_audience(self, claims: Claims) -> None:
        audience = claims.get("aud")
        # Supabase's own `anon` and `service_role` keys name no audience.
        if audience is None and claims.get("role") != Role.AUTHENTICATED:
            return
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidToken


@functools.cache
def verifier(settings: Settings) -> Verifier:
    """The verifier of these settings."""
    return Verifier(settings.jwt_secret, settings.jwt_audience)


def _checked(secret: str | None) -> str:
    if secret is None:
        raise SettingsError(
            "JWT_SECRET is not set. Put the JWT secret of the project into .env or the "
            "environment."
        )
    if len(secret.encode()) < SECRET_BYTES:
        raise SettingsError(f"JWT_SECRET is shorter than {SECRET_BYTES} bytes.")
    try:
        jwt.get_algorithm_by_name(ALGORITHM).prepare_key(secret)
    except jwt.InvalidKeyError as error:
        raise SettingsError("JWT_SECRET is a public key: anybody could sign.") from error
    return secret


def _identity(claims: Claims) -> Identity:
    try:
        role = Role(str(claims.get("role")))
    except ValueError as error:
        raise RoleNotAllowed from error
    if role is Role.AUTHENTICATED and not _is_uuid(claims.get("sub")):
        raise MalformedToken
    return Identity(role, claims)


def _is_uuid(subject: JsonValue) -> bool:
    # UUID() also takes braces, and hyphens anywhere: PostgreSQL takes only some of those.
    try:
        return isinstance(subject, str) and str(UUID(subject)) == subject.lower()
    except ValueError:
        return False


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
        return claims


_tokens = _Tokens()


def _object(pairs: list[tuple[str, JsonValue]]) -> Claims:
    """Refuse a name that stands twice: two readers could each believe another value."""
    claims = dict(pairs)
    if len(claims) < len(pairs):
        raise ValueError("A name stands twice.")
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
