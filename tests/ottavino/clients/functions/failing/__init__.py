"""Fails in every way that a handler can."""

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ottavino.http import Conflict, Function

function = Function()


@function.post("/raises")
async def raises() -> None:
    """Divide by zero, with a secret in the message."""
    raise ZeroDivisionError("swordfish")


@function.post("/memory")
async def memory() -> None:
    """Ask for more memory than there is."""
    raise MemoryError


@function.post("/says")
async def says() -> None:
    """Refuse, in its own words."""
    raise Conflict("There is one of these already.")


@function.post("/charges")
async def charges() -> None:
    """Refuse as Starlette does."""
    raise HTTPException(402, "Pay first.")


@function.post("/json")
async def json() -> Response:
    """An error of its own."""
    return JSONResponse({"error": "Too hot.", "degrees": 97}, 418)


@function.post("/text")
async def text() -> Response:
    """An error of its own that is no JSON."""
    return PlainTextResponse("Too cold.", 418)


@function.get("/reads")
async def reads() -> str:
    """Offer GET alone."""
    return "read"
