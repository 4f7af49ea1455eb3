"""The CORS headers that a browser needs, on every kind of answer."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ottavino.http import create_app
from ottavino.http.errors import NotFound
from ottavino.http.function import Function, plain
from ottavino.testing import SettingsFrom
from tests.ottavino.http.client import bearer, client

BROKEN = ImportError("a module that there is not")

PAGE = "https://app.example.com"
ORIGIN = {"origin": PAGE}

HEADERS = {
    "authorization",
    "x-client-info",
    "apikey",
    "content-type",
    "x-region",
    "x-retry-count",
    "idempotency-key",
    "ottavino-position",
    "traceparent",
    "tracestate",
    "baggage",
}


def it(**options: object) -> Function:
    function = Function(**{"auth": "optional"} | options)  # pyright: ignore[reportArgumentType]  # as the test says

    @function.get()
    async def get() -> str:
        return "hello"

    @function.get("/fails")
    async def fail() -> None:
        raise ZeroDivisionError

    @function.get("/waits")
    async def wait() -> None:
        raise NotFound("Nothing here.")

    @function.post()
    async def post(body: list[int]) -> int:
        return len(body)

    return function


@pytest.mark.parametrize(
    "path",
    ["/it", "/it/nowhere", "/other", "http://test/", "http://test/_internal/health", "/broken"],
)
@pytest.mark.parametrize("origin", [PAGE, None])
async def test_a_preflight_is_answered_at_every_address(path: str, origin: str | None) -> None:
    app = create_app({"it": it(auth="optional"), "broken": BROKEN})
    async with client(app) as http:
        response = await http.options(path, headers={"origin": origin} if origin else {})
    assert (response.status_code, response.content) == (204, b"")
    headers = response.headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-allow-methods"] == "GET, POST, PUT, PATCH, DELETE, OPTIONS"
    assert set(headers["access-control-allow-headers"].split(", ")) == HEADERS


async def test_a_preflight_allows_the_headers_that_it_asks_for() -> None:
    asked = "X-Own, apikey,  , x-injected\tx, x-other"
    async with client(it()) as http:
        response = await http.options("/it", headers={"access-control-request-headers": asked})
    allowed = response.headers["access-control-allow-headers"].split(", ")
    assert set(allowed) == HEADERS | {"x-own", "x-other"}
    assert len(allowed) == len(set(allowed))


ANSWERS = [
    ("GET", "/it", 200),
    ("HEAD", "/it", 200),
    ("GET", "/closed", 401),
    ("GET", "/roles", 403),
    ("GET", "/other", 404),
    ("GET", "http://test/", 404),
    ("GET", "/it/waits", 404),
    ("DELETE", "/it", 405),
    ("POST", "http://test/_internal/health", 405),
    ("POST", "/small", 413),
    ("POST", "/it", 422),
    ("GET", "/it/fails", 500),
    ("GET", "/broken", 503),
    ("GET", "http://test/_internal/ready", 503),
    ("GET", "http://test/_internal/health", 200),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
async def test_a_page_of_any_origin_can_read_every_answer(
    method: str, path: str, status: int
) -> None:
    functions = {
        "it": it(),
        "closed": Function(),
        "roles": it(auth="user", roles=("service_role",)),
        "small": it(max_body_bytes=1),
        "broken": BROKEN,
    }
    headers = ORIGIN | (bearer() if path == "/roles" else {})
    content = "zebra" if method == "POST" else None
    async with client(create_app(functions)) as http:
        response = await http.request(method, path, headers=headers, content=content)
    assert response.status_code == status
    assert response.headers["access-control-allow-origin"] == "*"
    exposed = response.headers["access-control-expose-headers"]
    assert exposed == (
        "x-relay-error, sb-error-code, retry-after, idempotent-replayed, ottavino-position"
    )
    assert ("sb-error-code" in response.headers) == (status >= 400)
    assert "x-relay-error" not in response.headers
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/it", "/other", "/it/fails"])
@pytest.mark.parametrize(
    ("origin", "allowed"), [(PAGE, PAGE), ("https://evil.example.com", None), (None, None)]
)
async def test_the_settings_may_name_the_origins(
    path: str, origin: str | None, allowed: str | None, settings_from: SettingsFrom
) -> None:
    settings_from(CORS_ORIGINS=f"https://other.example.com, {PAGE}")
    headers = {"origin": origin} if origin else {}
    async with client(it()) as http:
        for response in (await http.get(path, headers=headers), await http.options(path)):
            assert "origin" in response.headers["vary"]
        response = await http.get(path, headers=headers)
    assert response.headers.get("access-control-allow-origin") == allowed


async def test_headers_that_a_function_sets_itself_are_kept() -> None:
    own = {
        "access-control-allow-origin": "https://one.example.com",
        "access-control-expose-headers": "x-own",
        "vary": "accept",
        "cache-control": "public, max-age=60",
        "x-frame-options": "SAMEORIGIN",
    }

    async def handler(_: Request) -> Response:
        return PlainTextResponse("hello", headers=own)

    async with client(plain(handler)) as http:
        response = await http.get("/it", headers=bearer() | ORIGIN)
    assert {name: response.headers.get_list(name) for name in own} == {
        name: [value] for name, value in own.items()
    }


@pytest.mark.parametrize("origins", ["*", f"{PAGE}, *"])
@pytest.mark.parametrize("path", ["/it", "/other", "/it/fails"])
async def test_the_headers_for_every_origin_are_made_once(
    path: str, origins: str, settings_from: SettingsFrom
) -> None:
    settings_from(CORS_ORIGINS=origins)
    async with client(it()) as http:
        response = await http.get(path, headers=ORIGIN)
        before = await http.options(path, headers=ORIGIN)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "vary" not in response.headers
    assert before.headers["vary"] == "access-control-request-headers"


@pytest.mark.parametrize(
    ("method", "path", "marked"),
    [
        ("GET", "/it", False),
        ("GET", "/it/waits", False),
        ("GET", "/it/fails", True),
        ("GET", "/other", True),
        ("POST", "/it", True),
    ],
)
async def test_the_platforms_errors_are_marked_if_the_settings_say_so(
    method: str, path: str, marked: bool, settings_from: SettingsFrom
) -> None:
    settings_from(RELAY_ERRORS="on")
    async with client(it()) as http:
        response = await http.request(method, path)
    assert (response.headers.get("x-relay-error") == "true") == marked
