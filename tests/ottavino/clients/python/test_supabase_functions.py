"""Supabase's Python client with our server: what its caller gets."""

# pyright: basic, reportMissingImports=false
# Its packages are not the project's: every version of the client has its own environment.

import json
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from supabase_functions import SyncFunctionsClient
from supabase_functions.errors import FunctionsHttpError, FunctionsRelayError
from supabase_functions.utils import FunctionRegion

from tests.ottavino.clients.python.client import (
    ERRORS,
    KNOWS_METHODS,
    STAGE,
    Invoke,
    address,
    client,
    headers,
    in_async,
    in_sync,
    needs_methods,
)

ORDER = {"what": "tea", "count": 2}

# Texts that must never reach a client: a trace, a statement, the message of an exception.
SECRETS = re.compile(r'Traceback|File "|select |insert |swordfish', re.IGNORECASE)


@pytest.fixture(params=[in_sync, in_async], ids=["sync", "async"])
def invoke(request: pytest.FixtureRequest) -> Invoke:
    """Either kind of the client."""
    return request.param


# Requests


@pytest.mark.parametrize("body", [{"text": "Grüße", "list": [1, None]}, [1, "two"], {"a": {}}])
def test_json_comes_back(invoke: Invoke, body: object) -> None:
    assert invoke("echo", body=body, responseType="json") == body


def test_text_comes_back(invoke: Invoke) -> None:
    assert invoke("echo", body="Grüße").decode() == "Grüße"


@needs_methods
def test_bytes_come_back(invoke: Invoke) -> None:
    assert invoke("echo", body=b"\xff\x00\xfe") == b"\xff\x00\xfe"


def test_no_body_is_no_body(invoke: Invoke) -> None:
    assert invoke("echo") == b""


def test_a_megabyte_comes_back(invoke: Invoke) -> None:
    text = "0123456789abcdef" * 2**16
    assert invoke("echo", body=text).decode() == text


@needs_methods
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_comes_by_every_method(invoke: Invoke, method: str) -> None:
    assert invoke("echo", method=method, body=ORDER, responseType="json") == ORDER


@needs_methods
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_a_method_needs_no_body(invoke: Invoke, method: str) -> None:
    assert invoke("echo", method=method) == b""


@needs_methods
def test_a_form_is_read_with_its_file(invoke: Invoke) -> None:
    form = (
        '--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nGrüße\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
        "Content-Type: application/x-own\r\n\r\nabc\r\n--x--\r\n"
    )
    shown = {"Content-Type": "multipart/form-data; boundary=x"}
    received = invoke("upload", body=form.encode(), headers=shown, responseType="json")
    assert (received["title"], received["filename"]) == ("Grüße", "a.bin")
    assert (received["type"], received["size"]) == ("application/x-own", 3)


@pytest.mark.parametrize("body", [ORDER, json.dumps(ORDER)])
def test_a_typed_body_is_filled(invoke: Invoke, body: object) -> None:
    assert invoke("typed", body=body, responseType="json") == ORDER


@pytest.mark.parametrize("body", [None, ORDER])
def test_a_typed_body_may_be_absent(invoke: Invoke, body: object) -> None:
    assert invoke("typed/if-any", body=body, responseType="json") is (body is not None)


def test_a_path_is_filled(invoke: Invoke) -> None:
    assert invoke("typed/7", responseType="json") == 7


@needs_methods
def test_a_query_is_filled(invoke: Invoke) -> None:
    name = "typed?what=tea&count=2"
    assert invoke(name, method="GET", responseType="json") == ORDER


def test_a_stale_content_type_makes_no_difference() -> None:
    with client(headers("alice")) as alice:
        assert alice.invoke("typed", {"body": ORDER, "responseType": "json"}) == ORDER
        # 2.30 keeps its headers from one call to the next.
        assert alice.invoke("typed/if-any", {"responseType": "json"}) is False
        assert alice.invoke("echo") == b""
        assert alice.invoke("echo", {"body": "text"}) == b"text"
        assert (
            alice.invoke("typed", {"body": json.dumps(ORDER)})
            == json.dumps(ORDER, separators=(",", ":")).encode()
        )


# Answers


def test_json_is_read(invoke: Invoke) -> None:
    assert invoke("kinds/json", responseType="json") == {"values": ["ä", 1, None]}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("json", '{"values":["ä",1,null]}'.encode()),
        ("text", "Grüße".encode()),
        ("bytes", b"\xff\x00\xfe"),
        ("pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"),
        ("nothing", b""),
        ("problem", b'{"title":"x"}'),
    ],
)
def test_everything_else_is_bytes(invoke: Invoke, kind: str, content: bytes) -> None:
    assert invoke(f"kinds/{kind}") == content


def test_events_are_read_to_their_end(invoke: Invoke) -> None:
    name = secrets.token_hex()
    invoke(f"kinds/next/{name}")
    events = b"data: one\n\ndata: two\nevent: last\nid: 2\n\n"
    assert invoke(f"kinds/events/{name}") == events


# Callers


@pytest.mark.parametrize(
    ("shown", "role"),
    [
        ({}, "anon"),
        ({"apikey": STAGE["keys"]["publishable"]}, "anon"),
        ({"apikey": STAGE["keys"]["secret"]}, "service_role"),
        ({"apikey": STAGE["tokens"]["anon"]}, "anon"),
        (headers("service"), "service_role"),
        ({"apikey": STAGE["keys"]["publishable"], **headers("alice")}, "authenticated"),
        (headers("alice_with_a_key"), "authenticated"),
    ],
)
def test_the_credentials_decide_who_calls(
    invoke: Invoke, shown: dict[str, str], role: str
) -> None:
    caller = invoke("who", by="nobody", headers=shown, responseType="json")
    assert caller["role"] == role
    assert caller["user_id"] == (STAGE["users"]["alice"] if role == "authenticated" else None)
    assert caller["client"].startswith("supabase-py/")


def test_a_token_may_be_set_later() -> None:
    with client({}) as bob:
        bob.set_auth(STAGE["tokens"]["bob"])
        shown: Any = bob.invoke("who", {"responseType": "json"})
    assert shown["user_id"] == STAGE["users"]["bob"]


def test_the_projects_own_functions_are_served(invoke: Invoke) -> None:
    greeting = invoke("hello", server="relaying", responseType="json")
    assert greeting == {"message": "Hello, Alice!"}
    body = {"filename": "python.txt", "content": "A small flute."}
    added = invoke("documents", server="relaying", body=body, responseType="json")
    assert added["filename"] == "python.txt"


def test_a_region_makes_no_difference(invoke: Invoke) -> None:
    region = FunctionRegion.EuCentral1
    assert invoke("typed", body=ORDER, region=region, responseType="json") == ORDER


# Errors


@pytest.mark.parametrize("row", ERRORS, ids=[row["case"] for row in ERRORS])
def test_an_error_is_a_sentence(invoke: Invoke, row: dict[str, Any]) -> None:
    options = request(row)
    if "method" in options and not KNOWS_METHODS:
        pytest.skip("this client knows POST alone")
    server = row.get("server", "all")
    with pytest.raises(FunctionsHttpError) as raised:
        invoke(row["name"], by=row["as"], server=server, **options)
    assert raised.value.status == row["status"]
    assert re.fullmatch(r"[A-Z].*\.", raised.value.message, re.DOTALL), raised.value.message
    assert "An error occurred while requesting" not in raised.value.message
    assert not SECRETS.search(raised.value.message)
    assert row.get("says", "") in raised.value.message
    assert row.get("field", "") in raised.value.message


def request(row: dict[str, Any]) -> dict[str, Any]:
    """The options that a row asks for."""
    options = {name: row[name] for name in ("method", "body") if name in row}
    if "size" in row:
        options["body"] = "x" * row["size"]
    return options


def test_one_side_of_a_deadlock_may_try_again(invoke: Invoke) -> None:
    one, two = secrets.randbelow(2**30), 2**30 + secrets.randbelow(2**30)

    def outcome(name: str) -> tuple[int, str]:
        try:
            return 200, invoke(name).decode()
        except FunctionsHttpError as error:
            return error.status, error.message

    names = [f"notes/lock/{one}/{two}", f"notes/lock/{two}/{one}"]
    with ThreadPoolExecutor(2) as pool:
        won, lost = sorted(pool.map(outcome, names))
    assert won == (200, "locked")
    assert lost[0] == 409
    assert "try again" in lost[1]


def test_an_error_of_the_functions_own_is_unchanged(invoke: Invoke) -> None:
    with pytest.raises(FunctionsHttpError, match=r"^Too hot\.$") as raised:
        invoke("failing/json")
    assert raised.value.status == 418
    if KNOWS_METHODS:
        with pytest.raises(FunctionsHttpError, match=r"^Too cold\.$"):
            invoke("failing/text")


@needs_methods
def test_the_platforms_errors_are_relay_errors_where_a_setting_says_so(invoke: Invoke) -> None:
    with pytest.raises(FunctionsRelayError) as raised:
        invoke("documents", by="nobody", server="relaying")
    assert json.loads(raised.value.message)["code"] == "UNAUTHORIZED_NO_AUTH_HEADER"


def test_a_client_that_does_not_wait_has_stored_nothing() -> None:
    number = 2**30 + secrets.randbelow(2**30)
    with httpx.Client(timeout=0.3) as hasty:
        alice = SyncFunctionsClient(address(), headers("alice"), http_client=hasty)
        with pytest.raises(httpx.ReadTimeout):
            alice.invoke("notes/slowly", {"body": {"id": number}})
    # The same number can only be stored when the first transaction has ended.
    assert in_sync("notes", body={"id": number}, responseType="json") == number
