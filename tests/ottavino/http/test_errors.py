import asyncio
import inspect
import logging
import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ottavino.errors import CommitFailed, DatabaseUnavailable, NoSession
from ottavino.http import errors
from ottavino.http.errors import (
    ApiError,
    Conflict,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Unauthorized,
)
from ottavino.http.exception_handlers import to_api_error
from ottavino.http.function import Function
from tests.ottavino.http.client import client, network, served

SQLSTATES = [
    ("42501", 403, "FORBIDDEN"),
    ("23505", 409, "CONFLICT"),
    ("23503", 409, "CONFLICT"),
    ("23001", 409, "CONFLICT"),
    ("23P01", 409, "CONFLICT"),
    ("23514", 422, "VALIDATION_ERROR"),
    ("23502", 422, "VALIDATION_ERROR"),
    ("22P02", 422, "VALIDATION_ERROR"),
    ("22001", 422, "VALIDATION_ERROR"),
    ("22021", 422, "VALIDATION_ERROR"),
    ("22003", 422, "VALIDATION_ERROR"),
    ("40001", 409, "RETRY"),
    ("40P01", 409, "RETRY"),
    ("53300", 503, "DATABASE_UNAVAILABLE"),
    ("57P01", 503, "DATABASE_UNAVAILABLE"),
    ("57P02", 503, "DATABASE_UNAVAILABLE"),
    ("57P03", 503, "DATABASE_UNAVAILABLE"),
    ("08006", 503, "DATABASE_UNAVAILABLE"),
    ("57014", 504, "IDLE_TIMEOUT"),
    ("25P03", 504, "IDLE_TIMEOUT"),
    ("25P04", 504, "IDLE_TIMEOUT"),
    ("42P01", 503, "SCHEMA_CHANGED"),
    ("42703", 503, "SCHEMA_CHANGED"),
    ("42883", 503, "SCHEMA_CHANGED"),
    ("0A000", 500, "EDGE_FUNCTION_ERROR"),
    ("42601", 500, "EDGE_FUNCTION_ERROR"),
    ("P0001", 500, "EDGE_FUNCTION_ERROR"),
    ("XX000", 500, "EDGE_FUNCTION_ERROR"),
]


CLASSES = [each for each in vars(errors).values() if inspect.isclass(each)]
KINDS = [each for each in CLASSES if issubclass(each, ApiError)]


def test_the_sentence_of_an_error_is_one_line() -> None:
    assert [kind for kind in KINDS if "\n" in (inspect.getdoc(kind) or "")] == []


def test_an_error_says_how_to_show_who_is_calling_or_after_how_many_seconds_to_retry() -> None:
    for kind in KINDS:
        for name, value in kind.headers.items():
            if issubclass(kind, Unauthorized):
                assert (name, value) == ("www-authenticate", "Bearer")
            else:
                assert (name, int(value) > 0) == ("retry-after", True)


def from_server(sqlstate: str) -> asyncpg.PostgresError:
    """An error as the driver builds it out of the server's message, with values in it."""
    fields = {
        "C": sqlstate,
        "M": 'select swordfish violates constraint "notes_key"',
        "D": "Key (email)=(swordfish) already exists.",
        "H": "Perhaps you meant swordfish.",
        "n": "notes_key",
    }
    error: asyncpg.PostgresError = asyncpg.PostgresError.new(fields, query="select swordfish")
    return error


def raising(exception: Exception) -> Function:
    function = Function(auth="optional")

    @function.get()
    async def fail() -> None:
        raise exception

    return function


@pytest.mark.parametrize(("sqlstate", "status", "code"), SQLSTATES)
def test_a_driver_error_becomes_the_error_in_the_contracts_table(
    sqlstate: str, status: int, code: str
) -> None:
    error = to_api_error(from_server(sqlstate))
    assert (error.status, error.code) == (status, code)


@pytest.mark.parametrize("sqlstate", [row[0] for row in SQLSTATES])
def test_a_driver_error_tells_the_client_neither_sql_nor_values(sqlstate: str) -> None:
    body = to_api_error(from_server(sqlstate)).response("id").body
    assert b"swordfish" not in bytes(body)


@pytest.mark.parametrize("sqlstate", ["23505", "23503", "23514"])
def test_a_violated_constraint_is_named(sqlstate: str) -> None:
    assert "(constraint notes_key)" in str(to_api_error(from_server(sqlstate)))


def test_a_check_that_a_trigger_raises_without_a_constraint_is_a_sentence_too() -> None:
    error = asyncpg.CheckViolationError("swordfish")
    assert str(to_api_error(error)) == "A value violates a check of its table."


@pytest.mark.parametrize(
    ("sqlstate", "sentence"),
    [
        ("23505", "This value is already taken"),
        ("23P01", "This value is already taken"),
        ("23503", "A reference between rows does not allow the change"),
        ("23001", "A reference between rows does not allow the change"),
        ("23514", "A value violates a check of its table"),
        ("23502", "A value is missing"),
        ("22003", "A value does not fit its column"),
        ("23000", "A value does not fit its column"),
    ],
)
def test_what_a_row_violates_is_said_in_a_sentence(sqlstate: str, sentence: str) -> None:
    assert str(to_api_error(from_server(sqlstate))).startswith(sentence)


def test_two_rows_with_one_key_are_the_callers_and_a_subquery_with_two_rows_is_not() -> None:
    for where, status in (("ExecOnConflictUpdate", 422), ("ExecSetParamPlan", 500)):
        error: Any = from_server("21000")
        error.server_source_function = where
        assert to_api_error(error).status == status


def test_an_argument_that_the_driver_cannot_send_does_not_fit() -> None:
    error = asyncpg.DataError("invalid input for query argument $1: swordfish")
    assert to_api_error(error).code == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (DatabaseUnavailable("at 10.0.0.1"), 503, "DATABASE_UNAVAILABLE"),
        (CommitFailed(), 500, "EDGE_FUNCTION_ERROR"),
        (NoSession(), 500, "EDGE_FUNCTION_ERROR"),
        (TimeoutError(), 500, "EDGE_FUNCTION_ERROR"),
        (FileNotFoundError("/etc/swordfish"), 500, "EDGE_FUNCTION_ERROR"),
        (ZeroDivisionError("swordfish"), 500, "EDGE_FUNCTION_ERROR"),
        (HTTPException(404), 404, "NOT_FOUND"),
        (HTTPException(409, "taken"), 409, "CONFLICT"),
        (HTTPException(422), 422, "VALIDATION_ERROR"),
        (HTTPException(418), 418, "IM_A_TEAPOT"),
        (HTTPException(599), 599, "HTTP_599"),
        (HTTPException(700), 500, "EDGE_FUNCTION_ERROR"),
        (HTTPException(600), 500, "EDGE_FUNCTION_ERROR"),
        (HTTPException(100), 500, "EDGE_FUNCTION_ERROR"),
        (HTTPException(199), 500, "EDGE_FUNCTION_ERROR"),
    ],
)
def test_every_exception_has_a_status_and_a_code(
    exception: Exception, status: int, code: str
) -> None:
    error = to_api_error(exception)
    assert (error.status, error.code) == (status, code)


@pytest.mark.parametrize(
    ("exception", "sentence"),
    [
        (HTTPException(404), NotFound.__doc__),
        (HTTPException(405), MethodNotAllowed.__doc__),
        (HTTPException(404, "No such page."), "No such page."),
    ],
)
def test_an_error_is_a_sentence(exception: Exception, sentence: str) -> None:
    assert str(to_api_error(exception)) == sentence


def test_the_one_error_of_a_task_group_is_the_error() -> None:
    assert to_api_error(ExceptionGroup("", [from_server("40001")])).code == "RETRY"
    several = ExceptionGroup("", [NotFound(), Conflict()])
    assert to_api_error(several).code == "EDGE_FUNCTION_ERROR"


async def cancelled() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task


@pytest.mark.parametrize("end", [sys.exit, cancelled])
async def test_a_function_that_raises_system_exit_has_failed(
    end: Callable[[], Awaitable[None]],
) -> None:
    function = Function(auth="optional")

    @function.get()
    async def fail() -> None:
        await end()

    async with client(function) as http:
        response = await http.get("/it")
    assert response.status_code == 500
    assert response.headers["sb-error-code"] == "EDGE_FUNCTION_ERROR"


def test_running_out_of_memory_is_a_worker_limit() -> None:
    with pytest.raises(MemoryError) as error:
        bytearray(2**62)
    assert (to_api_error(error.value).status, to_api_error(error.value).code) == (
        546,
        "WORKER_LIMIT",
    )


@pytest.mark.parametrize("exception", [DatabaseUnavailable(), from_server("40001")])
def test_an_error_that_may_be_retried_says_when(exception: Exception) -> None:
    assert int(to_api_error(exception).headers["retry-after"]) > 0


async def test_an_error_is_a_json_object_with_the_contracts_fields() -> None:
    async with client(raising(NotFound("There is no such document."))) as http:
        response = await http.get("/it")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert response.headers["sb-error-code"] == "NOT_FOUND"
    assert response.json() == {
        "error": "There is no such document.",
        "code": "NOT_FOUND",
        "message": "There is no such document.",
        "request_id": response.headers["x-request-id"],
    }


async def test_an_error_without_arguments_says_its_docstring() -> None:
    async with client(raising(Conflict())) as http:
        response = await http.get("/it")
    assert response.json()["error"] == "The change conflicts with stored rows."


async def test_a_function_may_declare_errors_of_its_own() -> None:
    class CreditSpent(ApiError):
        """The credit is spent."""

        status = 402
        code = "CREDIT_SPENT"

    async with client(raising(CreditSpent())) as http:
        response = await http.get("/it")
    assert response.status_code == 402
    assert response.json()["error"] == "The credit is spent."
    assert response.headers["sb-error-code"] == "CREDIT_SPENT"


async def test_a_function_may_say_what_did_not_fit() -> None:
    details = [{"field": "body.end", "expected": "a time after the start"}]
    error = Invalid(details=[{"field": "body.end", "expected": "a time after the start"}])
    async with client(raising(error)) as http:
        assert (await http.get("/it")).json()["details"] == details


async def test_an_http_exception_keeps_its_sentence_and_its_headers() -> None:
    async with client(raising(HTTPException(429, "Slower.", {"retry-after": "9"}))) as http:
        response = await http.get("/it")
    assert response.status_code == 429
    assert response.json()["error"] == "Slower."
    assert response.headers["retry-after"] == "9"


@pytest.mark.parametrize(
    "headers",
    [
        {"x-a": "1\r\nx-b: 2"},
        {"x-a": "1\x7f"},
        {"x-a\x7f": "1"},
        {"x a": "1"},
        {"": "1"},
        {"x-a": "\N{SNOWMAN}"},
    ],
)
@pytest.mark.parametrize("error", [HTTPException(429), Conflict()], ids=["Starlette's", "ours"])
async def test_an_error_with_an_invalid_header_is_answered_as_another_error(
    error: HTTPException | ApiError, headers: dict[str, str]
) -> None:
    error.headers = headers
    async with served(raising(error)) as url, network() as http:
        response = await http.get(f"{url}/it")
    assert (response.status_code, response.json()["code"]) == (500, "EDGE_FUNCTION_ERROR")


async def test_an_http_exception_of_no_known_status_has_a_sentence_too() -> None:
    async with client(raising(HTTPException(599))) as http:
        assert (await http.get("/it")).json()["error"] == "The function refused the request."


async def test_an_http_exception_without_a_body_has_none_but_its_headers() -> None:
    async with client(raising(HTTPException(304, headers={"etag": '"a"'}))) as http:
        response = await http.get("/it")
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == '"a"'


async def test_a_validation_error_inside_a_handler_is_not_the_clients_fault() -> None:
    class Stored(BaseModel):
        size: int

    function = Function(auth="optional")

    @function.get()
    async def fail() -> Stored:
        return Stored.model_validate({"size": "swordfish"})

    async with client(function) as http:
        response = await http.get("/it")
    assert response.status_code == 500
    assert "swordfish" not in response.text


async def test_an_unexpected_error_is_logged_with_its_request_and_not_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with client(raising(ZeroDivisionError("swordfish"))) as http:
        response = await http.get("/it")
    assert response.status_code == 500
    assert "swordfish" not in response.text
    assert "Traceback" not in response.text
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert response.headers["x-request-id"] in record.getMessage()
    assert record.exc_text is not None
    assert "ZeroDivisionError: swordfish" in record.exc_text


@pytest.mark.parametrize("exception", [NotFound(), HTTPException(409), from_server("23505")])
async def test_an_error_of_the_client_is_not_logged_as_an_error(
    exception: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with client(raising(exception)) as http:
        await http.get("/it")
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


EVERY = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, ApiError) and each is not ApiError
]


def test_every_error_has_a_code() -> None:
    wrong = [each for each in EVERY if not re.fullmatch("[A-Z][A-Z_]+", each.code)]
    assert wrong == []


def test_an_unknown_outcome_names_its_request() -> None:
    error = errors.UnknownOutcome()
    assert error.sentence("7f") == f"{error} The server's log has the request as 7f."
    assert NotFound().sentence("7f") == str(NotFound())
