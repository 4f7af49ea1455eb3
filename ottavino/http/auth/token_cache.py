"""Tokens that were verified, so that the next request with one of them costs no signature."""

import hashlib
import time
from collections import OrderedDict

from ottavino.identity import Identity

TOKENS = 1000


class TokenCache:
    """The last tokens, each until it expires and for as long as its key is the same."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[bytes, tuple[object, float, Identity]] = OrderedDict()

    def find(self, token: str, key: object) -> Identity | None:
        """Who showed this token before, if it would be verified with this very key again."""
        digest = _digest(token)
        known = self._tokens.get(digest)
        if known is None or known[0] is not key or known[1] <= time.time():
            return None
        self._tokens.move_to_end(digest)
        # With claims of its own: what a handler changes in them stays with that handler.
        return known[2].copy()

    def add(self, token: str, key: object, identity: Identity) -> None:
        """Keep a token that was just verified; the one that was longest unused makes room."""
        expiry = float(identity.claims["exp"])
        self._tokens[_digest(token)] = (key, expiry, identity.copy())
        if len(self._tokens) > TOKENS:
            self._tokens.popitem(last=False)


def _digest(token: str) -> bytes:
    """A hash of a token. A copy of the memory holds no token that could be used."""
    return hashlib.sha256(token.encode()).digest()
