"""Says as whom a client calls."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from ottavino import Identity
from ottavino.http import Function

function = Function(auth="optional")


@dataclass
class Shown:
    """What the platform made of the request's credentials."""

    role: str
    user_id: UUID | None
    client: str | None


@function.get()
@function.post()
async def who(caller: Identity, request: Request) -> Shown:
    """The caller, and what the client says of itself."""
    return Shown(caller.role, caller.user_id, request.headers.get("x-client-info"))
