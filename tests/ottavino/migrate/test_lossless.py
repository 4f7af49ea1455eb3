"""Edits that keep rows and numbers: another name or another schema of what holds them."""

from collections.abc import Callable
from collections.abc import Sequence as Several
from enum import Enum
from typing import Any, NamedTuple, cast

import pytest

from ottavino import (
    SQL,
    Check,
    Comment,
    DatabaseFunction,
    EnumType,
    ForeignKey,
    Generated,
    Grant,
    Index,
    Partition,
    Policy,
    Role,
    Schema,
    Sequence,
    Trigger,
    Unique,
    array,
    bigint,
    enum,
    identity,
    integer,
    serial,
    text,
)
from ottavino.declare.table import Table
from ottavino.inspect.drift import drift
from ottavino.migrate.app import Object
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import (
    AlterColumn,
    Create,
    CreateTable,
    Move,
    Rename,
    RenameColumn,
    Replace,
    Undo,
)
from ottavino.postgres.quoting import identifier
from ottavino.testing import Database
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import migrator
from tests.ottavino.migrate.project import Project, catalog, run, table, without_facts
from tests.ottavino.migrate.test_diff import no, yes

NEW = "begin return new; end"
NUMBERED = serial(bigint(primary_key=True))
OTHER = Schema("other", usage=(Role.AUTHENTICATED,))


class Side(NamedTuple):
    """What is declared on one side of an edit, and queries for the rows that it keeps."""

    tables: list[type[Table]]
    objects: list[Object]
    fill: str
    kept: str


def made(name: str, schema: str, *database_objects: Any, **members: Any) -> type[Table]:
    """A table with these members alone."""
    make = cast("Callable[..., type[Table]]", type(Table))
    options = {each: members.pop(each) for each in ("partition_by",) if each in members}
    members |= {"database_objects": database_objects}
    return make(name.title(), (Table,), members, tablename=name, schema=schema, **options)


def events(name: str, rest: str, schema: str = "public", key: str = "region") -> Side:
    """A table with partitions, which a column decides."""
    region = text(primary_key=True)
    table = made(
        name,
        schema,
        *([OTHER] if schema == OTHER.name else []),
        Partition("events_eu", "in ('eu', 'it''s')"),
        Partition(rest, "default"),
        Policy(name="few", using=f"{identifier(key)} <> ''"),
        Index(region, name="events_by_region"),
        partition_by=f"list ({identifier(key)})",
        id=identity(bigint(primary_key=True)),
        **{key: region},
    )
    return Side(
        [table],
        [],
        f"insert into {schema}.{name} ({identifier(key)}) values ('eu'), ('us')",
        f"select id, {identifier(key)} as key from {schema}.{name} order by id",
    )


def numbered(name: str, schema: str = "public", **options: Any) -> Side:
    """A sequence that defaults and a function use, in one of two schemas."""
    numbers, called = Sequence(f"{schema}.{name}", **options), f"{schema}.{identifier(name)}"
    following = DatabaseFunction(
        name="following",
        returns="bigint",
        body=f"select nextval('{called}'::regclass)",
        language="sql",
    )
    table = made(
        "notes",
        "public",
        id=identity(bigint(primary_key=True)),
        number=bigint(default=numbers.next),
        again=bigint(default=SQL(f"nextval('{called}')")),
    )
    return Side(
        [table],
        [*([OTHER] if schema == OTHER.name else []), numbers, following],
        "insert into notes default values",
        "select unnest(array[number, again]) as number from notes order by 1",
    )


def moving(name: str, schema: str, of: str = "number") -> Side:
    """A table with an object of every kind, and one that refers to it."""
    number, before = integer(minimum=0), integer(default=None)
    touch = DatabaseFunction(name="touch", returns="trigger", body=NEW)
    through = f"exists (select from {schema}.{name} as n where n.{of} = whose)"
    double = Generated("double", "integer", f"{of} * 2")
    notes = made(
        name,
        schema,
        *([OTHER] if schema == OTHER.name else []),
        Unique(number),
        Check("even", f"{name}.{of} % 2 = 0"),
        double,
        Index(double),
        Index(number.desc(), where=f"{name}.{of} > 1"),
        ForeignKey((before,), f"{schema}.{name}", (of,)),
        Policy(name="few", using=f"{name}.{of} > 0"),
        Grant(to=Role.AUTHENTICATED, select=True, insert=True),
        Comment("Kept."),
        Trigger(name="touch", function=touch, when="before", event="update"),
        id=identity(bigint(primary_key=True)),
        counted=serial(integer()),
        before=before,
        **{of: number},
    )
    whose = integer()
    key = ForeignKey((whose,), f"{schema}.{name}", (of,))
    children = made(
        "children",
        "public",
        key,
        Policy(name="few", using=through),
        id=identity(bigint(primary_key=True)),
        whose=whose,
    )
    return Side(
        [notes, children],
        [],
        f"insert into {schema}.{name} ({of}, before)"
        f" select coalesce(max({of}), 0) + 2, max({of}) from {schema}.{name}",
        f"select id, counted, {of} as of, double, before from {schema}.{name} order by id",
    )


def beside(side: Side, *tables: type[Table], objects: Several[Object] = ()) -> Side:
    """The same beside others, which are the same on both sides of an edit."""
    there = ([*side.tables, *tables], [OTHER, *side.objects, *objects])
    return Side(*there, side.fill, side.kept)


def like_notes(name: str, schema: str) -> type[Table]:
    """A table whose indexes and sequences have names like those of `moving`."""
    number = integer()
    return made(
        name,
        schema,
        Unique(number),
        Index(number.desc()),
        id=identity(bigint(primary_key=True)),
        counted=serial(integer()),
        number=number,
    )


TAKEN = (like_notes("notes", "other"), like_notes("tags", "public"))
"""A table in the new schema with the old name, and one in the old schema with the new name."""


class Progress(Enum):
    """The values of a type."""

    OPEN = "open"
    DONE = "done"


def typed(schema: str) -> Side:
    """A table with columns of an enumerated type, and objects that name the type."""
    named, of = f"{schema}.status", EnumType(Progress, f"{schema}.status")
    status = enum(Progress, name=named, default=Progress.OPEN)
    counted = DatabaseFunction(
        name="counted",
        arguments=(f"of {named}",),
        returns="bigint",
        body="select count(*) from public.notes where status = of",
        language="sql",
    )
    table = made(
        "notes",
        "public",
        Check("known", f"status <> 'done'::{named} or id > 0"),
        Index(status, where=f"status = 'open'::{named}"),
        Policy(name="few", using=f"status = 'open'::{named}"),
        Grant(to=Role.AUTHENTICATED, select=True),
        id=identity(bigint(primary_key=True)),
        status=status,
        others=array(enum(Progress, name=named)),
    )
    return Side(
        [table],
        [*([OTHER] if schema == OTHER.name else []), of, counted],
        "insert into notes (others) values (array['open', 'done']::"
        f"{named}[]); select public.counted('open')",
        "select id, status::text, others::text from notes order by id",
    )


def filed(name: str, archive: str) -> Side:
    """A table whose partitions have constraints of every kind, and long names."""
    region, file = text(primary_key=True), bigint(primary_key=True)
    files = made("files", "public", id=bigint(primary_key=True))
    table = made(
        name,
        "public",
        Partition("eu", "in ('eu')"),
        Partition(archive, "default"),
        Check("known", "region <> ''"),
        Unique(file, region),
        ForeignKey((file,), "public.files", ("id",)),
        Index(file),
        partition_by="list (region)",
        region=region,
        file=file,
        counted=serial(integer()),
    )
    return Side(
        [files, table],
        [],
        "insert into files select 1 + count(*) from files;"
        f" insert into {name} select region, max(id) from files, unnest(array['eu', 'us'])"
        " as region group by region",
        f"select region, file from {name} order by counted",
    )


def keyed(name: str, *storage: str) -> Side:
    """A table with a key to which another table refers, and parameters of the key's index."""
    number, of = integer(), integer()
    table = made(
        name,
        "public",
        Unique(number, storage=storage),
        id=identity(bigint(primary_key=True)),
        number=number,
    )
    key = ForeignKey((of,), f"public.{name}", ("number",))
    children = made("children", "public", key, id=identity(bigint(primary_key=True)), of=of)
    return Side(
        [table, children],
        [],
        f"insert into {name} (number) select 1 + count(*) from {name};"
        f" insert into children (of) select max(number) from {name}",
        f"select number, children.id from {name} join children on of = number order by number",
    )


def renumbered(*, is_large: bool) -> Side:
    """A column with objects over it, whose name says which type it has."""
    name = "large" if is_large else "small"
    column = bigint(minimum=0) if is_large else integer(minimum=0)
    table = made(
        "notes",
        "public",
        Check("even", f"{name} % 2 = 0"),
        Unique(column),
        Index(column.desc(), where=f"{name} > 1"),
        Policy(name="few", using=f"{name} > 0"),
        id=identity(bigint(primary_key=True)),
        **{name: column},
    )
    return Side(
        [table],
        [],
        f"insert into notes ({name}) select 2 + 2 * count(*) from notes",
        f"select id, {name} as number from notes order by id",
    )


def nested(name: str) -> Side:
    """A table whose indexes have names like each other's after it is renamed."""
    one, other, third = integer(), integer(), integer()
    table = made(
        name,
        "public",
        *map(Index, (one, other, third)),
        id=identity(bigint(primary_key=True)),
        x=one,
        x_x=other,
        x_x_x=third,
    )
    return Side(
        [table],
        [],
        f"insert into {name} (x, x_x, x_x_x) values (1, 2, 3)",
        f"select * from {name} order by id",
    )


COUNTERS = (Sequence("other.nums"), Sequence("public.My numbers"))

EDITS = {
    "a column has another name and another type": (
        renumbered(is_large=False),
        renumbered(is_large=True),
    ),
    "a partition has another name": (
        events("events", "events_other"),
        events("events", "Other events"),
    ),
    "a partitioned table has another name": (
        events("events", "events_other"),
        events("happenings", "events_other"),
    ),
    "a partitioned table and a partition have other names": (
        events("events", "events_other"),
        events("happenings", "rest"),
    ),
    "a partitioned table is in another schema": (
        events("events", "events_other"),
        events("events", "events_other", "other"),
    ),
    "the column that decides the partition has another name": (
        events("events", "events_other"),
        events("events", "events_other", key="Where"),
    ),
    "a partitioned table, a partition and the deciding column have other names": (
        events("events", "events_other"),
        events("happenings", "rest", key="area"),
    ),
    "a sequence has another name": (
        numbered("nums", start=1000),
        numbered("numbers", start=1000),
    ),
    "a sequence has another name and other options": (
        numbered("nums", usage=(Role.AUTHENTICATED,)),
        numbered("My numbers", increment=5),
    ),
    "a table is in another schema": (moving("notes", "public"), moving("notes", "other")),
    "a table is in another schema under another name": (
        moving("notes", "public"),
        moving("tags", "other"),
    ),
    "a table moves to another schema, and both names are taken": (
        beside(moving("notes", "public"), *TAKEN),
        beside(moving("tags", "other"), *TAKEN),
    ),
    "a table is in another schema under another name, and so is a column": (
        moving("notes", "public"),
        moving("tags", "other", "amount"),
    ),
    "a partitioned table is in another schema, and a partition has another name": (
        events("events", "events_other"),
        events("happenings", "rest", "other"),
    ),
    "a partitioned table with constraints has another name": (
        filed("cases", "archive"),
        filed("matters", "archive"),
    ),
    "a table gets the name of an index with its columns": (nested("notes"), nested("notes_x")),
    "the index of a key has a parameter": (
        keyed("notes"),
        keyed("notes", "fillfactor = 70"),
    ),
    "the index of a key has other parameters, and its table another name": (
        keyed("notes", "fillfactor = 70", "deduplicate_items = off"),
        keyed("tags", "fillfactor = 60"),
    ),
    "an enumerated type is in another schema": (typed("public"), typed("other")),
    "a sequence is in another schema": (
        numbered("nums", start=1000),
        numbered("nums", "other", start=1000),
    ),
    "a sequence moves to another schema, and both names are taken": (
        beside(numbered("nums", start=1000), objects=COUNTERS),
        beside(numbered("My numbers", "other", increment=5), objects=COUNTERS),
    ),
}


@pytest.mark.whole("migrates twice, and reads the catalog four times")
@pytest.mark.parametrize(("one", "other"), EDITS.values(), ids=EDITS)
async def test_an_edit_keeps_rows_and_numbers_in_both_directions(
    empty_database: Database, project: Project, one: Side, other: Side
) -> None:
    async with repeating(empty_database.superuser_url) as connection:
        async with migrator(empty_database) as making:
            state = declared(other.tables, other.objects)
            await run(making, [step.forwards() for step in changes(State(), state, no)])
            other_at_once = await catalog(making)
        project.declare(one.tables, one.objects)
        await project.migrate()
        one_at_once = await catalog(connection)
        await connection.execute(one.fill)
        rows = await connection.fetch(one.kept)
        project.declare(other.tables, other.objects)
        await project.migrate()
        assert project.replayed == project.declared
        assert await project.generate() is None
        assert await catalog(connection) == other_at_once
        difference = (await drift()).comparison
        assert (difference.differences, difference.on_ours) == ([], [])
        assert await connection.fetch(other.kept) == rows
        await connection.execute(other.fill)
        more = await connection.fetch(other.kept)
        assert len({*more}) == len(more) > len(rows)
        assert more[: len(rows)] == rows
        await project.undo()
        assert await catalog(connection) == one_at_once
        assert await connection.fetch(one.kept) == more


@pytest.mark.whole("goes there and back in databases of its own")
async def test_a_table_moves_where_the_sequence_of_a_renamed_one_has_its_name(
    empty_database: Database, project: Project
) -> None:
    """PostgreSQL does not rename the sequence of an identity column with its table."""
    async with repeating(empty_database.superuser_url) as connection:
        for here in (
            [like_notes("notes", "other")],
            [like_notes("tags", "other"), like_notes("notes", "public")],
            [like_notes("tags", "other"), like_notes("notes", "other")],
        ):
            project.declare(here, [OTHER])
            await project.migrate()
            difference = (await drift()).comparison
            assert (difference.differences, difference.on_ours) == ([], [])
        for name in ("tags", "notes"):
            await connection.execute(f"insert into other.{name} (number) values (1)")
        await project.undo()
        assert await connection.fetchval("select id from public.notes") == 1


@pytest.mark.whole("goes there and back in databases of its own")
async def test_the_sequence_of_a_renamed_table_has_a_name_that_is_taken(
    empty_database: Database, project: Project
) -> None:
    async with repeating(empty_database.superuser_url) as connection:
        for here in (
            [like_notes("tags", "public")],
            [like_notes("lists", "public"), made("notes", "public", id=NUMBERED)],
            [like_notes("lists", "public"), made("tags", "public", id=NUMBERED)],
        ):
            project.declare(here)
            await project.migrate()
            difference = (await drift()).comparison
            assert (difference.differences, difference.on_ours) == ([], [])
            assert await project.generate() is None
        await connection.execute("insert into public.tags default values")
        await project.undo()
        assert await connection.fetchval("select id from public.notes") == 1


async def test_indexes_of_a_renamed_partition_are_named_as_those_of_a_new_one(
    empty_database: Database, project: Project
) -> None:
    names = "select relname::text from pg_class where relname ~ '^(archive|rest)' order by 1"
    async with repeating(empty_database.superuser_url) as connection:
        found: list[list[str]] = []
        for side in (filed("cases", "archive"), filed("cases", "rest")):
            project.declare(side.tables)
            await project.migrate()
            found.append([row["relname"] for row in await connection.fetch(names)])
        assert found[1] == [each.replace("archive", "rest") for each in found[0]]
        assert "archive_file_region_key" in found[0]


LONG = "archive_of_" + 52 * "e"
OF_PARTITIONS = [integer() for _ in range(2)]
AS_OF_PARTITIONS = made(
    "others",
    "other",
    *(
        Index(each, name=f"{of}_region_idx")
        for each, of in zip(OF_PARTITIONS, ("events_eu", "rest"), strict=True)
    ),
    id=identity(bigint(primary_key=True)),
    **dict(zip("ab", OF_PARTITIONS, strict=True)),
)
"""A table whose indexes are named as PostgreSQL names those of partitions."""


@pytest.mark.whole("goes there and back in databases of its own")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            beside(events("events", "events_other"), AS_OF_PARTITIONS),
            beside(events("happenings", "rest", "other"), AS_OF_PARTITIONS),
        ),
        (filed("cases", "archive"), filed("cases", LONG)),
        (filed("cases", LONG), filed("cases", "archive")),
    ],
    ids=["taken in the new schema", "too long with the new name", "too long with the old name"],
)
async def test_a_partition_is_renamed_although_names_of_its_indexes_are(
    empty_database: Database, project: Project, one: Side, other: Side
) -> None:
    async with repeating(empty_database.superuser_url) as connection:
        for side in (one, other):
            project.declare(side.tables, side.objects)
            await project.migrate()
            await connection.execute(side.fill)
            difference = (await drift()).comparison
            assert (difference.differences, difference.on_ours) == ([], [])
        rows = await connection.fetch(other.kept)
        await project.undo()
        assert await connection.fetch(one.kept) == rows


def test_keys_checks_and_indexes_follow_a_table_into_another_schema() -> None:
    """Built again, each would read all rows, and a large index would take minutes."""
    one, other = (declared(moving(*each).tables) for each in (("notes", "public"), MOVED))
    kept = ("index ", "unique ", "check ", "primary-key ", "foreign-key ", "generated ")
    assert not [
        step
        for step in changes(one, other, yes)
        if isinstance(step, Create | Undo | Replace) and (step.subject or "").startswith(kept)
    ]


def test_a_key_is_not_built_again_for_the_parameters_of_its_index() -> None:
    one, other = (
        declared(keyed("notes", each).tables) for each in ("fillfactor = 70", "fillfactor = 60")
    )
    detail = "detail public.notes.notes_number_key.storage"
    assert {step.subject for step in changes(one, other, yes)} == {detail}


def test_the_parameters_of_an_index_are_set_again_with_its_key() -> None:
    """Also where a file does not say that they need the key."""
    a = integer()
    one, other = (
        declared([table("notes", Unique(a, nulls_distinct=each, storage=FILLED), a=a)])
        for each in (True, False)
    )
    steps = changes(without_facts(one), other, yes)
    key, detail = "unique public.notes.notes_a_key", "detail public.notes.notes_a_key.storage"
    assert [step.subject for step in steps] == [detail, key, key, detail]


FILLED = ("fillfactor = 60",)


def test_objects_with_the_same_sql_are_renamed_apart() -> None:
    """Each becomes one object, the one of its own name first."""

    def notes(name: str) -> State:
        title = text()
        indexes = (Index(title), Index(title, name="again"), Index(title, name=f"{name}_3"))
        return declared([table("notes", *indexes, Unique(title), **{name: title})])

    steps = changes(notes("title"), notes("label"), yes)
    assert {(e.old.own_name, e.new.own_name) for e in steps if isinstance(e, Rename)} == {
        ("notes_title_key", "notes_label_key"),
        ("notes_title_idx", "notes_label_idx"),
        ("title_3", "label_3"),
        ("again", "again"),
    }
    assert [type(each) for each in steps if not isinstance(each, Rename)] == [RenameColumn]


def test_columns_of_a_type_in_another_schema_are_not_written_again() -> None:
    one, other = (
        declared(side.tables, side.objects) for side in map(typed, ("public", "other"))
    )
    steps = changes(one, other, yes)
    assert not [step for step in steps if isinstance(step, AlterColumn) and step.is_retyped]
    assert "enum other.status" in [step.subject for step in steps if isinstance(step, Move)]


MOVED = ("tags", "other")


def test_a_partitioned_table_is_not_one_without_partitions() -> None:
    columns = declared(events("events", "rest").tables).tables["public.events"]
    one = State({"public.events": columns}, {}, {"public.events": "list (region)"})
    other = State({"public.others": columns})
    assert changes(one, other, yes) == [
        Undo(CreateTable("public.events", columns, "list (region)")),
        CreateTable("public.others", columns),
    ]


def test_a_sequence_of_a_file_without_facts_is_renamed_too() -> None:
    """Such a file does not say that the sequence uses no other object."""
    one, other = (
        declared(side.tables, side.objects) for side in (numbered("nums"), numbered("numbers"))
    )
    renamed = {"sequence public.nums", "sequence public.numbers"}
    assert [
        type(step)
        for step in changes(without_facts(one), other, yes)
        if (step.subject or "") in renamed
    ] == [Rename]
