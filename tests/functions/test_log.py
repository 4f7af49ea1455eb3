"""The log of a server, a line at a time."""

import io
import json
import logging
from collections.abc import Generator
from typing import Any

import asyncpg
import pytest
from pydantic import BaseModel
from starlette.background import BackgroundTasks

from functions._shared.errors import Conflict
from functions._shared.function import Function
from functions._shared.log import JsonLines
from tests.functions.client import bearer, client, logged, token
from tests.functions.test_credentials import SECRET

SWORDFISH = "swordfish"


@pytest.fixture
def lines() -> Generator[io.StringIO]:
    """What is written to the terminal."""
    with logged(JsonLines(), logging.INFO) as written:
        yield written


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


class Stored(BaseModel):
    size: int


def it() -> Function:
    function = Function(auth="optional")

    @function.post()
    async def post(body: dict[str, object]) -> int:
        return len(body)

    @function.post("/raises")
    async def fail(body: dict[str, str]) -> None:
        raise ZeroDivisionError("on purpose")

    @function.post("/reads")
    async def reads(body: dict[str, str]) -> None:
        Stored.model_validate({"size": body["secret"]})

    @function.post("/writes")
    async def writes(body: dict[str, str]) -> list[int]:
        return [body["secret"]]  # pyright: ignore[reportReturnType]  # what is tested

    @function.post("/asks")
    async def asks(body: dict[str, str]) -> None:
        fields = {"C": "P0001", "M": "no", "D": f"({body['secret']})", "H": body["secret"]}
        error: asyncpg.PostgresError = asyncpg.PostgresError.new(fields, query=body["secret"])
        try:
            raise error
        except asyncpg.PostgresError as cause:
            raise RuntimeError("The row could not be written.") from cause

    @function.post("/refuses")
    async def refuses(body: dict[str, str]) -> None:
        raise Conflict

    @function.post("/later")
    async def later(body: dict[str, str], background: BackgroundTasks) -> None:
        def work(secret: str) -> None:
            Stored.model_validate({"size": secret})

        background.add_task(work, body["secret"])

    return function


async def test_a_line_says_what_was_asked_by_whom_and_how_it_ended(lines: io.StringIO) -> None:
    headers = bearer() | {"x-client-info": "supabase-js-web/2.0\u0007\r x"}
    async with client(it()) as http:
        response = await http.post("/it", json={}, headers=headers)
    (line,) = read(lines)
    assert line.pop("milliseconds") > 0
    assert line.pop("time").endswith("+00:00")
    assert line.pop("message").startswith(response.headers["x-request-id"])
    assert line == {
        "level": "INFO",
        "request_id": response.headers["x-request-id"],
        "function": "it",
        "method": "POST",
        "status": 200,
        "role": "authenticated",
        "client_info": "supabase-js-web/2.0 x",
    }


@pytest.mark.parametrize(
    "path", ["", "/raises", "/reads", "/writes", "/asks", "/refuses", "/later", "/nowhere"]
)
async def test_no_line_holds_anything_that_was_sent(path: str, lines: io.StringIO) -> None:
    shown = token(email=SWORDFISH)
    headers = bearer(shown) | {"apikey": SECRET, "x-own": SWORDFISH}
    sent = {"secret": SWORDFISH}
    async with client(it()) as http:
        await http.post(f"/it{path}?q={SWORDFISH}", json=sent, headers=headers)
    written = lines.getvalue()
    assert written
    for secret in (SWORDFISH, SECRET, *shown.split(".")):
        assert secret not in written


@pytest.mark.parametrize("credential", [token(role="x", email=SWORDFISH), "a.b.c", SECRET])
async def test_a_credential_that_is_refused_is_in_no_line(
    credential: str, lines: io.StringIO
) -> None:
    async with client(it()) as http:
        assert (await http.post("/it", headers=bearer(credential))).status_code in {401, 403}
    assert credential not in lines.getvalue()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/raises", "builtins.ZeroDivisionError: on purpose"),
        ("/reads", "Stored: size (int_parsing)"),
        ("/writes", "the result is not what the handler declares"),
        ("/asks", "P0001: no"),
        ("/asks", "builtins.RuntimeError: The row could not be written."),
        ("/later", "Stored: size (int_parsing)"),
    ],
)
async def test_an_error_is_told_with_its_place_and_its_cause(
    path: str, told: str, lines: io.StringIO
) -> None:
    async with client(it()) as http:
        response = await http.post(f"/it{path}", json={"secret": SWORDFISH})
    (line,) = [each for each in read(lines) if each["level"] == "ERROR"]
    assert told in line["error"]
    assert 'File "' in line["error"]
    assert response.headers["x-request-id"] in line["message"]
