"""What is beside our tables, and was renamed by hand or along with them, is made only once."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest

from ottavino import Col, DatabaseFunction, ForeignPolicy, Published, Schema, View, text
from ottavino.inspect.difference import Comparison
from ottavino.inspect.drift import find_drift
from ottavino.migrate import platform
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import move, schema, undone
from tests.ottavino.declare.test_every_object import STORAGE, numbered, of_notes
from tests.ottavino.inspect.test_drift import inside

MAY_READ = DatabaseFunction(
    name="may_read",
    arguments=("name text",),
    returns="boolean",
    language="sql",
    body="select name <> ''",
    security_definer=True,
    execute=(),
)
FILES = ForeignPolicy(on="storage.objects", name="own files", using="public.may_read(name)")
OTHER_FILES = ForeignPolicy(on="storage.objects", name="a", using="false")


@pytest.fixture
async def connection(empty_database: Database) -> AsyncGenerator[Connection]:
    """A superuser's transaction, which is rolled back."""
    async with repeating(empty_database.superuser_url) as connection, undone(connection):
        await connection.execute(STORAGE)
        await platform.install(connection)
        yield connection


async def _fixed(connection: Connection, declared: Sequence[Any], change: str) -> Comparison:
    """The drift after a change by hand, whose fix leaves none."""
    state = schema(*declared)
    await move(connection, State(), state)
    await connection.execute(change)
    found = await find_drift(connection, state, state)
    assert found.fix is not None, [(each.entry, each.undecided) for each in found.differences]
    await connection.execute(inside(found.fix))
    left = await find_drift(connection, state, state)
    assert [f"{each.entry} {each.facets}" for each in left.differences] == []
    return found


@pytest.mark.whole("compares catalogs")
@pytest.mark.parametrize(
    "change",
    [
        "alter table notes rename to papers",
        "create schema private; alter table notes set schema private",
        "alter table notes rename to papers; create schema a; alter table papers set schema a",
    ],
)
async def test_a_publication_follows_its_renamed_table(
    connection: Connection, change: str
) -> None:
    found = await _fixed(connection, of_notes(Published("some_changes")), change)
    assert "publication" not in (found.fix or "")
    assert [each for each in found.unknown if each.kind == "published"] == []


POLICIES = "select polname::text from pg_policy where polrelid = 'storage.objects'::regclass"
ROUTINES = "select count(*) from pg_proc where proname ~ 'may_'"


@pytest.mark.whole("compares catalogs")
@pytest.mark.parametrize(
    "change",
    [
        'alter policy "own files" on storage.objects rename to "Their files"',
        "alter function may_read rename to may_see",
        "create schema private; alter function may_read set schema private",
        (
            'alter policy "own files" on storage.objects rename to "Their files"; '
            "alter function may_read rename to may_see"
        ),
    ],
)
async def test_a_policy_on_a_table_of_others_and_its_function_are_renamed_back(
    connection: Connection, change: str
) -> None:
    before = await connection.fetch(POLICIES)
    await _fixed(connection, [MAY_READ, FILES, OTHER_FILES], change)
    there = {*await connection.fetch(POLICIES)} - {*before}
    assert {row[0] for row in there} == {"own files", "a"}
    assert await connection.fetchval(ROUTINES) == 1


async def test_of_two_policies_on_a_table_of_others_a_person_is_told(
    connection: Connection,
) -> None:
    state = schema(OTHER_FILES)
    await move(connection, State(), state)
    await connection.execute(
        "alter policy a on storage.objects rename to b;"
        "create policy a on storage.objects to authenticated using (true)"
    )
    found = await find_drift(connection, state, state)
    assert found.fix is None
    [difference] = found.differences
    assert difference.undecided == (
        "another policy has this name, and the policy storage.objects.b may be ours. "
        "Give both their names back"
    )


class NoteTitle(View, tablename="note_titles"):
    """A view over a table."""

    title: Col[str] = text()
    query = "select title from public.notes"


class LongTitle(View, tablename="long_titles"):
    """A view over a view."""

    title: Col[str] = text()
    query = "select title from public.note_titles where title > 'a'"


@pytest.mark.whole("compares catalogs")
async def test_views_that_exchanged_their_names_are_left_to_a_person(
    connection: Connection,
) -> None:
    state = schema(*of_notes(title=text(default="")), NoteTitle, LongTitle)
    await move(connection, State(), state)
    await connection.execute(
        "alter view note_titles rename to between;"
        "alter view long_titles rename to note_titles;"
        "alter view between rename to long_titles"
    )
    found = await find_drift(connection, state, state)
    assert found.fix is None
    assert {str(each.entry): each.undecided for each in found.differences} == {
        "view public.note_titles": "another view has this name, and the view "
        "public.long_titles may be ours. Give both their names back",
        "view public.long_titles": "it may be the view public.note_titles, renamed. Give that "
        "its own name back",
    }


@pytest.mark.whole("compares catalogs")
async def test_a_schema_that_a_migration_made_belongs_to_the_owner_of_the_tables(
    connection: Connection,
) -> None:
    change = (
        "create role beside_landlord; alter schema reports owner to beside_landlord; "
        "create schema before authorization beside_landlord"
    )
    declared = [Schema("reports"), *of_notes()]
    found = await _fixed(connection, declared, change)
    [difference] = found.differences
    assert difference.facets == ["owner"]
    state = schema(*declared, Schema("before"))
    await move(connection, schema(*declared), state)
    left = await find_drift(connection, state, state)
    assert [each for each in left.differences if "owner" in each.facets] == []


@pytest.mark.whole("compares catalogs")
@pytest.mark.parametrize("start", ["", "start 5"])
async def test_a_sequence_that_was_replaced_is_left_to_a_person(
    connection: Connection, start: str
) -> None:
    state = schema(*numbered())
    await move(connection, State(), state)
    await connection.execute(
        f'alter sequence "Numbers" rename to cn; create sequence "Numbers" {start}'
    )
    found = await find_drift(connection, state, state)
    undecided = {str(each.entry): each.undecided for each in found.differences}
    assert undecided["column public.notes.number"] == (
        'it depends on the sequence public."Numbers", which has to be decided first'
    )
    assert "nextval" not in (found.fix or "")
    assert 'sequence public."Numbers"' not in {n for n, why in undecided.items() if not why}
