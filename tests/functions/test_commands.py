"""The function commands."""

from httpx import AsyncClient

from tests.users import User

ADDRESS = "/functions/v1/commands"


async def test_it_answers_a_signed_in_user(client: AsyncClient, alice: User) -> None:
    response = await client.post(ADDRESS, json={"name": "Ada"}, headers=alice.headers)
    assert response.status_code == 200
    assert response.json() == {"message": "Hello, Ada!"}


async def test_it_answers_nobody_else(client: AsyncClient) -> None:
    response = await client.post(ADDRESS, json={"name": "Ada"})
    assert response.status_code == 401
