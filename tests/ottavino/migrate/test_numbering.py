"""A column is numbered in another way, and its numbers go on."""

from typing import Any

import pytest
from piccolo.apps.migrations.commands.backwards import backwards

from ottavino import AsFound, Col, Sequence, Unique, bigint, identity, integer, serial, text
from ottavino.declare.kinds import define
from ottavino.declare.table import Table
from ottavino.inspect.drift import drift
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import AlterColumn, Rename, RenameColumn
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import install, migrator, move, schema, there_and_back
from tests.ottavino.migrate.project import Project, dump, run, table
from tests.ottavino.migrate.test_diff import yes

WAYS: dict[str, Any] = {
    "serial": lambda: serial(integer(primary_key=True)),
    "big serial": lambda: serial(bigint(primary_key=True)),
    "identity": lambda: identity(integer(primary_key=True), always=False),
    "big identity": lambda: identity(bigint(primary_key=True)),
    "plain": lambda: integer(primary_key=True),
    "text": lambda: text(primary_key=True),
}
UNNUMBERED = {"plain", "text"}
INSERT = "insert into public.notes (title) values ('a') returning id"


def notes(way: str) -> type[Table]:
    body = {"id": WAYS[way](), "title": text(), "__module__": __name__}
    return type("Note", (Table,), body, tablename="notes")


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("old", ["identity", "plain"])
async def test_a_serial_is_made_where_a_sequence_of_another_table_has_its_name(
    empty_database: Database, old: str
) -> None:
    one, other = declared([notes(old)]), declared([notes("serial")])
    async with migrator(empty_database) as connection:
        await connection.execute(
            "create table public.tags (id int generated always as identity)"
        )
        await connection.execute("alter sequence public.tags_id_seq rename to notes_id_seq")
        made = [each.forwards() for each in changes(State(), one, yes)]
        steps = changes(one, other, yes)
        back = [each.backwards() for each in reversed(steps)]
        for statements in (made, [each.forwards() for each in steps], back):
            await run(connection, statements)
        await run(connection, [each.forwards() for each in steps])
        named = "select pg_get_serial_sequence($1, 'id')"
        assert await connection.fetchval(named, "public.notes") == "public.notes_id_seq"
        assert await connection.fetchval(named, "public.tags") != "public.notes_id_seq"


@pytest.mark.whole
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("serial", "identity"),
        ("serial", "big identity"),
        ("identity", "serial"),
        ("identity", "big serial"),
        ("identity", "big identity"),
        ("serial", "big serial"),
        ("big serial", "serial"),
        ("serial", "plain"),
        ("plain", "serial"),
        ("text", "identity"),
    ],
)
async def test_numbers_go_on(
    old: str, new: str, empty_database: Database, project: Project
) -> None:
    project.declare([notes(old)])
    await project.migrate()
    if old not in UNNUMBERED:
        await inserted(empty_database)
    before = dump(empty_database)
    project.declare([notes(new)])
    await project.migrate()
    assert (await drift()).comparison.differences == []
    if UNNUMBERED.isdisjoint({old, new}):
        assert await inserted(empty_database) == 2
    await backwards("db", migration_id="1", auto_agree=True)
    assert dump(empty_database) == before
    if UNNUMBERED.isdisjoint({old, new}):
        assert await inserted(empty_database) == 3


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("way", ["serial", "big serial", "identity", "big identity"])
@pytest.mark.parametrize("old", sorted(UNNUMBERED))
async def test_numbers_go_on_after_the_greatest_that_a_row_has(
    old: str, way: str, shared_empty_database: Database
) -> None:
    async with migrator(shared_empty_database) as connection:
        await install(connection, notes(old))
        await connection.execute("insert into notes values ('7', 'a'), ('41', 'b')")
        await move(connection, schema(notes(old)), schema(notes(way)))
        for number in (42, 43):
            assert await connection.fetchval(INSERT) == number


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("rows", ["select", "insert into notes values (-7, 'a')"])
async def test_numbers_begin_with_the_first_if_no_row_has_one(
    rows: str, shared_empty_database: Database
) -> None:
    async with migrator(shared_empty_database) as connection:
        await install(connection, notes("plain"))
        await connection.execute(rows)
        await move(connection, schema(notes("plain")), schema(notes("identity")))
        assert await connection.fetchval(INSERT) == 1


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("old", "new"),
    [("serial", "identity"), ("identity", "big serial"), ("big serial", "big identity")],
)
async def test_another_sequence_has_the_privileges_of_the_old_one(
    old: str, new: str, shared_empty_database: Database
) -> None:
    """Default privileges open a new one to all callers."""
    async with migrator(shared_empty_database) as connection:
        await install(connection, notes(old))
        await connection.execute("grant usage on sequence notes_id_seq to anon, public")
        await connection.execute(
            "grant select on sequence notes_id_seq to service_role with grant option"
        )
        before = await connection.fetchval(ON_SEQUENCE)
        steps = changes(schema(notes(old)), schema(notes(new)), yes)
        for statements in (
            [each.forwards() for each in steps],
            [each.backwards() for each in reversed(steps)],
        ):
            await run(connection, statements)
            assert await connection.fetchval(ON_SEQUENCE) == before


ON_SEQUENCE = """
    select array_agg(each::text order by each::text)
    from pg_class, unnest(relacl) as each
    where oid = pg_get_serial_sequence('public.notes', 'id')::regclass
"""


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(("old", "new"), [("serial", "big serial"), ("big serial", "serial")])
async def test_the_sequence_of_a_serial_gets_the_type_of_its_column(
    old: str, new: str, shared_empty_database: Database
) -> None:
    async with migrator(shared_empty_database) as connection:
        await there_and_back(connection, schema(notes(old)), schema(notes(new)))


LONG = "number_of_the_note_among_those_of_its_user"


@pytest.mark.whole
async def test_the_sequence_of_a_serial_is_renamed_with_its_table_and_its_column(
    empty_database: Database, project: Project
) -> None:
    def tables(name: str, *columns: str) -> list[type[Table]]:
        made = {column: serial(integer()) for column in columns}
        return [table(name, **made), table("tags")]

    project.declare(tables("notes", "a", f"{LONG}_1"))
    await project.migrate()
    before = dump(empty_database)
    project.declare(tables("notes_of_other_users", "a", f"{LONG}_2"))
    await project.migrate()
    assert (await drift()).comparison.differences == []
    assert "CREATE SEQUENCE public.notes_of_other_users_a_seq" in dump(empty_database)
    await project.undo()
    assert dump(empty_database) == before


async def inserted(database: Database) -> int:
    async with connected(database.superuser_url) as connection:
        return await connection.fetchval(INSERT)


def counted(name: str, column: str, number: Col[int]) -> State:
    """A table with an identity column, whose sequence a role may use."""
    of = f"public.{name}_{column}_seq"
    usage = AsFound(
        f"detail public.{name}.sequence of {column}",
        f"grant usage on sequence {of} to anon",
        drop=f"revoke all on sequence {of} from anon",
    )
    return declared([table(name, usage, **{column: identity(number)}, b=text())])


def test_the_privileges_on_a_sequence_follow_its_column_and_its_table() -> None:
    old, column = counted("notes", "a", integer()), counted("notes", "c", integer())
    steps = changes(old, column, yes)
    assert [type(each) for each in steps] == [RenameColumn, Rename, Rename]
    assert not any(each.forwards() or each.backwards() for each in steps[1:])

    steps = changes(old, counted("tags", "c", integer()), yes)
    renamed = "detail public.tags.sequence of c"
    assert [type(each) for each in steps if each.subject == renamed] == [Rename]


def test_a_role_may_use_the_sequence_of_a_column_that_has_another_type() -> None:
    """PostgreSQL keeps the sequence, so that nothing is granted again."""
    steps = changes(counted("notes", "a", integer()), counted("notes", "a", bigint()), yes)
    assert [type(each) for each in steps] == [AlterColumn]


IDENTIFIED = AsFound(
    "detail public.notes.replica identity",
    "alter table public.notes replica identity using index notes_n_key",
    drop="alter table public.notes replica identity default",
)
OF_KEY = """
    select indisreplident, reloptions::text
    from pg_index join pg_class on pg_class.oid = indexrelid
    where indexrelid = 'public.notes_n_key'::regclass
"""


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("has_facts", [True, False])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (identity(integer()), integer()),
        (integer(), bigint()),
        (integer(), identity(bigint())),
    ],
)
async def test_what_the_index_of_a_key_has_stays_when_its_column_changes(
    shared_empty_database: Database, old: Col[int], new: Col[int], *, has_facts: bool
) -> None:
    one, other = (
        declared([table("notes", Unique(n, storage=("fillfactor = 70",)), IDENTIFIED, n=n)])
        for n in (old, new)
    )
    read = one.copy()
    if not has_facts:
        # As a file says it that an earlier version has written.
        for name, each in one.objects.items():
            read.objects[name] = define(each.name, each.create, each.drop)
    async with migrator(shared_empty_database) as connection:
        await move(connection, State(), one)
        steps = changes(read, other, yes)
        for statements in (
            [each.forwards() for each in steps],
            [each.backwards() for each in reversed(steps)],
        ):
            await run(connection, statements)
            row = await connection.fetchrow(OF_KEY)
            assert tuple(row or ()) == (True, "{fillfactor=70}")


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("taken", "by_hand", "following"),
    [(0, "", [1000, 1]), (2, "", [3, 4]), (0, "alter sequence public.num restart 7", [7, 8])],
)
async def test_a_sequence_of_which_no_number_was_taken_begins_with_its_start(
    shared_empty_database: Database, taken: int, by_hand: str, following: list[int]
) -> None:
    one, other = (declared([], [Sequence("public.num", start=each)]) for each in (1, 1000))
    following_number = "select nextval('public.num')"
    async with migrator(shared_empty_database) as connection:
        await move(connection, State(), one)
        for _ in range(taken):
            await connection.execute(following_number)
        if by_hand:
            await connection.execute(by_hand)
        steps = changes(one, other, yes)
        await run(connection, [each.forwards() for each in steps])
        assert await connection.fetchval(following_number) == following[0]
        if following[1] == 1:
            await connection.execute("alter sequence public.num restart")
        await run(connection, [each.backwards() for each in reversed(steps)])
        assert await connection.fetchval(following_number) == following[1]
