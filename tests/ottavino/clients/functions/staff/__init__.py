"""Answers to servers of the project, and to no user."""

from ottavino.http import Function

function = Function(roles=("service_role",))


@function.post()
async def greet() -> str:
    """A greeting."""
    return "Hello, colleague!"
