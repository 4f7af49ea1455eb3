"""The tables of these tests, stored in a database."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from ottavino import Table
from ottavino.identity import Identity
from ottavino.postgres.quoting import quoted
from ottavino.postgres.session import session
from ottavino.query import insert
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.trial import Undo
from tests.ottavino.query.tables import Shelf, Size, Thing

USER = UUID("00000000-0000-4000-8000-00000000000a")
SIZE = Size(width=3, height=4)


@asynccontextmanager
async def undone_session() -> AsyncGenerator[None]:
    """A session that may do everything, and stores nothing."""
    with suppress(Undo):
        async with session(Identity.service()):
            yield
            raise Undo


async def create(database: Database, *tables: type[Table], before: str = "") -> None:
    """Make tables with their columns alone."""
    async with connected(database.direct_url) as connection:
        if before:
            await connection.execute(before)
        for table in tables:
            name = table.qualified_name()
            await connection.execute(
                f"create table {name} ({', '.join(_columns(table))}, unique (id)); "
                f"grant all on {name} to service_role"
            )


def _columns(table: Any) -> Iterator[str]:
    for name, spec in table.column_specs().items():
        yield f"{quoted(name)} {spec.sql}"
    for each in table._meta.columns:
        if each.generated is not None:
            name = each._meta.db_column_name
            yield f"{name} {each.spec.type} generated always as ({each.generated}) stored"


async def shelf(name: str = "upper") -> UUID:
    """The id of a new shelf."""
    ((shelf_id,),) = await insert(Shelf(user_id=USER, name=name)).returning(Shelf.id)
    return shelf_id


def thing(shelf_id: UUID, name: str = "cup", **more: Any) -> Thing:
    """A new thing for a shelf."""
    return Thing(user_id=USER, shelf_id=shelf_id, name=name, size=SIZE, **more)
