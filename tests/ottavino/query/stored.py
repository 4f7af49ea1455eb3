"""The tables of these tests, stored in a database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from ottavino import Table
from ottavino.identity import Identity
from ottavino.postgres.session import session
from ottavino.query import insert
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.query.tables import Shelf, Size, Thing

USER = UUID("00000000-0000-4000-8000-00000000000a")
SIZE = Size(width=3, height=4)


@asynccontextmanager
async def stored(database: Database) -> AsyncGenerator[None]:
    """Both tables in a database of the test's own, in a session that may do everything."""
    await create(database, Shelf, Thing)
    async with session(Identity.service()):
        yield


async def create(database: Database, *tables: type[Table]) -> None:
    """Make tables of nothing but their columns."""
    async with connected(database.direct_url) as connection:
        for table in tables:
            columns = ", ".join(
                f"{name} {spec.sql}" for name, spec in table.column_specs().items()
            )
            name = table.qualified_name()
            await connection.execute(
                f"create table {name} ({columns}, unique (id)); "
                f"grant all on {name} to service_role"
            )


async def shelf(name: str = "upper") -> UUID:
    """The id of a new shelf."""
    ((shelf_id,),) = await insert(Shelf(user_id=USER, name=name)).returning(Shelf.id)
    return shelf_id


def thing(shelf_id: UUID, name: str = "cup", **more: Any) -> Thing:
    """A thing to be put on a shelf."""
    return Thing(user_id=USER, shelf_id=shelf_id, name=name, size=SIZE, **more)
