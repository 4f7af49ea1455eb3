"""The kinds of columns: the values that each takes or refuses."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, cast
from uuid import uuid4

import asyncpg
import pytest

from ottavino import (
    NOW,
    Col,
    array,
    bigint,
    boolean,
    bytea,
    choice,
    cidr,
    column,
    created_at,
    date,
    double,
    enum,
    inet,
    integer,
    interval,
    json_array,
    json_object,
    jsonb,
    money,
    numeric,
    owner,
    primary_key,
    real,
    reference,
    smallint,
    text,
    time,
    timestamp,
    timestamptz,
    updated_at,
    uuid,
    vector,
)
from ottavino.declare.readable import encoded
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.declare.installed import install, migrator, notes
from tests.ottavino.migrate.project import table

USER = uuid4()


class State(StrEnum):
    """The states of a thing."""

    NEW = "new"
    OLD = "it's old"


COLUMNS: Mapping[str, tuple[Col[Any], list[str], list[str]]] = {
    "text": (text(max_length=3), ["''", "'äöü'"], ["'four'", "null"]),
    "text_of_some_length": (text(min_length=2, max_length=3), ["'ab'", "'abc'"], ["'a'"]),
    "text_or_none": (text(max_length=3, default=None), ["null", "'a'"], ["'four'"]),
    "choice": (choice(State), ["'new'", "'it''s old'"], ["'other'", "''", "null"]),
    "at_least": (integer(minimum=1), ["1", "2147483647"], ["0", "null"]),
    "at_most": (integer(maximum=1), ["1", "-2147483648"], ["2", "null"]),
    "between": (integer(minimum=1, maximum=3), ["1", "3"], ["0", "4"]),
    "any_integer": (integer(), ["-2147483648", "2147483647"], ["2147483648"]),
    "big": (bigint(), ["9223372036854775807"], ["9223372036854775808"]),
    "money": (
        money(),
        ["0", "0.000001", "99999999"],
        ["-0.000001", "99999999.000001", "'NaN'", "'Infinity'"],
    ),
    "boolean": (boolean(), ["true", "false"], ["null"]),
    "moment": (timestamptz(), ["now()"], ["null"]),
    "json_object": (json_object(max_bytes=9), ["""'{"a": 1}'"""], ["""'{"a": 100}'""", "'[]'"]),
    "json_array": (json_array(int, max_bytes=6), ["'[1, 2]'"], ["'[1, 20]'", "'{}'", "'1'"]),
}
"""Columns, each with values that it takes and values that it refuses."""

REFUSED = (
    asyncpg.CheckViolationError,
    asyncpg.NotNullViolationError,
    asyncpg.NumericValueOutOfRangeError,
)

DEFAULTS: Mapping[str, tuple[Col[Any], str]] = {
    "text": (text(max_length=9, default="it's"), "it's"),
    "choice": (choice(State, default=State.OLD), "it's old"),
    "integer": (integer(default=7), "7"),
    "money": (money(default=7), "7.000000"),
    "boolean": (boolean(default=False), "false"),
    "json_object": (json_object(max_bytes=99, default={"a": "it's"}), """{"a": "it's"}"""),
    "json_array": (json_array(int, max_bytes=9, default=[1]), "[1]"),
    "array": (array(cast("Col[str | None]", text()), default=["null", None]), '{"null",NULL}'),
}
"""Columns, each with its value if none was given."""


async def insert(connection: Connection, name: str, value: str) -> None:
    async with connection.transaction():
        await connection.execute(
            f"insert into {name}_notes (user_id, {name}) values ('{USER}', {value})"
        )


async def test_a_column_takes_what_is_in_its_bounds_and_nothing_else(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database, USER) as connection:
        for name, (kind, good, bad) in COLUMNS.items():
            await install(connection, table(f"{name}_notes", **{name: kind}))
            for value in good:
                await insert(connection, name, value)
            for value in bad:
                with pytest.raises(REFUSED):
                    await insert(connection, name, value)
                    pytest.fail(f"{name} takes {value}")


HELPERS: Sequence[Callable[..., Col[Any]]] = (
    *(uuid, text, integer, bigint, smallint, numeric, money, real, double, boolean),
    *(date, time, timestamptz, timestamp, interval, bytea, inet, cidr, jsonb),
    *(partial(choice, State), partial(enum, State), partial(array, text()), partial(vector, 3)),
    *(partial(column, "xml"), partial(json_object, max_bytes=9)),
    partial(json_array, int, max_bytes=9),
    *(created_at, updated_at, partial(reference, "auth.users"), owner),
)


@pytest.mark.whole_but_first("tries each type of column")
@pytest.mark.parametrize("helper", HELPERS)
def test_every_column_takes_the_options(helper: Callable[..., Col[Any]]) -> None:
    made = table("notes", it=helper(db_column_name="kept", unique=True))
    assert "kept" in made.column_specs()
    assert any("unique (kept)" in each.create for each in made.definitions())


@pytest.mark.parametrize("is_owner", [True, False])
def test_the_primary_key_has_the_name_that_it_is_given(is_owner: bool) -> None:
    key = primary_key(owner=is_owner, db_column_name="Key")
    made = table("notes", id=key, user_id=uuid())
    assert "Key" in made.column_specs()
    assert any('primary key ("Key")' in each.create for each in made.definitions())


@pytest.mark.whole_but_first("tries each type of column")
@pytest.mark.parametrize("helper", HELPERS)
def test_an_option_that_no_column_has_is_refused(helper: Callable[..., Col[Any]]) -> None:
    with pytest.raises(TypeError, match="max_lenght"):
        helper(max_lenght=9)


async def test_a_default_is_what_postgresql_fills_in(shared_empty_database: Database) -> None:
    columns = {f"a_{name}": kind for name, (kind, _) in DEFAULTS.items()}
    async with migrator(shared_empty_database, USER) as connection:
        await install(connection, notes(**columns))
        await connection.execute(f"insert into notes (user_id) values ('{USER}')")
        row = await connection.fetchrow(
            f"select {', '.join(f'{name}::text' for name in columns)} from notes"
        )
    assert row is not None
    assert tuple(row) == tuple(expected for _, expected in DEFAULTS.values())


async def test_the_time_of_a_change_is_kept_whatever_is_said(
    shared_empty_database: Database,
) -> None:
    columns = {"made_at": timestamptz(default=NOW), "updated_at": updated_at()}
    async with migrator(shared_empty_database, USER) as connection:
        await install(connection, notes(**columns, number=integer(default=0)))
        await connection.execute(f"insert into notes (user_id) values ('{USER}')")
        await connection.execute("update notes set updated_at = '2000-01-01'")
        assert await connection.fetchval("select made_at = updated_at from notes")


async def test_it_is_kept_under_any_name(shared_empty_database: Database) -> None:
    columns = {
        "made_at": timestamptz(default=NOW),
        "changed_at": updated_at(db_column_name="Last change"),
    }
    async with migrator(shared_empty_database, USER) as connection:
        await install(connection, notes(**columns))
        await connection.execute(f"insert into notes (user_id) values ('{USER}')")
        await connection.execute("update notes set \"Last change\" = '2000-01-01'")
        assert await connection.fetchval('select made_at = "Last change" from notes')


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (jsonb(list[float]), [1.5, float("nan")]),
        (jsonb(), {"a": {"b": (None, float("inf"))}}),
        (json_object(max_bytes=99), {"a": -float("inf")}),
        (json_array(float, max_bytes=99), [float("nan")]),
    ],
)
def test_what_json_cannot_express_is_refused_before_it_is_stored(
    kind: Col[Any], value: Any
) -> None:
    with pytest.raises(ValueError, match="JSON has no number"):
        encoded(kind, value)


def test_null_in_json_is_stored() -> None:
    assert encoded(jsonb(), {"a": [None, "null"]}) == '{"a":[null,"null"]}'
