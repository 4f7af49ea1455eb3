"""One request does not stop others: the server reads a bounded part of it, in linear time."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Iterator
from typing import Annotated, Any

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData
from starlette.requests import Request

from ottavino.http import create_app
from ottavino.http.function import Function
from ottavino.testing import SettingsFrom
from tests.ottavino.http.client import ask, bearer, client, served
from tests.ottavino.http.conftest import say_nothing
from tests.ottavino.http.seen import Seen
from tests.ottavino.work import steps

pytestmark = pytest.mark.whole

PATIENCE_SECONDS = 20.0
"""After which a test waits no longer for an end."""

STEPS = 20_000
"""More than a request takes that is refused for its size, and far less than reading it."""

USER = "user"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=1_000_000)]
    a: int = 0
    b: int = 0


class Wide(BaseModel):
    a: int
    b: int
    c: int
    d: int
    e: int


class Batch(BaseModel):
    metadata: list[Wide] = []
    by_name: dict[str, Wide] = {}


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tags: list[str] = []


@pytest.fixture(autouse=True)
def no_database(settings_from: SettingsFrom) -> None:
    """None of these requests reaches a query."""
    say_nothing(settings_from)


@pytest.fixture
def function() -> Function:
    """A function that anybody may call."""
    function = Function(auth="optional")

    @function.get()
    async def search(query: Search) -> int:
        return len(query.tags)

    @function.post()
    async def add(body: Note) -> int:
        return len(body.text)

    @function.post("/numbers")
    async def numbers(body: list[int]) -> int:
        return len(body)

    @function.post("/batch")
    async def batch(body: Batch) -> int:
        return len(body.metadata)

    @function.post("/form")
    async def form(form: FormData) -> int:
        return len(form.multi_items())

    @function.post("/plain")
    async def plain(request: Request) -> int:
        return len(await request.json())

    @function.get("/cookies")
    async def cookies(request: Request) -> dict[str, str]:
        return request.cookies

    @function.get("/of/{year}-{month}-{day}")
    async def of(year: str, month: str, day: str) -> list[str]:
        return [year, month, day]

    @function.get("/wait")
    async def wait() -> str:
        await asyncio.sleep(60)
        return "waited"

    return function


def names(count: int) -> Iterator[str]:
    return (f"k{number}" for number in range(count))


async def posted(function: Function, body: bytes, path: str = "/it") -> httpx.Response:
    """The answer to a user's request."""
    async with client(function, **bearer()) as http:
        return await http.post(path, content=body)


def expected(response: httpx.Response) -> list[str]:
    return [each["expected"] for each in response.json()["details"]]


# The query


async def test_a_query_of_thousands_of_names(function: Function) -> None:
    query = "&".join(f"{name}=" for name in names(3000)).encode()
    app = create_app({"it": function})
    await ask(app)  # what is only done once
    assert await steps(ask(app, query=query)) < STEPS
    answer = await ask(app, query=query)
    assert (answer.status, answer.expected) == (422, ["No more than 1000 parameters"])


async def test_a_query_of_thousands_of_values(function: Function) -> None:
    for count, status in ((1000, 200), (1001, 422)):
        assert (await ask(function, query=b"&".join([b"tags=x"] * count))).status == status


# Bodies of JSON


async def test_a_body_of_half_a_million_unknown_keys(function: Function) -> None:
    body = "{" + ",".join(f'"{name}":1' for name in names(450_000)) + "}"
    response = await posted(function, body.encode())
    assert response.status_code == 422
    assert expected(response) == ["No more than 50000 values"]


@pytest.mark.parametrize("wrong", ["1.0", '"x"', "1e300"])
async def test_a_list_of_two_million_numbers_of_which_one_is_wrong(
    wrong: str, function: Function
) -> None:
    response = await posted(function, f"[{'1,' * 2_000_000}{wrong}]".encode(), "/it/numbers")
    assert expected(response) == ["No more than 50000 values"]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"metadata": [{}] * 20_000}),
        json.dumps({"by_name": {name: {} for name in names(20_000)}}),
    ],
)
async def test_a_list_whose_items_are_each_wrong_in_many_ways(
    body: str, function: Function
) -> None:
    response = await posted(function, body.encode(), "/it/batch")
    assert response.status_code == 422
    # The errors of the first item are named. Errors of all items would be too many to name any.
    assert expected(response) == ["Field required"] * 5


async def test_values_in_small_lists_of_their_own(function: Function) -> None:
    for body in (b"[" + b"[]," * 500_000 + b"[]]", b'["' + b'","' * 500_000 + b'"]'):
        response = await posted(function, body, "/it/plain")
        assert expected(response) == ["No more than 50000 values"]


async def test_commas_and_quotes_in_a_text_are_no_values(function: Function) -> None:
    text = 'a,b,[{"\\' * 100_000
    response = await posted(function, json.dumps({"text": text}).encode())
    assert response.json() == len(text)


async def test_numbers_that_would_be_written_in_three_hundred_digits(
    function: Function,
) -> None:
    response = await posted(function, b"[" + b"1e300," * 20_000 + b"1]", "/it/numbers")
    assert expected(response) == ["Input should be a valid integer"]


async def test_an_unknown_name_of_a_megabyte_is_not_repeated(function: Function) -> None:
    response = await posted(function, json.dumps({"text": "a", "x" * 2**20: 1}).encode())
    assert response.status_code == 422
    assert len(response.content) < 1000


# Bodies of callers without a valid token


@pytest.mark.parametrize("caller", ["nobody", "a publishable key", "user"])
async def test_a_large_body_of_an_unverified_caller(
    caller: str, function: Function, settings_from: SettingsFrom
) -> None:
    key = "sb_publishable_1234567890123456"
    settings_from(SUPABASE_PUBLISHABLE_KEYS=key)
    headers = {"nobody": {}, "a publishable key": {"apikey": key}, "user": bearer()}[caller]
    fits = json.dumps({"text": "x" * 200_000})
    async with client(function, **headers) as http:
        assert (await http.post("/it", content=fits)).status_code == 200
        response = await http.post("/it", content=fits + " " * 100_000)
    assert response.status_code == (200 if caller == USER else 413)


# Forms


ENCODED = {"content-type": "application/x-www-form-urlencoded"}
FORMS: dict[str, dict[str, Any]] = {
    "fields": {"files": [(name, (None, "x")) for name in names(1001)]},
    "files": {"files": [(name, (name, "x")) for name in names(1001)]},
    "encoded fields": {"data": dict.fromkeys(names(1001), "x")},
    "separators alone": {"content": "&" * 2**20, "headers": ENCODED},
}


@pytest.mark.parametrize("sent", FORMS.values(), ids=FORMS.keys())
async def test_a_form_of_thousands_of_parts(sent: dict[str, Any], function: Function) -> None:
    async with client(function, **bearer()) as http:
        response = await http.post("/it/form", **sent)
    assert response.status_code == 422
    assert "Maximum number of fi" in response.json()["error"]


# Heads


async def test_hundreds_of_headers(function: Function) -> None:
    headers = [(name.encode(), b"x") for name in names(195)]
    assert (await ask(function, headers=headers)).status == 200
    assert (await ask(function, headers=headers * 2)).status == 431


async def test_a_cookie_of_backslashes(function: Function) -> None:
    for count, status in ((100, 200), (20_000, 431)):
        headers = [(b"cookie", b'a="' + b"\\" * count + b'"')]
        assert (await ask(function, path="/it/cookies", headers=headers)).status == status


async def test_a_preflight_that_asks_for_thousands_of_headers(function: Function) -> None:
    headers = [(b"access-control-request-headers", ",".join(names(9000)).encode())]
    app = create_app({"it": function})
    await ask(app, "OPTIONS")  # what is only done once
    assert await steps(ask(app, "OPTIONS", headers=headers)) < STEPS
    answer = await ask(app, "OPTIONS", headers=headers)
    assert answer.status == 204
    assert len(answer.headers["access-control-allow-headers"].split(",")) <= 200


async def test_a_path_in_which_a_placeholder_can_end_anywhere(function: Function) -> None:
    path = "/it/of/" + "a-" * 10_000 + "/"
    assert (await ask(function, path=path)).status == 404
    assert (await ask(function, path="/it/of/2026-11-27")).status == 200


TOKENS = {
    "of dots": "." * 16_000,
    "of many parts": "a." * 8000,
    "of one part": "a" * 16_000,
    "whose header has no end": "W1tb" * 4000 + ".e30.e30",
    "of words": "a b " * 4000,
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
async def test_a_token_of_sixteen_thousand_characters(token: str, function: Function) -> None:
    app = create_app({"it": function})
    headers = [(b"authorization", b"Bearer " + token.encode())]
    # PyJWT looks at each character.
    await ask(app)  # what is only done once
    assert await steps(ask(app, headers=headers)) < 10 * len(token) + STEPS
    assert (await ask(app, headers=headers)).status == 401


# Many at once


async def connect(url: str) -> Streams:
    address = httpx.URL(url)
    return await asyncio.open_connection(address.host, address.port)


async def begun(url: str, path: str, size: int, headers: dict[str, str]) -> Streams:
    """A connection with a request whose body of this size has begun, and does not end."""
    reader, writer = await connect(url)
    lines = [f"POST /functions/v1/{path} HTTP/1.1", "host: x", f"content-length: {size}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + b"x" * (size - 1))
    return reader, writer


async def status(streams: Streams) -> bytes:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return (await streams[0].readline())[9:12]


async def test_sixty_bodies_that_are_held(
    function: Function, settings_from: SettingsFrom
) -> None:
    settings_from(MAX_BODIES_BYTES="1000000")
    size = 500_000
    async with served(function) as url, contextlib.AsyncExitStack() as stack:
        held: list[Streams] = []
        for _ in range(60):
            held.append(streams := await begun(url, "it", size, bearer()))
            stack.callback(streams[1].close)
        # Two fit: 64 KB of each are not counted.
        refused = [await status(each) for each in held[2:]]
        assert refused == [b"503"] * 58
        async with client(create_app({"it": function})) as http:
            assert (await http.post("/it", json={"text": "small"})).status_code == 200
        # What they hold is free again when they end.
        for streams in held[:2]:
            streams[1].write(b"x")
            assert await status(streams) == b"422"
        streams = await begun(url, "it", size, bearer())
        streams[1].write(b"x")
        assert await status(streams) == b"422"
        streams[1].close()


async def test_a_body_that_is_alone_may_be_larger_than_all_together(
    function: Function, settings_from: SettingsFrom
) -> None:
    settings_from(MAX_BODIES_BYTES="1")
    response = await posted(function, json.dumps({"text": "x" * 500_000}).encode())
    assert response.status_code == 200


async def test_more_requests_at_once_than_are_answered(
    function: Function, settings_from: SettingsFrom
) -> None:
    settings_from(MAX_REQUESTS="3")
    async with client(create_app({"it": function}), **bearer()) as http:
        waiting = [asyncio.create_task(http.get("/it/wait")) for _ in range(3)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (response := await http.get("/it")).status_code == 200:  # noqa: ASYNC110  # they have to begin
                await asyncio.sleep(0)
        assert response.status_code == 503
        assert response.headers["sb-error-code"] == "OVERLOADED"
        assert response.headers["retry-after"] == "1"
        assert response.headers["access-control-allow-origin"] == "*"
        # Requests that reach no function are answered.
        assert (await http.options("/it")).status_code == 204
        assert (await http.get("http://test/_internal/health")).status_code == 200
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert (await http.get("/it")).status_code == 200


# Connections


@pytest.fixture
async def connection(
    function: Function, settings_from: SettingsFrom, seen: Seen
) -> AsyncGenerator[Streams]:
    """A connection to a server that takes 8 KB of head."""
    settings_from(MAX_HEADER_BYTES="8192")
    async with served(function) as url:
        streams = await connect(url)
        yield streams
        streams[1].close()


async def received(connection: Streams) -> bytes:
    """All that comes until the server hangs up."""
    found = b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with contextlib.suppress(ConnectionResetError):
            while piece := await connection[0].read(65536):
                found += piece
    return found


async def test_thousands_of_requests_in_one_piece(connection: Streams) -> None:
    connection[1].write(b"GET /functions/v1/it HTTP/1.1\r\nhost: x\r\n\r\n" * 5000)
    answers = await received(connection)
    # The first, and those that may wait for it.
    assert answers.count(b"HTTP/1.1 200 OK") == 17
    assert answers.count(b"connection: close") == 1


CHUNKED = (
    b"POST /functions/v1/it/plain HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
)
ENDLESS = {
    "the name of a header": b"GET / HTTP/1.1\r\nx",
    "the value of a header": b"GET / HTTP/1.1\r\nx: ",
    "an address": b"GET /",
    "an extension of a chunk": CHUNKED + b"1;",
    "the length of a chunk": CHUNKED + b"0000",
    "what follows a body": CHUNKED + b"1\r\nx\r\n0\r\nx: ",
}


@pytest.mark.parametrize("sent", ENDLESS.values(), ids=ENDLESS.keys())
async def test_an_endless_request_is_not_collected(
    sent: bytes, connection: Streams, seen: Seen
) -> None:
    more = b"0" if sent.endswith(b"0000") else b"x"
    connection[1].write(sent)
    # The server has to read this piece apart from the next one.
    await seen.until(len(sent))
    connection[1].write(more * 20_000)
    assert (await received(connection))[:12] in {b"HTTP/1.1 431", b"HTTP/1.1 400"}


async def test_a_head_that_comes_byte_by_byte(connection: Streams, seen: Seen) -> None:
    answer = asyncio.create_task(status(connection))
    connection[1].write(b"GET / HTTP/1.1\r\nx: ")
    written = 0
    while not answer.done() and written < 8000:
        await seen.read(b"x", connection[1], answer)
        written += 1
    assert await answer == b"431"
    # Far less than the 8 KB that there may be.
    assert written < 500


async def test_a_body_in_chunks_of_one_byte_is_read(connection: Streams) -> None:
    body = json.dumps(["x" * 20_000]).encode()
    close = CHUNKED.replace(b"host: x", b"host: x\r\nconnection: close")
    chunks = b"".join(b"1\r\n%c\r\n" % each for each in body)
    connection[1].write(close + chunks + b"0\r\n\r\n")
    answer = await received(connection)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"\r\n\r\n1")
