"""SQL by hand takes values as parameters alone, and names of declared columns alone."""

import sys
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ottavino import session
from ottavino.query import Output, Row, count, exists, insert, lower, select, sql
from ottavino.query.hand_written import Template
from ottavino.query.query import sql_of
from ottavino.query.reading import is_of_many
from ottavino.testing import Caller, Database
from tests.ottavino.house.db.tables import Document, DocumentChunk
from tests.ottavino.house.db.tables.documents import DocumentStatus


class Name(Row):
    filename = Document.filename
    status = Document.status


class Ranked(Name):
    place: Output[int]
    share: Output[Decimal | None]


@pytest.fixture
async def documents(database: Database, alice: Caller, bob: Caller) -> Caller:
    for user in (alice, bob):
        async with session(user.identity):
            await insert(
                *(Document(filename=f"{n}.txt", file_type="x", file_size=n) for n in range(4))
            )
    return alice


async def test_rows_have_the_names_and_types_of_their_class(documents: Caller) -> None:
    statement = sql(
        """
        select 1.5 * {size} as share, row_number() over (order by {size} desc) as place,
            {row}, 'left out' as more
        from {table} where {size} > {least} and {status} = any({statuses})
        order by place
        """,
        size=Document.file_size,
        row=Name,
        table=Document,
        least=1,
        status=Document.status,
        statuses=[DocumentStatus.PENDING],
    )
    async with session(documents.identity):
        rows = statement.rows(Ranked)
        assert await rows == [
            Ranked(
                filename=f"{size}.txt",
                status=DocumentStatus.PENDING,
                place=place,
                share=Decimal("1.5") * size,
            )
            for place, size in ((1, 3), (2, 2))
        ]
        assert (await rows.first()) == (await rows)[0]
        with pytest.raises(LookupError):
            await (
                sql("select {} from {} where false", Name, Document).rows(Name).one(LookupError)
            )


async def test_it_writes_and_names_columns_without_their_table(documents: Caller) -> None:
    async with session(documents.identity):
        await sql(
            "insert into {} ({:name}, {:name}, {:name}) values ({}, 'x', {})",
            *(Document, Document.filename, Document.file_type, Document.file_size),
            *("new'); --", 9),
        )
        renamed = sql(
            "update {} set {:name} = {} where {} = {} returning {}",
            *(Document, Document.filename, "newer", Document.file_size, 9, Name),
        )
        assert [each.filename for each in await renamed.rows(Name)] == ["newer"]


async def test_a_part_of_a_query_is_written_by_hand(documents: Caller) -> None:
    third = sql("{} % {}", Document.file_size, 3).value(int)
    among = sql(
        "exists (select from {} as other where other.{:name} = {} + 1)",
        *(Document, Document.file_size, Document.file_size),
    ).condition()
    async with session(documents.identity):
        rows = await select(Document.filename, third).where(among, third < 2).order_by(third)
        assert rows == [("0.txt", 0), ("1.txt", 1)]
        chunks = select(DocumentChunk.id).where(DocumentChunk.document_id == Document.id)
        whole = sql(
            "select count(*) as places, {} as lowered from {} where {} and not {} group by 2",
            *(lower(Document.filename), Document, among, exists(chunks)),
        )

        class Counted(Row):
            lowered: Output[str]
            places: Output[int]

        assert {each.lowered: each.places for each in await whole.rows(Counted)} == {
            f"{n}.txt": 1 for n in range(3)
        }
        inner = select(Document.file_size).where(Document.filename == "2.txt")
        names = sql("select {} from {} where {} in ({})", Name, Document, third, inner)
        assert [each.filename for each in await names.rows(Name)] == ["2.txt"]


@pytest.mark.whole
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_value_is_a_parameter_whatever_it_is(text: str) -> None:
    statement = sql("select {} where {named} = {}", text, [text], named={text: text})
    assert sql_of(statement) == ("select $1 where $2 = $3", [text, {text: text}, [text]])


async def test_a_value_cannot_be_sql(documents: Caller) -> None:
    async with session(documents.identity):
        for text in ("x' or 'a' = 'a", '"; drop table documents; --', "{}", "$1", "\\"):
            query = sql(
                "select {} from {} where {} = {}", Name, Document, Document.filename, text
            )
            assert await query.rows(Name) == []


@pytest.mark.parametrize(
    ("template", "operands"),
    [
        ("select '{}'", ("a",)),
        ("select '%{}%'", ("a",)),
        ('select "{}"', ("a",)),
        ("select $${}$$", ("a",)),
        ("select 1 -- {}", ("a",)),
        ("select /* {} */ 1", ("a",)),
        ("select prefix_{}", ("a",)),
        ("select {}{}", ("a", "b")),
        ("select E'\\'{}'", ("a",)),
    ],
)
def test_a_value_in_quotation_marks_is_refused(template: Any, operands: tuple[str]) -> None:
    with pytest.raises(TypeError, match="stand in quotation marks, in a comment or beside"):
        sql(template, *operands)


@pytest.mark.parametrize(
    ("template", "operands", "named", "message"),
    [
        ("select {}", (), {}, "has 1 empty braces and the names"),
        ("select {}", (1, 2), {}, "was given 2 operands"),
        ("select {a}", (), {"b": 1}, r"the names \['a'\], and was given 0 operands and the na"),
        ("select {a.b}", (), {"a": 1}, r"The braces \{a.b\} of SQL by hand are empty"),
        ("select {0}", (1,), {}, r"The braces \{0\} of SQL by hand are empty"),
        ("select {!r}", (1,), {}, r"The braces \{\} of SQL by hand"),
        ("select {:name}", ("filename",), {}, "only be the word name, for a column without"),
        ("select {:>10}", (Document.filename,), {}, "and not '>10' for"),
        ("select {}", (str,), {}, "str is neither a table nor a Row, so it has no name in SQL"),
    ],
)
def test_what_fits_no_place_is_refused(
    template: Any, operands: tuple[Any, ...], named: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        sql(template, *operands, **named)


async def test_a_name_that_the_statement_does_not_give_is_refused(documents: Caller) -> None:
    async with session(documents.identity):
        with pytest.raises(TypeError, match="no column status, which Name names: it return"):
            await sql("select {} from {}", Document.filename, Document).rows(Name)


def test_a_parents_column_is_joined_by_hand() -> None:
    class Chunk(Row):
        filename = DocumentChunk.document_id.parent.filename

    with pytest.raises(TypeError, match="write the join, and name the column of the parent's"):
        sql_of(sql("select {} from {}", Chunk, DocumentChunk))


def test_braces_are_written_twice_to_stay() -> None:
    text, arguments = sql_of(sql("select '{{1}}'::int[] || {}, {}", 2, count()))
    assert (text, arguments) == ("select '{1}'::int[] || $1, count(*)", [2])


async def test_only_queries_are_sent(documents: Caller) -> None:
    async with session(documents.identity):
        with pytest.raises(Exception, match="A session does not send DROP"):
            await sql("drop table {}", Document)
    with pytest.raises(asyncpg.PostgresSyntaxError):
        async with session(documents.identity):
            await sql("select 1; select {}", 2)


@dataclass(frozen=True)
class Interpolation:
    """The contents of a pair of braces of a t-string, with the attributes of Python 3.14."""

    value: object
    expression: str = ""
    conversion: str | None = None
    format_spec: str = ""


def t_string(strings: tuple[str, ...], *interpolations: Interpolation) -> Any:
    """A t-string: of Python's own parts where it has them."""
    if sys.version_info < (3, 14):
        return Template(strings, interpolations)
    from string.templatelib import Interpolation as Own  # noqa: PLC0415  # as above

    places: list[Any] = [
        Own(each.value, each.expression, each.conversion, each.format_spec)
        for each in interpolations
    ]
    return Template(*(part for two in zip_longest(strings, places) for part in two if part))


VALUE = "x'; drop table documents"
FROM_T_STRING = (
    'select "documents"."filename" as filename, "documents"."status" as status '
    "from public.documents where filename <> $1 and '{}' = '{}'"
)


def test_a_t_string_is_a_template_with_its_values() -> None:
    template = t_string(
        ("select ", " from ", " where ", " <> ", " and '{}' = '{}'"),
        Interpolation(Name),
        Interpolation(Document),
        Interpolation(Document.filename, format_spec="name"),
        Interpolation(VALUE),
    )
    assert sql_of(sql(template)) == (FROM_T_STRING, [VALUE])


@pytest.mark.parametrize(
    ("strings", "interpolation", "message"),
    [
        (("select '", "'"), Interpolation(1), "stand in quotation marks"),
        (("select ", ""), Interpolation(1, conversion="r"), "leave out !r, !s or !a"),
        (("select ", ""), Interpolation(1, format_spec=">10"), "not '>10' for int"),
        (("select ", ""), Interpolation(int), "int is neither a table nor a Row"),
    ],
)
def test_a_t_string_is_refused_like_a_template(
    strings: tuple[str, ...], interpolation: Interpolation, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        sql(t_string(strings, interpolation))


def test_each_value_of_a_t_string_is_taken_as_it_is() -> None:
    converted = Interpolation(1, conversion="r")
    with pytest.raises(TypeError, match="leave out !r, !s or !a"):
        sql(t_string(("select ", ", ", ""), Interpolation(1), converted))


def test_a_value_with_a_window_is_computed_over_several_rows() -> None:
    windowed = sql("row_number() over (order by {})", Document.file_size).value(int)
    plain = sql("abs({})", Document.file_size).value(int)
    assert [is_of_many(each) for each in (windowed, plain)] == [True, False]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="Python has no t-strings")
def test_a_t_string_is_taken_as_it_is_written() -> None:
    text = """sql(
        t"select {Name} from {Document} where {Document.filename:name} <> {VALUE} "
        t"and '{{}}' = '{{}}'"
    )"""
    assert sql_of(eval(text, globals())) == (FROM_T_STRING, [VALUE])  # noqa: S307  # older Python cannot read it
