"""Changes to a database that no migration knows of."""

import asyncio

from ottavino.testing import Database
from ottavino.testing.database import connected


def by_hand(database: Database, sql: str) -> None:
    """Run statements as a superuser, from a test without an event loop."""

    async def execute() -> None:
        async with connected(database.superuser_url) as connection:
            await connection.execute(sql)

    asyncio.run(execute())
