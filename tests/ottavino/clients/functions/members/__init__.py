"""Answers to users alone, and to bodies that are small."""

from starlette.requests import Request

from ottavino.http import Function

function = Function(roles=("authenticated",), max_body_bytes=1000)


@function.post()
async def count(request: Request) -> int:
    """How many bytes the body has."""
    return len(await request.body())
