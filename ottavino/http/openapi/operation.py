"""One handler, as an operation of an OpenAPI document."""

import inspect
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from ottavino.http.auth.admission import WITHOUT_A_USER, Admission
from ottavino.http.binding import Binder, Place
from ottavino.http.events import Event
from ottavino.http.function import Function
from ottavino.http.idempotency import KEY_PATTERN
from ottavino.http.openapi.errors import responses
from ottavino.http.openapi.schemas import Schema, Schemas, Use
from ottavino.http.route import Route

Security = list[dict[str, list[str]]]

NOBODY: Security = [{}]
USER: Security = [{"bearer": []}]
KEY: Security = [{"bearer": []}, {"apikey": []}]

FILE = {"type": "string", "format": "binary"}
TEXT = {"type": "string"}
EVENT = {
    "description": "One event of the stream.",
    "type": "object",
    "properties": {
        "data": {"type": "string"},
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer"},
    },
    "required": ["data"],
}
FORM = "multipart/form-data"

KEY_STORY = (
    "A signed-in user can repeat the request with the same key for a day. A repeat stores "
    "nothing: it gets the first answer, with `idempotent-replayed: true`."
)


def uses(route: Route) -> Iterator[Use]:
    """The types that an operation reads and writes."""
    for binder in route.binders.values():
        if binder.place in {Place.PATH, Place.QUERY, Place.BODY}:
            yield binder.type, "validation"
    if route.result.media_type == "application/json":
        yield route.result.type, "serialization"


def operation(
    name: str, function: Function, route: Route, address: str, schemas: Schemas
) -> Schema:
    """The parameters, body, answers and callers of a handler."""
    # A callable without a docstring inherits Python's own.
    story = inspect.getdoc(route.handler) if inspect.isroutine(route.handler) else None
    summary, _, description = (story or "").partition("\n")
    answers = _success(route, schemas) | responses(route.handler)
    found: Schema = {
        "tags": [name],
        "operationId": _identifier(name, function, route),
        "summary": summary,
        "description": description.strip(),
        "parameters": [
            *_path(route, address, schemas),
            *_query(route, schemas),
            *_idempotency_key(function, route),
        ],
        "requestBody": _body(route, schemas),
        "responses": dict(sorted(answers.items())),
        "security": _security(function.admission),
        "x-auth": function.admission.auth,
        "x-roles": sorted(function.admission.roles or ()),
    }
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _security(admission: Admission) -> Security:
    """The accepted credentials. A key is no user: its role may call only if the function names
    it.
    """
    if admission.auth == "user":
        return KEY if WITHOUT_A_USER & (admission.roles or set()) else USER
    return [*NOBODY, *KEY] if admission.auth == "optional" else KEY


def _identifier(name: str, function: Function, route: Route) -> str:
    """The handler's name, and the method if it answers several."""
    handlers = [each.handler for each in function.routes]
    called = f"{name}.{getattr(route.handler, '__name__', 'handler')}"
    names = [getattr(each, "__name__", "handler") for each in handlers]
    if names.count(called.rpartition(".")[2]) == 1:
        return called
    words = re.findall(r"\w+", route.path)
    return ".".join([called, route.method.lower(), *words])


def _path(route: Route, address: str, schemas: Schemas) -> Iterator[Schema]:
    names = re.findall(r"{(\w+)", address)
    for name, parameter in zip(names, re.findall(r"{(\w+)", route.path), strict=True):
        binder = route.binders.get(parameter)
        schema = schemas.of(binder.type, "validation") if binder else TEXT
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(route: Route, schemas: Schemas) -> Iterator[Schema]:
    for binder in _at(route, Place.QUERY).values():
        model = schemas.resolved(schemas.of(binder.type, "validation"))
        required = model.get("required", [])
        for name, schema in model.get("properties", {}).items():
            yield {
                "name": name,
                "in": "query",
                "required": name in required,
                "schema": _without_null(schema),
            }


def _idempotency_key(function: Function, route: Route) -> Iterator[Schema]:
    admission = function.admission
    if function.keeps_keys(route.method) and not admission.is_for_services:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": KEY_STORY,
            "schema": {"type": "string", "pattern": f"^{KEY_PATTERN}$"},
        }


def _without_null(schema: Schema) -> Schema:
    """A schema without null, since a parameter that is null is left out of the address."""
    alternatives = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if rest.get("default", "") is None:
        del rest["default"]
    if len(alternatives) == 1:
        return alternatives[0] | rest
    return rest | {"anyOf": alternatives} if alternatives else rest


def _body(route: Route, schemas: Schemas) -> Schema | None:
    for binder in _at(route, Place.BODY).values():
        schema = schemas.of(binder.type, "validation")
        return {
            "required": binder.required,
            "content": {"application/json": {"schema": schema}},
        }
    if not route.takes_form:
        return None
    files = _at(route, Place.FILE)
    form = {
        "type": "object",
        "properties": dict.fromkeys(files, FILE),
        "required": [name for name, binder in files.items() if binder.required],
    }
    return {"required": bool(form["required"]), "content": {FORM: {"schema": form}}}


def _success(route: Route, schemas: Schemas) -> Schema:
    result = route.result
    found: Schema = {}
    if result.media_type or not result.is_response:
        answer: Schema = {"description": HTTPStatus(result.status).phrase}
        if result.media_type:
            answer["content"] = {result.media_type: {"schema": _sent(route, schemas)}}
        found[str(int(result.status))] = answer
    if result.is_response:
        found["default"] = {
            "description": "The answer of a function that makes its own `Response`."
        }
    return found


def _sent(route: Route, schemas: Schemas) -> Schema:
    result = route.result
    if result.media_type == "application/json":
        return schemas.of(result.type, "serialization")
    return {bytes: FILE, Event: EVENT}.get(result.type, TEXT)


def _at(route: Route, place: Place) -> Mapping[str, Binder]:
    return {name: each for name, each in route.binders.items() if each.place is place}
