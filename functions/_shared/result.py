"""What a handler returns, as the response that its return annotation declares."""

import functools
import inspect
from collections.abc import Callable
from http import HTTPStatus
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from starlette.responses import Response

from functions._shared.binding import Handler, HandlerError, signature
from functions._shared.errors import BODILESS
from functions._shared.validation import NoSchema, adapter

Answer = Callable[[object], Response]


def answer(handler: Handler, status: int | None) -> Answer:
    """How a handler's result becomes a response: None is a 204, a `Response` is itself."""
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
    try:
        return _as_json(functools.reduce(_either, written), status or HTTPStatus.OK)
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
