"""The errors that a client can receive, as responses of an OpenAPI document."""

import inspect
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from ottavino.http import errors
from ottavino.http.binding import Handler
from ottavino.http.errors import BODILESS, ApiError, MethodNotAllowed

REFERENCE = "#/components/responses/"

ERROR: dict[str, Any] = {
    "description": "The JSON of every error.",
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "A sentence for a person."},
        "code": {"type": "string", "description": "A word for a program."},
        "message": {"type": "string", "description": "The same sentence as `error`."},
        "request_id": {
            "type": "string",
            "format": "uuid",
            "description": "The id of the request in the server's log.",
        },
        "details": {
            "type": "array",
            "description": "The values that did not fit.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "expected": {"type": "string"},
                },
                "required": ["field", "expected"],
            },
        },
    },
    "required": ["error", "code", "message", "request_id"],
}

Kinds = list[type[ApiError]]


def shared_responses() -> dict[str, Any]:
    """The errors of the contract by status, which every function can answer with."""
    by_status = _by_status(_declared_in(vars(errors)))
    return {str(status): _response(kinds) for status, kinds in sorted(by_status.items())}


def responses(handler: Handler) -> dict[str, Any]:
    """The errors that a handler can answer with, including those that its module defines."""
    common = _by_status(_declared_in(vars(errors)))
    # A request that reached a handler has used a supported method.
    del common[MethodNotAllowed.status]
    found: dict[str, Any] = {str(status): {"$ref": f"{REFERENCE}{status}"} for status in common}
    own = _declared_in(vars(sys.modules[handler.__module__]))
    for status, kinds in _by_status(each for each in own if not _is_shared(each)).items():
        found[str(status)] = _response([*kinds, *common.get(status, [])])
    return found


def _declared_in(names: Mapping[str, object]) -> Kinds:
    return [
        each
        for name, each in names.items()
        if inspect.isclass(each) and issubclass(each, ApiError) and not name.startswith("_")
    ]


def _is_shared(kind: type[ApiError]) -> bool:
    return kind.__module__ == errors.__name__


def _by_status(kinds: Iterable[type[ApiError]]) -> dict[int, Kinds]:
    by_status: dict[int, Kinds] = {}
    for kind in kinds:
        by_status.setdefault(int(kind.status), []).append(kind)
    return by_status


def _response(kinds: Kinds) -> dict[str, Any]:
    codes = list(dict.fromkeys(kind.code for kind in kinds))
    names = sorted({name for kind in kinds for name in kind.headers} - {"www-authenticate"})
    sentences = [f"- `{kind.code}`: {inspect.getdoc(kind)}" for kind in kinds]
    response: dict[str, Any] = {
        "description": "\n".join(dict.fromkeys(sentences)),
        "headers": {
            "sb-error-code": {"schema": {"type": "string", "enum": codes}, "required": True},
            **{name: {"schema": {"type": "string"}} for name in names},
        },
    }
    if kinds[0].status in BODILESS:
        return response
    code = {"properties": {"code": {"enum": codes}}, "required": ["code"]}
    schema = {"allOf": [{"$ref": "#/components/schemas/Error"}, code]}
    response["content"] = {"application/json": {"schema": schema}}
    return response
