"""The public keys that tokens are verified with: fetched, kept, and fetched anew.

A key that is known is never waited for: neither a slow refresh nor a failing one can lock
out a caller whose key is here, until all refreshes have failed for so long that a key may
have been withdrawn without our knowing. An unknown one is worth a refresh, if the last was
not just now: made-up names of keys cannot have us ask for them again and again.
"""

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any

import jwt

from ottavino.errors import SettingsError

logger = logging.getLogger("ottavino")

ALGORITHMS = ("ES256", "RS256", "EdDSA")

LIFETIME_SECONDS = 600.0
"""After this long the keys are fetched anew, so that one that was withdrawn is forgotten."""
LONGEST_SECONDS = 4 * 3600.0
"""After this long without one refresh that succeeded, keys that were fetched verify nothing.

By then a token of Supabase, which is valid for an hour, could not have been renewed either.
"""
INTERVAL_SECONDS = 5.0
"""At least this long lies between one refresh and the next, however the first one ended."""
PATIENCE_SECONDS = 3.0
"""How long a request waits for a refresh that may bring its key."""
SILENCE_SECONDS = 5.0
"""How long the server with the keys may be silent before a refresh gives up."""

Keys = Mapping[tuple[str, str], jwt.PyJWK]
"""Keys by algorithm and name: one that is meant for another algorithm is not found."""


class Jwks:
    """The keys at an address, or those that the settings hold, or both."""

    def __init__(self, url: str | None, inline: str | None) -> None:
        # PyJWT's own client follows no redirect and reads nothing but http and https. It
        # blocks, so it has a thread to itself; its cache is not used, because it would make
        # every request wait for a refresh.
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
        # None until the keys that are here came from the address: those of the settings are
        # withdrawn by changing the settings.
        self._fetched: float | None = None

    def __bool__(self) -> bool:
        return bool(self._keys) or self._client is not None

    async def find(self, algorithm: str, name: str) -> jwt.PyJWK | None:
        """The key of a name. For an unknown one, a refresh is waited for, but not long."""
        if key := self._known(algorithm, name):
            if self._fetched is None or monotonic() - self._fetched > LIFETIME_SECONDS:
                self._refreshing()
            return key
        if refresh := self._refreshing():
            # A request that waits may be cancelled; the refresh, for which others wait, is not.
            await asyncio.wait({refresh}, timeout=PATIENCE_SECONDS)
        return self._known(algorithm, name)

    def _known(self, algorithm: str, name: str) -> jwt.PyJWK | None:
        """The key of a name that is here, and not too old to be believed."""
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
        self._refresh = asyncio.create_task(self._fetch(self._client))
        return self._refresh

    async def _fetch(self, client: jwt.PyJWKClient) -> None:
        """Put the keys at the address in the place of those that are here, if there are any."""
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
        raise SettingsError("SUPABASE_JWKS is no JSON Web Key Set.") from error
    if not keys:
        raise SettingsError(
            f"SUPABASE_JWKS has no key with a kid for {', '.join(ALGORITHMS)}, so it verifies "
            "nothing."
        )
    return keys


def _usable(members: Iterable[object]) -> Keys:
    """The keys among the members of a set that verify a signature, each by its name."""
    keys: dict[tuple[str, str], jwt.PyJWK] = {}
    for member in members:
        try:
            key = jwt.PyJWK(member)  # pyright: ignore[reportArgumentType]  # what is no key is an error
        except (jwt.PyJWTError, AttributeError, TypeError):
            continue
        # Either may be anything, a list for instance, which has no place in a set.
        name: object = key.key_id
        signs = key.public_key_use in ("sig", None)
        short = key.Algorithm.check_key_length(key.key)
        if key.algorithm_name in ALGORITHMS and isinstance(name, str) and signs and not short:
            keys[key.algorithm_name, name] = key
    return keys
