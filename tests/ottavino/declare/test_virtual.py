"""Columns that PostgreSQL computes whenever they are read."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest
from asyncpg import PostgresSyntaxError

from ottavino import (
    Check,
    Col,
    Comment,
    Exclude,
    ForeignKey,
    Generated,
    Grant,
    Index,
    NoStatistics,
    Policy,
    Published,
    Unique,
    bigint,
    generated,
    integer,
)
from ottavino.declare.generated import only_newer
from ottavino.identity import Role
from ottavino.migrate.hazards import hazards
from ottavino.migrate.steps import Create
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.declare.installed import (
    PAID,
    PRICE,
    TITLE,
    install,
    migrator,
    notes,
    schema,
    there_and_back,
)
from tests.ottavino.whole import quick

ALICE = uuid4()
SINCE = 18
"""The first version that computes them."""


def double(sql: str = "price * 2", sql_type: str = "bigint", *, null: bool = True) -> Generated:
    return Generated("double", sql_type, sql, null=null, stored=False)


def named(column: Generated) -> list[Any]:
    """The column, and an object of each kind that can name it."""
    return [
        column,
        Comment("Twice the price.", on=column),
        Grant(to=Role.AUTHENTICATED, select=(TITLE, column)),
        Check("sane", '"double" is not null'),
        Policy(name="dear", using='"double" > 2', to=Role.AUTHENTICATED),
    ]


EDITS: dict[str, tuple[list[Any], list[Any]]] = {
    "a new column": ([], named(double())),
    "another type": (named(double()), named(double(sql_type="numeric(14, 2)"))),
    "another expression": (named(double()), named(double("price + price"))),
    "not null": (named(double()), named(double(null=False))),
    "stored": (named(double()), named(Generated("double", "bigint", "price * 2"))),
}


@pytest.fixture
async def connection(shared_empty_database: Database) -> AsyncGenerator[Connection]:
    """A rolled-back transaction of the role that migrates."""
    async with migrator(shared_empty_database, ALICE) as connection:
        yield connection


@pytest.fixture
def newer(connection: Connection) -> Connection:
    """The same, where PostgreSQL computes such columns."""
    if connection.get_server_version().major < SINCE:
        pytest.skip("This PostgreSQL stores every column.")
    return connection


@pytest.mark.parametrize(
    "edit", quick(["another expression"], [*EDITS], "reads the catalog after each edit")
)
async def test_an_edit_goes_there_and_back(edit: str, newer: Connection) -> None:
    old, new = EDITS[edit]
    await there_and_back(newer, schema(notes(*old)), schema(notes(*new)))


async def test_it_is_dropped_and_added_again_with_a_column_under_it(newer: Connection) -> None:
    small = schema(notes(*named(double()), title=TITLE, price=PRICE, paid=PAID))
    large = schema(notes(*named(double()), title=TITLE, price=bigint(), paid=PAID))
    await there_and_back(newer, small, large)


async def test_its_value_follows_from_the_row(newer: Connection) -> None:
    await install(newer, notes(double()))
    await newer.execute(
        f"insert into notes (user_id, title, price) values ('{ALICE}', 'One', 21)"
    )
    assert await newer.fetchval("update notes set price = 4 returning double") == 8


async def test_all_columns_but_it_are_without_statistics(newer: Connection) -> None:
    await install(newer, notes(double(), NoStatistics()))
    sampled = await newer.fetch(
        "select attname from pg_attribute where attrelid = 'notes'::regclass "
        "and attnum > 0 and attstattarget is null"
    )
    assert [each["attname"] for each in sampled] == ["double"]


async def test_an_older_version_says_which_one_it_needs(connection: Connection) -> None:
    if connection.get_server_version().major >= SINCE:
        pytest.skip("This PostgreSQL computes such columns.")
    sql = double().definition("public.notes").create
    await install(connection, notes())
    with pytest.raises(PostgresSyntaxError) as caught:
        await connection.execute(sql)
    assert "Only PostgreSQL 18" in only_newer(caught.value, sql)


DOUBLE = double()


@pytest.mark.parametrize(
    "item",
    [
        Index(DOUBLE),
        Index(TITLE, include=(DOUBLE,)),
        Unique(DOUBLE),
        Exclude((DOUBLE, "="), name="e"),
        ForeignKey((DOUBLE,), "public.notes", ("price",)),
        NoStatistics(DOUBLE),
        Published("changes", columns=(TITLE, DOUBLE)),
    ],
)
def test_what_needs_a_stored_column_is_refused(item: Any) -> None:
    with pytest.raises(
        ValueError, match=r"names double, which is computed whenever .*stored=F"
    ):
        notes(DOUBLE, item)


@pytest.mark.parametrize(
    "number", [integer(index=True), integer(unique=True), integer(primary_key=True)]
)
def test_a_column_of_the_class_is_refused_alike(number: Col[int]) -> None:
    column = generated(number, "1", stored=False)
    with pytest.raises(ValueError, match="double, which is computed whenever it is read"):
        notes(title=TITLE, price=PRICE, double=column)


def test_a_type_of_the_database_is_refused() -> None:
    with pytest.raises(ValueError, match=r"d is of the type public.mood, and PostgreSQL"):
        Generated("d", "public.mood", "'good'", stored=False)


def test_it_says_which_version_it_needs() -> None:
    sql = double().definition("public.notes").create
    error = PostgresSyntaxError()
    error.position = str(sql.index("virtual") + 1)
    assert "Only PostgreSQL 18" in only_newer(error, sql)
    error.position = str(sql.index("always") + 1)
    assert only_newer(error, sql) == ""


def test_only_one_that_may_not_be_null_is_a_hazard() -> None:
    for null, count in ((True, 0), (False, 1)):
        made = Create(double(null=null).definition("public.notes"))
        assert len(hazards([made], set(), [], {})) == count
