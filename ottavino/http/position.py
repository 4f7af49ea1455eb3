"""The header `ottavino-position`: the log position of a caller's last write, for other
machines.

The answer to a request that has written carries it. If the next request sends it back, it is
not answered from an older state, on any machine. The header is encrypted, so it does not reveal
how much the database has written.
"""

import base64
import contextlib
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager

from starlette.requests import Request
from starlette.responses import Response

from ottavino.identity import Identity
from ottavino.postgres.own_writes import request_writes
from ottavino.settings import settings

HEADER = "ottavino-position"
PART = 8
"""The header has 8 random bytes, 8 with the encrypted position, and 8 to authenticate both."""
CHARACTERS = 32
_FORM = re.compile(rf"[A-Za-z0-9_-]{{{CHARACTERS}}}")


Tell = Callable[[Response], None]


def tracked(caller: Identity, request: Request) -> AbstractContextManager[Tell]:
    """Run the transactions of a block at least at the position that the request names. The
    yielded function adds the header with the block's last position to the answer.
    """
    return _tracked(caller, request) if settings().read_database_url else _UNTRACKED


@contextlib.contextmanager
def _tracked(caller: Identity, request: Request) -> Generator[Tell]:
    with request_writes(caller, opened(request.headers.get(HEADER, ""))) as writes:

        def tell(response: Response) -> None:
            if writes.added:
                response.headers[HEADER] = sealed(writes.added)

        yield tell


def sealed(position: int) -> str:
    """A position, encrypted for the header."""
    nonce = secrets.token_bytes(PART)
    covered = _covered(nonce, position.to_bytes(PART))
    return base64.urlsafe_b64encode(nonce + covered + _tag(nonce + covered)).decode()


def opened(text: str) -> int:
    """The position in a client's header; 0 without one, or if a server of this service did not
    make it. A changed header counts as none: otherwise a client could find out by trial how far
    the replica is.
    """
    if not _FORM.fullmatch(text):
        return 0
    value = base64.urlsafe_b64decode(text)
    nonce, covered, tag = value[:PART], value[PART : 2 * PART], value[2 * PART :]
    if not hmac.compare_digest(tag, _tag(nonce + covered)):
        return 0
    return int.from_bytes(_covered(nonce, covered))


def _covered(nonce: bytes, value: bytes) -> bytes:
    """Encrypt a value, or decrypt it."""
    cover = hashlib.blake2b(nonce, digest_size=PART, key=_key(), person=b"position").digest()
    return bytes(a ^ b for a, b in zip(value, cover, strict=True))


def _tag(value: bytes) -> bytes:
    """The authentication tag of a value: only the key's owner can compute it."""
    return hashlib.blake2b(value, digest_size=PART, key=_key(), person=b"tag").digest()


def _key() -> bytes:
    """A key that servers with the same secrets share."""
    chosen = settings()
    secret = chosen.claims_key or chosen.jwt_secret or chosen.required_database_url
    return hashlib.sha256(b"ottavino-position\0" + secret.encode()).digest()


def _nothing(_: Response) -> None:
    """Do nothing, because there is no replica."""


_UNTRACKED = contextlib.nullcontext(_nothing)
