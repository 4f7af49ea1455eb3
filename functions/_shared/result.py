"""What a handler returns, as the response that its return annotation declares."""

import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from http import HTTPStatus
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin

from starlette.responses import Response, StreamingResponse

from functions._shared.binding import Handler, HandlerError, signature
from functions._shared.errors import BODILESS
from functions._shared.events import Event
from functions._shared.validation import NoSchema, adapter

Answer = Callable[[object], Response]

MEDIA_TYPES: dict[object, str] = {
    str: "text/plain",
    bytes: "application/octet-stream",
    Event: "text/event-stream",
}
"""What is sent as it is, alone or piece by piece; anything else is written as JSON."""

# Proxies collect what they do not know to be a stream.
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


def answer(handler: Handler, status: int | None) -> Answer:
    """How a handler's result becomes a response.

    None is a 204, text is text, bytes are bytes, an async iterator is sent as it is made,
    a `Response` is itself, and everything else is JSON.
    """
    annotation = signature(handler).return_annotation
    if annotation is inspect.Signature.empty:
        raise HandlerError(handler, "it has no return annotation, which says what is sent.")
    if annotation in {None, NoneType}:
        return lambda _: Response(status_code=status or HTTPStatus.NO_CONTENT)
    written = [each for each in _members(annotation) if not _is_response(each)]
    if not written:
        return _unchanged
    if status in BODILESS:
        raise HandlerError(handler, f"status {status} has no body to send a result in.")
    return _written(handler, functools.reduce(_either, written), status or HTTPStatus.OK)


def _written(handler: Handler, annotation: Any, status: int) -> Answer:
    if annotation in {str, bytes}:
        return _as_it_is(annotation, status)
    if get_origin(annotation) in {AsyncIterator, AsyncGenerator, AsyncIterable}:
        piece = get_args(annotation)[0]
        if piece not in MEDIA_TYPES:
            raise HandlerError(handler, "the pieces of a stream are str, bytes or Event.")
        return _piece_by_piece(piece, status)
    try:
        return _as_json(annotation, status)
    except NoSchema as error:
        raise HandlerError(handler, f"its result cannot be written as JSON: {error}") from error


def _as_json(annotation: type[object], status: int) -> Answer:
    typed = adapter(annotation)

    def write(result: object) -> Response:
        if isinstance(result, Response):
            return result
        # A result of another type than the declared one is an error, not a guess.
        content = typed.dump_json(result, by_alias=True, warnings="error")
        return Response(content, status, media_type="application/json")

    return write


def _as_it_is(kind: type[str | bytes], status: int) -> Answer:
    def write(result: object) -> Response:
        if isinstance(result, Response):
            return result
        if not isinstance(result, kind):
            raise TypeError(f"The handler returned {type(result).__name__}.")
        return Response(result, status, media_type=MEDIA_TYPES[kind])

    return write


def _piece_by_piece(kind: type[object], status: int) -> Answer:
    async def pieces(result: AsyncIterable[Any]) -> AsyncGenerator[str | bytes]:
        async for piece in result:
            yield bytes(piece) if kind is Event else piece

    def write(result: object) -> Response:
        if isinstance(result, Response):
            return result
        if not isinstance(result, AsyncIterable):
            raise TypeError(f"The handler returned {type(result).__name__}, and no stream.")
        return StreamingResponse(
            pieces(cast("AsyncIterable[Any]", result)),
            status,
            STREAM_HEADERS,
            media_type=MEDIA_TYPES[kind],
        )

    return write


def _unchanged(result: object) -> Response:
    if not isinstance(result, Response):
        raise TypeError(f"The handler returned {type(result).__name__}, and not a Response.")
    return result


def _members(annotation: Any) -> tuple[Any, ...]:
    is_union = get_origin(annotation) in {Union, UnionType}
    return get_args(annotation) if is_union else (annotation,)


def _either(left: Any, right: Any) -> Any:
    return left | right


def _is_response(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Response)
