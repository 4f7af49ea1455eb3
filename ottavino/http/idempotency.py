"""Requests with an `Idempotency-Key`: done once, and answered again when they are repeated.

The key is claimed before the handler runs, in its transaction, and the answer kept in the same
one. So a repeat whose first attempt was committed is given that answer, and one whose first
attempt was rolled back is done.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import re
from collections.abc import Awaitable, Callable, Generator, Iterable
from itertools import chain

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from ottavino.errors import KeyInUse, OutcomeUnknown, RepeatableOutcome
from ottavino.http.auth.admission import WITHOUT_A_USER
from ottavino.http.caller_session import Invocation
from ottavino.http.errors import BODILESS, AnswerNotKept, KeyInvalid, KeyReused, KeyUnsupported
from ottavino.http.exception_handlers import SENDABLE, is_sendable
from ottavino.http.function import Function
from ottavino.http.load import SMALL_BODY_BYTES
from ottavino.http.result import sends_itself
from ottavino.postgres import idempotency_keys as idempotency
from ottavino.postgres.idempotency_keys import Answer, Key

logger = logging.getLogger("ottavino")

HEADER = "idempotency-key"
REPLAYED = "idempotent-replayed"
"""Says of an answer that it was given before."""

FRAMING = {"content-length", "transfer-encoding", "connection", "upgrade", "trailer"}
"""Headers that say where an answer ends, or what becomes of its connection."""

PATIENCE = 0.9
"""How much of the time that is left a request waits for another with its key."""

PIECE_BYTES = 64 * 1024

_HEADERS = TypeAdapter(list[tuple[str, str]])

KEY_PATTERN = "[!-~]{1,255}"
_VALUE = re.compile(KEY_PATTERN)
_BOUNDARY = re.compile(r'multipart/.*;\s*boundary="?([^";]+)', re.IGNORECASE)


def key_value(request: Request, function: Function, invocation: Invocation) -> str | None:
    """The key that a request comes with. Where nothing can be stored, none is needed."""
    if invocation.read_only or HEADER not in request.headers:
        return None
    (value, *others) = request.headers.getlist(HEADER)
    if others or not _VALUE.fullmatch(value):
        raise KeyInvalid
    if not function.keeps_keys(request.method):
        raise KeyUnsupported(
            "This function opens its transactions itself, so that no `Idempotency-Key` can be "
            "kept with what they store. Send the request without one."
        )
    caller = invocation.caller
    if caller.user_id is None or caller.role in WITHOUT_A_USER:
        raise KeyUnsupported(
            "An `Idempotency-Key` is kept for a signed-in user: send a user's token. Without "
            "one, send the request without a key."
        )
    return value


async def fingerprint(request: Request, form: FormData | None, body: bytes) -> bytes:
    """A hash of all that makes a request what it is."""
    path: str = request.scope["path"]
    query: bytes = request.scope["query_string"]
    content_type = request.headers.get("content-type", "")

    def hashed() -> bytes:
        sent = _fields(form) if form else [_without_boundary(content_type, body)]
        return _hashed(chain([request.method.encode(), path.encode(), query], sent))

    is_small = not form and len(body) <= SMALL_BODY_BYTES
    return hashed() if is_small else await asyncio.to_thread(hashed)


def _hashed(parts: Iterable[bytes]) -> bytes:
    """The hash of parts, each with its length: where one ends and the next begins is in it."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.digest()


def _fields(form: FormData) -> Generator[bytes]:
    """What a form holds: of files the name, the type and the bytes."""
    for name, value in form.multi_items():
        yield name.encode()
        if isinstance(value, UploadFile):
            yield f"{value.filename}\n{value.content_type}".encode()
            while piece := value.file.read(PIECE_BYTES):
                yield piece
            value.file.seek(0)
        else:
            yield value.encode()


def _without_boundary(content_type: str, body: bytes) -> bytes:
    """A body without what clients choose anew for each multipart that they send."""
    boundary = _BOUNDARY.match(content_type)
    return body.replace(boundary[1].encode("latin-1"), b"") if boundary else body


class Repeats:
    """Does each request with a key once. A database that keeps no keys lets them not count."""

    def __init__(self) -> None:
        self._are_kept: bool | None = None

    async def once(
        self, key: Key, answer: Callable[[], Awaitable[Response]], end: float
    ) -> Response:
        """The answer to a request, or the one that was kept, in the session that is open.

        Another one with the same key is waited for, but not until `end`.
        """
        if not await self._kept():
            return await answer()
        left = end - asyncio.get_running_loop().time()
        if not await idempotency.claim(key, left * PATIENCE):
            return await _replayed(key)
        response = await answer()
        if (small := _to_keep(response)) is not None:
            idempotency.keep(key, small)
        return response

    @contextlib.contextmanager
    def said(self, key: Key | None) -> Generator[None]:
        """Say of an unknown outcome in this block that the request can be repeated, if so."""
        try:
            yield
        except OutcomeUnknown as error:
            if key is None or not self._are_kept:
                raise
            raise RepeatableOutcome from error

    async def _kept(self) -> bool:
        """Whether the database keeps keys, which the first request with one finds out."""
        if self._are_kept is None:
            self._are_kept = await idempotency.are_installed()
            if not self._are_kept:
                logger.warning(
                    "A request came with an Idempotency-Key, which does not count: the "
                    "database keeps none. Run piccolo migrations forwards all, and start the "
                    "server again."
                )
        return self._are_kept


async def _replayed(key: Key) -> Response:
    kept = await idempotency.kept(key)
    if kept is None:
        # It has expired since.
        raise KeyInUse
    if kept.fingerprint != key.fingerprint:
        raise KeyReused
    response = None if kept.answer is None else _response(kept.answer)
    if response is None:
        raise AnswerNotKept
    return response


def _response(answer: Answer) -> Response | None:
    """A kept answer as it is sent again, or None where it is none that the service has kept.

    A query that was injected into a handler can keep an answer under its own caller's key. What
    of it could be taken for the answer to another client's request is not sent.
    """
    try:
        headers = _HEADERS.validate_json(answer.headers)
    except ValidationError:
        return None
    has_room = answer.status not in BODILESS or not answer.body
    if answer.status not in SENDABLE or not has_room or not all(map(is_sendable, headers)):
        return None
    response = Response(answer.body, answer.status)
    # How long the body is, the response says by itself.
    response.raw_headers += [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers
        if name.lower() not in FRAMING
    ]
    response.raw_headers.append((REPLAYED.encode(), b"true"))
    return response


def _to_keep(response: Response) -> Answer | None:
    """An answer as it is kept: not one that is large, or sends itself piece by piece."""
    if sends_itself(response):
        return None
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in response.raw_headers
    ]
    answer = Answer(response.status_code, json.dumps(headers), bytes(response.body))
    return answer if answer.is_small else None
