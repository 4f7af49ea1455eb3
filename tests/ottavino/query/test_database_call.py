"""Declared database functions are called: as values, as rows, by themselves and in queries."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from types import NoneType
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from pydantic import BaseModel

from ottavino import DatabaseFunction, Role, session
from ottavino.query import (
    Call,
    Input,
    Output,
    Row,
    call,
    call_set,
    exists,
    insert,
    page,
    select,
)
from ottavino.query.database_call import arguments_of
from ottavino.query.select_query import Select
from ottavino.testing import Caller, Database
from ottavino.testing.caller import sign_up
from ottavino.testing.environment import environment
from tests.ottavino.house.db.tables import Document

EXECUTE = (Role.AUTHENTICATED,)
TWICE = DatabaseFunction(
    name="twice",
    arguments=("number bigint", "times integer default 2"),
    returns="bigint",
    body="select number * times",
    language="sql",
    volatility="immutable",
    execute=EXECUTE,
)
LARGE = DatabaseFunction(
    name="Large ones",
    arguments=("minimum bigint",),
    returns="setof public.documents",
    body="select * from public.documents where file_size >= minimum",
    language="sql",
    volatility="stable",
    execute=EXECUTE,
)
SIZES = DatabaseFunction(
    name="sizes",
    arguments=("variadic lengths integer[]",),
    returns="table(length integer, kind text, about jsonb, missing text)",
    body="""
        select each, case when each > 1 then 'long' else 'short' end,
            jsonb_build_object('name', 'n' || each), null
        from unnest(lengths) as each
    """,
    language="sql",
    execute=EXECUTE,
)
NUMBERS = DatabaseFunction(
    name="numbers",
    arguments=("most integer",),
    returns="setof bigint",
    body="select generate_series(1, most)",
    language="sql",
    execute=EXECUTE,
)
ECHO = DatabaseFunction(
    name="echo", arguments=("jsonb",), returns="jsonb", body="select $1", language="sql",
    execute=EXECUTE,
)  # fmt: skip
SECRET = DatabaseFunction(name="secret", returns="integer", body="select 1", language="sql")


class Mood(StrEnum):
    CALM = "calm"
    ANGRY = "angry"


class Kind(StrEnum):
    LONG = "long"
    SHORT = "short"


def function(name: str, arguments: tuple[str, ...], returns: str, body: str) -> Any:
    """A function in SQL that users may execute."""
    return DatabaseFunction(
        name=name,
        arguments=arguments,
        returns=returns,
        body=body,
        language="sql",
        execute=EXECUTE,
    )


NOTHING = function("nothing", ("a integer",), "void", "select")
OUT = ("a integer", "out b integer", "out c text")
OUTS = function("outs", OUT, "record", "select a + 1, 'c' || a")
ONE_OUT = function("one_out", OUT[:2], "integer", "select a + 1")
SET_OF_OUTS = function(
    "several_outs", OUT, "setof record", "select n, 'c' || n from generate_series(1, a) as n"
)
ONE = function(
    "one", ("a text",), "public.documents", "select * from public.documents where filename = a"
)
IS_LARGE = function("is_large", ("size bigint",), "boolean", "select size > 1")


class About(BaseModel):
    name: str


class SizeRow(Row):
    length: Output[int]
    kind: Output[Kind]
    about: Output[About]
    missing: "Output[str | None]"


class Name(Row):
    filename = Document.filename
    double = call(TWICE, int, Document.file_size)


def twice(number: Input[int], times: Input[int] = 2) -> Call[int]:
    """A number that many times."""
    return call(TWICE, int, number, times)


def large(least: Input[int]) -> Select[Name]:
    """The documents of at least this size."""
    return call(LARGE, Name, least)


class Part(BaseModel):
    name: str


KINDS: list[tuple[str, Any, Any]] = [
    ("public.mood", Mood, Mood.CALM),
    ("public.mood[]", list[Mood], [Mood.CALM, Mood.ANGRY]),
    ("text", Mood, Mood.ANGRY),
    ("text[]", list[str], ["a", "{,"]),
    ("integer[]", list[int], [1, -2]),
    ("uuid[]", list[UUID], [UUID(int=1)]),
    ("jsonb", Part, Part(name="a")),
    ("json", list[Part], [Part(name="a")]),
    ("jsonb", str, "a"),
    ("jsonb", int, 1),
    ("jsonb[]", list[Part], [Part(name="a"), Part(name="b")]),
    ("uuid", UUID, UUID(int=1)),
    ("numeric(10, 2)", Decimal, Decimal("1.50")),
    ("bigint", int, 2**60),
    ("double precision", float, 0.1),
    ("boolean", bool, False),
    ("date", dt.date, dt.date(2026, 1, 2)),
    ("time", dt.time, dt.time(1, 2)),
    ("timestamptz", dt.datetime, dt.datetime(2026, 1, 2, tzinfo=dt.UTC)),
    ("interval", dt.timedelta, dt.timedelta(days=1, seconds=2)),
    ("bytea", bytes, b"\x00a"),
    ("varchar(3)", str, "abc"),
]


TYPED = [
    function(f"{name}_{place}", (f"value {kind}",), f"{many}{kind}", f"select value{rows}")
    for place, (kind, *_) in enumerate(KINDS)
    for name, many, rows in (
        ("echo", "", ""),
        ("each", "setof ", " from generate_series(1, 2)"),
    )
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def user(shared_database: Database) -> Caller:
    """A user with four documents, beside another with as many, and the functions."""
    async with shared_database.superuser() as connection:
        await connection.execute("create type public.mood as enum ('calm', 'angry')")
        declared: list[Any] = [TWICE, LARGE, SIZES, NUMBERS, ECHO, SECRET, NOTHING, OUTS]
        declared += [ONE_OUT, SET_OF_OUTS, ONE, IS_LARGE, *TYPED]
        for each in declared:
            await connection.execute(each.definition().create)
    with environment(shared_database.variables):
        users = [await sign_up(shared_database, name) for name in ("Alice", "Bob")]
        for user in users:
            async with session(user.identity):
                await insert(
                    *(Document(filename=f"{n}", file_type="x", file_size=n) for n in range(4))
                )
    return users[0]


@pytest.fixture
def documents(user: Caller, reused_database: Database) -> Caller:
    return user


async def test_a_value_is_computed_by_itself_and_in_a_query(documents: Caller) -> None:
    async with session(documents.identity):
        assert await twice(21) == 42
        assert await twice(2, 10) == 20
        assert await call(TWICE, int, 21) == 42
        rows = (
            await select(Document.filename, twice(Document.file_size, 3))
            .where(
                twice(Document.file_size) > 2, Document.file_size < twice(Document.file_size)
            )
            .order_by(twice(Document.file_size).desc())
        )
        assert rows == [("3", 9), ("2", 6)]
        assert await select(Name).where(Document.file_size == 3) == [
            Name(filename="3", double=6)
        ]


async def test_rows_of_a_table_are_a_query_under_the_policies(documents: Caller) -> None:
    async with session(documents.identity):
        query = large(2).where(Document.filename != "2").order_by(Document.filename)
        assert await query == [Name(filename="3", double=6)]
        assert await large(0).count() == 4
        assert (await page(large(0).order_by(Document.file_size.desc()), size=3)).items == [
            Name(filename=str(n), double=2 * n) for n in (3, 2, 1)
        ]
        # Its argument is of the row around it.
        same = call(LARGE, Name, Document.file_size).where(Document.filename == "3")
        assert await select(Document.id).where(exists(same)).count() == 4


async def test_rows_of_no_table_have_the_types_of_their_class(documents: Caller) -> None:
    async with session(documents.identity):
        rows = call(SIZES, SizeRow, [1, 2, 3]).where(SizeRow.length > 1)
        assert await rows.order_by(SizeRow.length.desc()) == [
            SizeRow(length=n, kind=Kind.LONG, about=About(name=f"n{n}"), missing=None)
            for n in (3, 2)
        ]
        first = await page(rows, size=1, total=True)
        assert (first.items[0].length, first.total) == (3, 2)
        rest = await page(rows, size=1, cursor=first.next)
        assert [each.length for each in rest.items] == [2]


async def test_a_set_of_values_is_a_subquery_too(documents: Caller) -> None:
    async with session(documents.identity):
        assert await call_set(NUMBERS, int, 3) == [(1,), (2,), (3,)]
        among = select(Document.filename).where(
            Document.file_size.is_in(call_set(NUMBERS, int, 2))
        )
        assert sorted(await among) == [("1",), ("2",)]


def beside(value: Any) -> Select[tuple[Any]]:
    """A value beside each document."""
    return select(value).from_table(Document)


async def test_values_of_every_type_go_in_and_come_out(documents: Caller) -> None:
    """By themselves, beside each row, in sets, and as null."""
    async with session(documents.identity):
        for place, (_, kind, value) in enumerate(KINDS):
            echo, each = TYPED[2 * place], TYPED[2 * place + 1]
            given = await beside(call(echo, kind, value)).limit(1).one()
            assert given == (value,)
            assert isinstance(given[0], type(value))
            assert await call(echo, kind, None, optional=True) is None
            assert await beside(call(echo, kind, value)) == [(value,)] * 4
            assert await call_set(each, kind, value) == [(value,)] * 2
        naive = dt.datetime(2026, 1, 2)  # noqa: DTZ001  # what is refused
        with pytest.raises(ValueError, match="has no time zone"):
            call(TYPED[2 * [sql for sql, *_ in KINDS].index("timestamptz")], dt.datetime, naive)


async def test_results_of_every_form_are_read(documents: Caller) -> None:
    class Outs(Row):
        b: Output[int]
        c: Output[str]

    async with session(documents.identity):
        assert await call(NOTHING, NoneType, 1) is None
        assert await call(ONE_OUT, int, 1) == 2
        assert await call(OUTS, Outs, 1) == [Outs(b=2, c="c1")]
        both = call(SET_OF_OUTS, Outs, 2).order_by(Outs.b.desc())
        assert await both == [Outs(b=2, c="c2"), Outs(b=1, c="c1")]
        assert await call(ONE, Name, "3").one() == Name(filename="3", double=6)
        # A function that returns one row returns a row of nulls where there is none.
        assert await call(ONE, Name, "no such name") == []
        large = call(IS_LARGE, bool, Document.file_size)
        assert sorted(await select(Document.filename).where(large == True)) == [("2",), ("3",)]  # noqa: E712  # a condition


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("value", [{"a": [1, None]}, "text", '{"a": 1}', [], 1.5, True])
async def test_json_is_what_was_given(documents: Caller, value: Any) -> None:
    async with session(documents.identity):
        assert await call(ECHO, Json, {"value": value}) == Json(value=value)
        assert await call(ECHO, dict, None, optional=True) is None


class Json(BaseModel):
    value: Any


async def test_a_value_is_never_text_of_the_statement(documents: Caller) -> None:
    async with session(documents.identity):
        for wrong in ("1); drop table documents; --", "x"):
            with pytest.raises(asyncpg.DataError):
                await call(TWICE, int, wrong)
            assert await select(Document.id).count() == 4


async def test_only_those_may_execute_it_to_whom_it_was_granted(documents: Caller) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with session(documents.identity):
            await call(SECRET, int)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((), "takes 1 to 2 arguments, and was given 0"),
        ((1, 2, 3), "takes 1 to 2 arguments, and was given 3"),
    ],
)
def test_a_wrong_number_of_arguments_is_refused(given: tuple[int, ...], message: str) -> None:
    with pytest.raises(TypeError, match=f"^The function 'twice' {message}"):
        call(TWICE, int, *given)


def test_one_argument_is_named_in_the_singular() -> None:
    with pytest.raises(TypeError, match="takes 1 argument, and was given 2"):
        call(NUMBERS, int, 1, 2)


@pytest.mark.parametrize(
    ("argument", "sql_type", "is_optional"),
    [
        ("integer", "integer", False),
        ("a integer", "integer", False),
        ("in a integer = 3", "integer", True),
        ("INOUT a numeric(10, 2) default 1.5", "numeric(10, 2)", True),
        ("double precision", "double precision", False),
        ("a double precision", "double precision", False),
        ("\"my default\" text default '='", "text", True),
        ("timestamp with time zone", "timestamp with time zone", False),
        ("time time without time zone", "time without time zone", False),
        ("text[]", "text[]", False),
        ("a public.mood", "public.mood", False),
        ("public.mood", "public.mood", False),
        ('a public."Mood"[]', 'public."Mood"[]', False),
    ],
)
def test_an_argument_has_the_type_that_is_declared(
    argument: str, sql_type: str, is_optional: bool
) -> None:
    function = DatabaseFunction(name="f", returns="int", arguments=(argument,), body="")
    (found,) = arguments_of(function)
    assert (found.type, found.is_optional) == (sql_type, is_optional)


def test_what_is_only_returned_is_not_taken() -> None:
    arguments = ("a uuid", "out b text", "variadic c int[]")
    function = DatabaseFunction(name="f", returns="text", arguments=arguments, body="")
    assert [each.template for each in arguments_of(function)] == [
        "{}::uuid",
        "variadic {}::int[]",
    ]


def test_a_name_without_output_says_how_it_is_written() -> None:
    with pytest.raises(TypeError, match=r"annotate it with Output\[…\], where a database func"):

        class Wrong(Row):  # pyright: ignore[reportUnusedClass]  # it is refused
            id: UUID
