"""The function documents."""

from typing import Any

import pytest

from ottavino.testing import Caller, Client

ADDRESS = "/documents"


async def add(client: Client, owner: Caller, filename: str, **more: object) -> dict[str, Any]:
    body = {"filename": filename, **more}
    response = await client.as_(owner).post(ADDRESS, json=body)
    assert response.status_code == 201, response.text
    return response.json()


async def listed(client: Client, owner: Caller, **query: str) -> list[str]:
    """The names of the documents on one page."""
    response = await client.as_(owner).get(ADDRESS, params=query)
    assert response.status_code == 200, response.text
    return [item["filename"] for item in response.json()["items"]]


async def test_a_document_is_added_read_renamed_and_deleted(
    client: Client, alice: Caller
) -> None:
    added = await add(client, alice, "a.txt", content="Hällo")
    address = f"{ADDRESS}/{added['id']}"
    read = await client.as_(alice).get(address)
    assert read.json() == added | {"content": "Hällo"}
    await client.as_(alice).patch(address, json={"filename": "b.txt"})
    assert await listed(client, alice) == ["b.txt"]
    assert (await client.as_(alice).delete(address)).status_code == 204
    assert await listed(client, alice) == []


async def test_a_user_finds_none_of_anothers_documents(
    client: Client, alice: Caller, bob: Caller
) -> None:
    added = await add(client, alice, "a.txt", content="secret")
    address = f"{ADDRESS}/{added['id']}"
    assert await listed(client, bob) == await listed(client, bob, q="secret") == []
    for response in (
        await client.as_(bob).get(address),
        await client.as_(bob).patch(address, json={"filename": "b.txt"}),
        await client.as_(bob).delete(address),
    ):
        assert response.status_code == 404
    assert await listed(client, alice) == ["a.txt"]


async def test_a_caller_without_a_token_is_refused(client: Client) -> None:
    assert (await client.get(ADDRESS)).status_code == 401


async def test_the_newest_documents_come_first_page_by_page(
    client: Client, alice: Caller
) -> None:
    for number in range(3):
        await add(client, alice, f"{number}.txt")
    first = await client.as_(alice).get(ADDRESS, params={"limit": 2})
    assert [item["filename"] for item in first.json()["items"]] == ["2.txt", "1.txt"]
    assert await listed(client, alice, cursor=first.json()["next"]) == ["0.txt"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("report", ["annual_report.pdf"]), ("flutes", ["music.txt"]), ("flute -small", [])],
)
async def test_a_search_finds_words_of_name_and_text(
    client: Client, alice: Caller, query: str, found: list[str]
) -> None:
    await add(client, alice, "annual_report.pdf", file_type="application/pdf", file_size=9)
    await add(client, alice, "music.txt", content="The ottavino is a small flute.")
    assert await listed(client, alice, q=query) == found


async def test_a_document_without_a_name_is_refused_with_the_field(
    client: Client, alice: Caller
) -> None:
    response = await client.as_(alice).post(ADDRESS, json={"filename": ""})
    assert response.status_code == 422
    assert [detail["field"] for detail in response.json()["details"]] == ["body.filename"]
