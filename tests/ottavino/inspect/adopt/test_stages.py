"""Projects that are adopted in stages, edited there and back, and built again."""

from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino.inspect.adopt import commands
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.inspect.adopt.test_adopt import (
    SCHEMAS,
    databases,
    imported,
    made_by_hand,
    place,
    require_no_drift,
)
from tests.ottavino.migrate.project import Project, dump
from tests.ottavino.migrate.test_round_trip import comparable

__all__ = ["databases", "place"]

SQL = {
    "rag_workspaces": Path(__file__).with_name("rag_workspaces.sql").read_text("utf-8"),
    "metered_events": SCHEMAS["metered_events"],
}

STAGES = {
    "rag_workspaces": (
        "type member_role,private.*",
        "workspaces",
        "match_sections,custom_access_token",
        "documents,my_documents",
        "all",
    ),
    "metered_events": (
        "metrics.accounts",
        "metrics.largest,metrics.roll",
        "metrics.events,metrics.daily",
        "metrics.*",
    ),
}

EDITS = {
    "rag_workspaces": {
        "query_embedding\n            limit": "query_embedding, position\n            limit",
        "'{claims,plan}'": "'{claims,tier}'",
        '"Its address."': '"Where it is."',
        '"url"': '"link"',
        "in ('owner', 'editor')": "in ('owner')",
    },
    "metered_events": {
        "Write another one.": "Write a correction.",
        "interval '1 month'": "interval '2 months'",
    },
}


@pytest.mark.whole("adopts databases, and builds them again")
@pytest.mark.parametrize("name", SQL)
async def test_a_project_is_adopted_in_stages_edited_and_built_again(  # noqa: PLR0913, PLR0917  # its fixtures
    name: str,
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    tmp_path: Path,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    for database, sql in ((live, SQL[name]), (empty, "")):
        await made_by_hand(database, "")
        async with connected(database.superuser_url) as connection:
            await connection.execute("create extension vector with schema extensions")
        await by_hand(database, sql)
    before, nothing = dump(live), dump(empty)
    project.declare([])
    for names in STAGES[name]:
        printed = await commands.adopted(names, place)
        assert not [e for e in printed if e.startswith(("Kept", "Not adopted"))], printed
        project.declare(imported(place))
        await require_no_drift()
    assert dump(live) == before

    edited = edit(tmp_path / place, EDITS[name])
    project.declare(imported(place))
    await project.migrate()
    await require_no_drift()
    after = dump(live)
    assert after != before
    await backwards("db", auto_agree=True)
    assert comparable(dump(live)) == comparable(before)
    assert edited

    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()
    assert comparable(dump(empty)) == comparable(after)
    await backwards("db", "all", auto_agree=True)
    assert comparable(dump(empty)) == comparable(nothing)


async def by_hand(database: Database, sql: str) -> None:
    async with connected(database.direct_url) as connection:
        await connection.execute(f"set search_path = public; {sql}")


def edit(folder: Path, edits: dict[str, str]) -> list[Path]:
    """Replace texts in the files that have them."""
    changed: list[Path] = []
    for path in folder.glob("*.py"):
        text = edited = path.read_text("utf-8")
        for old, new in edits.items():
            edited = edited.replace(old, new)
        if edited != text:
            path.write_text(edited, "utf-8")
            changed.append(path)
    return changed
