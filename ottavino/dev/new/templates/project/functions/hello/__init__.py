"""Greets the caller."""

from dataclasses import dataclass

from ottavino import Identity
from ottavino.http import Function

function = Function(auth="optional")


@dataclass
class Greeting:
    """What is said."""

    message: str


@function.get("/")
@function.post("/")
async def hello(caller: Identity) -> Greeting:
    """A greeting: by the e-mail address for a user who is signed in."""
    return Greeting(f"Hello, {caller.claims.get('email', 'stranger')}!")
