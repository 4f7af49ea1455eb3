"""What is adopted one at a time, in any order, builds an empty database."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino.inspect.adopt import commands
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.inspect.adopt.test_adopt import (
    databases,
    imported,
    made_by_hand,
    place,
    require_no_drift,
)
from tests.ottavino.migrate.project import Project, dump
from tests.ottavino.migrate.test_round_trip import comparable
from tests.ottavino.plugin import MANY

__all__ = ["databases", "place"]

SCHEMA = Path(__file__).with_name("any_order.sql").read_text("utf-8")

NAMES = (
    "counted",
    "leads",
    "named_people",
    "notes",
    "people",
    "quiet_people",
    "sizes",
    "team_names",
    "teams",
    'public."Over leads"',
)


@dataclass(frozen=True, repr=False)
class Both:
    """The database to adopt, and an empty one."""

    live: Database
    empty: Database
    before: str
    """The first one, as pg_dump writes it."""
    settings_from: SettingsFrom


@pytest.fixture
async def both(databases: tuple[Database, Database], settings_from: SettingsFrom) -> Both:
    for database, sql in zip(databases, (SCHEMA, ""), strict=True):
        await made_by_hand(database, sql)
    return Both(*databases, dump(databases[0]), settings_from)


@pytest.mark.whole
@settings(max_examples=40 if settings.get_current_profile_name() == MANY else 3)
@given(st.permutations(NAMES))
async def test_what_is_adopted_one_at_a_time_builds_the_same_database(
    both: Both, project: Project, place: str, tmp_path: Path, names: Sequence[str]
) -> None:
    nothing = dump(both.empty)
    await forget(both, project, tmp_path / place)
    for name in names:
        printed = await commands.adopted(name, place)
        assert not [line for line in printed if line.startswith(("Not adopted", "Kept"))]
        project.declare(imported(place))
    await require_no_drift()
    both.settings_from(**both.empty.variables)
    await forwards("db")
    await require_no_drift()
    assert comparable(dump(both.empty)) == comparable(both.before)
    await backwards("db", "all", auto_agree=True)
    assert comparable(dump(both.empty)) == comparable(nothing)


async def forget(both: Both, project: Project, folder: Path) -> None:
    """Undo what another example has adopted."""
    project.declare([])
    both.settings_from(**both.live.variables)
    delete_files(project, folder)
    async with connected(both.live.superuser_url) as connection:
        await connection.execute("drop table if exists public.migration")


def delete_files(project: Project, folder: Path) -> None:
    for path in [*(file.path for file in project.files), *folder.glob("[a-z]*.py")]:
        path.unlink()
    (folder / "__init__.py").write_text("", "utf-8")
