"""The tables of `docs/tables.md` are made as the page has them."""

import ast
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from piccolo.apps.migrations.commands.backwards import backwards

import ottavino
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
    create schema if not exists extensions;
    grant usage on schema extensions to public;
    create extension if not exists vector with schema extensions;
"""
"""What a Supabase project has."""
OTHER = UUID("00000000-0000-4000-8000-00000000000b")
PAGE = (ROOT / "docs" / "tables.md").read_text("utf-8")


def examples() -> Iterator[tuple[str, str]]:
    """The examples of the page, each with its heading, or the line before it."""
    for section in re.split(r"^#+ ", PAGE, flags=re.MULTILINE):
        heading = section.partition("\n")[0]
        blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
        for number, block in enumerate(blocks, 1):
            if block.startswith(("import ", "from ")):
                yield f"{heading} {number}", block


EXAMPLES = dict(examples())


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
@pytest.mark.parametrize("block", EXAMPLES.values(), ids=EXAMPLES)
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


def test_every_public_name_is_in_an_example() -> None:
    used = {
        node.id
        for block in EXAMPLES.values()
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert {*ottavino.__all__} - used == set()


@pytest.mark.whole("needs one more server")
async def test_the_functions_of_a_script_run_as_its_user(
    empty_database: Database, project: Project
) -> None:
    names = declared(next(each for each in EXAMPLES.values() if "async def stored" in each))
    await migrated(empty_database, project, *tables_of(names))
    for body in ("two words", "other words", "nothing"):
        assert await names["stored"](USER, body) == "It is stored."
    assert await names["found"](USER, "word") == ["other words", "two words"]
    assert await names["found"](OTHER, "word") == []


@pytest.mark.whole("needs one more server")
async def test_a_role_with_usage_of_its_sequence_inserts_a_serial(
    empty_database: Database, project: Project
) -> None:
    names = declared(next(each for each in EXAMPLES.values() if "serial(" in each))
    await migrated(empty_database, project, *tables_of(names))
    async with session(Identity.service()):
        stamp = names["Stamp"]
        stored = await insert(stamp(user_id=USER), stamp(user_id=USER)).returning(stamp.page)
        assert stored == [(1,), (2,)]


@pytest.mark.whole("needs one more server")
async def test_who_begins_a_team_is_its_first_member_and_may_let_others_in(
    empty_database: Database, project: Project
) -> None:
    names = declared(next(each for each in EXAMPLES.values() if "Members(" in each))
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
