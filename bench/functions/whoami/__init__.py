"""The user as whom the database runs the query: a leaked identity would show here."""

from uuid import UUID

from ottavino.http import Function
from ottavino.query import select
from tests.ottavino.house.db.tables import UserProfile

function = Function()


@function.get("/")
async def whoami() -> list[UUID]:
    """The ids of all profiles that the caller sees: their own, and no other."""
    return [profile[0] for profile in await select(UserProfile.id)]
