"""Takes longer than it may."""

import asyncio

from ottavino.http import Function

function = Function(timeout=0.3)


@function.post()
async def wait() -> None:
    """Take a minute."""
    await asyncio.sleep(60)
