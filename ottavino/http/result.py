"""Converts a handler's result to the response that its return annotation declares."""

import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin

from starlette.responses import Response, StreamingResponse

from ottavino.errors import OttavinoError
from ottavino.http.binding import Handler, HandlerError, signature
from ottavino.http.errors import BODILESS
from ottavino.http.events import Event
from ottavino.http.exception_handlers import SENDABLE, is_sendable
from ottavino.http.json_writer import json_writer
from ottavino.http.validation import NoSchema

Answer = Callable[[object], Response]


class BodyNotAllowed(OttavinoError):
    """A Response with the status 204, 205 or 304 cannot have a body: leave the body out."""


MEDIA_TYPES: dict[object, str] = {
    str: "text/plain",
    bytes: "application/octet-stream",
    Event: "text/event-stream",
}
"""Types that are sent as they are, whole or as pieces of a stream. Others are written as JSON.
"""

# Without it, proxies collect the whole answer before they pass it on.
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


@dataclass(frozen=True, slots=True)
class Result:
    """The declared form of the answer. Without a media type it is empty, or a `Response`."""

    status: int
    media_type: str | None = None
    type: Any = None
    is_stream: bool = False
    is_response: bool = False
    """Whether the handler may return a `Response`."""


def declared(handler: Handler, status: int | None) -> Result:
    """The form that a handler's return annotation declares. None is a 204, str and bytes are
    sent as they are, an async iterator is streamed, a `Response` is sent unchanged, and
    everything else is JSON.
    """
    if status is not None and status not in SENDABLE:
        raise HandlerError(
            handler,
            f"no answer can have the status {status}: declare one from {SENDABLE.start} to "
            f"{SENDABLE.stop - 1}.",
        )
    annotation = signature(handler).return_annotation
    if annotation is inspect.Signature.empty:
        raise HandlerError(
            handler, "it has no return annotation, which decides what is sent: add one."
        )
    if annotation in {None, NoneType}:
        return Result(status or HTTPStatus.NO_CONTENT)
    members = _members(annotation)
    written = [each for each in members if not _is_response(each)]
    is_response = len(written) < len(members)
    if not written:
        return Result(status or HTTPStatus.OK, is_response=is_response)
    if status in BODILESS:
        raise HandlerError(
            handler,
            f"an answer with status {status} has no body, so annotate the result as None.",
        )
    written_as = functools.reduce(_either, written)
    is_stream = get_origin(written_as) in {AsyncIterator, AsyncGenerator, AsyncIterable}
    sent = get_args(written_as)[0] if is_stream else written_as
    if is_stream and sent not in MEDIA_TYPES:
        raise HandlerError(handler, "the pieces of a stream are str, bytes or Event.")
    is_as_it_is = is_stream or sent in {str, bytes}
    media_type = MEDIA_TYPES[sent] if is_as_it_is else "application/json"
    return Result(status or HTTPStatus.OK, media_type, sent, is_stream, is_response)


def answer(handler: Handler, result: Result) -> Answer:
    """Makes the declared response from a handler's result."""
    if result.is_stream:
        return _piece_by_piece(result.type, result.status)
    if result.type in {str, bytes}:
        return _as_it_is(result.type, result.status)
    if result.media_type is None:
        return _unchanged if result.is_response else _nothing(result.status)
    try:
        return _as_json(result.type, result.status)
    except NoSchema as error:
        raise HandlerError(handler, f"its result cannot be written as JSON: {error}") from error


def _nothing(status: int) -> Answer:
    return lambda _: Response(status_code=status)


class JsonResponse(Response):
    """A response whose body is JSON already. Its headers are made when they are used first."""

    def __init__(self, content: bytes, status: int) -> None:
        self.status_code = status
        self.background = None
        self.body = content

    @functools.cached_property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:  # pyright: ignore[reportIncompatibleVariableOverride]  # as it is used
        """The headers, which others may add to."""
        return [
            (b"content-length", b"%d" % len(self.body)),
            (b"content-type", b"application/json"),
        ]

    @property
    def is_plain(self) -> bool:
        """Whether nobody has looked at the headers, and so nobody has added any."""
        return "raw_headers" not in self.__dict__


def _as_json(annotation: type[object], status: int) -> Answer:
    write_json = json_writer(annotation)

    def write(result: object) -> Response:
        if isinstance(result, Response):
            return _sendable(result)
        # A result of another type than the declared one is an error, not a guess.
        try:
            written = write_json(result)
        except Exception:
            _require_awaited(result)
            raise
        return JsonResponse(written, status)

    return write


def _require_awaited(result: object) -> None:
    """Refuse a query or a coroutine that a handler returns in place of its result."""
    if inspect.isawaitable(result):
        raise TypeError(
            f"The handler returned a {type(result).__name__} that it did not await: write "
            "`return await …`."
        )


def _as_it_is(kind: type[str | bytes], status: int) -> Answer:
    def write(result: object) -> Response:
        if isinstance(result, Response):
            return _sendable(result)
        if not isinstance(result, kind):
            _require_awaited(result)
            raise TypeError(f"The handler returned {type(result).__name__}.")
        return Response(result, status, media_type=MEDIA_TYPES[kind])

    return write


def _piece_by_piece(kind: type[object], status: int) -> Answer:
    async def pieces(result: AsyncIterable[Any]) -> AsyncGenerator[str | bytes]:
        try:
            async for piece in result:
                yield bytes(piece) if kind is Event else piece
        finally:
            await close(result)

    def write(result: object) -> Response:
        if isinstance(result, Response):
            return _sendable(result)
        if not isinstance(result, AsyncIterable):
            raise TypeError(f"The handler returned {type(result).__name__}, and no stream.")
        return StreamingResponse(
            pieces(cast("AsyncIterable[Any]", result)),
            status,
            STREAM_HEADERS,
            media_type=MEDIA_TYPES[kind],
        )

    return write


async def close(stream: object) -> None:
    """Close a generator that may not have been read to its end, so that it cleans up."""
    if isinstance(stream, AsyncGenerator):
        await cast("AsyncGenerator[object]", stream).aclose()


def _unchanged(result: object) -> Response:
    if not isinstance(result, Response):
        raise TypeError(f"The handler returned {type(result).__name__}, and not a Response.")
    return _sendable(result)


def _sendable(response: Response) -> Response:
    """Check a response before the commit: afterwards, the server could refuse to send it."""
    status = response.status_code
    if status not in SENDABLE:
        raise ValueError(f"The handler returned the status {status}, which no answer can have.")
    # A client would read the body after such a head as the beginning of the next answer.
    if status in BODILESS and (sends_itself(response) or response.body):
        raise BodyNotAllowed
    for header in response.raw_headers:
        if not is_sendable(header):
            raise ValueError(f"The header {header[0]!r} cannot be sent with this value.")
    return response


def sends_itself(response: Response) -> bool:
    """Whether the body is produced while it is sent, so that it is unknown before."""
    return type(response).__call__ is not Response.__call__


def _members(annotation: Any) -> tuple[Any, ...]:
    is_union = get_origin(annotation) in {Union, UnionType}
    return get_args(annotation) if is_union else (annotation,)


def _either(left: Any, right: Any) -> Any:
    return left | right


def _is_response(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Response)
