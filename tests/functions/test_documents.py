"""The function documents."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient, Response

from tests.postgres import Database, connected
from tests.users import User

ADDRESS = "/functions/v1/documents"
ID = "1db3e8e5-2492-4fb1-9021-0d062cca09b9"


@pytest.fixture
def add(client: AsyncClient) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def add(owner: User, filename: str, **body: object) -> dict[str, Any]:
        response = await client.post(
            ADDRESS, json={"filename": filename, **body}, headers=owner.headers
        )
        assert response.status_code == 201, response.text
        return response.json()

    return add


Add = Callable[..., Awaitable[dict[str, Any]]]


async def listed(client: AsyncClient, owner: User, **query: str) -> list[str]:
    """The names of the documents on one page."""
    response = await client.get(ADDRESS, params=query, headers=owner.headers)
    assert response.status_code == 200, response.text
    return [item["filename"] for item in response.json()["items"]]


def refused(response: Response, status: int, code: str) -> bool:
    return (response.status_code, response.headers.get("sb-error-code")) == (status, code)


async def test_an_added_document_can_be_read_with_its_text(
    client: AsyncClient, alice: User, add: Add
) -> None:
    added = await add(alice, "a.txt", content="Hällo")
    response = await client.get(f"{ADDRESS}/{added['id']}", headers=alice.headers)
    assert response.json() == added | {"content": "Hällo"}
    assert (added["file_type"], added["file_size"], added["status"]) == (
        "text/plain",
        6,
        "pending",
    )


async def test_a_user_sees_none_of_anothers_documents(
    client: AsyncClient, alice: User, bob: User, add: Add
) -> None:
    added = await add(alice, "a.txt", content="secret")
    address = f"{ADDRESS}/{added['id']}"
    assert await listed(client, bob) == []
    assert await listed(client, bob, q="secret") == []
    for response in (
        await client.get(address, headers=bob.headers),
        await client.patch(address, json={"filename": "b.txt"}, headers=bob.headers),
        await client.delete(address, headers=bob.headers),
    ):
        assert refused(response, 404, "NOT_FOUND")
    assert await listed(client, alice) == ["a.txt"]


async def test_nobody_is_answered_without_a_token(client: AsyncClient) -> None:
    for response in (await client.get(ADDRESS), await client.post(ADDRESS, json={})):
        assert refused(response, 401, "UNAUTHORIZED_NO_AUTH_HEADER")


async def test_pages_follow_each_other_without_gap_or_repetition(
    client: AsyncClient, alice: User, add: Add
) -> None:
    for number in range(7):
        await add(alice, f"{number}.txt")
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        response = await client.get(ADDRESS, params=query, headers=alice.headers)
        pages.append([item["filename"][0] for item in response.json()["items"]])
        cursor = response.json()["next"]
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


async def test_rows_of_one_moment_are_paged_by_their_id(
    client: AsyncClient, alice: User, database: Database, add: Add
) -> None:
    for number in range(5):
        await add(alice, f"{number}.txt")
    async with connected(database.superuser_url) as connection:
        await connection.execute("update public.documents set created_at = now()")
    first = await client.get(ADDRESS, params={"limit": 3}, headers=alice.headers)
    rest = await listed(client, alice, cursor=first.json()["next"])
    seen = [item["filename"] for item in first.json()["items"]] + rest
    assert sorted(seen) == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt"]


@pytest.mark.parametrize(
    "cursor", ["x", "1~x", f"x~{ID}", f"99999999999999999~{ID}", f"1~{ID}\n"]
)
async def test_a_cursor_of_ones_own_making_is_refused(
    client: AsyncClient, alice: User, cursor: str
) -> None:
    response = await client.get(ADDRESS, params={"cursor": cursor}, headers=alice.headers)
    assert refused(response, 422, "VALIDATION_ERROR")


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
    client: AsyncClient, alice: User, add: Add, query: str, found: list[str]
) -> None:
    await add(alice, "annual_report.pdf", file_type="application/pdf", file_size=9)
    await add(alice, "music.txt", content="The ottavino is a small flute.")
    assert await listed(client, alice, q=query) == found


async def test_a_document_is_renamed(client: AsyncClient, alice: User, add: Add) -> None:
    added = await add(alice, "a.txt")
    response = await client.patch(
        f"{ADDRESS}/{added['id']}", json={"filename": "b.txt"}, headers=alice.headers
    )
    assert response.json()["filename"] == "b.txt"
    assert response.json()["updated_at"] > added["updated_at"]
    assert await listed(client, alice) == ["b.txt"]


async def test_a_document_is_deleted_once(client: AsyncClient, alice: User, add: Add) -> None:
    added = await add(alice, "a.txt")
    address = f"{ADDRESS}/{added['id']}"
    response = await client.delete(address, headers=alice.headers)
    assert (response.status_code, response.content) == (204, b"")
    assert refused(await client.delete(address, headers=alice.headers), 404, "NOT_FOUND")
    assert await listed(client, alice) == []


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
    client: AsyncClient, alice: User, body: object, field: str
) -> None:
    response = await client.post(ADDRESS, json=body, headers=alice.headers)
    assert refused(response, 422, "VALIDATION_ERROR")
    assert [detail["field"] for detail in response.json()["details"]] == [field]
    assert await listed(client, alice) == []


async def test_text_that_postgresql_cannot_hold_is_refused(
    client: AsyncClient, alice: User
) -> None:
    response = await client.post(ADDRESS, json={"filename": "a\0b"}, headers=alice.headers)
    assert refused(response, 422, "VALIDATION_ERROR")


async def test_a_column_that_was_renamed_under_the_server_is_no_mistake_of_the_caller(
    client: AsyncClient, alice: User, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(database.direct_url) as connection:
        await connection.execute("alter table documents rename filename to name")
        response = await client.get(ADDRESS, headers=alice.headers)
        assert response.status_code == 503
        assert response.headers["sb-error-code"] == "SCHEMA_CHANGED"
        assert response.headers["retry-after"] == "5"
        # Whoever misspelt a column finds it in the log.
        assert "filename" not in response.text
        assert "filename" in caplog.text
        await connection.execute("alter table documents rename name to filename")
    answer = await client.get(ADDRESS, headers=alice.headers)
    assert answer.status_code == 200
