"""Random schemas, edited at random: each migration makes the new schema, and is undone."""

import re
from collections.abc import Collection
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new

from ottavino.inspect.drift import drift, find_drift
from ottavino.migrate import platform
from ottavino.migrate.batches import split
from ottavino.migrate.branches import require_one_branch
from ottavino.migrate.diff import AskRename, changes
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.migration import Migration
from ottavino.migrate.render import render
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import CreateConcurrently, Step
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.migrate.migrators import HAS_VECTOR, OF_OTHERS, Migrators
from tests.ottavino.migrate.project import Project, catalog, dump, run, without_facts
from tests.ottavino.migrate.random_columns import COUNTERS, REPORTS
from tests.ottavino.migrate.random_objects import EDITOR
from tests.ottavino.migrate.schemas import TABLES, Schema, histories
from tests.ottavino.plugin import MANY

PARTS = 4
"""How many tests share the random examples, so that several processes can try them."""


@pytest.fixture(scope="module")
def cluster(another_cluster: Cluster) -> Cluster:
    """Roles belong to a whole server, and no service starts whose login can become more."""
    return another_cluster


@pytest.fixture(autouse=True)
def api_roles(settings_from: SettingsFrom) -> None:
    settings_from(API_ROLES=EDITOR)


@pytest.fixture
async def has_vector(empty_database: Database) -> bool:
    """Whether this PostgreSQL has the extension."""
    async with connected(empty_database.superuser_url) as connection:
        return bool(await connection.fetchval(HAS_VECTOR))


each_part = pytest.mark.parametrize("part", range(PARTS))
# Each part begins with the same example, the simplest.
few_examples = settings(max_examples=settings().max_examples // PARTS)


@pytest.mark.in_make_test("tries migrations of more kinds than any other test, in 3 s")
@each_part
@few_examples
@given(histories(edits=1), st.booleans())
async def test_edits_are_migrated_and_undone(
    migrators: Migrators, part: int, history: list[Schema], with_facts: bool
) -> None:
    await _migrate_and_undo(migrators, history, (), with_facts=with_facts)


@pytest.mark.whole
@each_part
@few_examples
@given(histories(), st.booleans())
async def test_the_schema_after_each_edit_is_the_one_that_is_made_at_once(
    migrators: Migrators, thorough: bool, part: int, history: list[Schema], with_facts: bool
) -> None:
    """Only a thorough test compares all schemas; others compare the last two."""
    last = len(history)
    compared = range(1, last + 1) if thorough else (last - 1, last)
    await _migrate_and_undo(migrators, history, compared, with_facts=with_facts)


async def _migrate_and_undo(
    migrators: Migrators, history: list[Schema], compared: Collection[int], *, with_facts: bool
) -> None:
    """In a transaction that is rolled back. Before, what is compared is made at once.

    The files state facts beside their SQL, or do not, as those from before there were any.
    """
    if not migrators.has_vector:
        history = [each.without_extension() for each in history]
    states = [declared(schema.classes(), schema.objects()) for schema in history]
    is_superuser = any(each.needs_superuser for each in history)
    async with migrators.transaction(is_superuser=is_superuser) as migrated:
        # The first is made at once by the first migration too.
        at_once = {
            number: await catalog_of(migrated, states[number - 1])
            for number in compared
            if number > 1
        }
        catalogs = {0: await catalog(migrated)}
        migrations: list[list[Step]] = []
        state = State()
        for number, (schema, wanted) in enumerate(zip(history, states, strict=True), 1):
            steps = [
                step
                for part in split(changes(state, wanted, answering(schema)))
                for step in written_and_read(part)
            ]
            await run(migrated, [inside(step).forwards() for step in steps])
            migrations.append(steps)
            for step in steps:
                step.replay(state)
            if not with_facts:
                state = without_facts(state)
            assert state == wanted
            assert changes(state, wanted, answering(schema)) == []
            if number in compared or number == len(history):
                drift = await find_drift(migrated, wanted, state)
                assert (drift.differences, drift.on_ours) == ([], [])
            if number in compared:
                catalogs[number] = await catalog(migrated)
        assert {number: catalogs[number] for number in at_once} == at_once
        require_one_branch(
            [], [file_of(number, each) for number, each in enumerate(migrations)]
        )
        for number, steps in reversed([*enumerate(migrations)]):
            await run(migrated, [inside(step).backwards() for step in reversed(steps)])
            if number in catalogs:
                assert await catalog(migrated) == catalogs[number]


@pytest.mark.whole
@settings(max_examples=500 if settings.get_current_profile_name() == MANY else 3)
@given(histories())
async def test_the_commands_do_what_pg_dump_agrees_with(
    cluster: Cluster,
    project: Project,
    settings_from: SettingsFrom,
    has_vector: bool,
    history: list[Schema],
) -> None:
    """Committed, with concurrent indexes outside of transactions."""
    history = history if has_vector else [each.without_extension() for each in history]
    for path in project.folder.glob("*.py"):
        path.unlink()
    async with cluster.clone(EMPTY) as migrated, cluster.clone(EMPTY) as made_at_once:
        urls = [each.direct_url for each in (migrated, made_at_once)]
        if any(each.needs_superuser for each in history):
            urls = [each.superuser_url for each in (migrated, made_at_once)]
        settings_from(**{**migrated.variables, "DIRECT_URL": urls[0]})
        for url in urls:
            async with connected(url) as connection:
                await connection.execute(OF_OTHERS)
        before = comparable(dump(migrated))
        # An app without tables shares its folder with one that has some. What comes after it
        # may have columns of its own that those before could not become.
        for schema in takewhile(lambda each: each.tables, history):
            project.declare(schema.classes(), schema.objects())
            await new("db", auto=True, auto_input="y" if schema.answer else "n")
            await forwards("db")
            found = (await drift()).comparison
            assert (found.differences, found.on_ours) == ([], [])
        async with connected(urls[1]) as connection:
            await platform.install(connection)
            await connection.execute("set check_function_bodies = off")
            await run(connection, made(project.declared))
        assert comparable(dump(migrated)) == comparable(dump(made_at_once))
        # The role, which both have, is dropped with the last that it is granted.
        async with connected(made_at_once.superuser_url) as connection:
            if await connection.fetchval("select to_regrole($1) is not null", EDITOR):
                await connection.execute(f"drop owned by {EDITOR}")
        await backwards("db", "all", auto_agree=True, clean=True)
        assert comparable(dump(migrated)) == before


def answering(schema: Schema) -> AskRename:
    """Answers whether something was renamed; a table of another shape is another."""

    def answer(of: str, old: str, new: str) -> bool:
        is_table = "." not in of
        moving = ("regions", "status", "price", *COUNTERS, *VIEWS, COUNTED)
        schemas = ("public", REPORTS, f'"{REPORTS}"', '"Other"')
        known = {*TABLES, *COUNTERS, *(f"{s}.{each}" for s in schemas for each in moving)}
        return schema.answer and not (is_table and {old, new} - known)

    return answer


def file_of(number: int, steps: list[Step]) -> MigrationFile:
    """A file with some steps."""
    return MigrationFile(Path(f"{number}.py"), Migration(str(number), steps=steps))


def inside(step: Step) -> Step:
    """The step as a transaction can take it."""
    return step.inside if isinstance(step, CreateConcurrently) else step


def made(state: State) -> list[str]:
    """The statements that make a schema at once."""
    return [step.forwards() for step in changes(State(), state, answering(Schema()))]


def comparable(dumped: str) -> list[list[str]]:
    """What pg_dump writes for each object, without the order of columns.

    The constraint that PostgreSQL 18 makes of `not null` keeps the name that it was given
    under the first name of its column. So does the sequence of an identity column.
    """
    dumped = re.sub(r' CONSTRAINT ("[^"]+"|\w+) NOT NULL', " NOT NULL", dumped)
    for sequence in re.findall(r"AS IDENTITY \(\n +SEQUENCE NAME \w+\.(.+)\n", dumped):
        for written in (sequence, sequence.strip('"')):
            dumped = dumped.replace(written, "sequence_of_identity")
    objects = dumped.split("\n--\n-- Name: ")
    return sorted(sorted(line.rstrip(",") for line in each.splitlines()) for each in objects)


def written_and_read(steps: list[Step]) -> list[Step]:
    """Some steps, written to a file and read again."""
    module: dict[str, object] = {}
    exec(render("1", "", steps), module)  # noqa: S102  # a migration file is Python
    make = module["migration"]
    assert callable(make)
    migration = make()
    assert isinstance(migration, Migration)
    assert migration.steps == steps
    return migration.steps


async def catalog_of(connection: Connection, state: State) -> list[str]:
    """The catalog after the whole schema is made in one go; then rolled back."""
    await connection.execute("savepoint at_once")
    await run(connection, made(state))
    found = await catalog(connection)
    # Released too: below a savepoint, PostgreSQL forgets that an enumerated type is as new as
    # the values that are added to it, and refuses them.
    await connection.execute("rollback to at_once; release at_once")
    return found


VIEWS = [f"{kind}_{name}" for kind in ("view", "stored") for name in TABLES]
COUNTED = '"Counted"(most integer, query text)'
