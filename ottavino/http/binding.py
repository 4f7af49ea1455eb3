"""Binds a handler's parameters to the path, the query, the body and the caller.

The declaration is read when the module is imported, and a parameter that nothing can fill is an
error then. A request only runs the prepared binders.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_origin

from pydantic import AliasChoices, BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from starlette.background import BackgroundTasks
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from ottavino.errors import OttavinoError
from ottavino.http.errors import Invalid
from ottavino.http.validation import JsonReader, NoSchema, adapter, invalid
from ottavino.identity import Identity

Handler = Callable[..., Awaitable[object]]

# Supabase's clients add this parameter to choose a region; it is not meant for the function.
FOREIGN_PARAMETERS = {"forceFunctionRegion"}


class HandlerError(OttavinoError):
    """A handler's declaration is invalid."""

    def __init__(self, handler: Handler, reason: str) -> None:
        name = getattr(handler, "__qualname__", repr(handler))
        super().__init__(f"{handler.__module__}.{name}: {reason}")


@dataclass(slots=True)
class Call:
    """The parts of a request, before they are typed."""

    request: Request
    caller: Identity
    path: Mapping[str, str]
    body: bytes = b""
    form: FormData | None = None
    """The form; None if the handler takes no form, or none was sent."""
    background: BackgroundTasks | None = None
    """The background tasks; None until the handler asks for them."""

    def background_tasks(self) -> BackgroundTasks:
        """The list that the handler adds its work to."""
        if self.background is None:
            self.background = BackgroundTasks()
        return self.background


Read = Callable[[Call], object]
"""Takes one argument from a call. Raises `Invalid` if it does not fit its type."""


class Place(Enum):
    """The part of a request that an argument is read from."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"
    FILE = "file"
    FORM = "form"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Binder:
    """The source of one parameter, its type, and whether it is required."""

    place: Place
    read: Read
    type: Any = None
    required: bool = True


def bind(handler: Handler, placeholders: Sequence[str]) -> Mapping[str, Binder]:
    """A binder for each parameter of a handler."""
    parameters = signature(handler).parameters
    binders = {name: _binder(handler, each, placeholders) for name, each in parameters.items()}
    takes_request = any(_is(Request, each.annotation) for each in parameters.values())
    for placeholder in placeholders:
        if placeholder not in parameters and not takes_request:
            raise HandlerError(handler, f"no parameter takes {{{placeholder}}} from the path.")
    if "body" in parameters and takes_form(handler):
        raise HandlerError(handler, "a body is read as a form or as JSON, and not as both.")
    return binders


def takes_form(handler: Handler) -> bool:
    """Whether the body that a handler takes is a form: fields, and files with them."""
    parameters = signature(handler).parameters.values()
    return any(_is_form(each.annotation) or _is_file(each.annotation) for each in parameters)


def signature(handler: Handler) -> inspect.Signature:
    """The signature of a handler, with its annotations evaluated."""
    if not inspect.iscoroutinefunction(handler):
        raise HandlerError(handler, "a handler is declared with `async def`.")
    try:
        return inspect.signature(handler, eval_str=True)
    except NameError as error:
        raise HandlerError(handler, f"an annotation is unknown: {error}.") from error


def _binder(
    handler: Handler, parameter: inspect.Parameter, placeholders: Sequence[str]
) -> Binder:
    name, annotation = parameter.name, parameter.annotation
    if annotation is parameter.empty:
        raise HandlerError(handler, f"the parameter `{name}` has no annotation.")
    if parameter.kind not in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}:
        raise HandlerError(handler, f"the parameter `{name}` cannot be passed by name.")
    try:
        binder = _choose(parameter, placeholders)
    except NoSchema as error:
        reason = f"the type of the parameter `{name}` cannot be read: {error}"
        raise HandlerError(handler, reason) from error
    if binder is None:
        raise HandlerError(
            handler,
            f"nothing fills the parameter `{name}`: it is no placeholder of the path, not "
            "`query` (a pydantic model) or `body`, and its type is not Identity, Request, "
            "UploadFile, FormData or BackgroundTasks.",
        )
    return binder


def _choose(parameter: inspect.Parameter, placeholders: Sequence[str]) -> Binder | None:
    name, annotation = parameter.name, parameter.annotation
    required = parameter.default is parameter.empty
    if name in placeholders:
        return Binder(Place.PATH, _from_path(name, adapter(annotation)), annotation)
    for kind, binder in _BY_TYPE.items():
        if _is(kind, annotation):
            return binder
    if _is_file(annotation):
        return Binder(Place.FILE, _from_file(name, parameter.default), annotation, required)
    if name == "query" and _is(BaseModel, annotation):
        return Binder(Place.QUERY, _from_query(annotation), annotation)
    if name == "body":
        read = _from_body(JsonReader(annotation), parameter.default)
        return Binder(Place.BODY, read, annotation, required)
    return None


_BY_TYPE: Mapping[type, Binder] = {
    Identity: Binder(Place.PLATFORM, lambda call: call.caller),
    Request: Binder(Place.PLATFORM, lambda call: call.request),
    FormData: Binder(Place.FORM, lambda call: call.form or FormData()),
    BackgroundTasks: Binder(Place.PLATFORM, Call.background_tasks),
}


def _is_form(annotation: object) -> bool:
    return _is(FormData, annotation)


def _is_file(annotation: object) -> bool:
    return any(_is(UploadFile, each) for each in (annotation, *get_args(annotation)))


def _is(kind: type, annotation: object) -> bool:
    plain = get_origin(annotation) or annotation
    return isinstance(plain, type) and issubclass(plain, kind)


def _from_path(name: str, typed: TypeAdapter[object]) -> Read:
    def read(call: Call) -> object:
        try:
            return typed.validate_python(call.path[name])
        except ValidationError as error:
            raise invalid(error, f"path.{name}") from error

    return read


def _from_query(model: type[BaseModel]) -> Read:
    lists = {
        each
        for name, field in model.model_fields.items()
        if _is_list(field.annotation)
        for each in (name, *_aliases(field))
    }

    def read(call: Call) -> BaseModel:
        found: dict[str, list[str]] = {}
        for name, value in call.request.query_params.multi_items():
            found.setdefault(name, []).append(value)
        given = {
            # If a single value is sent twice, it stays a list, which does not fit the type.
            name: values if name in lists or len(values) > 1 else values[0]
            for name, values in found.items()
            if name not in FOREIGN_PARAMETERS
        }
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise invalid(error, "query") from error

    return read


def _aliases(field: FieldInfo) -> Sequence[object]:
    """The aliases by which a field is read, besides its own name."""
    alias = field.validation_alias
    return alias.choices if isinstance(alias, AliasChoices) else [alias]


def _is_list(annotation: object) -> bool:
    """Whether a type is a list or a set, or one of them or None."""
    if get_origin(annotation) in {list, set, frozenset, tuple}:
        return True
    return any(_is_list(member) for member in get_args(annotation))


def _from_file(name: str, default: object) -> Read:
    def read(call: Call) -> object:
        found = call.form.get(name) if call.form else None
        # If no file was chosen, a browser sends one without a name.
        if isinstance(found, UploadFile) and found.filename:
            return found
        if default is not inspect.Parameter.empty:
            return default
        expected = "A file, in a body of the type multipart/form-data"
        field = f"body.{name}"
        raise Invalid(
            f"The body does not fit: {field}: {expected}.",
            [{"field": field, "expected": expected}],
        )

    return read


def _from_body(reader: JsonReader[object], default: object) -> Read:
    def read(call: Call) -> object:
        if not call.body and default is not inspect.Parameter.empty:
            return default
        try:
            return reader.read(call.body)
        except ValidationError as error:
            raise invalid(error, "body") from error

    return read
