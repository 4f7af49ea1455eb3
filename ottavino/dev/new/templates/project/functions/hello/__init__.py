"""Greets the caller."""

from dataclasses import dataclass

from ottavino import Identity
from ottavino.http import Function

function = Function(auth="optional")


@dataclass
class Greeting:
    """The text of the greeting."""

    message: str


@function.get("/")
@function.post("/")
async def hello(caller: Identity) -> Greeting:
    """Greets a signed-in user by the e-mail address, and others as a stranger."""
    return Greeting(f"Hello, {caller.claims.get('email', 'stranger')}!")
