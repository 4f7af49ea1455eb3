"""Changes to a database that no migration knows of."""

import asyncio

from tests.postgres import Database, connected


def by_hand(database: Database, sql: str) -> None:
    """Run statements as a superuser, from a test that is itself not in an event loop."""

    async def execute() -> None:
        async with connected(database.superuser_url) as connection:
            await connection.execute(sql)

    asyncio.run(execute())
