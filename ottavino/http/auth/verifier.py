"""Verifies the caller by a token or a key of the project, before anything else."""

import functools
import hmac
import re
from typing import Any

import jwt
from pydantic import JsonValue
from starlette.requests import Request

from ottavino.errors import SettingsError
from ottavino.http.auth.jwks import ALGORITHMS, Jwks
from ottavino.http.auth.token_cache import TokenCache
from ottavino.http.auth.token_claims import Claims, is_name, is_uuid, verified_claims
from ottavino.http.errors import (
    ApiError,
    InvalidSignedToken,
    InvalidToken,
    MalformedToken,
    RoleNotAllowed,
    UnknownKey,
    UnsupportedAlgorithm,
)
from ottavino.identity import Identity, Role
from ottavino.settings import Settings

ALGORITHM = "HS256"
SECRET_BYTES = 32
"""Shorter secrets can be guessed (RFC 7518, section 3.2)."""
TOKEN_CHARACTERS = 16 * 1024

# The defaults of Supabase's command line, and of its files for self-hosting.
PUBLISHED = {
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "your-super-secret-jwt-token-with-at-least-32-characters-long",
    "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
}

_BEARER = re.compile(r"bearer +(\S+)", re.ASCII | re.IGNORECASE)
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_OPAQUE = "sb_"
# Supabase's own `anon` and `service_role` tokens name no audience. Not a set: a claim may be a
# list, which is not hashable.
_WITHOUT_AUDIENCE = (Role.ANON, Role.SERVICE_ROLE)


class Verifier:
    """Verifies callers with what the settings hold: secret, public keys, opaque keys, roles."""

    def __init__(self, settings: Settings) -> None:
        self._secret = _checked(settings)
        self._keys = Jwks(settings.jwks_url, settings.supabase_jwks)
        self._audience = settings.jwt_audience
        self._user_claim = settings.user_id_claim
        self._is_user_id = is_uuid if settings.user_id_type == "uuid" else is_name
        self._roles = {str(role): role for role in settings.roles}
        self._opaque = [
            *((key.encode(), Role.ANON) for key in settings.supabase_publishable_keys),
            *((key.encode(), Role.SERVICE_ROLE) for key in settings.supabase_secret_keys),
        ]
        self._verified = TokenCache()

    async def identity(self, request: Request) -> Identity | None:
        """The caller, or None if there are no credentials. Invalid ones raise an error."""
        credential = _credential(request)
        if credential is None:
            return None
        if known := self._verified.find(credential, self._secret):
            return known
        if credential.startswith(_OPAQUE):
            return self._by_key(credential)
        if not _TOKEN.fullmatch(credential):
            raise MalformedToken
        return await self._by_token(credential)

    def _by_key(self, shown: str) -> Identity:
        # All keys are compared, each in a time that does not depend on where it differs.
        found = [
            role
            for key, role in self._opaque
            if hmac.compare_digest(key, shown.encode("latin-1"))
        ]
        if not found:
            raise UnknownKey
        return Identity(found[0], {"role": found[0]})

    async def _by_token(self, token: str) -> Identity:
        algorithm, key = await self._key(token)
        if known := self._verified.find(token, key):
            return known
        claims = self._claims(token, key, algorithm)
        if self._user_claim != "sub":
            # A token without this claim has no user: its `sub` may be the id of something else.
            claims.pop("sub", None)
            if self._user_claim in claims:
                claims["sub"] = claims[self._user_claim]
        identity = Identity(self._role(claims), claims)
        self._verified.add(token, key, identity)
        return identity

    async def _key(self, token: str) -> tuple[str, str | jwt.PyJWK]:
        """The key that a token has to be signed with, of the kind that its algorithm needs."""
        header = _header(token.partition(".")[0])
        algorithm: JsonValue = header.get("alg")
        if algorithm == ALGORITHM and self._secret is not None:
            return ALGORITHM, self._secret
        if algorithm not in ALGORITHMS or not self._keys:
            raise UnsupportedAlgorithm
        name: JsonValue = header.get("kid")
        key = await self._keys.find(algorithm, name) if isinstance(name, str) else None
        if key is None:
            raise InvalidSignedToken
        return algorithm, key

    def _claims(self, token: str, key: str | jwt.PyJWK, algorithm: str) -> Claims:
        """The claims of a token that is signed with its key, valid now, and meant for us."""
        invalid: type[ApiError] = InvalidToken if algorithm == ALGORITHM else InvalidSignedToken
        try:
            claims = verified_claims(token, key, algorithm)
        except (
            jwt.InvalidSignatureError,
            jwt.ExpiredSignatureError,
            jwt.ImmatureSignatureError,
            jwt.MissingRequiredClaimError,
        ) as error:
            raise invalid from error
        except jwt.InvalidTokenError as error:
            raise MalformedToken from error
        audience = claims.get("aud")
        if audience is None and claims.get("role") in _WITHOUT_AUDIENCE:
            return claims
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise invalid
        return claims

    def _role(self, claims: Claims) -> str:
        """The role that a token names: the string of the settings, never the claim's own."""
        name, subject = claims.get("role"), claims.get("sub")
        if not isinstance(name, str) or name not in self._roles:
            raise RoleNotAllowed
        # A policy calls auth.uid(), which fails on a subject that is no uuid.
        absent = subject is None and name != Role.AUTHENTICATED
        if not absent and not self._is_user_id(subject):
            raise MalformedToken
        return self._roles[name]


@functools.lru_cache(maxsize=100)
def _header(encoded: str) -> dict[str, Any]:
    """The header of a token, which is the same in all tokens that were signed with one key."""
    try:
        return jwt.get_unverified_header(f"{encoded}..")
    except jwt.InvalidTokenError as error:
        raise MalformedToken from error


def verifier(settings: Settings) -> Verifier:
    """The verifier of these settings; raises `SettingsError` if they would protect nothing."""
    # Compared by identity first: hashing the settings takes longer than finding a known token.
    last, known = _last
    if known is None or last is not settings:
        known = _verifier(settings)
        _last[:] = settings, known
    return known


_last: list[Any] = [None, None]

_verifier = functools.cache(Verifier)


def has_published_secret(settings: Settings) -> bool:
    """Whether a secret is a published one, with which only a local database may be served."""
    return bool(PUBLISHED & {settings.jwt_secret, *settings.supabase_secret_keys})


def _credential(request: Request) -> str | None:
    """The credentials of a request: its bearer token, unless that is a key; else `apikey`.

    Clients that have only a key also send it as the bearer, for older servers.
    """
    headers: list[tuple[bytes, bytes]] = request.scope["headers"]
    bearers = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    keys = [value.decode("latin-1") for name, value in headers if name == b"apikey"]
    if len(bearers) > 1 or len(keys) > 1:
        raise MalformedToken
    shown = _bearer(bearers[0].strip()) if bearers else None
    if keys and (shown is None or shown.startswith(_OPAQUE)):
        shown = keys[0].strip()
    if shown is not None and len(shown) > TOKEN_CHARACTERS:
        raise MalformedToken
    return shown


def _bearer(header: str) -> str:
    bearer = _BEARER.fullmatch(header)
    if bearer is None:
        raise MalformedToken
    return bearer[1]


def _checked(settings: Settings) -> str | None:
    """The secret, or None if tokens are verified with public keys only."""
    secret = settings.jwt_secret
    if secret is None and not (settings.jwks_url or settings.supabase_jwks):
        raise SettingsError(
            "JWT_SECRET is not set. Set it to the JWT secret of the project, in .env or the "
            "environment; or set SUPABASE_URL if the project signs its tokens with keys."
        )
    if secret is None:
        return None
    if len(secret.encode()) < SECRET_BYTES:
        raise SettingsError(f"JWT_SECRET is shorter than {SECRET_BYTES} bytes.")
    try:
        jwt.get_algorithm_by_name(ALGORITHM).prepare_key(secret)
    except jwt.InvalidKeyError as error:
        raise SettingsError("JWT_SECRET is a public key: any client could sign.") from error
    return secret
