"""Answers who the caller is."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from ottavino import Identity
from ottavino.http import Function

function = Function(auth="optional")


@dataclass
class Shown:
    """The caller, as the platform read the credentials of the request."""

    role: str
    user_id: UUID | None
    client: str | None


@function.get()
@function.post()
async def who(caller: Identity, request: Request) -> Shown:
    """The caller, and the headers by which the client names itself."""
    return Shown(caller.role, caller.user_id, request.headers.get("x-client-info"))
