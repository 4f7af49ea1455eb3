import gc
import tracemalloc
import weakref
from contextlib import closing

import pytest
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from ottavino.http import Function
from ottavino.http.errors import (
    HeadersTooLarge,
    Invalid,
    NotFound,
    Overloaded,
    PayloadTooLarge,
)
from ottavino.http.load import SMALL_BODY_BYTES, Load
from ottavino.http.request import COOKIE_ESCAPES, URLENCODED, BoundedRequest
from ottavino.testing import SettingsFrom
from tests.ottavino.http.client import client


def request(
    *pieces: bytes,
    limit: int = 2**20,
    query: bytes = b"",
    load: Load | None = None,
    **headers: str,
) -> BoundedRequest:
    """A request whose body comes in these pieces."""
    coming = iter(pieces)

    async def receive() -> Message:
        piece = next(coming, b"")
        return {"type": "http.request", "body": piece, "more_body": piece != b""}

    named = [(name.replace("_", "-").encode(), each.encode()) for name, each in headers.items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": query,
        "headers": named,
        "app": None,
    }
    made = BoundedRequest(scope, receive, (load or Load()).place())
    made.limit = limit
    return made


async def test_a_body_is_whole_and_the_same_each_time() -> None:
    asked = request(b"a", b"bc", b"d")
    assert (await asked.body(), await asked.body()) == (b"abcd", b"abcd")


async def test_a_body_is_counted_while_it_arrives() -> None:
    assert await request(b"ab", b"c", limit=3).body() == b"abc"
    with pytest.raises(PayloadTooLarge):
        await request(b"ab", b"cd", limit=3).body()
    with pytest.raises(PayloadTooLarge):
        await request(b"a", limit=0).body()


async def test_a_body_without_a_content_length_is_counted_as_it_arrives(
    settings_from: SettingsFrom,
) -> None:
    settings_from(MAX_BODIES_BYTES="1000")
    load = Load()
    with closing(load.place()) as other:
        other.hold(SMALL_BODY_BYTES + 500)
        asked = request(*[b"x" * 1000] * 100, load=load)
        with pytest.raises(Overloaded):
            await asked.body()
    assert await request(*[b"x" * 1000] * 100, load=Load()).body()


@pytest.mark.whole("reads a million pieces")
async def test_a_body_in_tiny_pieces_takes_up_what_it_is_long() -> None:
    pieces = [b"ab"] * 100_000
    asked = request(*pieces)
    tracemalloc.start()
    await asked.body()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The body, and the buffer in which it was collected. As separate pieces it would be 4 MB.
    assert most < 1_000_000


async def test_json_has_as_many_values_as_the_settings_allow(
    settings_from: SettingsFrom,
) -> None:
    settings_from(MAX_JSON_VALUES="2000")
    fits = b"[" + b"1," * 1998 + b"1]"
    assert len(await request(fits).json()) == 1999
    with pytest.raises(Invalid, match="No more than 2000 values"):
        await request(b"[" + b"1," * 2000 + b"1]").json()


@pytest.mark.parametrize(("count", "fits"), [(3, True), (4, False)])
def test_a_query_has_as_many_parameters_as_the_settings_allow(
    count: int, fits: bool, settings_from: SettingsFrom
) -> None:
    settings_from(MAX_PARAMETERS="3")
    asked = request(query=b"&".join([b"a=1"] * count))
    if fits:
        assert asked.query_params.getlist("a") == ["1"] * count
    else:
        with pytest.raises(Invalid, match="No more than 3 parameters"):
            _ = asked.query_params


def test_cookies_are_read_unless_they_hold_hundreds_of_backslashes() -> None:
    assert request(cookie='a="b\\"c"; d=e').cookies == {"a": 'b"c', "d": "e"}
    assert request(cookie="\\" * COOKIE_ESCAPES).cookies
    with pytest.raises(HeadersTooLarge):
        _ = request(cookie="\\" * (COOKIE_ESCAPES + 1)).cookies


FORMS = {
    b"": [],
    b"a=1": [("a", "1")],
    b"a=1&b=2&a=3": [("a", "1"), ("b", "2"), ("a", "3")],
    b"a&b=": [("a", ""), ("b", "")],
    b"a=b%26+c%c3%a9": [("a", "b& cé")],
    b"a=%ff": [("a", "\ufffd")],
    b"a=1&&b=2": [("a", "1"), ("b", "2")],
    b"a=" + b"%41" * 30_000: [("a", "A" * 30_000)],
}


@pytest.mark.parametrize(("body", "fields"), FORMS.items())
async def test_a_form_is_read(body: bytes, fields: list[tuple[str, str]]) -> None:
    asked = request(body, content_type=f"{URLENCODED}; charset=utf-8")
    form = await asked.form()
    assert form.multi_items() == fields
    assert await asked.form() is form


@pytest.mark.parametrize(("count", "fits"), [(3, True), (4, False)])
@pytest.mark.parametrize("kind", [URLENCODED, "field", "file"])
async def test_a_form_has_as_many_parts_as_the_settings_allow(
    kind: str, count: int, fits: bool, settings_from: SettingsFrom
) -> None:
    settings_from(MAX_PARAMETERS="3")
    if kind == URLENCODED:
        asked = request(b"&".join([b"a=1"] * count), content_type=kind)
    else:
        name = b'; filename="a"' if kind == "file" else b""
        part = b'--b\r\ncontent-disposition: form-data; name="a"' + name + b"\r\n\r\n1\r\n"
        body = part * count + b"--b--\r\n"
        asked = request(body, content_type="multipart/form-data; boundary=b")
    if fits:
        found = (await asked.form()).getlist("a")
        assert [isinstance(each, UploadFile) for each in found] == [kind == "file"] * count
        await asked.close()
    else:
        with pytest.raises(HTTPException, match="Maximum number of fi"):
            await asked.form()


async def test_a_handler_may_read_a_form_with_smaller_limits() -> None:
    part = b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n123\r\n'
    body, kind = part * 2 + b"--b--\r\n", "multipart/form-data; boundary=b"
    form = await request(body, content_type=kind).form(max_fields=2, max_part_size=3)
    assert form.multi_items() == [("a", "123")] * 2
    for limits in ({"max_part_size": 2}, {"max_fields": 1}):
        with pytest.raises(HTTPException, match=r"(?i)maximum"):
            await request(body, content_type=kind).form(**limits)


@pytest.mark.parametrize("text", [b"NaN", b"[-Infinity]", b'{"a": 1e999}'])
async def test_a_number_that_is_not_finite_is_no_json_for_a_plain_handler(text: bytes) -> None:
    with pytest.raises(Invalid, match="finite"):
        await request(text).json()


def test_a_form_is_limited_as_starlette_limits_it() -> None:
    ours, theirs = (
        each._get_form.__kwdefaults__  # noqa: SLF001  # what is overridden
        for each in (BoundedRequest, Request)
    )
    assert ours == theirs


@pytest.mark.parametrize("error", [None, NotFound])
async def test_a_request_is_released_with_its_answer(error: type[Exception] | None) -> None:
    """Its body would take up memory that no limit counts until the garbage is collected."""
    seen: list[weakref.ref[Request]] = []
    function = Function(auth="optional")

    @function.post("/")
    async def handler(request: Request) -> None:
        seen.append(weakref.ref(request))
        if error is not None:
            raise error

    gc.collect()
    gc.disable()
    try:
        async with client(function) as caller:
            await caller.post("/it", content=b"x" * 1000)
        assert seen[0]() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("version", "names", "has_no_body"),
    [
        ("1.1", [], True),
        ("1.0", [b"accept"], True),
        ("1.1", [b"accept", b"content-length"], False),
        ("1.1", [b"transfer-encoding"], False),
        # Other versions announce nothing.
        ("2", [], False),
    ],
)
async def test_a_head_says_whether_a_body_follows(
    version: str, names: list[bytes], has_no_body: bool
) -> None:
    asked = request(b"it")
    asked.scope["http_version"] = version
    asked.scope["headers"] = [(name, b"x") for name in names]
    assert asked.has_no_body() == has_no_body
    assert await asked.body() == (b"" if has_no_body else b"it")


async def test_what_is_read_after_the_end_of_a_request_has_no_client() -> None:
    asked = request(b"it")
    asked.end()
    with pytest.raises(ClientDisconnect):
        await asked.body()
