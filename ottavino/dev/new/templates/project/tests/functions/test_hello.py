"""The function hello."""

from ottavino.testing import Caller, Client


async def test_it_greets_a_user_by_address(client: Client, alice: Caller) -> None:
    response = await client.as_(alice).get("/hello")
    assert response.status_code == 200
    assert response.json() == {"message": "Hello, alice@example.com!"}


async def test_it_greets_an_anonymous_caller(client: Client) -> None:
    response = await client.get("/hello")
    assert response.status_code == 200
    assert response.json() == {"message": "Hello, stranger!"}
