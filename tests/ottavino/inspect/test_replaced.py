"""What was made by hand in the place of one of ours is left to a person."""

from enum import StrEnum
from typing import Any

import pytest

from ottavino import (
    Col,
    DatabaseFunction,
    Schema,
    Sequence,
    View,
    column,
    domain,
    enum,
    integer,
    serial,
    text,
)
from ottavino.inspect.drift import find_drift
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from tests.ottavino.declare.installed import move, schema
from tests.ottavino.inspect.test_beside import connection
from tests.ottavino.migrate.project import table

__all__ = ["connection"]

USER = integer(default=0)
NUMBERS = Sequence("public.num", start=1000)
SWAPPED = "alter table notes alter n set default nextval('num')"


async def _undecided(
    connection: Connection, change: str, *declared: Any
) -> tuple[dict[str, str | None], str]:
    """What a person has to decide after a change by hand beside rows, and the fix."""
    state = schema(Schema("reports"), *declared)
    await move(connection, State(), state)
    for _ in range(5):
        await connection.execute("insert into notes default values")
    await connection.execute(f"create schema apart; {change}")
    found = await find_drift(connection, state, state)
    return {str(each.entry): each.undecided for each in found.differences}, found.fix or ""


def _other(kind: str, name: str) -> str:
    return (
        f"another {kind} has this name, and the {kind} {name} may be ours. "
        "Give both their names back"
    )


@pytest.mark.whole("compares catalogs")
@pytest.mark.parametrize(
    ("change", "name", "other"),
    [
        (
            f"alter sequence num set schema reports; create sequence num start 1000; {SWAPPED}",
            "num",
            "reports.num",
        ),
        (
            f"alter sequence num set schema apart; create sequence num start 1000; {SWAPPED}",
            "num",
            "apart.num",
        ),
        (
            (
                "create sequence num2 start 1000; alter sequence num rename to former; "
                f"alter sequence num2 rename to num; {SWAPPED}; "
                "insert into notes default values"
            ),
            "num",
            "public.former",
        ),
        (
            "alter sequence num set schema apart; create sequence num start 1000",
            "num",
            "apart.num",
        ),
        (
            (
                "alter sequence notes_s_seq rename to s_old; "
                "create sequence notes_s_seq as integer owned by notes.s; "
                "alter table notes alter s set default nextval('notes_s_seq')"
            ),
            "notes_s_seq",
            "public.s_old",
        ),
    ],
)
async def test_a_sequence_that_gave_the_numbers_of_rows_may_be_ours(
    connection: Connection, change: str, name: str, other: str
) -> None:
    notes = table("notes", n=integer(default=NUMBERS.next), s=serial(integer()), user_id=USER)
    undecided, fix = await _undecided(connection, change, NUMBERS, notes)
    assert undecided[f"sequence public.{name}"] == _other("sequence", other)
    assert f"sequence public.{name}" not in fix
    assert "set default" not in fix


@pytest.mark.whole("compares catalogs")
@pytest.mark.parametrize(
    "change",
    [
        # Nobody has taken a number from it.
        "create sequence apart.num start 1000",
        # Its numbers are those of others.
        (
            "create table apart.papers (n int); "
            "create sequence apart.num start 1000 owned by apart.papers.n; "
            "select setval('apart.num', 2000); select setval('num', 1002)"
        ),
        # No row has a number of it.
        "create sequence apart.num start 1000; select setval('apart.num', 2000)",
    ],
)
async def test_a_sequence_that_gave_no_number_of_a_row_is_of_others(
    connection: Connection, change: str
) -> None:
    notes = table("notes", n=integer(default=NUMBERS.next), s=serial(integer()), user_id=USER)
    assert await _undecided(connection, change, NUMBERS, notes) == ({}, "")


@pytest.mark.whole("compares catalogs")
async def test_sequences_that_exchanged_their_names_are_left_to_a_person(
    connection: Connection,
) -> None:
    notes = table("notes", n=integer(default=NUMBERS.next), s=serial(integer()), user_id=USER)
    change = (
        "alter sequence num rename to between; alter sequence notes_s_seq rename to num; "
        "alter sequence between rename to notes_s_seq"
    )
    undecided, fix = await _undecided(connection, change, NUMBERS, notes)
    assert undecided["sequence public.num"] == _other("sequence", "public.notes_s_seq")
    assert undecided["sequence public.notes_s_seq"] == _other("sequence", "public.num")
    assert fix == ""


class Mood(StrEnum):
    """The values of an enumeration."""

    GOOD = "good"
    BAD = "bad"


class NoteTitle(View, tablename="note_titles"):
    """A view that nothing uses."""

    title: Col[str] = text()
    query = "select title from public.notes"


PRICE = domain("price", integer(), checks={"price_bound": "value > 0"})
ANSWER = DatabaseFunction(name="f", returns="integer", language="sql", body="select 42")


@pytest.mark.whole("compares catalogs")
@pytest.mark.parametrize(
    ("change", "ours", "other"),
    [
        (
            (
                "create type mood2 as enum ('good'); alter type mood set schema apart; "
                "alter type mood2 rename to mood"
            ),
            "type public.mood",
            "apart.mood",
        ),
        (
            "alter domain price set schema apart; create domain price as integer",
            "domain public.price",
            "apart.price",
        ),
        (
            (
                "alter view note_titles set schema apart; "
                "create view note_titles as select 'a' as title"
            ),
            "view public.note_titles",
            "apart.note_titles",
        ),
        (
            (
                "alter function f set schema apart; "
                "create function f() returns int language sql as 'select 7'"
            ),
            "function public.f()",
            "apart.f()",
        ),
    ],
)
async def test_what_was_replaced_may_be_in_a_schema_of_others(
    connection: Connection, change: str, ours: str, other: str
) -> None:
    columns = {
        "title": text(default=""),
        "mood": enum(Mood, default=Mood.GOOD),
        "price": column(PRICE, default=None),
        "user_id": USER,
    }
    notes = table("notes", **columns)
    undecided, fix = await _undecided(connection, change, ANSWER, NoteTitle, notes)
    assert undecided[ours] == _other(ours.partition(" ")[0], other)
    assert all(undecided.values())
    assert fix == ""
