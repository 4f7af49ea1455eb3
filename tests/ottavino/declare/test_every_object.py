"""Each kind of object is made, read back, changed, and changed back."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal, get_args

import pytest

from ottavino import (
    TSTZRANGE,
    Check,
    Col,
    Comment,
    DatabaseFunction,
    DatabaseProcedure,
    DefaultPrivileges,
    Exclude,
    Extension,
    ForeignPolicy,
    Index,
    Key,
    Partition,
    Publication,
    Published,
    Role,
    Schema,
    Sequence,
    Table,
    Trigger,
    bigint,
    column,
    domain,
    integer,
    owner,
    text,
    vector,
)
from ottavino.declare.default_privileges import Later
from ottavino.inspect.drift import find_drift
from ottavino.migrate import platform
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import (
    migrator,
    move,
    notes,
    schema,
    there_and_back,
    undone,
)
from tests.ottavino.migrate.project import table
from tests.ottavino.whole import quick

ALLOWED: dict[Later, str] = {
    "tables": "select",
    "sequences": "select",
    "functions": "execute",
    "types": "usage",
}
TITLE, PRICE = text(default=""), integer(default=0)
DURING = column(TSTZRANGE)


def of_notes(*objects: Any, **columns: Col[Any]) -> list[Any]:
    """A table with these objects."""
    made = {"title": TITLE, "price": PRICE, "during": DURING, **columns}
    return [notes(*objects, **made)]


def priced(*, at_least: int, default: int | None = None, required: bool = False) -> list[Any]:
    """A table with a column of a domain."""
    price = domain(
        "price",
        integer(),
        checks={"price_bound": f"value >= {at_least}", "price_even": "value % 2 = 0"},
        **({} if default is None else {"default": default}),
        required=required,
    )
    return of_notes(cost=column(price, default=None))


def function(name: str, returns: str = "trigger", **options: Any) -> DatabaseFunction:
    body = options.pop("body", "begin return null; end")
    return DatabaseFunction(name=name, returns=returns, body=body, **options)


def numbered(**options: Any) -> list[Any]:
    """A table with a column that a sequence counts."""
    numbers = Sequence("Numbers", **options)
    return [*of_notes(number=bigint(default=numbers.next)), numbers]


def events(*partitions: Partition, by: str = "range (at)") -> list[Any]:
    """A table that is spread over partitions."""
    members: dict[str, Any] = {
        "at": integer(primary_key=True),
        "user_id": owner(),
        "database_objects": partitions,
    }
    make: Any = type(Table)
    return [make("Events", (Table,), members, tablename="events", partition_by=by)]


NEAR = vector(3, default=None)


def of_vectors(m: int, lists: int) -> list[Any]:
    """A table with an index of each kind over a column of vectors."""
    by_distance, by_angle = (
        Key(NEAR, operators=f"extensions.vector_{each}_ops") for each in ("l2", "cosine")
    )
    return [
        Extension("vector"),
        *of_notes(
            Index(by_distance, name="h", method="hnsw", storage=(f"m = {m}",)),
            Index(by_angle, name="i", method="ivfflat", storage=(f"lists = {lists}",)),
            near=NEAR,
        ),
    ]


EARLY = Partition("events_early", "from (minvalue) to (10)")
LATE = Partition("events_late", "default")
COUNTED = function("counted", body="begin return null; end")
CASES: dict[str, tuple[list[Any], list[Any]]] = {
    "a domain": ([], priced(at_least=0)),
    "its check": (priced(at_least=0), priced(at_least=2)),
    "its default": (priced(at_least=0, default=2), priced(at_least=0, default=4)),
    "that it is required": (priced(at_least=0), priced(at_least=0, default=2, required=True)),
    "a sequence": (of_notes(), numbered(usage=(Role.AUTHENTICATED,))),
    "how it counts": (numbered(), numbered(increment=2, cycle=True, start=3)),
    "a schema": ([], [Schema("reports", usage=(Role.AUTHENTICATED,))]),
    "who may use it": ([Schema("reports")], [Schema("reports", usage=(Role.ANON,))]),
    "a function in a schema": (
        [],
        [Schema("reports"), function("counted", "integer", schema="reports")],
    ),
    "an extension": ([], [Extension("vector")]),
    "its schema": ([Extension("vector")], [Extension("vector", schema="elsewhere")]),
    "indexes of vectors": ([], of_vectors(8, 2)),
    "the options of indexes of vectors": (of_vectors(8, 2), of_vectors(16, 3)),
    "what is granted later": (
        [Schema("other")],
        [Schema("other"), DefaultPrivileges("tables", "other", {Role.ANON: ("select",)})],
    ),
    "a publication": (of_notes(), [*of_notes(), Publication("changes", (notes(),))]),
    "what it sends": (
        [*of_notes(), Publication("changes", (notes(),))],
        [*of_notes(), Publication("changes", (notes(),), operations=("insert",))],
    ),
    "what Realtime sends": (of_notes(), of_notes(Published("some_changes"))),
    "what Realtime sends of it": (
        of_notes(Published("some_changes")),
        of_notes(Published("some_changes", columns=(TITLE, PRICE), where="price > 0")),
    ),
    "a procedure": (
        [],
        [
            DatabaseProcedure(
                name="tidy", body="begin commit; end", execute=(Role.SERVICE_ROLE,)
            )
        ],
    ),
    "its body": (
        [DatabaseProcedure(name="tidy", body="begin commit; end")],
        [DatabaseProcedure(name="tidy", body="begin rollback; end")],
    ),
    "an exclusion": (of_notes(), of_notes(Exclude((DURING, "&&"), name="one_at_a_time"))),
    "its condition": (
        of_notes(Exclude((DURING, "&&"), name="one_at_a_time")),
        of_notes(Exclude((DURING, "&&"), name="one_at_a_time", where="price > 0")),
    ),
    "when it is checked": (
        of_notes(Exclude((DURING, "&&"), name="one_at_a_time", deferrable="immediate")),
        of_notes(Exclude((DURING, "&&"), name="one_at_a_time", deferrable="deferred")),
    ),
    "an index of another kind": (
        of_notes(),
        of_notes(
            Index(DURING, method="spgist"),
            Index(TITLE, method="brin", storage=("pages_per_range = 8",), name="b"),
            Index(Key(TITLE, operators="text_pattern_ops"), include=(PRICE,), name="p"),
            Index(PRICE, unique=True, nulls_distinct=False, name="n"),
        ),
    ),
    "a trigger for a statement": (
        of_notes(),
        of_notes(
            Trigger(
                name="counts",
                function=COUNTED,
                when="after",
                event="update",
                each="statement",
                old_rows="before",
                new_rows="now",
            ),
            Trigger(
                name="kept", function=COUNTED, when="before", event="truncate", each="statement"
            ),
        ),
    ),
    "a constraint trigger": (
        of_notes(),
        of_notes(
            Trigger(
                name="late",
                function=COUNTED,
                when="after",
                event=("insert", "update"),
                condition="new.price > 0",
                deferrable="deferred",
            )
        ),
    ),
    "comments": (
        [*of_notes(), *numbered()[1:], COUNTED],
        [
            *of_notes(
                Comment("One.", on=Check("priced", "price >= 0")), Check("priced", "price >= 0")
            ),
            *numbered()[1:],
            COUNTED,
            Comment("Two.", on=numbered()[1]),
            Comment("Three.", on=COUNTED),
        ],
    ),
    "comments on what is made again": (
        of_notes(Index(TITLE), Comment("Four.", on=Index(TITLE)), title=TITLE),
        of_notes(
            Index(TITLE, name="notes_title_idx", unique=True),
            Comment("Four.", on=Index(TITLE)),
        ),
    ),
    "partitions": ([], events(EARLY, LATE)),
    "one partition more": (events(EARLY), events(EARLY, LATE)),
    "a policy on a table of others": (
        [],
        [ForeignPolicy(on="storage.objects", name="own files", using="owner = auth.uid()")],
    ),
    "its condition on the table of others": (
        [ForeignPolicy(on="storage.objects", name="own files", using="true")],
        [ForeignPolicy(on="storage.objects", name="own files", using="name <> ''")],
    ),
}
STORAGE = """
    create schema if not exists storage authorization postgres;
    create table storage.objects (id uuid, owner uuid, name text, bucket_id text);
    alter table storage.objects owner to postgres;
    create publication some_changes;
    alter publication some_changes owner to postgres;
    alter table storage.objects enable row level security;
"""


async def prepared(database: Database) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute(STORAGE)


@asynccontextmanager
async def migrators(
    database: Database, by: Literal["superuser", "owner"]
) -> AsyncGenerator[Connection]:
    """A transaction of a role that migrates."""
    if by == "owner":
        async with migrator(database) as connection:
            yield connection
        return
    async with repeating(database.superuser_url) as connection, undone(connection):
        if not await connection.fetchval(
            "select exists (select from pg_available_extensions where name = 'vector')"
        ):
            pytest.skip("This PostgreSQL has no extension but PL/pgSQL.")
        await platform.install(connection)
        yield connection


async def differences(connection: Connection, state: State) -> list[str]:
    found = await find_drift(connection, state, state)
    differing = [f"{each.entry} {each.facets}" for each in found.differences]
    return differing + [str(each) for each in found.on_ours]


BY = quick(["superuser"], ["superuser", "owner"], "makes all objects, one after the other")


@pytest.mark.whole("makes many edits and undoes them")
@pytest.mark.parametrize("by", BY)
async def test_every_object_changes_and_changes_back(
    empty_database: Database, by: Literal["superuser", "owner"]
) -> None:
    """Outside Supabase only a superuser may create an extension."""
    await prepared(empty_database)
    async with migrators(empty_database, by) as connection:
        for case, (old, new) in CASES.items():
            if ("Extension(" in str(new)) != (by == "superuser"):
                continue
            savepoint = connection.transaction()
            await savepoint.start()
            try:
                await there_and_back(connection, schema(*old), schema(*new))
                for each in (old, new):
                    inner = connection.transaction()
                    await inner.start()
                    await move(connection, State(), schema(*each))
                    assert await differences(connection, schema(*each)) == []
                    await inner.rollback()
            except Exception as error:
                error.add_note(case)
                raise
            await savepoint.rollback()


PLANTED = {
    "alter domain public.price drop default": (
        priced(at_least=0, default=2),
        "domain public.price",
    ),
    "grant usage on schema reports to anon": ([Schema("reports")], "schema reports"),
    "alter extension vector set schema public": ([Extension("vector")], "extension vector"),
    "drop extension vector": ([Extension("vector")], "extension vector"),
    "alter default privileges in schema public grant select on tables to anon": (
        [DefaultPrivileges("tables")],
        "default-privileges public tables",
    ),
    "alter publication changes set (publish = 'insert')": (
        [*of_notes(), Publication("changes", (notes(),))],
        "publication changes",
    ),
    "alter publication some_changes drop table public.notes": (
        of_notes(Published("some_changes")),
        "published public.notes.some_changes",
    ),
    "alter publication some_changes set table public.notes (id, title)": (
        of_notes(Published("some_changes")),
        "published public.notes.some_changes",
    ),
    "alter policy a on storage.objects using (true)": (
        [ForeignPolicy(on="storage.objects", name="a", using="false")],
        "policy storage.objects.a",
    ),
    "alter table public.notes drop constraint notes_one_at_a_time": (
        of_notes(Exclude((DURING, "&&"), name="one_at_a_time")),
        "exclusion constraint public.notes.notes_one_at_a_time",
    ),
}


async def test_a_sequence_is_used_by_the_roles_that_it_names(
    shared_empty_database: Database,
) -> None:
    query = "select has_sequence_privilege($1, 'public.\"Numbers\"', 'usage')"
    async with migrator(shared_empty_database) as connection:
        await move(connection, State(), schema(*numbered(usage=(Role.AUTHENTICATED,))))
        assert await connection.fetchval(query, Role.AUTHENTICATED)
        assert not await connection.fetchval(query, Role.ANON)


@pytest.mark.parametrize("on", get_args(Later))
async def test_default_privileges_of_each_kind_are_read(
    shared_empty_database: Database, on: Later
) -> None:
    made = DefaultPrivileges(on, to={Role.ANON: (ALLOWED[on],)})
    (definition,) = made.definitions()
    assert definition.read is not None
    async with migrator(shared_empty_database) as connection:
        await move(connection, State(), schema(made))
        assert await connection.fetchval(definition.read) == f"anon {ALLOWED[on]}"


def test_a_comment_on_an_object_uses_no_column() -> None:
    (comment,) = Comment("For billing.", on=Schema("billing")).definitions()
    assert (comment.uses, comment.is_known) == ({}, True)


def test_tables_and_columns_may_share_a_domain() -> None:
    price = domain("price", integer(), checks={"price_bound": "value > 0"})
    tables = [
        *of_notes(cost=column(price), rebate=column(price)),
        table("tags", cost=column(price)),
    ]
    names = [name for name in schema(*tables).objects if name.startswith("domain ")]
    assert names == ["domain public.price"]


@pytest.mark.whole("compares the whole catalog")
@pytest.mark.parametrize("by", BY)
async def test_drift_sees_what_was_done_by_hand(
    empty_database: Database, by: Literal["superuser", "owner"]
) -> None:
    await prepared(empty_database)
    async with migrators(empty_database, by) as connection:
        for sql, (objects, name) in PLANTED.items():
            if ("Extension(" in str(objects)) != (by == "superuser"):
                continue
            savepoint = connection.transaction()
            await savepoint.start()
            state = schema(*objects)
            await move(connection, State(), state)
            await connection.execute(sql)
            found = await differences(connection, state)
            assert len(found) == 1, (sql, found)
            assert found[0].startswith(name), sql
            await savepoint.rollback()
