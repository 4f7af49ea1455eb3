"""Views are read like tables, and follow the tables that they read."""

from collections.abc import Callable
from enum import Enum
from typing import Any, cast
from uuid import UUID

import pytest
from piccolo.apps.migrations.commands.backwards import backwards

from ottavino import (
    Check,
    Col,
    Comment,
    DatabaseFunction,
    Grant,
    Index,
    OptionalRef,
    Policy,
    Role,
    Schema,
    Table,
    Trigger,
    View,
    bigint,
    enum,
    integer,
    owner,
    primary_key,
    reference,
    refresh,
    text,
    uuid,
)
from ottavino.identity import Identity
from ottavino.inspect.drift import drift, find_drift
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.postgres.session import session
from ottavino.query import Row, insert, objects, select
from ottavino.testing import Database
from tests.ottavino.declare.installed import migrator, move, notes, schema, there_and_back
from tests.ottavino.declare.test_every_column import USER, drifts, migrated
from tests.ottavino.migrate.project import Project, dump, table

OTHER = UUID("00000000-0000-4000-8000-00000000000b")


class Note(Table, tablename="notes"):
    """A note of a user."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    title: Col[str] = text()
    database_objects = (
        Policy.owner(user_id),
        Grant(to=Role.AUTHENTICATED, select=True),
        Grant.everything(to=Role.SERVICE_ROLE),
    )


class LongNote(View, tablename="long_notes"):
    """The notes with a long title."""

    id: OptionalRef[Note] = reference(Note, default=None)
    length: Col[int] = integer()

    query = """
        select notes.id, char_length(notes.title) as length
        from public.notes
        where char_length(notes.title) > 3
    """
    database_objects = (
        Grant(to=Role.AUTHENTICATED, select=True),
        Comment("What is long."),
        Comment("How long.", on=length),
    )


class NoteCount(View, tablename="note_counts", materialized=True):
    """How many notes each user has."""

    user_id: Col[UUID] = uuid()
    notes: Col[int] = bigint()

    query = "select user_id, count(*) as notes from public.notes group by user_id"
    database_objects = (
        Grant(to=Role.SERVICE_ROLE, select=True),
        Index(user_id, unique=True),
        refresh("public.note_counts", concurrently=True),
        Comment("Counted now and then."),
    )


@pytest.mark.whole
async def test_a_view_is_read_as_its_caller_may(
    empty_database: Database, project: Project
) -> None:
    before = dump(empty_database)
    made = [LongNote, NoteCount, Note]
    await migrated(
        empty_database,
        project,
        *made,
        before=f"insert into auth.users (id) values ('{OTHER}')",
    )

    class Line(Row):
        length = LongNote.length
        title = LongNote.id.maybe(lambda note: note.title)

    async with session(Identity.service()):
        for user in (USER, OTHER):
            await insert(Note(user_id=user, title="long"), Note(user_id=user, title="no"))
        assert await select(NoteCount.notes) == []
        await select(Note.id).limit(1)
    async with session(Identity.user(USER)):
        assert await select(LongNote.length) == [(4,)]
        assert await select(Line) == [Line(length=4, title="long")]
        (row,) = await objects(LongNote)
        assert row.length == 4
    assert await drifts(empty_database, made) == []
    assert await project.generate() is None
    await backwards("db", migration_id="all", auto_agree=True)
    assert dump(empty_database) == before


class Wrong(View, tablename="wrong_notes"):
    """Its columns are not those of its query."""

    id: Col[UUID] = uuid()
    title: Col[str] = text()
    n: Col[int] = bigint()

    query = "select title as x, title, id as n from public.notes"


@pytest.mark.parametrize(
    "attribute", [{"accepted": {"VIEW003": "Why."}}, {"security_invoker": False}]
)
def test_an_argument_of_the_class_is_refused_as_an_attribute(attribute: dict[str, Any]) -> None:
    (name,) = attribute
    members = {"query": "select 1", "__module__": __name__, **attribute}
    with pytest.raises(TypeError, match=rf"^Odd\.{name} is .* class Odd\(View, {name}=…\)\.$"):
        type("Odd", (View,), members)


@pytest.mark.whole("compares the whole catalog")
async def test_declared_columns_that_the_query_does_not_give_are_reported(
    empty_database: Database, project: Project
) -> None:
    await migrated(empty_database, project, Note, LongNote, NoteCount, Wrong)
    found = await drift()
    assert [(each.rule, each.where) for each in found.findings] == [
        ("OTT113", "public.wrong_notes.id"),
        ("OTT113", "public.wrong_notes.n"),
    ]
    missing, other = [each.message for each in found.findings]
    assert "the view has none" in missing
    assert "n as bigint, and the view has it as uuid" in other
    assert not found.is_none


@pytest.mark.whole("compares the whole catalog")
async def test_a_type_that_a_pending_migration_moves_is_no_wrong_column(
    empty_database: Database, project: Project
) -> None:
    def declare(where: str) -> None:
        state = enum(Enum("State", {"OPEN": "open"}), name=f"{where}.state")
        members = {"state": state, "query": "select state from public.notes"}
        make = cast("Callable[..., type[Table]]", type(View))
        reading = make("Reading", (View,), members, tablename="reading")
        project.declare([table("notes", state=state), reading], [Schema("other")])

    declare("public")
    await project.migrate()
    declare("other")
    await project.generate()
    assert not [each for each in (await drift()).findings if each.rule == "OTT113"]


async def test_a_materialized_view_is_filled_by_its_function(empty_database: Database) -> None:
    state = declared([Note, NoteCount])
    async with migrator(empty_database, USER) as connection:
        await move(connection, State(), state)
        await connection.execute("alter table public.notes no force row level security")
        await connection.execute(f"insert into notes (user_id, title) values ('{USER}', 'a')")
        await connection.execute("set local role service_role")
        await connection.execute("select public.refresh_note_counts()")
        assert await connection.fetchval("select notes from public.note_counts") == 1


def view(name: str, query: str, *objects: Any, **options: Any) -> type[Table]:
    members = {
        "id": uuid(),
        "query": query,
        "database_objects": objects,
        "__module__": __name__,
    }
    make = cast("Callable[..., type[Table]]", type(View))
    return make(name.title(), (View,), members, tablename=name, **options)


READ = Grant(to=Role.ANON, select=True)
OF_NOTES = view("of_notes", "select id, title from public.notes", READ)
ALL_OF_NOTES = view(
    "all_notes", "select id, title from public.notes", READ, security_invoker=False
)
OF_VIEW = view("of_view", "select id from public.of_notes", READ)
STORED = view(
    "stored",
    "select id, count(*) from public.notes group by id",
    Index("id", name="stored_id"),
    materialized=True,
)
CALLING = view("calling", "select public.twice(price) as id from public.notes")
OF_A = view("of_a", "select id from public.a", READ)
TWICE = DatabaseFunction(
    name="twice",
    arguments=("a integer",),
    returns="integer",
    language="sql",
    volatility="immutable",
    body="select 2 * a",
)
OF_ROWS = DatabaseFunction(
    name="rows", returns="setof public.of_notes", language="sql", body="select * from of_notes"
)
KEEPS = Trigger(
    name="keeps",
    function=DatabaseFunction(name="keeps", returns="trigger", body="begin return new; end"),
    when="instead of",
    event="insert",
)
CASES = {
    "a view": ((), (OF_NOTES,)),
    "its query": ((OF_NOTES,), (view("of_notes", "select id from public.notes", READ),)),
    "its grants": ((OF_NOTES,), (view("of_notes", "select id, title from public.notes"),)),
    "whose rights it reads with": (
        (view("all_notes", "select id, title from public.notes", READ),),
        (ALL_OF_NOTES,),
    ),
    "a trigger instead of its insert": (
        (OF_NOTES,),
        (view("of_notes", "select id, title from public.notes", READ, KEEPS),),
    ),
    "one of a view": ((OF_NOTES,), (OF_VIEW, OF_NOTES)),
    "the view under another": (
        (OF_VIEW, OF_NOTES),
        (OF_VIEW, view("of_notes", "select id from public.notes where true", READ)),
    ),
    "a stored one": ((), (STORED,)),
    "a function that it calls": (
        (CALLING, TWICE),
        (
            CALLING,
            DatabaseFunction(
                name="twice",
                arguments=("a integer",),
                returns="bigint",
                language="sql",
                volatility="immutable",
                body="select 2 * a",
            ),
        ),
    ),
    "a function of its rows": ((OF_NOTES,), (OF_ROWS, OF_NOTES)),
    "a view for a materialized one": (
        (view("a", "select id from public.notes"),),
        (view("a", "select id from public.notes", materialized=True),),
    ),
    "a view for a table": (
        (table("a", Comment("a"), id=primary_key()),),
        (view("a", "select id from public.notes", Comment("a")),),
    ),
    "a table, which others read, for a view": (
        (view("a", "select id from public.notes"), OF_A),
        (table("a", READ, id=primary_key()), OF_A),
    ),
    "a view with the name that a table had": (
        (table("a", READ, id=primary_key()),),
        (table("b", READ, id=primary_key()), view("a", "select id from public.b")),
    ),
    "a materialized view for a table": (
        (table("a", READ, Index("id", name="a_id"), id=primary_key()),),
        (
            view(
                "a",
                "select id from public.notes",
                READ,
                Index("id", name="a_id"),
                materialized=True,
            ),
        ),
    ),
}


@pytest.mark.whole("makes many edits and undoes them")
async def test_views_change_and_change_back(empty_database: Database) -> None:
    async with migrator(empty_database) as connection:
        for case, (old, new) in CASES.items():
            try:
                await there_and_back(connection, schema(notes(), *old), schema(notes(), *new))
                await move(connection, State(), schema())
            except Exception as error:
                error.add_note(case)
                raise


@pytest.mark.whole("reads the catalog after each of many changes")
async def test_views_follow_their_table(empty_database: Database) -> None:
    """A column that they read gets another type or name, or its table another column."""
    views = [STORED, OF_VIEW, OF_NOTES, ALL_OF_NOTES]
    columns: dict[str, Col[Any]] = {"title": text(), "price": integer()}
    changed = {
        "type": columns | {"title": text(default=None), "price": bigint()},
        "added": columns | {"more": integer(default=1)},
        "dropped": {"title": text()},
    }
    async with migrator(empty_database) as connection:
        for case, others in changed.items():
            for kept in (views, [OF_NOTES]):
                try:
                    await there_and_back(
                        connection,
                        schema(notes(**columns), *kept),
                        schema(notes(**others), *kept),
                    )
                except Exception as error:
                    error.add_note(case)
                    raise
        state = schema(notes(**columns), *views)
        await move(connection, State(), state)
        assert (await find_drift(connection, state, state)).differences == []
        await connection.execute("alter view public.of_notes reset (security_invoker)")
        (found,) = (await find_drift(connection, state, state)).differences
        assert str(found.entry) == "view public.of_notes"


def never(of: str, old: str, new: str) -> bool:
    """Nothing is renamed."""
    return False


def test_a_view_needs_a_query_that_names_columns_and_has_no_constraints() -> None:
    with pytest.raises(ValueError, match='Empty: a view needs SQL: write query = "select …"'):

        class Empty(View):  # pyright: ignore[reportUnusedClass]  # it is refused
            id: Col[UUID] = uuid()

    with pytest.raises(ValueError, match=r"The view public\.starred reads `\*`"):
        changes(State(), schema(notes(), view("starred", "select * from public.notes")), never)

    with pytest.raises(TypeError, match="A view cannot have a Check: declare it in the table"):
        view("checked", "select 1 as id", Check("a", "true"))


def test_a_view_of_values_has_the_names_of_its_class() -> None:
    class Day(View, tablename="days"):
        number: Col[int] = integer()
        name: Col[str] = text(db_column_name="Name")

        query = "-- The first two.\nvalues (1, 'Monday'), (2, 'Tuesday')"

    class Plain(View, tablename="plain"):
        column1: Col[int] = integer()

        query = "values (1)"

    made = [next(each.definitions()).create for each in (Day, Plain)]
    assert made[0].startswith('create view public.days (number, "Name") with (security_invoker')
    assert made[1].startswith("create view public.plain with (security_invoker")


@pytest.mark.parametrize("materialized", [False, True])
def test_a_view_accepts_rules_of_the_linter_with_a_reason(*, materialized: bool) -> None:
    members: Any = {"a": integer(), "query": "select 1 as a", "__module__": __name__}
    accepted = {"VIEW003": "Why."}
    options: Any = {"materialized": materialized, "accepted": accepted}
    made: Any = type("Plain", (View,), members, **options)
    assert next(made.definitions()).accepted == {"VIEW003"}
    with pytest.raises(ValueError, match="view 'Plain' accepts VIEW003 without a reason"):
        type("Plain", (View,), members, accepted={"VIEW003": " "})
