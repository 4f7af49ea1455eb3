"""How an attacker sends statements: as a session's caller, and past what a session refuses."""

from typing import Any

import asyncpg

from ottavino.identity import Identity
from ottavino.postgres.session import session


async def send(identity: Identity, *statements: str) -> list[asyncpg.Record]:
    """Send statements in one transaction of a caller; gives the rows of the last one."""
    rows: list[asyncpg.Record] = []
    async with session(identity, name="attack") as opened:
        connection = await opened.open()
        for statement in statements:
            rows = await connection.fetch(statement)
    return rows


async def value(identity: Identity, statement: str) -> Any:
    """The one value that a query of a caller gives."""
    return (await send(identity, statement))[0][0]
