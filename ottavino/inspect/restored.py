"""Builds the declared schema where something that it uses is damaged: the functions of the
schema `ottavino`, or an extension that was moved.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import asyncpg

from ottavino.declare.extension import ExtensionDefinition
from ottavino.errors import MigrationError
from ottavino.inspect.catalog import Catalog, Owner
from ottavino.inspect.shadow import built
from ottavino.migrate import platform
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection

PLACES = """
select extname::text as name, extnamespace::regnamespace::text as place from pg_extension
"""


async def built_anyway(
    connection: Connection, state: State, owner: Owner, *, bookkept: bool
) -> Catalog:
    """Build a schema, read it back, and remove it. If PostgreSQL refuses, what the schema uses
    is restored until the open transaction is rolled back. Other checks report that it differs.
    """
    try:
        return await built(connection, state, owner, bookkept=bookkept)
    except MigrationError as error:
        await _restore(connection, state)
        try:
            return await built(connection, state, owner, bookkept=bookkept)
        except MigrationError:
            raise error from None


async def _restore(connection: Connection, state: State) -> None:
    for sql in [platform.SQL, *_moves(state)]:
        # Whatever may not be changed, or is not there, stays as it is.
        with suppress(asyncpg.PostgresError):
            async with connection.transaction():
                await connection.execute(sql)


async def misplaced(connection: Connection, state: State) -> AsyncIterator[str]:
    """A sentence about each declared extension that is missing, or in another schema."""
    places = {row["name"]: row["place"] for row in await connection.fetch(PLACES)}
    for each in state.objects.values():
        if not isinstance(each, ExtensionDefinition):
            continue
        place = places.get(each.full_name)
        if place is None:
            yield f"The {each.name} is missing."
        elif place != each.into:
            yield f"The {each.name} is in the schema {place}, and declared in {each.into}."


def _moves(state: State) -> Iterator[str]:
    for each in state.objects.values():
        if isinstance(each, ExtensionDefinition):
            yield each.moved()
