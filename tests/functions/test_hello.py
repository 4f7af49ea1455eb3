"""The function hello."""

from httpx import AsyncClient

from tests.postgres import Database, connected
from tests.users import User

ADDRESS = "/functions/v1/hello"


async def test_it_greets_a_user_by_the_name_in_the_profile(
    client: AsyncClient, alice: User
) -> None:
    response = await client.get(ADDRESS, headers=alice.headers)
    assert (response.status_code, response.json()) == (200, {"message": "Hello, Alice!"})


async def test_it_answers_the_method_that_clients_use_by_default(
    client: AsyncClient, alice: User
) -> None:
    response = await client.post(ADDRESS, headers=alice.headers)
    assert response.json() == {"message": "Hello, Alice!"}


async def test_it_greets_whoever_comes_without_a_token(client: AsyncClient) -> None:
    response = await client.get(ADDRESS)
    assert (response.status_code, response.json()) == (200, {"message": "Hello, stranger!"})


async def test_it_greets_a_user_whose_profile_is_missing(
    client: AsyncClient, alice: User, database: Database
) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute("delete from public.user_profiles")
    response = await client.get(ADDRESS, headers=alice.headers)
    assert response.json() == {"message": "Hello, friend!"}
