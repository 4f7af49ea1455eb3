"""A caller's claims, signed for the database, which can then tell them from injected ones.

Any statement can set any claims for its transaction. Only the owner of the key can sign them.
`ottavino.verified()` in the database checks the signature before a policy compares the claims.
"""

import functools
import hashlib
import time

from ottavino.identity import Identity
from ottavino.settings import settings

MINUTE = 60
BLOCK_BYTES = 64
"""The size of SHA-256's blocks, to which HMAC pads its key (RFC 2104)."""


def signed(identity: Identity) -> tuple[str, str]:
    """The claims of a caller as JSON, and their signature, which is empty without a key.

    The signature contains its time, in seconds since 1970, and is valid for an hour. That
    tolerates clocks that differ, and limits the use of a stolen signature. A caller's next
    transactions in the same minute are signed with it too.
    """
    key = settings().claims_key
    return signed_with(key, identity) if key is not None else (identity.claims_json, "")


def signed_with(key: str, identity: Identity) -> tuple[str, str]:
    """The claims as JSON, signed with a key."""
    claims, now = identity.claims_json, int(time.time())
    return claims, _signature(key, identity.role, claims, now - now % MINUTE)


@functools.lru_cache(maxsize=500)
def _signature(key: str, role: str, claims: str, now: int) -> str:
    # The role is signed too: a signature for an anonymous caller is not valid for a signed-in
    # user.
    message = f"{now}\n{role}\n{claims}"
    return f"{now}.{_hmac(key, message.encode())}"


def _hmac(key: str, message: bytes) -> str:
    """HMAC-SHA256 in hexadecimal, continued from hashes that already contain the key."""
    inner, outer = (each.copy() for each in _begun(key))
    inner.update(message)
    outer.update(inner.digest())
    return outer.hexdigest()


@functools.lru_cache(maxsize=4)
def _begun(key: str) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    inner, outer = padded(key)
    return hashlib.sha256(inner), hashlib.sha256(outer)


def padded(key: str) -> tuple[bytes, bytes]:
    """The inner and the outer half of HMAC's key, which the database has no function for."""
    secret = key.encode()
    if len(secret) > BLOCK_BYTES:
        secret = hashlib.sha256(secret).digest()
    block = secret.ljust(BLOCK_BYTES, b"\0")
    return bytes(each ^ 0x36 for each in block), bytes(each ^ 0x5C for each in block)
