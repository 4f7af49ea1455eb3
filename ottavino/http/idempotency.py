"""Requests with an `Idempotency-Key` are done once; repeats get the same answer.

The key is claimed in the handler's transaction, before the handler runs, and the answer is
stored in the same transaction. If the first attempt was committed, a repeat gets its answer. If
it was rolled back, the repeat runs the handler.
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
from ottavino.settings import settings

logger = logging.getLogger("ottavino")

HEADER = "idempotency-key"
REPLAYED = "idempotent-replayed"
"""The header of an answer that is repeated."""

FRAMING = {"content-length", "transfer-encoding", "connection", "upgrade", "trailer"}
"""Headers that frame the answer or control its connection."""

PATIENCE = 0.9
"""The share of its remaining time that a request waits for another one with the same key."""

PIECE_BYTES = 64 * 1024

_HEADERS = TypeAdapter(list[tuple[str, str]])

KEY_PATTERN = "[!-~]{1,255}"
_VALUE = re.compile(KEY_PATTERN)
_BOUNDARY = re.compile(r'multipart/.*;\s*boundary="?([^";]+)', re.IGNORECASE)


def key_value(request: Request, function: Function, invocation: Invocation) -> str | None:
    """The key of a request, or None if the request cannot store anything."""
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
    if settings().user_id_type != "uuid":
        # The table stores a uuid for each key's owner, and two ids that are text may map to one
        # uuid.
        raise KeyUnsupported(
            "An `Idempotency-Key` is kept for users whose id is a uuid, and here it is a text. "
            "Send the request without one."
        )
    caller = invocation.caller
    if caller.user_id is None or caller.role in WITHOUT_A_USER:
        raise KeyUnsupported(
            "An `Idempotency-Key` is kept for a signed-in user: send a user's token. "
            "Requests of other callers are sent without a key."
        )
    return value


async def fingerprint(request: Request, form: FormData | None, body: bytes) -> bytes:
    """A hash of a request: two requests that differ have different hashes."""
    path: str = request.scope["path"]
    query: bytes = request.scope["query_string"]
    content_type = request.headers.get("content-type", "")

    def hashed() -> bytes:
        sent = _fields(form) if form else [_without_boundary(content_type, body)]
        return _hashed(chain([request.method.encode(), path.encode(), query], sent))

    is_small = not form and len(body) <= SMALL_BODY_BYTES
    return hashed() if is_small else await asyncio.to_thread(hashed)


def _hashed(parts: Iterable[bytes]) -> bytes:
    """The hash of parts. Each part's length is hashed too, so that parts cannot run into each
    other.
    """
    whole = hashlib.sha256()
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.digest()


def _fields(form: FormData) -> Generator[bytes]:
    """The fields of a form; of a file its name, type and bytes."""
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
    """A body without the multipart boundary, which clients choose at random each time."""
    boundary = _BOUNDARY.match(content_type)
    return body.replace(boundary[1].encode("latin-1"), b"") if boundary else body


class Repeats:
    """Runs each request with a key once. If the database has no table of keys, they are
    ignored.
    """

    def __init__(self) -> None:
        self._are_kept: bool | None = None

    async def once(
        self, key: Key, answer: Callable[[], Awaitable[Response]], end: float
    ) -> Response:
        """The answer to a request in the open session: the stored one, or the handler's.

        It waits for another request with the same key, for a part of the time until `end`.
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
        """Turn an unknown outcome in this block into one that can be repeated, if there is a
        key.
        """
        try:
            yield
        except OutcomeUnknown as error:
            if key is None or not self._are_kept:
                raise
            raise RepeatableOutcome from error

    async def _kept(self) -> bool:
        """Whether the database has the table of keys, checked at the first key."""
        if self._are_kept is None:
            self._are_kept = await idempotency.are_installed()
            if not self._are_kept:
                logger.warning(
                    "An Idempotency-Key was ignored, because the database has no table of "
                    "keys. Run piccolo migrations forwards all, and restart the server."
                )
        return self._are_kept


async def _replayed(key: Key) -> Response:
    kept = await idempotency.kept(key)
    if kept is None:
        # The key has expired in the meantime.
        raise KeyInUse
    if kept.fingerprint != key.fingerprint:
        raise KeyReused
    response = None if kept.answer is None else _response(kept.answer)
    if response is None:
        raise AnswerNotKept
    return response


def _response(answer: Answer) -> Response | None:
    """A stored answer as a response, or None if it cannot be one that the service stored.

    SQL that was injected into a handler can store an answer under its caller's key. So a header
    or a body that a client could take for its next answer is not sent.
    """
    try:
        headers = _HEADERS.validate_json(answer.headers)
    except ValidationError:
        return None
    has_room = answer.status not in BODILESS or not answer.body
    if answer.status not in SENDABLE or not has_room or not all(map(is_sendable, headers)):
        return None
    response = Response(answer.body, answer.status)
    # The response computes its own content-length.
    response.raw_headers += [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers
        if name.lower() not in FRAMING
    ]
    response.raw_headers.append((REPLAYED.encode(), b"true"))
    return response


def _to_keep(response: Response) -> Answer | None:
    """An answer as it is stored; None if it is large, or streamed."""
    if sends_itself(response):
        return None
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in response.raw_headers
    ]
    answer = Answer(response.status_code, json.dumps(headers), bytes(response.body))
    return answer if answer.is_small else None
