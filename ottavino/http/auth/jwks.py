"""The public keys that verify tokens: fetched, kept, and refreshed.

A request whose key is known never waits, and neither a slow nor a failing refresh locks its
caller out. Only if every refresh has failed for a long time are the keys no longer used: one of
them may have been withdrawn in the meantime. An unknown key starts a refresh, but not right
after another one: invented key names cannot cause a fetch for each request.
"""

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from contextvars import Context
from time import monotonic
from typing import Any

import jwt

from ottavino.errors import SettingsError

logger = logging.getLogger("ottavino")

ALGORITHMS = ("ES256", "RS256", "EdDSA")

LIFETIME_SECONDS = 600.0
"""After this time the keys are refreshed, so that a withdrawn key is forgotten."""
LONGEST_SECONDS = 4 * 3600.0
"""Fetched keys verify nothing after this time without a successful refresh.

By then a token of Supabase, which is valid for an hour, could not have been renewed either.
"""
INTERVAL_SECONDS = 5.0
"""The shortest time between two refreshes, whether the first succeeded or not."""
PATIENCE_SECONDS = 3.0
"""How long a request with an unknown key waits for a refresh."""
SILENCE_SECONDS = 5.0
"""How long a refresh waits for the server that publishes the keys."""

Keys = Mapping[tuple[str, str], jwt.PyJWK]
"""Keys by algorithm and name, so a key for another algorithm is not found."""


class Jwks:
    """The keys published at an address, those in the settings, or both."""

    def __init__(self, url: str | None, inline: str | None) -> None:
        # PyJWT's own client follows no redirect and reads nothing but http and https. It
        # blocks, so it runs in a thread of its own. Its cache is not used: every request would
        # wait for a refresh.
        self._client = (
            jwt.PyJWKClient(
                url,
                cache_jwk_set=False,
                headers={"user-agent": "ottavino"},
                timeout=SILENCE_SECONDS,
            )
            if url
            else None
        )
        self._keys: Keys = _inline(inline) if inline else {}
        self._refresh: asyncio.Task[None] | None = None
        self._begun = float("-inf")
        # None for keys from the settings: they are withdrawn by changing the settings.
        self._fetched: float | None = None

    def __bool__(self) -> bool:
        return bool(self._keys) or self._client is not None

    async def find(self, algorithm: str, name: str) -> jwt.PyJWK | None:
        """The key of a name. If it is unknown, wait for a refresh, but not for long."""
        if key := self._known(algorithm, name):
            if self._fetched is None or monotonic() - self._fetched > LIFETIME_SECONDS:
                self._refreshing()
            return key
        if refresh := self._refreshing():
            # A request that waits may be cancelled; the refresh, for which others wait, is not.
            await asyncio.wait({refresh}, timeout=PATIENCE_SECONDS)
        return self._known(algorithm, name)

    def _known(self, algorithm: str, name: str) -> jwt.PyJWK | None:
        """The fetched key with a name, unless the keys are too old to be used."""
        if self._fetched is not None and monotonic() - self._fetched > LONGEST_SECONDS:
            return None
        return self._keys.get((algorithm, name))

    def _refreshing(self) -> asyncio.Task[None] | None:
        """The refresh that is under way, or a new one, or None if it is too early for one."""
        if self._refresh is not None and not self._refresh.done():
            return self._refresh
        if self._client is None or monotonic() - self._begun < INTERVAL_SECONDS:
            return None
        self._begun = monotonic()
        # It is done for all requests, so it sees nothing of the one that begins it.
        self._refresh = asyncio.create_task(self._fetch(self._client), context=Context())
        return self._refresh

    async def _fetch(self, client: jwt.PyJWKClient) -> None:
        """Replace the known keys by those at the address, unless there are none."""
        try:
            document = await asyncio.to_thread(client.fetch_data)
            keys = _usable(document["keys"])
        except Exception as error:  # noqa: BLE001  # the known keys stay in use
            logger.warning("The keys at %s cannot be read: %s", client.uri, error)
            return
        if not keys:
            logger.warning("At %s there is no key to verify tokens with.", client.uri)
            return
        self._keys, self._fetched = keys, monotonic()


def _inline(text: str) -> Keys:
    try:
        document: Any = json.loads(text)
        # Supabase hands out the bare list, too.
        keys = _usable(document if text.lstrip().startswith("[") else document["keys"])
    except (ValueError, TypeError, KeyError) as error:
        raise SettingsError(
            "SUPABASE_JWKS is not a JSON Web Key Set: copy it from the "
            "project's /auth/v1/.well-known/jwks.json."
        ) from error
    if not keys:
        raise SettingsError(
            f"SUPABASE_JWKS has no key with a kid for {', '.join(ALGORITHMS)}, so it verifies "
            "nothing."
        )
    return keys


def _usable(members: Iterable[object]) -> Keys:
    """The keys of a set that verify signatures, by algorithm and name."""
    keys: dict[tuple[str, str], jwt.PyJWK] = {}
    for member in members:
        try:
            key = jwt.PyJWK(member)  # pyright: ignore[reportArgumentType]  # an invalid key is an error
        except (jwt.PyJWTError, AttributeError, TypeError):
            continue
        # `alg` and `kid` may be any JSON, such as a list, which is not hashable.
        name: object = key.key_id
        signs = key.public_key_use in ("sig", None)
        short = key.Algorithm.check_key_length(key.key)
        if key.algorithm_name in ALGORITHMS and isinstance(name, str) and signs and not short:
            keys[key.algorithm_name, name] = key
    return keys
