"""The OpenAPI document, as clients and their tools read it."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, Field, PlainValidator
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ottavino.dev import commands
from ottavino.dev.app import app as development
from ottavino.http import create_app
from ottavino.http.auth.admission import RoleName
from ottavino.http.discovery import Functions, discover
from ottavino.http.errors import ApiError, Conflict, NotFound
from ottavino.http.events import Event
from ottavino.http.function import Function, plain
from ottavino.http.openapi.document import document
from ottavino.http.openapi.endpoint import OpenApi
from ottavino.http.openapi.operation import Security
from ottavino.http.openapi.schemas import Schemas
from ottavino.identity import Identity
from ottavino.testing import SettingsFrom
from tests.ottavino.house.functions import FUNCTIONS
from tests.ottavino.http.client import bearer, client, token

BROKEN = None


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Search(BaseModel):
    """What is looked for."""

    words: list[str]
    limit: Annotated[int, Field(ge=1)] = 20
    colour: Colour | None = None


class Thing(BaseModel):
    name: str
    size: Annotated[int, Field(description="In millimetres.")] = 0


A = TypeVar("A")
B = TypeVar("B")


@dataclass
class Pair(Generic[A, B]):
    one: A
    other: B


@dataclass
class Stored:
    id: UUID
    parts: list[Thing]


class CreditSpent(ApiError):
    """The credit is spent."""

    status = 402
    code = "CREDIT_SPENT"


class TwiceTheSame(Conflict):
    """It is there already."""

    code = "TWICE"


def everything() -> Function:
    """A function with every kind of parameter and result."""
    function = Function(roles=("service_role", "authenticated"))

    @function.get("/")
    async def search(query: Search, caller: Identity) -> list[Stored]:
        """Look for things.

        In every box.
        """
        raise NotImplementedError

    @function.post("/", status=201)
    async def add(body: Thing) -> Stored:
        raise NotImplementedError

    @function.put("/{thing_id}/{number:int}")
    async def replace(thing_id: UUID, number: int, body: Thing | None = None) -> None:
        raise NotImplementedError

    @function.get("/{other_id}/{number:int}")
    async def read(other_id: UUID, number: int) -> str | Response:
        raise NotImplementedError

    @function.post("/file")
    async def upload(file: UploadFile, more: UploadFile | None = None) -> bytes:
        raise NotImplementedError

    @function.post("/form")
    async def form(form: FormData) -> Response:
        raise NotImplementedError

    @function.get("/events")
    async def events() -> AsyncIterator[Event]:
        raise NotImplementedError

    return function


def described(function: Function) -> dict[str, Any]:
    """The document of one function called `it_all`."""
    return document({"it_all": function})


def operation(method: str, path: str) -> dict[str, Any]:
    return described(everything())["paths"][f"/functions/v1/it-all{path}"][method]


def parameters(found: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in found["parameters"]}


@pytest.mark.whole_but_first("validates a document for each case")
@pytest.mark.parametrize(
    "functions",
    [{"it_all": everything()}, discover(FUNCTIONS), {}, {"it": BROKEN}],
)
def test_it_is_an_openapi_document(functions: Functions) -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(document(functions)))).validate()


ADDRESS = "http://test/_internal/openapi.json"


async def test_it_is_answered_to_everybody_where_a_setting_says_so(
    settings_from: SettingsFrom,
) -> None:
    settings_from(OPENAPI="on")
    functions = {"it": everything(), "broken": ImportError()}
    async with client(create_app(functions)) as http:
        response = await http.get(ADDRESS)
    assert response.headers["content-type"] == "application/json"
    assert response.json() == document(functions)
    assert not [path for path in response.json()["paths"] if "broken" in path]


@pytest.mark.parametrize("value", ["", "off"])
async def test_without_the_setting_there_is_none(
    value: str, settings_from: SettingsFrom
) -> None:
    settings_from(OPENAPI=value)
    service = bearer(token(role="service_role"))
    async with client(create_app({"it": everything()})) as http:
        for headers in ({}, bearer(), service):
            response = await http.get(ADDRESS, headers=headers)
            assert response.status_code == 404
            assert response.json()["error"] == str(NotFound())


def for_roles(*roles: RoleName) -> Function:
    function = Function(roles=roles)

    @function.get()
    async def swordfish() -> None:
        """Count the swordfish."""

    return function


@pytest.mark.parametrize("headers", [{}, bearer(), bearer(token(role="service_role"))])
async def test_functions_for_service_role_are_in_no_served_document(
    headers: dict[str, str], settings_from: SettingsFrom
) -> None:
    settings_from(OPENAPI="on")
    functions = {
        "swordfish": for_roles("service_role"),
        "shared": for_roles("authenticated", "service_role"),
    }
    app = create_app(functions)
    endpoint = OpenApi(functions, always=True)
    app.router.routes.insert(0, Route("/_internal/development", endpoint.__call__))
    async with client(app) as http:
        for path in ("openapi.json", "development"):
            found = (await http.get(f"http://test/_internal/{path}", headers=headers)).json()
            assert [*found["paths"]] == ["/functions/v1/shared"]
            assert [each["name"] for each in found["tags"]] == ["shared"]
    # The command prints it anyway.
    assert "/functions/v1/swordfish" in document(functions)["paths"]


async def test_the_development_server_has_it_without_a_setting() -> None:
    transport = httpx.ASGITransport(development)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        assert (await http.get("/_internal/openapi.json")).json()["openapi"] == "3.1.0"


# what is sent


def test_a_query_is_as_many_parameters_as_its_model_has_fields() -> None:
    found = parameters(operation("get", ""))
    assert {name: each["required"] for name, each in found.items()} == {
        "words": True,
        "limit": False,
        "colour": False,
    }
    assert found["words"]["schema"] == {"type": "array", "items": {"type": "string"}}
    assert found["limit"]["schema"] == {"type": "integer", "minimum": 1, "default": 20}


def test_a_parameter_cannot_be_null() -> None:
    schema = parameters(operation("get", ""))["colour"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Colour"}


def test_a_placeholder_has_the_type_of_its_parameter() -> None:
    found = parameters(operation("put", "/{thing_id}/{number}"))
    assert found["thing_id"]["schema"] == {"type": "string", "format": "uuid"}
    assert found["number"]["schema"] == {"type": "integer"}
    assert found["thing_id"]["in"] == found["number"]["in"] == "path"


def test_two_paths_that_differ_in_names_alone_are_one() -> None:
    assert set(parameters(operation("get", "/{thing_id}/{number}"))) == {"thing_id", "number"}


@pytest.mark.parametrize(
    ("options", "method", "has_one"),
    [
        ({}, "post", True),
        ({}, "get", False),
        ({"read_only": False}, "get", True),
        ({"read_only": True}, "post", False),
        ({"transactions": "manual"}, "post", False),
        ({"roles": ("service_role",)}, "post", False),
        ({"roles": ("service_role", "authenticated")}, "post", True),
        ({"auth": "optional"}, "post", True),
    ],
)
def test_an_idempotency_key_may_be_sent_where_one_is_kept(
    options: dict[str, Any], method: str, has_one: bool
) -> None:
    function = Function(**options)

    async def handler() -> str:
        raise NotImplementedError

    function.route(method.upper(), "/")(handler)
    found = described(function)["paths"]["/functions/v1/it-all"][method]
    sent = parameters({"parameters": []} | found).get("Idempotency-Key")
    assert (sent is not None) is has_one
    if sent is not None:
        assert (sent["in"], sent["required"]) == ("header", False)
        assert sent["schema"] == {"type": "string", "pattern": "^[!-~]{1,255}$"}


def test_a_body_may_be_missing_where_it_has_a_default() -> None:
    path = "/{thing_id}/{number}"
    assert operation("post", "")["requestBody"] == {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Thing-Input"}}
        },
    }
    assert operation("put", path)["requestBody"]["required"] is False
    assert "requestBody" not in operation("get", path)


def test_a_form_says_which_files_it_needs() -> None:
    body = operation("post", "/file")["requestBody"]
    schema = body["content"]["multipart/form-data"]["schema"]
    assert set(schema["properties"]) == {"file", "more"}
    assert schema["required"] == ["file"]
    assert body["required"] is True
    assert "multipart/form-data" in operation("post", "/form")["requestBody"]["content"]


# what is answered


@pytest.mark.parametrize(
    ("method", "path", "status", "media_type"),
    [
        ("get", "", "200", "application/json"),
        ("post", "", "201", "application/json"),
        ("post", "/file", "200", "application/octet-stream"),
        ("get", "/{thing_id}/{number}", "200", "text/plain"),
        ("get", "/events", "200", "text/event-stream"),
    ],
)
def test_a_result_is_of_one_status_and_type(
    method: str, path: str, status: str, media_type: str
) -> None:
    (content,) = operation(method, path)["responses"][status]["content"]
    assert content == media_type


def test_a_result_of_none_has_no_content() -> None:
    found = operation("put", "/{thing_id}/{number}")["responses"]
    assert found["204"] == {"description": "No Content"}


@pytest.mark.parametrize(
    ("method", "path", "is_own"),
    [("post", "/form", True), ("get", "/{thing_id}/{number}", True), ("get", "", False)],
)
def test_a_response_object_can_be_anything(method: str, path: str, *, is_own: bool) -> None:
    assert ("default" in operation(method, path)["responses"]) is is_own


def test_read_and_written_forms_of_a_type_have_schemas_of_their_own() -> None:
    schemas = described(everything())["components"]["schemas"]
    assert schemas["Thing-Input"]["required"] == ["name"]
    assert schemas["Thing-Output"]["required"] == ["name", "size"]
    assert schemas["Thing-Input"]["properties"]["size"]["description"] == "In millimetres."


def test_a_type_of_a_library_is_named_with_its_module() -> None:
    assert list(Schemas([(Pair[Thing, Search], "serialization")]).definitions) == [
        "Colour",
        "PairOfThingAndSearch",
        "Search",
        "Thing",
    ]


# errors

TABLE = {
    "401": "UNAUTHORIZED_NO_AUTH_HEADER UNAUTHORIZED_INVALID_JWT_FORMAT "
    "UNAUTHORIZED_LEGACY_JWT UNAUTHORIZED_ASYMMETRIC_JWT "
    "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM",
    "403": "FORBIDDEN_ROLE FORBIDDEN",
    "404": "NOT_FOUND",
    "405": "METHOD_NOT_ALLOWED",
    "400": "IDEMPOTENCY_KEY_INVALID IDEMPOTENCY_KEY_UNSUPPORTED",
    "409": "CONFLICT RETRY IDEMPOTENCY_KEY_IN_USE IDEMPOTENCY_ANSWER_NOT_KEPT",
    "413": "PAYLOAD_TOO_LARGE",
    "422": "VALIDATION_ERROR IDEMPOTENCY_KEY_REUSED",
    "500": "EDGE_FUNCTION_ERROR",
    "503": "DATABASE_UNAVAILABLE OUTCOME_UNKNOWN SCHEMA_CHANGED OVERLOADED BOOT_ERROR",
    "504": "IDLE_TIMEOUT",
    "546": "WORKER_LIMIT",
}


@pytest.mark.parametrize(("status", "codes"), TABLE.items())
def test_every_row_of_the_error_table_is_a_response(status: str, codes: str) -> None:
    response = described(everything())["components"]["responses"][status]
    assert set(codes.split()) <= set(response["headers"]["sb-error-code"]["schema"]["enum"])
    assert "application/json" in response["content"]


def test_every_operation_can_answer_every_error_but_that_there_is_no_such_method() -> None:
    found = operation("get", "")["responses"]
    assert set(found) - {"402"} == {*TABLE, "408", "431", "200"} - {"405"}


def test_a_functions_own_errors_are_said_with_the_words_of_their_classes() -> None:
    found = operation("get", "")["responses"]
    assert found["402"]["description"] == "- `CREDIT_SPENT`: The credit is spent."
    codes = found["409"]["headers"]["sb-error-code"]["schema"]["enum"]
    assert set(codes) == {"TWICE", *TABLE["409"].split()}


# who may call


def test_the_document_names_tokens_and_keys() -> None:
    schemes = described(everything())["components"]["securitySchemes"]
    assert (schemes["bearer"]["scheme"], schemes["apikey"]["name"]) == ("bearer", "apikey")
    found = operation("get", "")
    assert found["security"] == [{"bearer": []}, {"apikey": []}]
    assert found["x-roles"] == ["authenticated", "service_role"]


SHOWN: list[tuple[Function, Security]] = [
    (Function(), [{"bearer": []}]),
    (Function(roles=("authenticated",)), [{"bearer": []}]),
    (Function(roles=("service_role",)), [{"bearer": []}, {"apikey": []}]),
    (Function(auth="key"), [{"bearer": []}, {"apikey": []}]),
    (Function(auth="optional"), [{}, {"bearer": []}, {"apikey": []}]),
]


@pytest.mark.parametrize(("function", "security"), SHOWN)
def test_each_operation_names_its_credentials(function: Function, security: Security) -> None:
    @function.get("/")
    async def it() -> None:
        raise NotImplementedError

    found = described(function)["paths"]["/functions/v1/it-all"]["get"]
    assert found["security"] == security
    assert found["x-auth"] == function.admission.auth


def test_a_handler_of_two_methods_is_two_operations() -> None:
    function = Function(auth="optional")

    @function.get("/")
    @function.post("/")
    async def greet() -> str:
        raise NotImplementedError

    found = described(function)["paths"]["/functions/v1/it-all"]
    assert "x-roles" not in found["get"]
    assert found["get"]["operationId"] == "it_all.greet.get"


# words


def test_a_handlers_docstring_and_name_are_in_the_document() -> None:
    found = operation("get", "")
    assert found["operationId"] == "it_all.search"
    assert (found["summary"], found["description"]) == ("Look for things.", "In every box.")
    assert found["tags"] == ["it_all"]
    assert "summary" not in operation("post", "")


def test_a_plain_handler_answers_everything_in_its_own_way() -> None:
    async def handler(request: Request) -> Response:
        raise NotImplementedError

    found = described(plain(handler))
    OpenAPIV31SpecValidator(found).validate()
    path = found["paths"]["/functions/v1/it-all/{path}"]
    assert set(path) == {"get", "head", "post", "put", "patch", "delete"}
    assert "default" in path["get"]["responses"]


def test_a_type_without_a_schema_can_be_anything_and_hides_no_other() -> None:
    function = Function()

    @function.post("/")
    async def take(body: Annotated[object, PlainValidator(str)]) -> int:
        raise NotImplementedError

    found = described(function)
    OpenAPIV31SpecValidator(found).validate()
    body = found["paths"]["/functions/v1/it-all"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"] == {}


# the commands


def test_the_command_prints_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    commands.openapi()
    assert json.loads(capsys.readouterr().out) == document(discover("functions"))


def test_the_command_writes_it_to_a_file(tmp_path: Path) -> None:
    commands.openapi(str(tmp_path / "openapi.json"))
    assert json.loads((tmp_path / "openapi.json").read_text("utf-8"))["openapi"] == "3.1.0"


@pytest.mark.parametrize("command", [commands.openapi, commands.types])
def test_a_document_that_cannot_be_written_is_one_sentence(
    command: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    sentence = {
        commands.openapi: "cannot be written: Is a dir",
        commands.types: "needs npx",
    }
    with pytest.raises(SystemExit, match=sentence[command]):
        command(str(tmp_path))
