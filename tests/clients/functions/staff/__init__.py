"""Answers to servers of the project, and to no user."""

from functions._shared.function import Function

function = Function(roles=("service_role",))


@function.post()
async def greet() -> str:
    """A greeting."""
    return "Hello, colleague!"
