"""Each reader of what a client sends takes twice as long for twice as much.

Counted at a size, twice and four times of it: in instructions where Python reads, and in time
of the processor, for 16 times as much, where C does.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
import uvicorn
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import FormData, Headers
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from ottavino.http import create_app
from ottavino.http.auth.jwks import Jwks
from ottavino.http.cors import preflight
from ottavino.http.errors import ApiError
from ottavino.http.function import Function
from ottavino.http.protocol import Protocol
from ottavino.http.serve import options
from ottavino.http.validation import JsonReader
from ottavino.testing import SettingsFrom
from tests.ottavino.http.auth.issuer import key
from tests.ottavino.http.client import ask, bearer, claims, signed, token
from tests.ottavino.work import grows_linearly, takes_linear_time

MUCH = "100000000"


@pytest.fixture(autouse=True)
def no_caps(settings_from: SettingsFrom) -> None:
    """Switch the limits off: the readers have to be linear without them."""
    names = "MAX_PARAMETERS", "MAX_JSON_VALUES", "MAX_HEADER_BYTES", "MAX_ANONYMOUS_BODY_BYTES"
    settings_from(**dict.fromkeys(names, MUCH))


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tags: list[str] = []


class Note(BaseModel):
    text: str
    size: int = 0


def function() -> Function:
    function = Function(auth="optional")

    @function.get()
    async def search(query: Search, request: Request) -> int:
        return len(query.tags) + len(request.cookies)

    @function.post()
    async def add(body: list[int | Note | None]) -> int:
        return len(body)

    @function.post("/form")
    async def form(form: FormData) -> int:
        return len(form.multi_items())

    @function.get("/{first}/{rest:path}")
    async def of(first: str, rest: str) -> int:
        return len(first) + len(rest)

    return function


APP = create_app({"it": function()})
USER = tuple(
    (name.encode(), value.encode()) for name, value in bearer(token(exp=2**31)).items()
)
PART = b'--b\r\ncontent-disposition: form-data; name="a"'
FIELD = PART + b"\r\n\r\nx\r\n"
FILE = PART + b'; filename="a"\r\n\r\nx\r\n'
END = b"--b--\r\n"
OPTIONS = b';a="\\";";b'


def joined(count: int, form: str, between: bytes = b"&") -> bytes:
    return between.join((form % number).encode() for number in range(count))


def in_bytes(text: bytes) -> list[bytes]:
    return [bytes([each]) for each in text]


async def allow(names: bytes) -> None:
    preflight(Headers(raw=[(b"access-control-request-headers", names)]))


async def take_keys(count: int) -> None:
    members = [key("EdDSA").public | {"kid": str(each)} for each in range(count)]
    Jwks(None, json.dumps({"keys": members}))


def get(query: bytes) -> Awaitable[object]:
    return ask(APP, query=query)


def go(path: str) -> Awaitable[object]:
    return ask(APP, path=f"/it/{path}")


def tell(name: bytes, value: bytes) -> Awaitable[object]:
    return ask(APP, headers=[(name, value)])


def show(value: str) -> Awaitable[object]:
    return tell(b"authorization", b"Bearer " + value.encode())


def post(*body: bytes) -> Awaitable[object]:
    return ask(APP, "POST", headers=USER, body=body)


def encoded(body: bytes) -> Awaitable[object]:
    kind = (b"content-type", b"application/x-www-form-urlencoded")
    return ask(APP, "POST", "/it/form", headers=[kind], body=[body])


def form(*body: bytes, options: bytes = b"; boundary=b") -> Awaitable[object]:
    kind = (b"content-type", b"multipart/form-data" + options)
    return ask(APP, "POST", "/it/form", headers=[kind], body=body)


def many_claims(count: int) -> str:
    # A token that was verified before is not read again, and its second call would cost
    # nothing.
    many = {str(each): [each] for each in range(count)}
    return signed(json.dumps(claims(a=many, jti=str(uuid4()))))


COUNTED: dict[str, tuple[int, Callable[[int], Awaitable[object]]]] = {
    "names of a query": (100, lambda n: get(joined(n, "n%d=1"))),
    "values of one name": (100, lambda n: get(joined(n, "tags=%d"))),
    "escapes in a query": (100, lambda n: get(b"tags=" + b"%41%c3%a9" * n)),
    "separators of a query": (500, lambda n: get(b"&" * n)),
    "headers": (40, lambda n: ask(APP, headers=[(b"x", b"y")] * n)),
    "cookies": (50, lambda n: tell(b"cookie", joined(n, "c%d=1", b"; "))),
    "steps of a path": (500, lambda n: go("a/" * n)),
    "lines in a path": (500, lambda n: go("\n/" * n)),
    "headers that a page asks for": (20, lambda n: allow(joined(n, "x-%d", b", "))),
    "letters of a client's name": (1000, lambda n: tell(b"x-client-info", b"a\xff" * n)),
    "parts of a token": (500, lambda n: show("a." * n)),
    "letters of a token": (500, lambda n: show("a" * n + ".e30.e30")),
    "lists in a token's header": (100, lambda n: show("W1tb" * n + ".e30.e30")),
    "claims": (100, lambda n: show(many_claims(n))),
    "keys of a project": (5, take_keys),
    "fields of an encoded form": (100, lambda n: encoded(joined(n, "n%d=1"))),
    "separators of an encoded form": (200, lambda n: encoded(b"&" * n)),
    "fields of a form": (20, lambda n: form(FIELD * n + END)),
    "files of a form": (20, lambda n: form(FILE * n + END)),
    "a form byte by byte": (4, lambda n: form(*in_bytes(FIELD * n + END))),
    "what is nearly a boundary": (
        200,
        lambda n: form(PART + b"\r\n\r\n" + b"\r\n--bx\r\n-\r\n--" * n),
    ),
    "options of a part": (50, lambda n: form(PART + OPTIONS * n + b"\r\n\r\nx\r\n" + END)),
    "options of a form": (50, lambda n: form(b"x", options=OPTIONS * n)),
    "pieces of a body": (200, lambda n: post(*[b" "] * n)),
    "numbers with a point": (500, lambda n: post(b"[" + b"1.0," * n + b"1.0]")),
    "lists in lists": (40, lambda n: post(b"[" * n + b"1.0" + b"]" * n)),
}


@pytest.mark.whole_but_first("counts the work of each kind of input")
@pytest.mark.parametrize(("size", "work"), COUNTED.values(), ids=COUNTED.keys())
async def test_twice_the_input_takes_twice_the_work(
    size: int, work: Callable[[int], Awaitable[object]]
) -> None:
    assert await grows_linearly(work, size)


class Unread(asyncio.Transport):
    """A connection on which nothing is sent."""

    def write(self, data: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


async def empty(_: Scope, __: Receive, send: Send) -> None:
    """An app that reads nothing."""
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


async def receive(*pieces: bytes) -> None:
    """Let a server read what comes on one connection."""
    own: dict[str, Any] = {"workers": 1, "log_config": None}
    config = uvicorn.Config(empty, **{**options(), **own})
    config.load()
    protocol = Protocol(config, ServerState(), {})
    protocol.connection_made(Unread())
    for piece in pieces:
        protocol.data_received(piece)
    while protocol.tasks:
        await asyncio.wait(protocol.tasks)
    protocol.connection_lost(ConnectionError())


HEAD = b"POST /functions/v1/it HTTP/1.1\r\nhost: x\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
RECEIVED: dict[str, tuple[int, Callable[[int], list[bytes]]]] = {
    "headers": (100, lambda n: [HEAD + b"x: y\r\n" * n + b"\r\n"]),
    "a head byte by byte": (50, lambda n: in_bytes(HEAD + b"x: " + b"y" * n + b"\r\n\r\n")),
    "an address byte by byte": (50, lambda n: in_bytes(b"GET /" + b"y" * n)),
    "chunks of one byte": (100, lambda n: [CHUNKED + b"1\r\nx\r\n" * n + b"0\r\n\r\n"]),
    "chunks byte by byte": (
        20,
        lambda n: [CHUNKED, *in_bytes(b"1\r\nx\r\n" * n + b"0\r\n\r\n")],
    ),
    "requests in one piece": (3, lambda n: [(HEAD + b"\r\n") * n]),
    "what follows a body": (50, lambda n: [CHUNKED, b"0\r\n" + b"x: y\r\n" * n + b"\r\n"]),
}


@pytest.mark.whole_but_first("counts the work of each kind of input")
@pytest.mark.parametrize(("size", "pieces"), RECEIVED.values(), ids=RECEIVED.keys())
async def test_twice_the_input_on_a_connection_takes_twice_the_work(
    size: int, pieces: Callable[[int], list[bytes]]
) -> None:
    assert await grows_linearly(lambda n: receive(*pieces(n)), size)


READER = JsonReader(cast("type[object]", list[int | Note | None] | dict[str, int] | str))


def read(text: bytes) -> None:
    with contextlib.suppress(ApiError, ValueError):
        READER.read(text)


def unknown(count: int) -> bytes:
    return b'[{"text":"",' + joined(count, '"n%d":1', b",") + b"}]"


IN_C: dict[str, tuple[int, Callable[[int], object]]] = {
    "numbers": (3000, lambda n: read(b"[" + b"1," * n + b"1]")),
    "numbers of which one is wrong": (3000, lambda n: read(b"[" + b"1," * n + b'"x"]')),
    "numbers of which all are wrong": (3000, lambda n: read(b"[" + b'"x",' * n + b'"x"]')),
    "names": (1000, lambda n: read(b"{" + joined(n, '"n%d":1', b",") + b"}")),
    "names of which each is unknown": (1000, lambda n: read(unknown(n))),
    "digits": (10_000, lambda n: read(b"9" * n)),
    "a text": (50_000, lambda n: read(b'"' + b"a" * n + b'"')),
    "escapes": (10_000, lambda n: read(b'"' + b"\\u00e9\\n" * n + b'"')),
    "a text without an end": (10_000, lambda n: read(b'"' + b'\\"' * n)),
    "quotes": (5000, lambda n: read(b"[" + b'"",' * n + b"1]")),
    "backslashes": (50_000, lambda n: read(b'["' + b"\\\\" * n + b'"]')),
    "lists in lists": (5000, lambda n: read(b"[" * n)),
    "percent-encoded text": (2000, lambda n: parse_qsl("a=" + "%41%c3%a9x" * n)),
}


@pytest.mark.whole_but_first("counts the work of each kind of input")
@pytest.mark.parametrize(("size", "work"), IN_C.values(), ids=IN_C.keys())
def test_sixteen_times_the_input_takes_sixteen_times_as_long(
    size: int, work: Callable[[int], object]
) -> None:
    assert takes_linear_time(work, size)
