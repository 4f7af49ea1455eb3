"""Whom the database takes the caller for: what a leaked identity would show in."""

from uuid import UUID

from db.tables import UserProfile
from ottavino.http import Function
from ottavino.query import select

function = Function()


@function.get("/")
async def whoami() -> list[UUID]:
    """The ids of all profiles that the caller sees: their own, and no other."""
    return [profile[0] for profile in await select(UserProfile.id)]
