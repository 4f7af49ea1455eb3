"""Declared objects in a real database: made, changed, and changed back."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from ottavino import Col, boolean, integer, text
from ottavino.declare.table import Table
from ottavino.identity import Identity
from ottavino.migrate import platform
from ottavino.migrate.app import Object
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.databases import AUTOMATIC_GRANTS, repeating
from tests.ottavino.house.trial import Undo
from tests.ottavino.migrate.project import catalog, run, table

TITLE, BODY = text(max_length=100), text(max_length=1000, default=None)
PRICE, PAID = integer(), boolean(default=False)
COLUMNS: Mapping[str, Col[Any]] = {"title": TITLE, "body": BODY, "price": PRICE, "paid": PAID}

Rules = Sequence[Any]
Edits = Mapping[str, tuple[Rules, Rules]]
"""What each edit is called, and the rules of a table before and after it."""


def notes(*database_objects: Any, **columns: Col[Any]) -> type[Table]:
    """A table with a few columns, or other ones, and these objects."""
    return table("notes", *database_objects, **(columns or COLUMNS))


def schema(*declarations: type[Table] | Object) -> State:
    """The schema of tables and of objects that belong to no table."""
    tables = [each for each in declarations if isinstance(each, type)]
    return declared(tables, [each for each in declarations if not isinstance(each, type)])


@asynccontextmanager
async def migrator(database: Database, *users: UUID) -> AsyncGenerator[Connection]:
    """A rolled-back transaction of the role that migrates, with users who exist already."""
    if users:
        async with connected(database.superuser_url) as connection:
            values = ", ".join(f"('{user}')" for user in users)
            await connection.execute(
                f"insert into auth.users (id) values {values} on conflict do nothing"
            )
    async with repeating(database.direct_url) as connection, undone(connection):
        await platform.install(connection)
        await connection.execute("set local check_function_bodies = off")
        # As in a project that grants everything on new objects: exact grants have to revoke it.
        await connection.execute(AUTOMATIC_GRANTS)
        yield connection


@asynccontextmanager
async def undone(connection: Connection) -> AsyncGenerator[None]:
    """A block whose statements are rolled back at its end."""
    with suppress(Undo):
        async with connection.transaction():
            yield
            raise Undo


@asynccontextmanager
async def caller(connection: Connection, identity: Identity) -> AsyncGenerator[None]:
    """A block in which the connection has a caller; rolled back at its end."""
    async with undone(connection):
        await connection.execute(
            "select set_config('request.jwt.claims', $1, true)", identity.claims_json
        )
        await connection.execute(f"set local role {identity.role}")
        yield


async def install(connection: Connection, *declarations: type[Table] | Object) -> None:
    """Make the declared objects."""
    await move(connection, State(), schema(*declarations))


async def move(connection: Connection, old: State, new: State) -> None:
    """Run the steps from one schema to another."""
    await run(connection, [step.forwards() for step in changes(old, new, _renamed)])


async def there_and_back(connection: Connection, old: State, new: State) -> None:
    """Change a schema into another and back; each is the same as one made at once."""
    async with undone(connection):
        await move(connection, State(), new)
        wanted = await catalog(connection)
    async with undone(connection):
        await move(connection, State(), old)
        before = await catalog(connection)
        steps = changes(old, new, _renamed)
        await run(connection, [step.forwards() for step in steps])
        after = await catalog(connection)
        assert after != before, "nothing changed"
        assert after == wanted
        await run(connection, [step.backwards() for step in reversed(steps)])
        assert await catalog(connection) == before


async def each_edit_goes_there_and_back(database: Database, edits: Edits) -> None:
    """Edit the objects of a table in many ways."""
    async with migrator(database) as connection:
        for edit, (old, new) in edits.items():
            try:
                await there_and_back(connection, schema(notes(*old)), schema(notes(*new)))
            except Exception as error:
                error.add_note(f"The edit: {edit}")
                raise


def _renamed(table: str, old: str, new: str) -> bool:
    return True
