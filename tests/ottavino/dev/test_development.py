"""The development server alone has a page, tokens for it, and a log for a terminal."""

import io
import logging
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest

from ottavino.dev.app import NotHere, app
from ottavino.dev.log import Lines
from ottavino.dev.outstanding import outstanding
from ottavino.http.app import create_app
from ottavino.http.discovery import discover, importable
from ottavino.http.function import Function
from ottavino.postgres.scope import current_scope
from ottavino.postgres.watch import watching
from ottavino.project import mistake
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.databases import unmark
from tests.ottavino.house.piccolo_app import APP_CONFIG
from tests.ottavino.http.client import bearer, checked, client, logged
from tests.ottavino.users import User

HERE = ("127.0.0.1", 50000)


def requesting(address: tuple[str, int] = HERE, host: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client of the development server, from an address, by a name of the server's."""
    transport = httpx.ASGITransport(checked(app), client=address)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8000")


@pytest.fixture
async def http(database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    async with requesting() as http:
        yield http


# the page


async def test_the_page_is_one_file_that_asks_no_other_host(http: httpx.AsyncClient) -> None:
    response = await http.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "connect-src 'self'" in response.headers["content-security-policy"]
    assert "://" not in response.text


@pytest.mark.parametrize("path", ["/", "/_local/callers", "/_local/rows"])
async def test_the_deployed_application_has_no_page(path: str) -> None:
    async with client(create_app("tests.ottavino.house.functions")) as http:
        assert (await http.get(f"http://test{path}")).status_code == 404


async def test_the_functions_answer_as_they_are_deployed(http: httpx.AsyncClient) -> None:
    response = await http.get("/functions/v1/hello")
    assert response.json() == {"message": "Hello, stranger!"}


# callers to choose from


@pytest.mark.whole("sends many requests")
async def test_the_page_can_call_as_either_user_or_anonymously(http: httpx.AsyncClient) -> None:
    callers = (await http.get("/_local/callers")).json()
    assert [each["name"] for each in callers] == ["Alice", "Bob", "Anonymous"]
    answers = [
        await http.get("/functions/v1/hello", headers=bearer(each["token"]))
        for each in callers[:2]
    ]
    assert [each.json()["message"] for each in answers] == ["Hello, Alice!", "Hello, Bob!"]
    assert callers[2]["token"] is None


async def test_the_page_offers_no_user_if_the_database_is_not_marked_as_local(
    http: httpx.AsyncClient, database: Database
) -> None:
    await unmark(database)
    assert (await http.get("/_local/callers")).json() == [{"name": "Anonymous", "token": None}]


async def test_no_page_of_another_origin_may_read_the_tokens(http: httpx.AsyncClient) -> None:
    response = await http.get("/_local/callers", headers={"origin": "https://evil.example"})
    assert response.headers["access-control-allow-origin"] == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("address", "host"), [(HERE, "evil.example"), (("192.0.2.1", 50000), "127.0.0.1")]
)
async def test_the_tokens_are_for_this_machine_alone(
    address: tuple[str, int], host: str, database: Database
) -> None:
    async with requesting(address, host) as http:
        response = await http.get("/_local/callers")
    assert response.status_code == 403
    assert response.json()["error"] == NotHere.__doc__


# rows


async def test_everybody_sees_the_rows_that_are_theirs(http: httpx.AsyncClient) -> None:
    alice, bob, _ = (await http.get("/_local/callers")).json()
    address = "/_local/rows/documents"
    hers = (await http.get(address, headers=bearer(alice["token"]))).json()
    assert {row["filename"] for row in hers} == {"ottavino.txt", "shopping list.txt"}
    assert (await http.get(address, headers=bearer(bob["token"]))).json() == []
    nobodys = await http.get(address)
    assert nobodys.status_code == 403
    assert (
        nobodys.json()["error"] == "This role has no privilege to read the table: add a Grant."
    )


@pytest.mark.whole("sends many requests")
async def test_the_tables_are_named_and_no_other_is_read(
    http: httpx.AsyncClient, alice: User
) -> None:
    names = (await http.get("/_local/rows")).json()
    assert {"documents", "user_profiles", "usage_events"} <= set(names)
    for name in names:
        response = await http.get(f"/_local/rows/{name}", headers=alice.headers)
        assert response.status_code == 200
    response = await http.get("/_local/rows/pg_authid", headers=alice.headers)
    assert response.status_code == 404


# the log


@pytest.fixture
def log() -> Generator[io.StringIO]:
    """What is written to the terminal."""
    with logged(Lines(), logging.DEBUG) as written:
        yield written


async def test_a_line_has_the_role_the_function_and_the_queries(
    http: httpx.AsyncClient, alice: User, log: io.StringIO
) -> None:
    await http.get("/functions/v1/documents", headers=alice.headers)
    words = log.getvalue().split()
    assert words[:4] == ["GET", "documents", "authenticated", "200"]
    assert float(words[4]) > 0
    assert words[5:] == ["ms", "1", "query,", "3", "round", "trips"]


async def test_a_request_without_a_query_has_no_count(
    http: httpx.AsyncClient, log: io.StringIO
) -> None:
    await http.get("/functions/v1/hello")
    assert log.getvalue().endswith(" ms\n")


async def test_an_error_of_the_callers_is_one_line_with_its_sentence(
    http: httpx.AsyncClient, alice: User, log: io.StringIO
) -> None:
    await http.post("/functions/v1/documents", json={"filename": 1}, headers=alice.headers)
    (line,) = log.getvalue().splitlines()
    assert "VALIDATION_ERROR: The body does not fit: body.filename" in line


def failing() -> Function:
    function = Function(auth="optional")

    @function.get("/denied")
    async def denied() -> None:
        await current_scope().fetch("select * from public.documents", ())

    @function.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError("the reason")

    return function


@pytest.mark.parametrize(
    ("path", "story"),
    [
        ("denied", "asyncpg.exceptions.InsufficientPrivilegeError: permission denied for"),
        ("broken", "ZeroDivisionError: the reason"),
    ],
)
async def test_an_error_is_logged_in_full_and_not_sent_to_the_client(
    path: str, story: str, database: Database, log: io.StringIO
) -> None:
    async with client(failing()) as http:
        response = await http.get(f"/it/{path}")
    written = log.getvalue()
    assert "Traceback (most recent call last):" in written
    assert story in written
    assert story not in response.text
    assert response.headers["sb-error-code"] in written


async def test_an_address_without_a_function_has_no_traceback(log: io.StringIO) -> None:
    async with client(create_app({})) as http:
        assert (await http.get("http://test/nowhere")).status_code == 404
        assert (await http.post("http://test/_internal/health")).status_code == 405
    assert "NOT_FOUND: No function answers at this address: check the path." in log.getvalue()
    assert "Traceback" not in log.getvalue()


def test_a_function_that_cannot_be_imported_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    made = tmp_path / "functions_of_a_test" / "wrong"
    made.mkdir(parents=True)
    (made / "__init__.py").write_text("import sys\n\nsys.nothing\n")
    (tmp_path / "functions_of_a_test" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(mistake, "ROOT", tmp_path)
    assert importable(discover("functions_of_a_test")) == {}
    assert log.getvalue() == (
        "The function wrong cannot be imported. functions_of_a_test/wrong/__init__.py, line 3: "
        "AttributeError: module 'sys' has no attribute 'nothing'\n"
    )


async def test_the_failed_statement_is_logged(database: Database, log: io.StringIO) -> None:
    with watching():
        async with client(failing()) as http:
            await http.get("/it/denied")
    sent = (
        "The statement sent last, perhaps not the failed one:\nselect * from public.documents"
    )
    assert sent in log.getvalue()


# hints about migrations


async def test_nothing_is_outstanding_if_the_database_has_what_is_declared(
    database: Database,
) -> None:
    assert await outstanding() == []


async def test_pending_migrations_are_reported_with_the_command(
    empty_database: Database,
) -> None:
    (said,) = await outstanding()
    assert "is not applied: run piccolo migrations forwards all" in said


async def test_changed_tables_are_reported_with_the_command(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(APP_CONFIG, "migrations_folder_path", tmp_path)
    said = await outstanding()
    assert 'piccolo migrations new db --auto --desc="…" writes one.' in said[0]


async def test_a_database_that_does_not_answer_is_reported(settings_from: SettingsFrom) -> None:
    settings_from(DIRECT_URL="postgresql://postgres@/postgres?host=/nowhere")
    (said,) = await outstanding()
    assert said.startswith("The migrations cannot be compared with the tables: The database at")
