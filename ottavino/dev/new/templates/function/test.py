"""The function FUNCTION_NAME."""

from ottavino.testing import Caller, Client

ADDRESS = "/FUNCTION_SLUG"


async def test_it_answers_a_signed_in_user(client: Client, alice: Caller) -> None:
    response = await client.as_(alice).post(ADDRESS, json={"name": "Ada"})
    assert response.status_code == 200
    assert response.json() == {"message": "Hello, Ada!"}


async def test_it_refuses_a_caller_without_a_token(client: Client) -> None:
    response = await client.post(ADDRESS, json={"name": "Ada"})
    assert response.status_code == 401
