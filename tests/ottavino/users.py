"""Users of the database that the settings name."""

from ottavino.dev.tokens import sign_up
from ottavino.testing import Caller as User

__all__ = ["User", "user"]


async def user(name: str) -> User:
    """A user who has just signed up."""
    return User(await sign_up(f"{name.lower()}@example.com", name))
