"""Users to test with, each with a token as sign-in would give it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ottavino.dev.tokens import sign, sign_up
from ottavino.identity import Identity


@dataclass(frozen=True, slots=True)
class User:
    """A user who has signed up."""

    identity: Identity

    @property
    def id(self) -> UUID:
        """The user's row in `auth.users`."""
        assert self.identity.user_id is not None
        return self.identity.user_id

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that show the user's token."""
        return {"Authorization": f"Bearer {sign(self.identity, timedelta(hours=1))}"}


async def user(name: str) -> User:
    """A user who has just signed up."""
    return User(await sign_up(f"{name.lower()}@example.com", name))
