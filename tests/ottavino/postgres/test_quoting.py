"""Names are quoted where PostgreSQL needs it, and are taken apart again."""

import itertools

import pytest

from ottavino import DatabaseFunction, DefaultPrivileges, Schema, Sequence
from ottavino.postgres.quoting import identifier, is_quoted, schema_of, split_name, unquoted
from ottavino.testing import Database
from ottavino.testing.database import connected

NAMES = ["plain", "My Schema", "a.b", 'say "hi"', '"', ".", 'a".b', "select", "ünï"]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_the_parts_of_a_name_are_those_that_it_was_put_together_of(most: int) -> None:
    for parts in itertools.product(NAMES, repeat=most):
        name = ".".join(map(identifier, parts))
        assert tuple(map(unquoted, split_name(name, most))) == parts
        assert most == 1 or schema_of(name) == parts[0]


def test_the_last_part_is_all_that_follows() -> None:
    assert split_name('public."a.b".own "name".x', 3) == ["public", '"a.b"', 'own "name".x']


async def test_what_postgresql_quotes_is_known(shared_empty_database: Database) -> None:
    words = ["plain", "Mixed", "a b", "a-b", "ä", "1a"]
    async with connected(shared_empty_database.direct_url) as connection:
        words += [
            row["word"] for row in await connection.fetch("select word from pg_get_keywords()")
        ]
        rows = await connection.fetch(
            "select word, quote_ident(word) as quoted from unnest($1::text[]) as word", words
        )
    assert {word for word in words if is_quoted(word)} == {
        row["word"] for row in rows if row["quoted"] != row["word"]
    }


@pytest.mark.parametrize("name", ['a"b', "it's", "a\\b", "a{b}", "a\nb"])
def test_the_name_of_a_schema_that_sql_cannot_be_read_with_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="The name of the schema"):
        Schema(name)
    with pytest.raises(ValueError, match="take one without"):
        DatabaseFunction(name="f", schema=name, returns="integer", body="select 1")
    with pytest.raises(ValueError, match="take one without"):
        DefaultPrivileges("tables", name)
    with pytest.raises(ValueError, match="take one without"):
        next(iter(Sequence(f"{name}.numbers").definitions()))
