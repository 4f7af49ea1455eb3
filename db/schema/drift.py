"""Whether the classes, the migration files and the database say the same.

Each side is read from the system catalogs by the same queries: the database as it is, the
other two built beside it in a transaction that is rolled back. The files are built only
where they do not add up to the very statements that the classes declare.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from piccolo.conf.apps import Finder

from db import driver
from db.catalog import read
from db.connection import Connection, migration_address
from db.errors import OttavinoError
from db.schema.app import objects_of
from db.schema.difference import Difference, differences
from db.schema.files import replayed
from db.schema.history import histories
from db.schema.scratch import built, require_room, schemas
from db.schema.state import State, declared
from db.settings import settings

SETTINGS = """
    select
        -- Whoever waits for a lock keeps others waiting behind: better to give up.
        set_config('lock_timeout', '2s', true),
        set_config('statement_timeout', '60s', true),
        set_config('idle_in_transaction_session_timeout', '60s', true),
        -- A body may name what is made after it.
        set_config('check_function_bodies', 'off', true),
        -- Compiling these queries takes longer than running them.
        set_config('jit', 'off', true),
        set_config('client_min_messages', 'warning', true)
"""


class CannotTell(OttavinoError):
    """What is in the database could not be found out."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs, and the migrations that may be why."""

    differences: list[Difference]
    pending: list[str]
    """The names of the files that the database has not run."""
    gone: list[str]
    """The ids of the migrations that it has run, and that no file describes any more."""


async def drift() -> Drift:
    """Compare all that is declared with what the settings name."""
    classes = declared_state()
    async with looking() as connection:
        await require_room(connection)
        apps = await histories(connection, "all")
        files = replayed([file for app in apps for file in app.files])
        return Drift(
            await find_drift(connection, classes, files),
            [file.path.name for app in apps for file in app.pending],
            [migration_id for app in apps for migration_id in app.gone],
        )


async def find_drift(connection: Connection, classes: State, files: State) -> list[Difference]:
    """Compare the three sides, and leave nothing behind in the connection's transaction."""
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        bookkept = bool(await connection.fetchval("select to_regclass('public.migration')"))
        declared = await built(connection, classes, bookkept=bookkept)
        replayed = (
            declared if files == classes else await built(connection, files, bookkept=bookkept)
        )
        # The last, so that what little it locks is free again at once.
        database = await read(connection, {*schemas(classes), *schemas(files)})
    finally:
        await savepoint.rollback()
    return differences(declared, replayed, database)


def declared_state() -> State:
    """What the tables of all apps declare."""
    apps = Finder().get_app_registry().app_configs.values()
    try:
        return declared(
            [table for app in apps for table in app.table_classes],
            [each for app in apps for each in objects_of(app)],
        )
    except (ValueError, TypeError) as error:
        raise CannotTell(f"The classes cannot be read: {error}") from error


@asynccontextmanager
async def looking() -> AsyncGenerator[Connection]:
    """A transaction of the migrating role; whatever goes wrong in it is told in a sentence."""
    connection = await migration_address().connect("drift", settings().connect_timeout)
    try:
        async with connection.transaction():
            await connection.execute(SETTINGS)
            yield connection
    except asyncpg.LockNotAvailableError as error:
        raise CannotTell(
            "Somebody is changing the schema, and has held a lock for 2 s: try again."
        ) from error
    except driver.ERRORS as error:
        raise CannotTell(f"The database cannot be read: {error}.") from error
    finally:
        # Whatever the server is still doing for it is rolled back.
        connection.terminate()
