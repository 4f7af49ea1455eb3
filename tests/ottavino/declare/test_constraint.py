"""Constraints: the rows that they refuse, and those that are deleted with their parent."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from ottavino import (
    Check,
    Col,
    ForeignKey,
    Index,
    Unique,
    integer,
    owned_reference,
    owner,
    primary_key,
    reference,
)
from ottavino.declare.table import Table
from ottavino.migrate.diff import changes
from ottavino.testing import Database
from tests.ottavino.declare.installed import (
    BODY,
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
from tests.ottavino.migrate.project import table
from tests.ottavino.migrate.test_diff import no

ALICE = uuid4()


def key(*columns: Any, **arguments: Any) -> ForeignKey:
    """A key of the table to itself."""
    columns = columns or (TITLE, PRICE)
    return ForeignKey(columns, "public.notes", ("title", "price"), **arguments)


def keyed(*keys: ForeignKey) -> list[Any]:
    return [Unique(TITLE, PRICE), *keys]


NULLED: dict[str, Any] = {"on_delete": "set null"}

EDITS: Edits = {
    "another condition": ([Check("sane", "price > 0")], [Check("sane", "price > 1")]),
    "another name of it": ([Check("sane", "price > 0")], [Check('so "sane"', "price > 0")]),
    "one check less": ([Check("sane", "price > 0")], []),
    "another column": ([Unique(TITLE)], [Unique(BODY)]),
    "one column more": ([Unique(TITLE)], [Unique(TITLE, BODY)]),
    "nulls that are alike": ([Unique(BODY)], [Unique(BODY, nulls_distinct=False)]),
    "another name of the key": ([Unique(BODY)], [Unique(BODY, name="only")]),
    "a foreign key": (keyed(), keyed(key())),
    "another name of a foreign key": (keyed(key()), keyed(key(name="other"))),
    "at the end of the transaction": (keyed(key()), keyed(key(deferrable="deferred"))),
    "set null": (keyed(key()), keyed(key(**NULLED))),
    "restrict": (keyed(key()), keyed(key(on_delete="restrict"))),
    "no action": (keyed(key()), keyed(key(on_delete="no action"))),
    "set default": (keyed(key()), keyed(key(on_delete="set default"))),
    "cleared": (keyed(key(**NULLED)), keyed(key(clear=(TITLE,), **NULLED))),
    "all cleared": (keyed(key(clear=(TITLE,), **NULLED)), keyed(key(**NULLED))),
    "other columns": (keyed(key()), keyed(key(BODY, PRICE))),
}

NONSENSE = [
    (Unique(), r"needs columns: write Unique\(column\)"),
    (ForeignKey((TITLE,), "public.notes", ("a", "b")), "'title_fkey' has different numbers"),
    (ForeignKey((TITLE, PRICE), "public.notes", ("a",)), "'title_price_fkey' has different"),
    (ForeignKey((), "public.notes", (), name="none"), "'none' has different numbers"),
    (key(clear=(TITLE,)), "only with on_delete='set null' or 'set default'"),
    (key(clear=(BODY,), **NULLED), "only its own columns, but body is not one"),
    (Check("x" * 60, "true"), "x is longer than 63 bytes"),
]


@pytest.mark.parametrize("option", ["on_delete", "on_update", "deferrable"])
def test_an_action_that_postgresql_does_not_have_is_refused_at_once(option: str) -> None:
    with pytest.raises(ValueError, match=f"no {option}='cascad': write one of .*'"):
        key(**{option: "cascad"})
    with pytest.raises(ValueError, match=f"no {option}='cascad'"):
        reference(Shelf, **{option: "cascad"})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # what is refused


class Shelf(Table, tablename="shelves"):
    """A table to refer to."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()

    database_objects = (Unique(id, user_id),)


class Book(Table, tablename="books"):
    """A table that refers to it."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    shelf_id: Col[UUID | None] = owned_reference(Shelf, default=None)


def test_a_key_uses_the_columns_that_it_is_over() -> None:
    made = schema(table("lists", Unique(TITLE), title=TITLE)).objects.values()
    used = {each.own_name: each.uses for each in made if each.is_key}
    assert used == {
        "lists_pkey": {"public.lists": ("id",)},
        "lists_title_key": {"public.lists": ("title",)},
    }


def test_a_check_that_a_column_makes_uses_that_column() -> None:
    made = schema(table("lists", share=integer(minimum=0))).objects.values()
    (check,) = [each for each in made if each.kind == "check"]
    assert (check.uses, check.is_known) == ({"public.lists": ("share",)}, True)
    by_hand = Check("sane", "share > 0").definition("public.lists")
    assert (by_hand.uses, by_hand.is_known) == ({}, False)


@pytest.mark.whole("makes many edits there and back")
async def test_an_edit_of_any_attribute_goes_there_and_back(
    shared_empty_database: Database,
) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, EDITS)


async def test_a_check_refuses_what_makes_it_false(shared_empty_database: Database) -> None:
    async with migrator(shared_empty_database, ALICE) as connection:
        await install(connection, notes(Check("sane", "price > 0")))
        with pytest.raises(asyncpg.CheckViolationError, match="notes_sane"):
            await connection.execute(
                f"insert into notes (user_id, title, price) values ('{ALICE}', 'a', 0)"
            )


@pytest.mark.parametrize("distinct", [True, False])
async def test_nulls_are_alike_where_it_is_said(
    shared_empty_database: Database, *, distinct: bool
) -> None:
    two_without = f"""
        insert into notes (user_id, title, price)
        values ('{ALICE}', 'a', 1), ('{ALICE}', 'b', 1)
    """
    async with migrator(shared_empty_database, ALICE) as connection:
        await install(connection, notes(Unique(BODY, nulls_distinct=distinct)))
        if distinct:
            assert await connection.execute(two_without) == "INSERT 0 2"
            return
        with pytest.raises(asyncpg.UniqueViolationError, match="notes_body_key"):
            await connection.execute(two_without)


async def test_a_key_clears_the_columns_that_it_names_and_no_other(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database, ALICE) as connection:
        await install(connection, Shelf, Book)
        shelf = uuid4()
        await connection.execute(f"""
            insert into shelves (id, user_id) values ('{shelf}', '{ALICE}');
            insert into books (user_id, shelf_id) values ('{ALICE}', '{shelf}');
            delete from shelves;
        """)
        row = await connection.fetchrow("select user_id, shelf_id from books")
    assert row is not None
    assert tuple(row) == (ALICE, None)


async def test_what_a_key_refers_to_may_be_named_by_its_columns(
    shared_empty_database: Database,
) -> None:
    def books(*referenced: Any) -> type[Table]:
        shelf_id, row_id = owner(), owner()
        refer = ForeignKey((shelf_id, row_id), "public.shelves", referenced, name="shelf")
        return table("books", refer, shelf_id=shelf_id, row_id=row_id)

    by_name, by_column = (
        schema(Shelf, books(*columns))
        for columns in (("id", "user_id"), (Shelf.id, Shelf.user_id))
    )
    assert by_name == by_column
    with pytest.raises(ValueError, match=r"and id is a column of public\.books"):
        books(Book.id, Shelf.user_id)


@pytest.mark.whole_but_first("reads the catalog after each edit")
@pytest.mark.parametrize("kind", [Unique, partial(Index, unique=True)])
async def test_a_key_makes_way_for_what_it_refers_to(
    shared_empty_database: Database, kind: Callable[..., Unique | Index]
) -> None:
    async with migrator(shared_empty_database) as connection:
        one, other = (
            schema(notes(kind(TITLE, PRICE, name=name), key())) for name in ("one", "other")
        )
        await there_and_back(connection, one, other)


@pytest.mark.parametrize("kind", [Unique, partial(Index, unique=True), Index])
def test_nothing_makes_way_for_what_it_does_not_refer_to(
    kind: Callable[..., Unique | Index],
) -> None:
    others = (
        Check("sane", "price > 0"),
        Unique(TITLE, PRICE),
        ForeignKey((TITLE, BODY), "public.shelves", ("id", "user_id")),
    )
    one, other = (
        schema(Shelf, Book, notes(*others, kind(column, name=name)))
        for column, name in ((BODY, "one"), (PRICE, "other"))
    )
    steps = [step.forwards() for step in changes(one, other, no)]
    assert [("one" in step, "other" in step) for step in steps] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(("rule", "words"), NONSENSE)
def test_a_constraint_that_cannot_be_made_is_refused(rule: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^Notes: .*{words}"):
        notes(rule)


def test_a_condition_of_a_query_is_not_one_of_a_check() -> None:
    condition: Any = TITLE.is_in(["a", "b"])
    with pytest.raises(TypeError, match=r"The condition of the check 'one' is written in SQL"):
        Check("one", condition)
