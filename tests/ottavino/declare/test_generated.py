"""Generated columns: their values, and the objects that can name them."""

from typing import Any
from uuid import uuid4

import pytest

from ottavino import (
    Check,
    Comment,
    Generated,
    Grant,
    Index,
    Key,
    SearchVector,
    Trigger,
    Unique,
    bigint,
    generated,
    integer,
)
from ottavino.identity import Role
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.declare.installed import (
    BODY,
    PAID,
    PRICE,
    TITLE,
    Edits,
    each_edit_goes_there_and_back,
    install,
    migrator,
    notes,
    schema,
    there_and_back,
)
from tests.ottavino.declare.test_trigger import NOTE

ALICE = uuid4()


def double(name: str = "double", sql_type: str = "bigint", sql: str = "price * 2") -> Generated:
    return Generated(name, sql_type, sql)


def named(column: Generated | SearchVector) -> list[Any]:
    """A computed column, and an object of each kind that can name it."""
    return [
        column,
        Comment("Twice the price.", on=column),
        Grant(to=Role.AUTHENTICATED, select=(TITLE, column)),
        Index(TITLE, include=(column,)),
        Index(Key(column, nulls="first"), name="first"),
        Unique(column),
        Check("sane", f'"{column.name}" is not null'),
        Trigger(
            name="note", function=NOTE, when="before", event="update", condition="new.paid"
        ),
    ]


EDITS: Edits = {
    "another name": ([double()], [double("twofold")]),
    "another type": (named(double()), named(double(sql_type="numeric(14, 2)"))),
    "another expression": (named(double()), named(double(sql="price + price"))),
    "no such column": (named(double()), []),
    "another order of columns": (
        [SearchVector("s", TITLE, BODY)],
        [SearchVector("s", BODY, TITLE)],
    ),
    "one column more": ([SearchVector("s", TITLE)], [SearchVector("s", TITLE, BODY)]),
    "another language": (
        named(SearchVector("s", TITLE)),
        named(SearchVector("s", TITLE, language="simple")),
    ),
    "another name of a search": ([SearchVector("s", TITLE)], [SearchVector("t", TITLE)]),
}


async def add(connection: Connection) -> None:
    await connection.execute(
        "insert into notes (user_id, title, body, price) "
        f"values ('{ALICE}', 'An old report.pdf', 'About a bicycle', 21)"
    )


@pytest.mark.whole("makes many edits and undoes them")
async def test_an_edit_of_any_attribute_goes_there_and_back(
    shared_empty_database: Database,
) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, EDITS)


async def test_its_value_follows_from_the_row(shared_empty_database: Database) -> None:
    async with migrator(shared_empty_database, ALICE) as connection:
        await install(connection, notes(double("twice as much")))
        await add(connection)
        made = await connection.fetchval('update notes set price = 4 returning "twice as much"')
    assert made == 8


async def test_a_search_finds_words_of_every_column(shared_empty_database: Database) -> None:
    async with migrator(shared_empty_database, ALICE) as connection:
        await install(connection, notes(SearchVector("search", TITLE, BODY)))
        await add(connection)
        for words in ("report", "bicycles", "old bicycle"):
            found = (
                "select count(*) from notes where search @@ websearch_to_tsquery('english', $1)"
            )
            assert await connection.fetchval(found, words) == 1


@pytest.mark.whole("migrates there and back")
async def test_everything_over_it_makes_way_for_a_column_under_it(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        database_objects = named(double())
        small = schema(notes(*database_objects, title=TITLE, price=PRICE, paid=PAID))
        large = bigint()
        big = schema(notes(*database_objects, title=TITLE, price=large, paid=PAID))
        await there_and_back(connection, small, big)
        cost = integer()
        renamed = named(double(sql="cost * 2"))
        await there_and_back(
            connection, small, schema(notes(*renamed, title=TITLE, cost=cost, paid=PAID))
        )


@pytest.mark.parametrize("columns", [(), (TITLE, BODY, TITLE, BODY, TITLE)])
def test_a_search_over_more_columns_than_there_are_weights_is_refused(columns: Any) -> None:
    with pytest.raises(ValueError, match="'s' has to be over one to 4 columns"):
        SearchVector("s", *columns)


def test_a_generated_column_may_be_null_if_its_values_may() -> None:
    for column, null in (
        (generated(integer(), "price * 2"), False),
        (generated(integer(default=None), "price * 2"), True),
    ):
        (made,) = [make("double") for make in column.objects]
        assert isinstance(made, Generated)
        assert made.null == null
