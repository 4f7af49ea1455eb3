"""Every kind of column and key: migrated, queried, without drift, and migrated back."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from ipaddress import IPv4Interface, IPv4Network
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from asyncpg.types import Range
from piccolo.apps.migrations.commands.backwards import backwards

from ottavino import (
    NEXT_NUMBER,
    Col,
    Table,
    array,
    bigint,
    identity,
    integer,
    reference,
    serial,
    text,
)
from ottavino.errors import QueryRefused
from ottavino.identity import Identity
from ottavino.inspect.drift import SETTINGS, find_drift
from ottavino.inspect.view_columns import unfit_columns
from ottavino.migrate.app import Object
from ottavino.migrate.state import declared
from ottavino.postgres.session import session
from ottavino.query import insert, objects, select, update
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.declare.every_column import (
    Country,
    Defaults,
    Embedding,
    Every,
    Membership,
    Reply,
    Task,
    TaskNote,
)
from tests.ottavino.migrate.project import Project, dump, table

USER = UUID("00000000-0000-4000-8000-00000000000a")
VALUES: dict[str, Any] = {
    "user_id": USER,
    "a_uuid": uuid4(),
    "a_text": "it's",
    "a_smallint": -32768,
    "an_integer": 7,
    "a_bigint": 2**40,
    "a_numeric": Decimal("1.25"),
    "any_numeric": Decimal("1e-20"),
    "a_real": 1.5,
    "a_double": 0.1,
    "a_boolean": False,
    "a_date": dt.date(2026, 1, 2),
    "a_time": dt.time(1, 2, 3, 4),
    "a_timestamptz": dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC),
    "a_timestamp": dt.datetime(2026, 1, 2, 3),  # noqa: DTZ001  # it has no zone
    "an_interval": dt.timedelta(1, 2, 3),
    "a_bytea": b"\0\xff",
    "an_inet": IPv4Interface("10.0.0.1/8"),
    "a_cidr": IPv4Network("10.0.0.0/8"),
    "any_json": {"a": [1, None]},
    "a_json": [USER],
    "some_texts": ["a", "it's"],
    "some_dates": [dt.date(2026, 1, 2)],
    "a_matrix": [[1, 2], [3, 4]],
    "some_json": [{"a": 1}],
    "during": Range(dt.datetime(2026, 1, 2, tzinfo=dt.UTC), None),
    "a_tsquery": "'a' & 'b'",
    "select_": "one",
}


async def migrated(
    database: Database,
    project: Project,
    *tables: type[Table],
    objects: Sequence[Object] = (),
    before: str = "",
) -> None:
    """Declare tables, migrate to them, and add a user."""
    async with connected(database.superuser_url) as connection:
        await connection.execute(f"insert into auth.users (id) values ('{USER}'); {before}")
    project.declare(tables, objects)
    await project.migrate()


async def drifts(
    database: Database, tables: Sequence[type[Table]], objects: Sequence[Object] = ()
) -> list[str]:
    async with connected(database.direct_url) as connection, connection.transaction():
        await connection.execute(SETTINGS)
        state = declared(tables, objects)
        found = await find_drift(connection, state, state)
        unfit = await unfit_columns(connection, state)
    differing = [f"{each.entry} {each.facets}" for each in found.differences]
    return differing + [each.where for each in (*found.openings, *unfit)]


async def test_each_comes_back_as_the_type_that_it_says(
    empty_database: Database, project: Project
) -> None:
    await migrated(empty_database, project, Every, Defaults)
    async with session(Identity.service()):
        await insert(Every(**VALUES))
        (row,) = await objects(Every)
        read = {name: getattr(row, name) for name in VALUES}
        assert read == VALUES
        assert all(isinstance(read[name], type(value)) for name, value in VALUES.items())
        assert await select(Every.id, Every.total, Every.mixed) == [(1, -32761, None)]
        await update(Every).set(Every.some_json, [{"b": 2}]).where(Every.select_ == "one")
        assert await select(Every.some_json) == [([{"b": 2}],)]


@pytest.mark.whole("migrates a project")
async def test_a_default_is_the_value_that_was_declared(
    empty_database: Database, project: Project
) -> None:
    await migrated(empty_database, project, Defaults)
    async with session(Identity.service()):
        await insert(Defaults(user_id=USER))
        (row,) = await objects(Defaults)
    assert (row.a_uuid, row.a_text, row.a_smallint) == (UUID(int=1), "it's {\"\\}", -1)
    assert (row.a_numeric, row.a_real, row.a_double) == (Decimal("1.50"), -1.5, float("inf"))
    assert (row.a_date, row.a_time) == (dt.date(2026, 2, 28), dt.time(12, 30))
    assert row.a_timestamptz == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert row.a_timestamp == dt.datetime(2026, 1, 1, 12)  # noqa: DTZ001  # it has no zone
    assert (row.an_interval, row.a_bytea) == (dt.timedelta(-1, 3, 4), b"\0'\\")
    assert (row.any_json, row.some_bytes, row.no_json) == ({"it's": None}, [b"\0\\"], [])
    assert (row.from_one, row.never) == (Range(1, 5), Range(empty=True))
    assert row.ever == Range(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None)
    assert row.some_texts == ["it's", '{"\\}', "null", ""]


@pytest.mark.whole
@pytest.mark.parametrize(
    "tables",
    [(Every, Defaults), (Country, Task, TaskNote, Reply, Membership)],
    ids=["columns", "keys"],
)
async def test_all_are_seen_by_drift_and_migrated_back(
    empty_database: Database, project: Project, tables: Sequence[type[Table]]
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute("create schema if not exists world")
    before = dump(empty_database)
    await migrated(empty_database, project, *tables)
    assert await drifts(empty_database, tables) == []
    assert await project.generate() is None
    await backwards("db", migration_id="all", auto_agree=True)
    assert dump(empty_database) == before


NUMBERED = table("numbered", a=identity(integer()), b=serial(bigint()))
ON_SEQUENCE = """
    select bool_or(has_sequence_privilege('anon', oid, privilege))
    from pg_class, unnest(array['usage', 'select', 'update']) as privilege
    where relkind = 'S' and relname like 'numbered%'
"""


@pytest.mark.whole("compares the whole catalog")
async def test_nobody_may_use_the_sequence_of_an_identity_or_a_serial(
    empty_database: Database, project: Project
) -> None:
    await migrated(
        empty_database,
        project,
        NUMBERED,
        before="alter default privileges in schema public grant all on sequences to anon;"
        "alter default privileges for role postgres in schema public "
        "grant all on sequences to anon",
    )
    async with connected(empty_database.superuser_url) as connection:
        assert await connection.fetchval(ON_SEQUENCE) is False
        for each in ("a", "b"):
            await connection.execute(f"grant usage on sequence numbered_{each}_seq to anon")
    assert await drifts(empty_database, [NUMBERED]) == [
        "privilege usage on public.numbered_b_seq to anon",
        "privilege usage on the sequence of public.numbered.a to anon",
    ]


@pytest.mark.whole("migrates a project")
async def test_a_new_row_may_have_another_number(
    empty_database: Database, project: Project
) -> None:
    await migrated(empty_database, project, Defaults)
    async with session(Identity.service()):
        rows = [Defaults(user_id=USER, id=7), Defaults(user_id=USER)]
        assert await insert(*rows).returning(Defaults.id) == [(7,), (1,)]
        row = Defaults(user_id=USER, id=8)
        await row.save()
        assert await select(Defaults.id).order_by(Defaults.id) == [(1,), (7,), (8,)]


def test_a_number_that_postgresql_refuses_is_refused_where_it_is_declared() -> None:
    number: Any = identity
    with pytest.raises(TypeError, match="write always=False beside default=NEXT_NUMBER"):
        number(bigint(), default=NEXT_NUMBER)


class TestReferences:
    @pytest.mark.whole("migrates a project")
    async def test_go_to_a_key_of_any_type_in_any_schema(
        self, empty_database: Database, project: Project
    ) -> None:
        await migrated(
            empty_database,
            project,
            Country,
            Task,
            TaskNote,
            Reply,
            before="create schema world authorization postgres;"
            "grant usage on schema world to service_role",
        )
        async with session(Identity.service()):
            await insert(Country(code="IT"))
            first = Task(user_id=USER, country="IT")
            await insert(first)
            ((number,),) = await select(Task.number)
            await insert(Task(user_id=USER, country="IT", parent_task=number))
            found = await select(Task.country.parent.code, Task.parent_task).order_by(
                Task.number
            )
            assert found == [("IT", None), ("IT", number)]
            # Piccolo joins the same table once more, under a name of its own.
            assert await select(Task.parent_task.maybe(lambda task: task.number)).order_by(
                Task.number
            ) == [(None,), (number,)]
            ((note,),) = await insert(TaskNote(author=USER, task=number)).returning(TaskNote.id)
            await update(Task).set(Task.first_note, note).where(Task.number == number)
            await insert(Reply(user_id=USER, note_id=note))
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with session(Identity.service()):
                await insert(Task(user_id=USER, country="XX"))

    def test_name_a_key_that_is_no_uuid(self) -> None:
        with pytest.raises(TypeError, match=r"write reference\(Country, Country\.code\)"):
            reference(Country)
        with pytest.raises(TypeError, match=r"A reference has to name the key of Task"):
            reference(Task, Task.user_id)


class TestAKeyOfTwoColumns:
    async def test_is_one_and_saves_its_row_alone(
        self, empty_database: Database, project: Project
    ) -> None:
        await migrated(
            empty_database,
            project,
            Country,
            Membership,
            before="create schema world authorization postgres;"
            "grant usage on schema world to service_role",
        )
        async with session(Identity.service()):
            await insert(Country(code="IT"), Country(code="PT"))
            for code in ("IT", "PT"):
                await insert(Membership(user_id=USER, country=code))
            row = await objects(Membership).where(Membership.country == "IT").first()
            assert row is not None
            row.role = "owner"
            await row.save()
            roles = await select(Membership.country, Membership.role).order_by(
                Membership.country
            )
            assert roles == [("IT", "owner"), ("PT", "reader")]
            for method in ("remove", "refresh"):
                with pytest.raises(QueryRefused, match="key of several columns"):
                    await getattr(row, method)()


@pytest.mark.whole("creates an extension, and compares the whole catalog")
async def test_a_vector_is_stored(empty_database: Database, project: Project) -> None:
    await migrated(
        empty_database,
        project,
        Embedding,
        before="create schema if not exists extensions;"
        "grant usage on schema extensions to public;"
        "create extension vector with schema extensions",
    )
    async with session(Identity.service()):
        await insert(Embedding(near=[1.0, 0.5, -2.0]))
        assert await select(Embedding.near, Embedding.other) == [([1.0, 0.5, -2.0], None)]
    assert await drifts(empty_database, [Embedding]) == []


def test_bounds_of_the_items_of_an_array_are_refused() -> None:
    with pytest.raises(ValueError, match="PostgreSQL cannot check single items of an array"):
        array(text(max_length=3))


def test_a_row_needs_what_has_no_default() -> None:
    with pytest.raises(ValueError, match=r"Every needs a value for .*select_\.$"):
        Every(**{name: value for name, value in VALUES.items() if name != "select_"})


def test_what_is_numbered_or_computed_needs_none() -> None:
    class Numbered(Table, tablename="numbered"):
        id: Col[int] = identity(bigint(primary_key=True))

    assert Numbered()
