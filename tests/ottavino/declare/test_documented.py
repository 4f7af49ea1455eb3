"""The tables of `docs/tables.md` are made as the page has them."""

import re
from typing import Any
from uuid import UUID

import pytest
from piccolo.apps.migrations.commands.backwards import backwards

from ottavino import Identity, Table, session
from ottavino.query import insert, select, update
from ottavino.settings import ROOT
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.declare.test_every_column import USER, drifts, migrated
from tests.ottavino.migrate.project import Project, dump

STORAGE = """
    create schema storage authorization postgres;
    create table storage.objects (id uuid, owner uuid, name text, bucket_id text);
    alter table storage.objects owner to postgres;
    create publication supabase_realtime;
    alter publication supabase_realtime owner to postgres;
"""
"""What a Supabase project has."""
OTHER = UUID("00000000-0000-4000-8000-00000000000b")
PAGE = (ROOT / "docs" / "tables.md").read_text("utf-8")
BLOCKS = [
    each
    for each in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    if each.startswith(("import ", "from "))
]


KINDS = ["own helpers", "columns", "keys", "roles", "members", "claims", "objects"]


@pytest.fixture(scope="module")
def cluster(another_cluster: Cluster) -> Cluster:
    """Roles belong to a whole server, and no service starts whose login can become more."""
    return another_cluster


def declared(block: str) -> dict[str, Any]:
    """The tables and objects that a block of the page declares."""
    names: dict[str, Any] = {"__name__": "documented"}
    exec(compile(block, "docs/tables.md", "exec"), names)  # noqa: S102  # it is our own
    return names


def tables_of(names: dict[str, Any]) -> list[type[Table]]:
    return [
        each
        for each in names.values()
        if isinstance(each, type) and issubclass(each, Table)
        if each.__module__ == "documented"
    ]


@pytest.mark.whole
@pytest.mark.parametrize("block", BLOCKS, ids=KINDS)
async def test_a_table_of_the_page_is_migrated_and_does_not_drift(
    empty_database: Database, project: Project, settings_from: SettingsFrom, block: str
) -> None:
    settings_from(API_ROLES="editor")
    names = declared(block)
    tables, objects = tables_of(names), names.get("OBJECTS", ())
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(STORAGE)
    before = dump(empty_database)
    await migrated(empty_database, project, *tables, objects=objects)
    assert await drifts(empty_database, tables, objects) == []
    if objects:
        await backwards("db", migration_id="all", auto_agree=True)
        assert dump(empty_database) == before


async def test_who_begins_a_team_is_its_first_member_and_may_let_others_in(
    empty_database: Database, project: Project
) -> None:
    names = declared(next(each for each in BLOCKS if "Members(" in each))
    other = f"insert into auth.users (id) values ('{OTHER}')"
    await migrated(empty_database, project, *tables_of(names), before=other)
    team, member = names["Team"], names["TeamMember"]
    async with session(Identity.user(USER)):
        ((team_id,),) = await insert(team(name="ours")).returning(team.id)
        assert await select(member.role) == [("owner",)]
        await insert(member(team_id=team_id, user_id=OTHER, role="viewer"))
    async with session(Identity.user(OTHER)):
        assert await select(team.name) == [("ours",)]
        renaming = update(team).set(team.name, "theirs").where(team.id == team_id)
        assert await renaming.returning(team.id) == []
