"""Callers to test with: users who have signed up, a caller without a token, and the service."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ottavino.dev.database.supabase import create_user
from ottavino.dev.tokens import sign
from ottavino.identity import Identity, Role
from ottavino.postgres.session import Session, session
from ottavino.testing.database import Database

TOKEN_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller of functions and sessions."""

    identity: Identity

    @property
    def id(self) -> UUID:
        """The user's row in `auth.users`."""
        if self.identity.user_id is None:
            raise AttributeError(f"A caller as {self.identity.role} is no user, and has no id.")
        return self.identity.user_id

    @property
    def headers(self) -> dict[str, str]:
        """The request headers with the caller's token; none for an anonymous caller."""
        if self.identity.role == Role.ANON:
            return {}
        return {"Authorization": f"Bearer {sign(self.identity, TOKEN_LIFETIME)}"}

    def session(self, *, read_only: bool = False) -> Session:
        """A session whose queries run as this caller."""
        return session(self.identity, name="test", read_only=read_only)


SignUp = Callable[[str], Awaitable[Caller]]
"""The fixture `sign_up`: gives the user of this name, with a row in `auth.users`."""


async def sign_up(database: Database, name: str) -> Caller:
    """Sign a user up as the auth service would, so that triggers on `auth.users` fire."""
    email = f"{name.lower()}@example.com"
    async with database.superuser() as connection:
        user_id = await create_user(connection, email, name)
    return Caller(Identity.user(user_id, email=email))
