"""Answers without a query, and so without a connection."""

from ottavino.http import Function

function = Function()


@function.get("/")
async def ping() -> dict[str, str]:
    """An answer to every verified caller."""
    return {"message": "pong"}
