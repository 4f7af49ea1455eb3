import pytest
from starlette.applications import Starlette

from ottavino.http import create_app
from ottavino.testing import Client


@pytest.fixture
def app() -> Starlette:
    return create_app({"broken": SyntaxError("a parenthesis is missing")})


async def test_each_test_that_calls_a_broken_function_has_the_reason_in_its_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await client.get("/broken")).status_code == 503
    assert "The function broken cannot be imported." in caplog.text
    assert "SyntaxError: a parenthesis is missing" in caplog.text
