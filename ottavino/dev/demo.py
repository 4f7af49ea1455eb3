"""Two users to see row level security with.

The application gives them rows: `async def demo(alice, bob)` in `db/demo.py`.
"""

import importlib.util
from collections.abc import Awaitable, Callable

from ottavino.dev.tokens import lifetime, sign, sign_up
from ottavino.identity import Identity

MODULE = "db.demo"


async def demo_tokens() -> dict[str, str]:
    """A token for each of the two users, by name. Users and rows that are missing are made."""
    alice = await sign_up("alice@example.com", "Alice")
    bob = await sign_up("bob@example.com", "Bob")
    if importlib.util.find_spec(MODULE):
        give: Callable[[Identity, Identity], Awaitable[None]]
        give = importlib.import_module(MODULE).demo
        await give(alice, bob)
    return {"ALICE": sign(alice, lifetime("7d")), "BOB": sign(bob, lifetime("7d"))}
