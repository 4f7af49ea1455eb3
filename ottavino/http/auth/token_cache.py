"""Verified tokens, so that the next request with one of them verifies no signature."""

import hashlib
import time
from collections import OrderedDict

from ottavino.identity import Identity

TOKENS = 1000


class TokenCache:
    """The last used tokens. Each is kept until it expires or its key changes."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[bytes, tuple[object, float, Identity]] = OrderedDict()

    def find(self, token: str, key: object) -> Identity | None:
        """The identity of a known token, if it was verified with this same key."""
        digest = _digest(token)
        known = self._tokens.get(digest)
        if known is None or known[0] is not key or known[1] <= time.time():
            return None
        self._tokens.move_to_end(digest)
        # A copy, because a handler may change the claims that it gets.
        return known[2].copy()

    def add(self, token: str, key: object, identity: Identity) -> None:
        """Keep a token that was just verified, and drop the least recently used one if there
        are too many.
        """
        expiry = float(identity.claims["exp"])
        self._tokens[_digest(token)] = (key, expiry, identity.copy())
        if len(self._tokens) > TOKENS:
            self._tokens.popitem(last=False)


def _digest(token: str) -> bytes:
    """A hash of a token, so that a dump of the memory holds no usable token."""
    return hashlib.sha256(token.encode()).digest()
