"""The function documents."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import Response

from ottavino import session
from ottavino.query import page, select
from ottavino.testing import Caller, Client, Database
from tests.ottavino.house.db.tables import Document

ADDRESS = "/documents"
ID = "1db3e8e5-2492-4fb1-9021-0d062cca09b9"
FOREIGN = "AAAAAAAAAAAAAAAAAAAAAFsiMDEyMzQ1Njc4OWFiIiwxXQ"
"""A cursor with the signature of another service."""


@pytest.fixture
def add(client: Client) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def add(owner: Caller, filename: str, **body: object) -> dict[str, Any]:
        response = await client.as_(owner).post(ADDRESS, json={"filename": filename, **body})
        assert response.status_code == 201, response.text
        return response.json()

    return add


Add = Callable[..., Awaitable[dict[str, Any]]]


async def listed(client: Client, owner: Caller, **query: str) -> list[str]:
    """The names of the documents on one page."""
    response = await client.as_(owner).get(ADDRESS, params=query)
    assert response.status_code == 200, response.text
    return [item["filename"] for item in response.json()["items"]]


def refused(response: Response, status: int, code: str) -> bool:
    return (response.status_code, response.headers.get("sb-error-code")) == (status, code)


async def test_an_added_document_can_be_read_with_its_text(
    client: Client, alice: Caller, add: Add
) -> None:
    added = await add(alice, "a.txt", content="Hällo")
    response = await client.as_(alice).get(f"{ADDRESS}/{added['id']}")
    assert response.json() == added | {"content": "Hällo"}
    assert (added["file_type"], added["file_size"], added["status"]) == (
        "text/plain",
        6,
        "pending",
    )


async def test_a_user_sees_none_of_anothers_documents(
    client: Client, alice: Caller, bob: Caller, add: Add
) -> None:
    added = await add(alice, "a.txt", content="secret")
    address = f"{ADDRESS}/{added['id']}"
    assert await listed(client, bob) == []
    assert await listed(client, bob, q="secret") == []
    for response in (
        await client.as_(bob).get(address),
        await client.as_(bob).patch(address, json={"filename": "b.txt"}),
        await client.as_(bob).delete(address),
    ):
        assert refused(response, 404, "NOT_FOUND")
    assert await listed(client, alice) == ["a.txt"]


async def test_nobody_is_answered_without_a_token(client: Client) -> None:
    for response in (await client.get(ADDRESS), await client.post(ADDRESS, json={})):
        assert refused(response, 401, "UNAUTHORIZED_NO_AUTH_HEADER")


async def test_pages_follow_each_other_without_gap_or_repetition(
    client: Client, alice: Caller, add: Add
) -> None:
    for number in range(7):
        await add(alice, f"{number}.txt")
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        response = await client.as_(alice).get(ADDRESS, params=query)
        pages.append([item["filename"][0] for item in response.json()["items"]])
        cursor = response.json()["next"]
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


@pytest.mark.whole("reads many pages")
async def test_rows_of_one_moment_are_paged_by_their_id(
    client: Client, alice: Caller, database: Database, add: Add
) -> None:
    for number in range(5):
        await add(alice, f"{number}.txt")
    async with database.superuser() as connection:
        await connection.execute("update public.documents set created_at = now()")
    first = await client.as_(alice).get(ADDRESS, params={"limit": 3})
    rest = await listed(client, alice, cursor=first.json()["next"])
    seen = [item["filename"] for item in first.json()["items"]] + rest
    assert sorted(seen) == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt"]


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    "cursor", ["x", f"1~{ID}", "x" * 60, "x" * 5000, FOREIGN, f"{FOREIGN}\n", "é"]
)
async def test_a_cursor_of_ones_own_making_is_refused(
    client: Client, alice: Caller, cursor: str
) -> None:
    response = await client.as_(alice).get(ADDRESS, params={"cursor": cursor})
    assert refused(response, 422, "VALIDATION_ERROR")
    assert response.json()["details"][0]["field"] == "query.cursor"


async def test_a_cursor_of_another_list_is_refused(
    client: Client, alice: Caller, add: Add
) -> None:
    await add(alice, "a.txt", content="flute")
    await add(alice, "b.txt", content="flute")
    async with session(alice.identity):
        other = select(Document.filename).order_by(Document.filename)
        cursor = str((await page(other, size=1)).next)
    for query in ({"cursor": cursor}, {"cursor": cursor, "q": "flute"}):
        response = await client.as_(alice).get(ADDRESS, params=query)
        assert refused(response, 422, "VALIDATION_ERROR")
        assert response.json()["error"] == (
            "The cursor belongs to another list or order: begin at the first page."
        )


@pytest.mark.whole("reads many pages")
async def test_a_search_is_read_page_by_page(client: Client, alice: Caller, add: Add) -> None:
    for number in range(5):
        await add(alice, f"{number}.txt", content="flute")
    query: dict[str, Any] = {"q": "flute", "limit": 2}
    seen: list[str] = []
    while query.get("cursor", "") is not None:
        response = await client.as_(alice).get(ADDRESS, params=query)
        seen += [item["filename"] for item in response.json()["items"]]
        query["cursor"] = response.json()["next"]
    assert seen == ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("report", ["annual_report.pdf"]),
        ("flutes", ["music.txt"]),
        ('"small flute"', ["music.txt"]),
        ("flute -small", []),
        ("report or flute", ["music.txt", "annual_report.pdf"]),
        ("'; drop table documents; --", []),
        ("nothing of the kind", []),
    ],
)
async def test_a_search_finds_words_of_name_and_text(
    client: Client, alice: Caller, add: Add, query: str, found: list[str]
) -> None:
    await add(alice, "annual_report.pdf", file_type="application/pdf", file_size=9)
    await add(alice, "music.txt", content="The ottavino is a small flute.")
    assert await listed(client, alice, q=query) == found


async def test_a_document_is_renamed(client: Client, alice: Caller, add: Add) -> None:
    added = await add(alice, "a.txt")
    response = await client.as_(alice).patch(
        f"{ADDRESS}/{added['id']}", json={"filename": "b.txt"}
    )
    assert response.json()["filename"] == "b.txt"
    assert response.json()["updated_at"] > added["updated_at"]
    assert await listed(client, alice) == ["b.txt"]


async def test_a_document_is_deleted_once(client: Client, alice: Caller, add: Add) -> None:
    added = await add(alice, "a.txt")
    address = f"{ADDRESS}/{added['id']}"
    response = await client.as_(alice).delete(address)
    assert (response.status_code, response.content) == (204, b"")
    assert refused(await client.as_(alice).delete(address), 404, "NOT_FOUND")
    assert await listed(client, alice) == []


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.filename"),
        ({"filename": ""}, "body.filename"),
        ({"filename": "a" * 256}, "body.filename"),
        ({"filename": 1}, "body.filename"),
        ({"filename": "a", "file_size": -1}, "body.file_size"),
        ({"filename": "a\0"}, "body.filename"),
        ({"filename": "a", "content": "\0"}, "body.content"),
        ({"filename": "a", "user_id": ID}, "body.user_id"),
        ({"filename": "a", "status": "ready"}, "body.status"),
        ([], "body"),
    ],
)
async def test_a_document_that_does_not_fit_is_refused_with_the_field(
    client: Client, alice: Caller, body: object, field: str
) -> None:
    response = await client.as_(alice).post(ADDRESS, json=body)
    assert refused(response, 422, "VALIDATION_ERROR")
    assert [detail["field"] for detail in response.json()["details"]] == [field]
    assert await listed(client, alice) == []


async def test_text_that_postgresql_cannot_hold_is_refused(
    client: Client, alice: Caller
) -> None:
    response = await client.as_(alice).post(ADDRESS, json={"filename": "a\0b"})
    assert refused(response, 422, "VALIDATION_ERROR")


@pytest.mark.whole("changes the schema of a database of its own")
async def test_a_column_that_was_renamed_under_the_server_is_no_mistake_of_the_caller(
    client: Client, alice: Caller, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.superuser() as connection:
        await connection.execute("alter table documents rename filename to name")
        response = await client.as_(alice).get(ADDRESS)
        assert response.status_code == 503
        assert response.headers["sb-error-code"] == "SCHEMA_CHANGED"
        assert response.headers["retry-after"] == "5"
        # The log names the misspelt column.
        assert "filename" not in response.text
        assert "filename" in caplog.text
        await connection.execute("alter table documents rename name to filename")
    answer = await client.as_(alice).get(ADDRESS)
    assert answer.status_code == 200
