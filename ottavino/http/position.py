"""The header `ottavino-position`: how far a caller's writes reach, for another machine.

The answer to a request that has written carries it. A request that brings it back is not shown
an older state, whichever machine answers it. Only the service reads it: how much the database
has written is not told.
"""

import base64
import contextlib
import hashlib
import re
import secrets
from collections.abc import Callable, Generator

from starlette.requests import Request
from starlette.responses import Response

from ottavino.identity import Identity
from ottavino.postgres.own_writes import request_writes
from ottavino.settings import settings

HEADER = "ottavino-position"
HALF = 8
"""It is 8 random bytes, and the position in 8 bytes, covered with what is derived from them."""
CHARACTERS = 22
_FORM = re.compile(rf"[A-Za-z0-9_-]{{{CHARACTERS}}}")


@contextlib.contextmanager
def tracked(caller: Identity, request: Request) -> Generator[Callable[[Response], None]]:
    """Let the transactions of a block see what the request names of its caller's writes.

    The function that it yields tells the client how far those of the block reach.
    """
    if not settings().read_database_url:
        yield _nothing
        return
    with request_writes(caller, opened(request.headers.get(HEADER, ""))) as writes:

        def tell(response: Response) -> None:
            if writes.added:
                response.headers[HEADER] = sealed(writes.added)

        yield tell


def sealed(position: int) -> str:
    """A position as clients keep it."""
    nonce = secrets.token_bytes(HALF)
    return base64.urlsafe_b64encode(nonce + _covered(nonce, position.to_bytes(HALF)))[
        :CHARACTERS
    ].decode()


def opened(text: str) -> int:
    """The position that a client brings, 0 if it brings none.

    One that was not made here is any number: at worst the primary is asked in vain.
    """
    if not _FORM.fullmatch(text):
        return 0
    value = base64.urlsafe_b64decode(f"{text}==")
    return int.from_bytes(_covered(value[:HALF], value[HALF:]))


def _covered(nonce: bytes, value: bytes) -> bytes:
    """A value that only servers with the same secrets can cover, and uncover again."""
    secret = (settings().claims_key or settings().jwt_secret or "").encode()
    key = hashlib.sha256(b"ottavino-position\0" + secret).digest()
    cover = hashlib.blake2b(nonce, digest_size=HALF, key=key).digest()
    return bytes(a ^ b for a, b in zip(value, cover, strict=True))


def _nothing(_: Response) -> None:
    """There is no replica, and no position."""
