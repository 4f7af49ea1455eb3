"""The log of a server, a line at a time."""

import io
import json
import logging
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import BaseModel
from starlette.background import BackgroundTasks

from ottavino.errors import DatabaseUnavailable, OttavinoError, SettingsError
from ottavino.http.discovery import discover
from ottavino.http.errors import Conflict
from ottavino.http.function import Function
from ottavino.http.log import TOLD_ERRORS, JsonLines
from tests.ottavino.http.auth.test_credentials import SECRET
from tests.ottavino.http.client import bearer, client, logged, token

SWORDFISH = "swordfish"
LOGGER = logging.getLogger("ottavino")


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
        fields = {
            "C": "P0001",
            "M": body["secret"],
            "D": f"({body['secret']})",
            "H": body["secret"],
        }
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


def test_a_function_with_a_syntax_error_is_named_with_file_and_line(
    lines: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "misspelled" / "it"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("\ndef f(:\n    pass\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    discover("misspelled")
    (line,) = read(lines)
    said = f"The function it cannot be imported. {folder}/__init__.py, line 2: SyntaxError: "
    assert line["message"].startswith(said)


async def test_a_line_has_the_function_the_role_and_the_status(lines: io.StringIO) -> None:
    headers = bearer() | {"x-client-info": "supabase-js-web/2.0.1; user=swordfish"}
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
        "client_info": "supabase-js-web/2.0.1",
    }


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("supabase-js-node/2.110.2", "supabase-js-node/2.110.2"),
        ("supabase-py/supabase_functions v2.34.0", "supabase-py/supabase_functions v2.34.0"),
        ("functions-js/2.4.1\u0007\r x", "functions-js/2.4.1"),
        ("supabase-swordfish", None),
        ("swordfish/1.0", None),
        ("alice@example.com", None),
        ("", None),
    ],
)
async def test_only_the_name_and_version_of_a_client_are_logged(
    said: str, told: str | None, lines: io.StringIO
) -> None:
    async with client(it()) as http:
        await http.post("/it", json={}, headers={"x-client-info": said})
    (line,) = read(lines)
    assert line.get("client_info") == told


@pytest.mark.parametrize(
    ("method", "told"), [("DELETE", "DELETE"), ("OPTIONS", "OPTIONS"), ("SWORDFISH", "OTHER")]
)
async def test_an_unknown_method_is_logged_as_other(
    method: str, told: str, lines: io.StringIO
) -> None:
    async with client(it()) as http:
        await http.request(method, "/it")
    (line,) = read(lines)
    assert line["method"] == told
    assert "SWORDFISH" not in lines.getvalue()


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
        ("/raises", "builtins.ZeroDivisionError\n"),
        ("/reads", "Stored: int_parsing\n"),
        ("/writes", "PydanticSerializationError\n"),
        ("/asks", "RaiseError: P0001\n"),
        ("/asks", "builtins.RuntimeError\n"),
        ("/later", "Stored: int_parsing\n"),
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


def told(error: BaseException, **extra: bool) -> str:
    """What a line of the log has of an error."""
    with logged(JsonLines(), logging.INFO) as written:
        LOGGER.error("It failed.", exc_info=error, extra=extra)
    (line,) = read(written)
    return line["error"]


class Refused(OttavinoError):
    """This cannot be done.

    For a reason.
    """


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DatabaseUnavailable("The database at db:5432 does not answer."), "at db:5432 does"),
        (
            SettingsError("PORT must be a number."),
            "ottavino.errors.SettingsError: PORT must be",
        ),
        (Refused(SWORDFISH), "Refused: This cannot be done.\n"),
        (asyncpg.UniqueViolationError(SWORDFISH), "UniqueViolationError: 23505\n"),
    ],
)
def test_the_log_of_an_error_has_nothing_of_its_caller(
    error: BaseException, words: str
) -> None:
    assert words in told(error)
    assert SWORDFISH not in told(error)


def test_a_group_is_told_with_its_members_and_a_chain_with_its_beginning() -> None:
    group = ExceptionGroup("two", [ValueError("one"), ExceptionGroup("in", [OSError("two")])])
    group.__cause__ = KeyError("three")
    kinds = [line for line in told(group).splitlines() if line.startswith("builtins.")]
    names = ["KeyError", "ExceptionGroup", "ValueError", "ExceptionGroup", "OSError"]
    assert kinds == [f"builtins.{name}" for name in names]


@pytest.mark.whole("logs a thousand errors")
def test_an_error_that_is_its_own_cause_and_one_of_a_thousand_end() -> None:
    error = ValueError()
    error.__context__ = OSError()
    error.__context__.__context__ = error
    assert told(error).count("builtins.") == 2
    assert told(ExceptionGroup("", [ValueError()] * 2)).count("ValueError") == 1
    last: BaseException = ValueError()
    for _ in range(10_000):
        following = ValueError()
        following.__cause__ = last
        last = following
    assert told(last).count("builtins.") == TOLD_ERRORS


def test_an_error_before_the_first_request_is_logged_whole() -> None:
    assert told(ValueError("swordfish"), at_start=True).endswith("ValueError: swordfish\n")


def test_the_error_of_a_function_that_cannot_be_imported_is_logged(
    lines: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "unstartable" / "it"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("import nothing_of_this_name")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    discover("unstartable")
    (line,) = read(lines)
    assert "No module named 'nothing_of_this_name'" in line["error"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ottavino", "swordfish"),
        ("uvicorn.error", "swordfish"),
        ("functions.documents", "swordfish"),
        ("db.tables", "swordfish"),
        ("functionsx", "functionsx: module.function, line 7"),
        ("uvicorn.access", "uvicorn.access: module.function, line 7"),
        ("asyncio", "asyncio: module.function, line 7"),
        ("py.warnings", "py.warnings: module.function, line 7"),
    ],
)
def test_a_record_of_a_library_is_logged_by_its_place_in_the_code(
    name: str, message: str
) -> None:
    record = logging.LogRecord(name, logging.ERROR, "/module.py", 7, "%s", ("swordfish",), None)
    record.funcName = "function"
    assert json.loads(JsonLines().format(record))["message"] == message
