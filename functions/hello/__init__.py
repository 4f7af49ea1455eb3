"""Greets the caller by the name in their profile."""

from dataclasses import dataclass

from db.tables import UserProfile
from ottavino import Identity
from ottavino.http import Function
from ottavino.query import select

function = Function(auth="optional")


@dataclass
class Greeting:
    """The text of the greeting."""

    message: str


@function.get("/")
@function.post("/")
async def hello(caller: Identity) -> Greeting:
    """A greeting: by name for a user who has one."""
    if caller.user_id is None:
        return Greeting("Hello, stranger!")
    profile = (
        await select(UserProfile.full_name).where(UserProfile.id == caller.user_id).first()
    )
    return Greeting(f"Hello, {profile[0] if profile and profile[0] else 'friend'}!")
