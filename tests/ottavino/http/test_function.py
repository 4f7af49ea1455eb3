import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, assert_type
from uuid import UUID

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from typing_extensions import TypedDict

from ottavino.http.binding import Handler, HandlerError
from ottavino.http.function import Function, plain
from ottavino.http.result import answer, declared
from ottavino.identity import Identity
from ottavino.query import select
from tests.ottavino.house.db.tables import Document
from tests.ottavino.http.client import ALICE, ask, bearer, client, network, served


class Note(BaseModel):
    id: int
    text: str


class SecretNote(Note):
    secret: str = "hidden"  # noqa: S105  # it is one of the test's


class NewNote(BaseModel):
    text: str = Field(max_length=5)
    size: int = 0


class Search(BaseModel):
    limit: int = 20
    tags: list[str] = []
    before: UUID | None = None


class Row(TypedDict):
    id: int
    text: str


@dataclass
class Point:
    x: int
    y: int


# The arguments of a handler


async def test_a_placeholder_arrives_as_its_annotation_says() -> None:
    function = Function(auth="optional")

    @function.get("/{note_id}/parts/{number}")
    async def get_part(number: int, note_id: UUID) -> str:
        return f"{type(note_id).__name__} {number + 1}"

    async with client(function) as http:
        assert (await http.get(f"/it/{ALICE}/parts/7")).text == "UUID 8"


async def test_a_placeholder_that_does_not_fit_is_named_without_its_value() -> None:
    function = Function(auth="optional")

    @function.get("/{note_id}")
    async def get_note(note_id: UUID) -> str:
        return str(note_id)

    async with client(function) as http:
        response = await http.get("/it/zebra")
    assert response.status_code == 422
    assert response.headers["sb-error-code"] == "VALIDATION_ERROR"
    assert response.json()["details"] == [
        {"field": "path.note_id", "expected": "Input should be a valid UUID"}
    ]
    assert "z" not in response.json()["error"]


def search() -> Function:
    function = Function(auth="optional")

    @function.get()
    async def search(query: Search) -> Search:
        return query

    return function


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"limit": 20, "tags": [], "before": None}),
        ("?limit=5", {"limit": 5, "tags": [], "before": None}),
        ("?tags=a", {"limit": 20, "tags": ["a"], "before": None}),
        ("?tags=a&tags=b", {"limit": 20, "tags": ["a", "b"], "before": None}),
        ("?unknown=1", {"limit": 20, "tags": [], "before": None}),
        (f"?before={ALICE}", {"limit": 20, "tags": [], "before": str(ALICE)}),
    ],
)
async def test_the_query_string_is_read_into_a_model(
    query: str, expected: dict[str, object]
) -> None:
    async with client(search()) as http:
        assert (await http.get(f"/it{query}")).json() == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=many", "query.limit"),
        ("?limit=", "query.limit"),
        ("?limit=1&limit=2", "query.limit"),
        ("?before=x", "query.before"),
    ],
)
async def test_a_query_that_does_not_fit_is_refused(query: str, field: str) -> None:
    async with client(search()) as http:
        response = await http.get(f"/it{query}")
    assert response.status_code == 422
    assert [detail["field"] for detail in response.json()["details"]] == [field]


async def test_the_region_that_clients_add_is_no_parameter_of_the_function() -> None:
    class Nothing(BaseModel):
        model_config = ConfigDict(extra="forbid")

    function = Function(auth="optional")

    @function.get()
    async def get(query: Nothing) -> Nothing:
        return query

    async with client(function) as http:
        assert (await http.get("/it?forceFunctionRegion=eu-west-1")).status_code == 200
        assert (await http.get("/it?other=1")).status_code == 422


def echo_body() -> Function:
    function = Function(auth="optional")

    @function.post()
    async def add_note(body: NewNote) -> NewNote:
        return body

    return function


async def test_a_json_body_is_read_into_its_type() -> None:
    async with client(echo_body()) as http:
        response = await http.post("/it", json={"text": "hello", "size": 3})
    assert response.json() == {"text": "hello", "size": 3}


async def test_a_whole_number_may_be_written_with_a_point() -> None:
    async with client(echo_body()) as http:
        response = await http.post("/it", content=b'{"text": "hello", "size": 3.0}')
        assert response.json() == {"text": "hello", "size": 3}
        response = await http.post("/it", content=b'{"text": "hello", "size": 3.5}')
        assert response.json()["details"][0]["field"] == "body.size"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "body.text"),
        (b'{"text": "swordfish"}', "body.text"),
        (b'{"text": "a", "size": "swordfish"}', "body.size"),
        (b'{"text": "a", "size": "3"}', "body.size"),
        (b'{"text": "a", "size": true}', "body.size"),
        (b'"swordfish"', "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b"", "body"),
        (b"swordfish", "body"),
        (b'{"text": "\xff"}', "body"),
        (b'{"text": "\\ud800"}', "body"),
        (b"[" * 100_000, "body"),
    ],
)
async def test_a_body_that_does_not_fit_is_named_without_its_value(
    body: bytes, field: str
) -> None:
    async with client(echo_body()) as http:
        response = await http.post("/it", content=body)
    assert response.status_code == 422
    assert [detail["field"] for detail in response.json()["details"]] == [field]
    assert "swordfish" not in response.text


async def test_the_wrong_tag_of_a_union_is_not_repeated() -> None:
    class Cat(BaseModel):
        kind: Literal["cat"]

    class Dog(BaseModel):
        kind: Literal["dog"]

    function = Function(auth="optional")

    @function.post()
    async def adopt(body: Annotated[Cat | Dog, Field(discriminator="kind")]) -> str:
        return body.kind

    async with client(function) as http:
        assert (await http.post("/it", json={"kind": "dog"})).text == "dog"
        response = await http.post("/it", json={"kind": "swordfish"})
    assert "'cat', 'dog'" in response.json()["details"][0]["expected"]
    assert "swordfish" not in response.text


@pytest.mark.parametrize(("wrong", "explained"), [(30, 20), (2000, 1)])
async def test_no_request_body_makes_the_error_long(wrong: int, explained: int) -> None:
    function = Function(auth="optional")

    @function.post()
    async def count(body: list[int]) -> int:
        return len(body)

    async with client(function) as http:
        response = await http.post("/it", json=["x"] * wrong)
    assert response.status_code == 422
    assert len(response.json().get("details", [])) == explained


async def test_a_body_may_be_a_list_or_a_dictionary_or_a_dataclass() -> None:
    function = Function(auth="optional")

    @function.post("/list")
    async def add(body: list[int]) -> int:
        return sum(body)

    @function.post("/row")
    async def row(body: Row) -> str:
        return body["text"]

    @function.post("/point")
    async def point(body: Point) -> int:
        return body.x * body.y

    async with client(function) as http:
        assert (await http.post("/it/list", json=[1, 2])).json() == 3
        assert (await http.post("/it/row", json={"id": 1, "text": "a"})).text == "a"
        assert (await http.post("/it/point", json={"x": 2, "y": 3})).json() == 6


async def test_an_empty_body_is_the_default_where_there_is_one() -> None:
    function = Function(auth="optional")

    @function.post()
    async def add(body: NewNote | None = None) -> bool:
        return body is None

    standard = NewNote(text="a", size=3)

    @function.post("/standard")
    async def size(body: NewNote = standard) -> int:
        return body.size

    async with client(function) as http:
        assert (await http.post("/it/standard")).json() == 3
        assert (await http.post("/it/standard", json={"text": "b"})).json() == 0
        assert (await http.post("/it")).json() is True
        assert (await http.post("/it", json={"text": "a"})).json() is False
        assert (await http.post("/it", json={})).status_code == 422


async def test_a_parameter_that_is_an_identity_is_the_caller() -> None:
    function = Function()

    @function.get()
    async def who(somebody: Identity) -> UUID | None:
        return somebody.user_id

    async with client(function) as http:
        assert (await http.get("/it", headers=bearer())).json() == str(ALICE)


async def test_without_credentials_a_caller_is_anonymous_where_none_is_required() -> None:
    function = Function(auth="optional")

    @function.get()
    async def who(caller: Identity) -> str:
        return caller.role

    async with client(function) as http:
        assert (await http.get("/it")).text == "anon"
        assert (await http.get("/it", headers=bearer())).text == "authenticated"
        assert (await http.get("/it", headers=bearer("a.b.c"))).status_code == 401


async def test_a_parameter_that_is_a_request_is_the_request_with_its_body() -> None:
    function = Function(auth="optional")

    @function.post("/{name}")
    async def read(request: Request, body: NewNote) -> list[str]:
        text: str = (await request.json())["text"]
        name: str = request.path_params["name"]
        return [name, text, body.text, request.headers["x-client-info"]]

    async with client(function) as http:
        response = await http.post(
            "/it/n", json={"text": "a"}, headers={"x-client-info": "test"}
        )
    assert response.json() == ["n", "a", "a", "test"]


# What stops the import


class NoSchema:
    """Pydantic does not know how to read or write it."""


async def no_annotation(thing: int) -> None:
    pass


no_annotation.__annotations__.pop("thing")


async def nothing_fills(thing: int) -> None:
    pass


async def not_even_with_a_default(limit: int = 5) -> None:
    pass


async def query_of_no_model(query: dict[str, str]) -> None:
    pass


async def body_of_no_schema(body: NoSchema) -> None:
    pass


async def several(*body: int) -> None:
    pass


async def by_position(body: int, /) -> None:
    pass


async def of_unknown_type(body: int) -> None:
    pass


of_unknown_type.__annotations__["body"] = "Nowhere"


async def no_result() -> None:
    pass


no_result.__annotations__.clear()


async def result_of_no_schema() -> NoSchema:
    return NoSchema()


@pytest.mark.parametrize(
    ("handler", "sentence"),
    [
        (no_annotation, "no_annotation: the parameter `thing` has no annotation."),
        (nothing_fills, "nothing_fills: nothing fills the parameter `thing`"),
        (not_even_with_a_default, "nothing fills the parameter `limit`"),
        (query_of_no_model, "nothing fills the parameter `query`"),
        (body_of_no_schema, "the type of the parameter `body` cannot be read"),
        (several, "the parameter `body` cannot be passed by name."),
        (by_position, "the parameter `body` cannot be passed by name."),
        (of_unknown_type, "of_unknown_type: an annotation is unknown: .*Nowhere"),
        (no_result, "no_result: it has no return annotation"),
        (result_of_no_schema, "its result cannot be written as JSON"),
    ],
)
def test_a_handler_that_could_not_be_called_stops_the_import(
    handler: Handler, sentence: str
) -> None:
    with pytest.raises(HandlerError, match=sentence) as refused:
        Function().post()(handler)
    assert str(refused.value).startswith(f"{__name__}.{handler.__name__}: ")


async def with_placeholder(note_id: int) -> int:
    return note_id


async def with_request(request: Request) -> str:
    return str(request.path_params["note_id"])


def test_a_placeholder_that_nothing_takes_stops_the_import() -> None:
    with pytest.raises(HandlerError, match=r"no parameter takes {other} from the path."):
        Function().get("/{note_id}/{other}")(with_placeholder)
    Function().get("/{note_id}")(with_request)


def test_a_handler_that_is_not_async_stops_the_import() -> None:
    def handler() -> None:
        pass

    with pytest.raises(HandlerError, match="handler: a handler is declared with `async def`"):
        Function().get()(handler)  # pyright: ignore[reportArgumentType]  # what is tested


def test_two_handlers_at_one_address_stop_the_import() -> None:
    function = Function()
    function.get("/{note_id}")(with_placeholder)
    function.put("/{note_id}")(with_placeholder)
    with pytest.raises(HandlerError, match=r"GET /{note_id} is answered by .*with_placeholder"):
        function.get("/{note_id}")(with_request)


def test_a_result_with_a_status_that_has_no_body_stops_the_import() -> None:
    with pytest.raises(HandlerError, match="status 204 has no body"):
        Function().get("/{note_id}", status=204)(with_placeholder)


@pytest.mark.parametrize("status", [0, 103, 600])
def test_a_status_that_no_answer_can_have_stops_the_import(status: int) -> None:
    with pytest.raises(HandlerError, match=f"no answer can have the status {status}"):
        Function().get("/{note_id}", status=status)(with_placeholder)


# Which handler is called


async def test_a_decorator_returns_the_handler_with_its_type() -> None:
    function = Function()

    @function.get("/{note_id}")
    @function.post("/{note_id}", status=201)
    async def handler(note_id: int) -> str:
        return str(note_id)

    assert assert_type(await handler(7), str) == "7"


async def test_decorators_can_be_stacked() -> None:
    function = Function(auth="optional")

    @function.get()
    @function.post(status=201)
    async def hello() -> str:
        return "hello"

    async with client(function) as http:
        assert (await http.get("/it")).status_code == 200
        assert (await http.post("/it")).status_code == 201


async def test_every_method_has_its_decorator() -> None:
    function = Function(auth="optional")

    @function.get()
    @function.post()
    @function.put()
    @function.patch()
    @function.delete()
    async def method(request: Request) -> str:
        return request.method

    async with client(function) as http:
        for name in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            assert (await http.request(name, "/it")).text == name


async def test_a_literal_path_wins_over_a_placeholder() -> None:
    function = Function(auth="optional")

    @function.get("/{name}")
    async def by_name(name: str) -> str:
        return f"the one called {name}"

    @function.get("/search")
    async def search() -> str:
        return "search"

    async with client(function) as http:
        assert (await http.get("/it/search")).text == "search"
        assert (await http.get("/it/other")).text == "the one called other"


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        ("/{a}", 60_000),
        ("/{a}/{b}/{c}", 60_000),
        ("/{a}/{b:path}", 60_000),
        ("/{a}-{b}", 1024),
        ("/x/{a}-{b}/{c}", 1024),
        ("/{a}-{b}-{c}", 256),
        ("/{a}-{b}/{c}-{d}", 256),
    ],
)
async def test_a_long_path_is_not_compared_with_a_slow_pattern(path: str, longest: int) -> None:
    function = Function(auth="optional")

    @function.get(path)
    async def handler(request: Request) -> int:
        return len(request.path_params["path"])

    fits = re.sub("{.*?}", "a", path)
    fits += "a" * (longest - len(fits))
    answer = await ask(function, path=f"/it{fits}")
    assert (answer.status, answer.body) == (200, b"%d" % (longest - 1))
    if longest < 60_000:
        assert (await ask(function, path=f"/it{fits}a")).status == 404


def listing() -> Function:
    function = Function(auth="optional")

    @function.get()
    @function.post()
    async def handler() -> str:
        return "hello"

    return function


@pytest.mark.parametrize("path", ["/it", "/it/", "/it//"])
async def test_a_slash_at_the_end_makes_no_difference(path: str) -> None:
    async with client(listing()) as http:
        assert (await http.get(path)).text == "hello"


@pytest.mark.parametrize("declared", ["/notes", "notes", "/notes/"])
async def test_a_path_may_be_declared_with_any_slashes(declared: str) -> None:
    function = Function(auth="optional")

    @function.get(declared)
    async def notes() -> str:
        return "notes"

    async with client(function) as http:
        assert (await http.get("/it/notes")).text == "notes"
        assert (await http.get("/it")).status_code == 404


async def test_a_path_that_the_function_lacks_is_not_found() -> None:
    async with client(listing()) as http:
        response = await http.get("/it/other")
    assert response.status_code == 404
    assert response.headers["sb-error-code"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["DELETE", "BREW"])
async def test_a_method_that_the_function_lacks_is_refused_with_those_it_has(
    method: str,
) -> None:
    async with client(listing()) as http:
        response = await http.request(method, "/it")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert response.json()["code"] == "METHOD_NOT_ALLOWED"


async def test_head_is_answered_where_get_is() -> None:
    async with client(listing()) as http:
        response = await http.head("/it")
    assert response.status_code == 200
    assert response.headers["content-length"] == "5"
    assert response.content == b""


# What is sent


@pytest.mark.parametrize(
    ("annotation", "result", "sent"),
    [
        (Note, Note(id=1, text="a"), {"id": 1, "text": "a"}),
        (list[Note], [Note(id=1, text="a")], [{"id": 1, "text": "a"}]),
        (list[Note], [], []),
        (Row, {"id": 1, "text": "a"}, {"id": 1, "text": "a"}),
        (Point, Point(1, 2), {"x": 1, "y": 2}),
        (list[Point], [Point(1, 2)], [{"x": 1, "y": 2}]),
        (UUID, ALICE, str(ALICE)),
        (Note | None, None, None),
        (Note | Response, Note(id=1, text="a"), {"id": 1, "text": "a"}),
        # Fields that the declared type does not have are not sent.
        (Note, SecretNote(id=1, text="a"), {"id": 1, "text": "a"}),
        (Row, {"id": 1, "text": "a", "secret": "b"}, {"id": 1, "text": "a"}),
    ],
)
async def test_the_return_annotation_decides_what_is_sent(
    annotation: object, result: object, sent: object
) -> None:
    async with client(returning(annotation, result)) as http:
        response = await http.get("/it")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == sent


def returning(annotation: object, result: object, status: int | None = None) -> Function:
    """A function whose handler is annotated with one thing, and returns another."""

    async def handler() -> object:
        return result

    handler.__annotations__["return"] = annotation
    function = Function(auth="optional")
    function.get(status=status)(handler)
    return function


@pytest.mark.parametrize(
    ("annotation", "result"),
    [
        (Note, {"id": 1, "text": "a"}),
        (Row, {"id": "x", "text": "a"}),
        (int, "x"),
        (dict[str, object], {"a": object()}),
        (Response, "text"),
    ],
)
async def test_a_result_that_is_not_what_was_declared_is_an_error(
    annotation: object, result: object
) -> None:
    async with client(returning(annotation, result)) as http:
        response = await http.get("/it")
    assert response.status_code == 500
    assert response.headers["sb-error-code"] == "EDGE_FUNCTION_ERROR"


@pytest.mark.parametrize(("status", "sent"), [(None, 204), (202, 202)])
async def test_a_result_of_none_is_sent_without_a_body(status: int | None, sent: int) -> None:
    async with client(returning(None, None, status)) as http:
        response = await http.get("/it")
    assert response.status_code == sent
    assert response.content == b""
    assert "content-type" not in response.headers


async def test_a_declared_status_is_the_status() -> None:
    async with client(returning(Note, Note(id=1, text="a"), 201)) as http:
        assert (await http.get("/it")).status_code == 201


@pytest.mark.parametrize("annotation", [Response, PlainTextResponse, Note | Response])
async def test_a_response_is_sent_as_it_is(annotation: object) -> None:
    response = PlainTextResponse("teapot", 418, {"x-own": "1"})
    async with client(returning(annotation, response)) as http:
        answer = await http.get("/it")
    assert answer.status_code == 418
    assert answer.text == "teapot"
    assert answer.headers["x-own"] == "1"
    assert "sb-error-code" not in answer.headers


@pytest.mark.parametrize(
    "response",
    [
        PlainTextResponse("x", headers={"x-own": "a\r\nset-cookie: b"}),
        PlainTextResponse("x", headers={"x-own": "a\x7f"}),
        PlainTextResponse("x", headers={"x own": "a"}),
        PlainTextResponse("x", 100),
        PlainTextResponse("x", 199),
        PlainTextResponse("x", 600),
    ],
)
async def test_a_response_that_a_server_would_refuse_is_an_error(response: Response) -> None:
    async with client(returning(Response, response)) as http:
        answer = await http.get("/it")
    assert answer.status_code == 500
    assert answer.headers["sb-error-code"] == "EDGE_FUNCTION_ERROR"


@pytest.mark.parametrize(
    "response",
    [
        PlainTextResponse("x", 204),
        PlainTextResponse("x", 205),
        PlainTextResponse("x", 304),
        StreamingResponse(iter(["x"]), 204),
    ],
)
async def test_a_body_after_a_status_without_one_is_refused(
    response: Response, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(returning(Response, response)) as url, network() as http:
        first = await http.get(f"{url}/it")
        second = await http.get(f"{url}/it")
    assert (first.status_code, second.status_code) == (500, 500)
    errors = [each.exc_info[1] for each in caplog.records if each.exc_info]
    assert str(errors[0]).endswith("leave the body out.")


async def test_a_response_without_a_body_is_sent() -> None:
    async with served(returning(Response, Response(status_code=204))) as url, network() as http:
        for _ in range(2):
            assert (await http.get(f"{url}/it")).status_code == 204


async def test_fields_are_written_by_the_names_they_are_read_by() -> None:
    class Named(BaseModel):
        created_at: int = Field(alias="createdAt")

    function = Function(auth="optional")

    @function.post()
    async def echo(body: Named) -> Named:
        return body

    async with client(function) as http:
        response = await http.post("/it", json={"createdAt": 1})
    assert response.json() == {"createdAt": 1}


# A plain Starlette handler


async def test_a_plain_handler_answers_every_method_and_path_of_a_caller() -> None:
    async def handler(request: Request) -> Response:
        return PlainTextResponse(f"{request.method} {request.path_params['path']}")

    async with client(plain(handler)) as http:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            response = await http.request(method, "/it/a/b", headers=bearer())
            assert response.text == f"{method} a/b"
        assert (await http.head("/it", headers=bearer())).status_code == 200
        assert (await http.get("/it")).status_code == 401


class Lists(BaseModel):
    own: list[int] = []
    absent: list[int] | None = None
    some: Annotated[set[int] | None, Field(alias="many")] = None
    read: Annotated[list[int], Field(validation_alias="id")] = []
    either: Annotated[list[int], Field(validation_alias=AliasChoices("one", "two"))] = []
    single: Annotated[int, Field(alias="number")] = 0


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("own=1", {"own": [1]}),
        ("own=1&own=2", {"own": [1, 2]}),
        ("absent=1", {"absent": [1]}),
        ("absent=1&absent=2", {"absent": [1, 2]}),
        ("many=1", {"some": [1]}),
        ("many=1&many=2", {"some": [1, 2]}),
        ("id=1", {"read": [1]}),
        ("id=1&id=2", {"read": [1, 2]}),
        ("one=1", {"either": [1]}),
        ("two=1&two=2", {"either": [1, 2]}),
        ("number=1", {"single": 1}),
        ("some=1&read=1&either=1&single=1", {}),
    ],
)
async def test_a_list_in_an_address_has_one_value_or_several_by_any_of_its_names(
    address: str, found: dict[str, object]
) -> None:
    function = Function(auth="optional")

    @function.get()
    async def read(query: Lists) -> dict[str, Any]:
        return query.model_dump(mode="json", exclude_unset=True)

    async with client(function) as http:
        response = await http.get(f"/it?{address}")
    assert (response.status_code, response.json()) == (200, found)


async def test_a_single_value_that_is_sent_twice_does_not_fit_by_its_alias() -> None:
    function = Function(auth="optional")

    @function.get()
    async def read(query: Lists) -> int:
        return query.single

    async with client(function) as http:
        response = await http.get("/it?number=1&number=2")
    assert (response.status_code, response.json()["details"][0]["field"]) == (
        422,
        "query.number",
    )


def test_a_query_that_a_handler_returns_without_await_is_refused_with_the_await() -> None:
    async def rows() -> list[tuple[str]]:
        return []

    async def word() -> str:
        return ""

    for handler in (rows, word):
        write = answer(handler, declared(handler, None))
        with pytest.raises(
            TypeError, match="a Select that it did not await: write `return await"
        ):
            write(select(Document.filename))
