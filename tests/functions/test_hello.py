"""The function hello."""

from ottavino.testing import Caller, Client


async def test_it_greets_a_user_by_the_name_in_the_profile(
    client: Client, alice: Caller
) -> None:
    response = await client.as_(alice).get("/hello")
    assert (response.status_code, response.json()) == (200, {"message": "Hello, Alice!"})


async def test_it_greets_a_caller_without_a_token(client: Client) -> None:
    response = await client.get("/hello")
    assert (response.status_code, response.json()) == (200, {"message": "Hello, stranger!"})
