"""Declared tables that have the names of others are left to a person."""

from collections.abc import AsyncGenerator

import pytest

from ottavino import (
    Check,
    Col,
    Grant,
    Index,
    Policy,
    Ref,
    Role,
    View,
    bigint,
    identity,
    integer,
    reference,
    text,
)
from ottavino.declare.table import Table
from ottavino.inspect.difference import Comparison
from ottavino.inspect.drift import find_drift
from ottavino.migrate import platform
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import move, schema, undone


class Note(Table, tablename="notes"):
    id: Col[int] = identity(bigint(primary_key=True))
    title: Col[str] = text()
    body: Col[str] = text()
    price: Col[int] = integer(default=0)

    database_objects = (
        Grant(to=Role.AUTHENTICATED, select=True, update=(title,)),
        Policy(name="read", to=Role.AUTHENTICATED, using="true"),
        Check("priced", "price >= 0"),
        Index(price),
    )


class Child(Table, tablename="children"):
    id: Col[int] = identity(bigint(primary_key=True))
    note: Ref[Note, int] = reference(Note, Note.id)
    amount: Col[int] = integer()


class Likeness(Table, tablename="likenesses"):
    """A table with the columns of another."""

    id: Col[int] = identity(bigint(primary_key=True))
    title: Col[str] = text()
    body: Col[str] = text()
    price: Col[int] = integer(default=0)


class Seen(View, tablename="seen"):
    title: Col[str] = text()
    query = "select title from public.notes"
    database_objects = (Grant(to=Role.AUTHENTICATED, select=True),)


STATE = schema(Note, Child, Likeness, Seen)


@pytest.fixture
async def connection(empty_database: Database) -> AsyncGenerator[Connection]:
    """A superuser's transaction, which is rolled back."""
    async with repeating(empty_database.superuser_url) as connection, undone(connection):
        await platform.install(connection)
        await move(connection, State(), STATE)
        yield connection


async def _after(connection: Connection, change: str) -> Comparison:
    async with undone(connection):
        await connection.execute(change)
        return await find_drift(connection, STATE, STATE)


RENAMED = "drop table notes cascade; alter table children rename to notes"
COPIED = "drop table notes cascade; alter table likenesses rename to notes"
BETWEEN = (
    "alter table notes rename to between; alter table likenesses rename to notes; "
    "alter table between rename to likenesses"
)
TABLES = {
    RENAMED: "children",
    f"{RENAMED}; alter table notes add more text": "children",
    f"{RENAMED}; alter table notes drop amount": "children",
    f"{RENAMED}; create table children (id int)": "children",
    f"{RENAMED}; create table children (like notes including all)": "children",
    COPIED: "likenesses",
    f"{COPIED}; create table likenesses (like notes including all)": "likenesses",
    BETWEEN: "likenesses",
}


@pytest.mark.whole("reads the catalog after each of many changes")
async def test_a_table_that_has_the_name_of_another_is_left_to_a_person(
    connection: Connection,
) -> None:
    assert (await _after(connection, "select")).differences == []
    for change, other in TABLES.items():
        found = await _after(connection, change)
        undecided = {str(each.entry): each.undecided for each in found.differences}
        assert other in (undecided.get("table public.notes") or ""), change
        assert "notes" not in (found.fix or ""), change
        assert "seen" not in (found.fix or ""), change
