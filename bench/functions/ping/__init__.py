"""Asks nothing of the database, and so opens no connection."""

from ottavino.http import Function

function = Function()


@function.get("/")
async def ping() -> dict[str, str]:
    """An answer to whoever is verified."""
    return {"message": "pong"}
