"""A live database becomes classes, and these make the same database."""

import importlib
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino.declare.table import Table
from ottavino.inspect.adopt import commands
from ottavino.inspect.drift import drift
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.databases import AUTOMATIC_GRANTS, HOUSE
from tests.ottavino.migrate.project import Project, dump
from tests.ottavino.migrate.test_round_trip import comparable

SCHEMAS = {
    path.stem: path.read_text("utf-8")
    for path in sorted((Path(__file__).parent / "schemas").glob("*.sql"))
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A project's folder for tables, which can be imported."""
    package = f"adopted_{tmp_path.name}"
    (tmp_path / package / "tables").mkdir(parents=True)
    (tmp_path / package / "tables" / "__init__.py").touch()
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr("ottavino.inspect.kept.PROJECT", tmp_path / "pyproject.toml")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield f"{package}/tables"
    for name in [each for each in sys.modules if each.startswith(package)]:
        del sys.modules[name]


@pytest.fixture
async def databases(
    cluster: Cluster, settings_from: SettingsFrom
) -> AsyncGenerator[tuple[Database, Database]]:
    """One to adopt, which the settings name, and one to build the same in."""
    async with cluster.clone(EMPTY, HOUSE) as live, cluster.clone(EMPTY, HOUSE) as empty:
        settings_from(**live.variables)
        yield live, empty


@pytest.mark.parametrize("name", SCHEMAS)
async def test_a_project_is_adopted_and_built_again(
    name: str,
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    await made_by_hand(live, SCHEMAS[name])
    await made_by_hand(empty, "")
    before = dump(live)
    project.declare([])
    said = await commands.adopted("all", place)
    assert not [line for line in said if line.startswith(("Not adopted", "Kept"))], said
    assert dump(live) == before
    project.declare(imported(place))
    found = await drift()
    assert (found.comparison.differences, found.pending) == ([], [])
    settings_from(**empty.variables)
    await forwards("db")
    assert (await drift()).comparison.differences == []
    assert comparable(dump(empty)) == comparable(before)


async def made_by_hand(database: Database, sql: str) -> None:
    """Make a schema as a team would, on a project that grants the API roles all by default."""
    async with connected(database.superuser_url) as connection:
        await connection.execute(AUTOMATIC_GRANTS)
    async with connected(database.direct_url) as connection:
        await connection.execute(f"set search_path = public; {sql}")


def imported(place: str) -> list[type[Table]]:
    """The classes that were written."""
    tables = importlib.import_module(place.replace("/", "."))
    names: list[str] = tables.__all__
    return [getattr(tables, name) for name in names]
