"""The function hello."""

from ottavino.testing import Caller, Client, Database

ADDRESS = "/hello"


async def test_it_greets_a_user_by_the_name_in_the_profile(
    client: Client, alice: Caller
) -> None:
    response = await client.as_(alice).get(ADDRESS)
    assert (response.status_code, response.json()) == (200, {"message": "Hello, Alice!"})


async def test_it_answers_the_method_that_clients_use_by_default(
    client: Client, alice: Caller
) -> None:
    response = await client.as_(alice).post(ADDRESS)
    assert response.json() == {"message": "Hello, Alice!"}


async def test_it_greets_whoever_comes_without_a_token(client: Client) -> None:
    response = await client.get(ADDRESS)
    assert (response.status_code, response.json()) == (200, {"message": "Hello, stranger!"})


async def test_it_greets_a_user_whose_profile_is_missing(
    client: Client, alice: Caller, database: Database
) -> None:
    async with database.superuser() as connection:
        await connection.execute("delete from public.user_profiles")
    response = await client.as_(alice).get(ADDRESS)
    assert response.json() == {"message": "Hello, friend!"}
