"""The databases of the framework's tests, and Piccolo's commands that are run on them."""

import os
import subprocess
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from ottavino.postgres.connection import Connection
from ottavino.postgres.local import SETTING
from ottavino.postgres.supabase import MIGRATOR
from ottavino.settings import ROOT
from ottavino.testing.cluster import Template, migrated
from ottavino.testing.database import NAME, Database, connected
from tests.ottavino import forked
from tests.ottavino.migrate.process import run_forked

HOUSE = "tests.ottavino.house.piccolo_conf"
"""The project that the framework is tested in."""

MIGRATED = migrated(HOUSE)
"""A template as a new Supabase project is, with every migration applied."""

AUTOMATIC_GRANTS = "".join(
    f"alter default privileges for role {MIGRATOR} in schema public "
    f"grant all on {each} to anon, authenticated, service_role; "
    for each in ("tables", "sequences", "functions")
)

GRANTING = Template("granting", HOUSE, AUTOMATIC_GRANTS)
"""The same on a project that grants the API roles whatever is made, as all did before 2026."""


@asynccontextmanager
async def repeating(url: str) -> AsyncGenerator[Connection]:
    """A connection on which each query is parsed and planned once, for tests that repeat one
    after many changes: to plan a query over the whole catalog takes as long as to run it.
    """
    connection = await asyncpg.connect(
        url, max_cacheable_statement_size=0, server_settings={"application_name": NAME}
    )
    try:
        yield connection
    finally:
        await connection.close()


async def unmark(database: Database) -> None:
    """Remove the mark of a local database."""
    async with connected(database.superuser_url) as connection:
        await connection.execute(f"alter database {database.name} reset {SETTING}")


def piccolo(database: Database, *arguments: str) -> str:
    """The output of a command of Piccolo, run against a database in its own process."""
    run = run_forked(database.variables, *arguments)
    assert run.returncode == 0, run.stderr
    return run.stdout


def run_piccolo(
    variables: Mapping[str, str], *arguments: str, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command of Piccolo in the project, or in a copy of it, as its program does."""
    environment = {**os.environ, **variables}
    return forked.run("-m", "piccolo.main", *arguments, cwd=folder, env=environment)
