"""Indexes: every way of writing one, as PostgreSQL reads it."""

from dataclasses import replace
from typing import Any

import pytest

from ottavino import Index, Key
from ottavino.declare.index import IndexDefinition
from ottavino.migrate.diff import changes
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
)
from tests.ottavino.migrate.test_diff import no


def one(*keys: Any, **arguments: Any) -> list[Index]:
    values: dict[str, Any] = {"name": "some", **arguments}
    return [Index(*(keys or (TITLE, PRICE)), **values)]


EDITS: Edits = {
    "another name": (one(), one(name='the "other" one')),
    "its own name": (one(), one(name=None)),
    "one column less": (one(), one(TITLE)),
    "another order of columns": (one(), one(PRICE, TITLE)),
    "a descending column": (one(), one(TITLE, PRICE.desc())),
    "nulls last": (one(PRICE.desc()), one(Key(PRICE, descending=True, nulls="last"))),
    "nulls first": (one(PRICE), one(Key(PRICE, nulls="first"))),
    "an expression": (one(TITLE), one("lower(title)")),
    "another expression": (one("lower(title)"), one("upper(title)")),
    "an operator class": (one(TITLE), one(Key(TITLE, operators="text_pattern_ops"))),
    "another method": (one(PRICE), one(PRICE, method="brin")),
    "unique": (one(), one(unique=True)),
    "included columns": (one(TITLE), one(TITLE, include=(PRICE, PAID))),
    "one included column less": (
        one(TITLE, include=(PRICE, PAID)),
        one(TITLE, include=(PAID,)),
    ),
    "a part": (one(), one(where="paid")),
    "another part": (one(where="paid"), one(where="not paid")),
    "one more": (one(), [*one(), Index(PAID)]),
    "one less": (one(), []),
}

WRITTEN = {
    "(title, price DESC)": Index(TITLE, PRICE.desc()),
    "(price DESC NULLS LAST)": Index(Key(PRICE, descending=True, nulls="last"), name="last"),
    "(price NULLS FIRST)": Index(Key(PRICE, nulls="first")),
    "(lower(title) text_pattern_ops DESC)": Index(
        Key("lower(title)", operators="text_pattern_ops", descending=True), name="low"
    ),
    "(price, COALESCE(body, ''::text))": Index(PRICE, "coalesce(body, '')", name="blank"),
    "(title) INCLUDE (price, body) WHERE paid": Index(
        TITLE, include=(PRICE, BODY), where="paid", name="paid"
    ),
    "hash (title)": Index(TITLE, method="hash", name="hashed"),
    "gin (to_tsvector('english'::regconfig, body))": Index(
        "to_tsvector('english', body)", method="gin", name="words"
    ),
}


@pytest.mark.whole("makes many edits there and back")
async def test_an_edit_of_any_attribute_goes_there_and_back(
    shared_empty_database: Database,
) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, EDITS)


async def test_what_is_written_is_what_postgresql_reads(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        await install(connection, notes(*WRITTEN.values()))
        made = await connection.fetch("""
            select pg_get_indexdef(indexrelid) from pg_index
            where indrelid = 'public.notes'::regclass and not indisprimary
            order by indexrelid
        """)
    for row, end in zip(made, WRITTEN, strict=True):
        assert row[0].endswith(end)


def test_how_an_index_is_built_is_no_change_to_one_that_is_there() -> None:
    one, other = (schema(notes(Index(TITLE, concurrently=each))) for each in (False, True))
    assert changes(one, other, no) == changes(other, one, no) == []


async def test_an_index_is_named_after_its_columns(shared_empty_database: Database) -> None:
    async with migrator(shared_empty_database) as connection:
        await install(connection, notes(Index(TITLE, Key(PRICE, nulls="first"), PAID.desc())))
        assert await connection.fetchval("select 'notes_title_price_paid_idx'::regclass")


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (Index("lower(title)"), r"An index over the expression 'lower\(title\)' needs a name"),
        (Index(PRICE, Key("lower(title)")), "needs a name: write name="),
        (Index(name="none"), r"needs a column or an expression: write Index\(column\)"),
        (Index(TITLE, name="x" * 64), "x is longer than 63 bytes: give a shorter name"),
    ],
)
def test_an_index_that_cannot_be_made_is_refused(index: Index, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^Notes: .*{words}"):
        notes(index)


def test_a_condition_of_a_query_is_not_one_of_an_index() -> None:
    condition: Any = TITLE == "a"
    with pytest.raises(TypeError, match=r"The condition of an index has to be SQL"):
        Index(TITLE, where=condition)


def test_an_index_is_known_by_its_table_and_all_that_it_uses() -> None:
    uses = {"public.notes": ("a",)}
    made = IndexDefinition("index public.i", "create", "drop", uses=uses, over="public.notes")
    assert made.is_known
    for unknown in ({"over": ""}, {"uses": None}, {"free": ("lower(a)",)}):
        assert not replace(made, **unknown).is_known


def test_an_index_is_built_while_others_write_by_its_statements_one_by_one() -> None:
    made = Index(Key("lower(title)"), name="some", statistics=100).definition("public.notes")
    assert isinstance(made, IndexDefinition)
    assert made.build is not None
    assert made.build.statements == (
        'create index concurrently "some"\n    on public.notes using btree ((lower(title)))',
        'alter index public."some" alter column 1 set statistics 100',
    )
    assert made.build.create == ";\n".join(made.build.statements)
    assert made.build.drop == 'drop index concurrently public."some"'
