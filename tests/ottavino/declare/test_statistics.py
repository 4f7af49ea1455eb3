"""Columns of which ANALYZE keeps nothing: earlier samples are deleted, and plans show none."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest

from ottavino import Generated, Index, Key, NoStatistics, SearchVector, integer
from ottavino.inspect.samples import samples
from ottavino.migrate import platform
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import (
    BODY,
    COLUMNS,
    PRICE,
    TITLE,
    Edits,
    each_edit_goes_there_and_back,
    install,
    move,
    notes,
    schema,
)

LOWER = Generated("lowered", "text", "lower(title)")
WORDS = SearchVector("words", TITLE, BODY)
OF_TITLE = Index("lower(title)", name="of_title")

EDITS: Edits = {
    "a column": ([], [NoStatistics(TITLE)]),
    "another column": ([NoStatistics(TITLE)], [NoStatistics(BODY)]),
    "one more": ([NoStatistics(TITLE)], [NoStatistics(TITLE, BODY)]),
    "all of them": ([NoStatistics(TITLE)], [NoStatistics()]),
    "what is computed": ([LOWER], [LOWER, NoStatistics(TITLE, LOWER)]),
    "what is computed, of all": ([LOWER, NoStatistics()], [NoStatistics()]),
    "an index over an expression": ([OF_TITLE], [OF_TITLE, NoStatistics(TITLE)]),
    "an index over two": (
        [NoStatistics()],
        [NoStatistics(), Index(Key("lower(title)"), PRICE, "price + 1", name="two")],
    ),
    "how much of an expression": (
        [OF_TITLE],
        [Index("lower(title)", name="of_title", statistics=50)],
    ),
}

USER = uuid4()

FORGETS = 18
"""The version of PostgreSQL in which who owns a table can have samples forgotten."""

FILLING = f"""
    insert into public.notes (user_id, title, body, price)
    select '{USER}', 'sell', 'acme', i from generate_series(1, 9) as i;
    analyze public.notes
"""

KEPT = """
    select array_agg(attname::text order by attname) from pg_stats
    where schemaname = 'public' and tablename in ('notes', 'of_title')
        and attname <> all(array['id', 'user_id'])
"""


@pytest.fixture
async def owner(empty_database: Database) -> AsyncGenerator[Connection]:
    """A connection of the role that migrates, whose statements are committed one by one.

    In the transaction that has made an index, PostgreSQL 15 samples it all the same.
    """
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(f"insert into auth.users (id) values ('{USER}')")
    async with connected(empty_database.direct_url) as connection:
        await platform.install(connection)
        yield connection


LATE = """
    alter table public.notes alter body set statistics 9;
    alter index public.of_title alter column 1 set statistics 9;
    analyze public.notes;
    alter table public.notes alter body set statistics 0;
    alter index public.of_title alter column 1 set statistics 0
"""
"""An ANALYZE that ran before nothing was to be kept of a column, and of an expression."""


async def kept(connection: Connection) -> list[str] | None:
    """The columns of which samples are kept, apart from ids."""
    return await connection.fetchval(KEPT)


@pytest.mark.whole("makes many edits and undoes them")
async def test_an_edit_of_any_attribute_goes_there_and_back(empty_database: Database) -> None:
    await each_edit_goes_there_and_back(empty_database, EDITS)


@pytest.mark.whole("reads the statistics of many columns")
async def test_nothing_is_kept_of_a_column_nor_of_what_tells_of_it(owner: Connection) -> None:
    await install(owner, notes(OF_TITLE, LOWER, NoStatistics(TITLE, LOWER)))
    await owner.execute(FILLING)
    assert await kept(owner) == ["body", "paid", "price"]


async def test_a_new_column_is_not_sampled_where_none_is(owner: Connection) -> None:
    more: dict[str, Any] = {**COLUMNS, "more": integer(default=7)}
    old, new = (schema(notes(NoStatistics(), **each)) for each in (COLUMNS, more))
    await move(owner, State(), old)
    await move(owner, old, new)
    await owner.execute(FILLING)
    assert await kept(owner) is None


async def test_what_was_kept_goes_or_it_is_said_how_it_goes(owner: Connection) -> None:
    """Its owner deletes it if no object is over the column, otherwise a superuser."""
    old = schema(notes(OF_TITLE, LOWER))
    new = schema(notes(OF_TITLE, LOWER, NoStatistics(TITLE, BODY, LOWER)))
    await move(owner, State(), old)
    await owner.execute(FILLING)
    assert await kept(owner) == ["body", "lower", "lowered", "paid", "price", "title"]
    await move(owner, old, new)
    forgets = owner.get_server_version().major >= FORGETS
    assert (await kept(owner) == ["paid", "price"]) is forgets
    await owner.execute(LATE)
    found = {each.where: each.message for each in await samples(owner, ["public"])}
    held = set[str]() if forgets else {"public.notes.title"}
    assert {where for where, words in found.items() if "as a superuser" in words} == held
    for where in found.keys() - held:
        await owner.execute(found[where].partition("To end that: ")[2].removesuffix("."))
    assert {each.where for each in await samples(owner, ["public"])} == held


@pytest.mark.parametrize(
    ("database_objects", "words"),
    [
        ([LOWER, NoStatistics(TITLE)], "leaves out lowered, which is computed from a column"),
        ([WORDS, NoStatistics(BODY)], "leaves out words, which is computed from a column"),
        (
            [NoStatistics(TITLE), NoStatistics(BODY)],
            "statistics public.notes is declared twice",
        ),
        ([NoStatistics("titel")], "NoStatistics names titel, which is not a column"),
        (
            [NoStatistics(TITLE), Index("lower(title)", name="of_title", statistics=9)],
            r"statistics=… for 'lower\(title\)', but NoStatistics names columns in it",
        ),
    ],
)
def test_what_would_keep_samples_all_the_same_is_refused(
    database_objects: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=f"^Notes: .*{words}"):
        notes(*database_objects)
