"""Mistakes with pages, database functions and SQL by hand, one on each line that is marked."""

from uuid import UUID

from ottavino import DatabaseFunction
from ottavino.query import Call, Cursor, Input, Output, Page, Row, Select, call, call_set
from ottavino.query import insert, objects, page, select, sql
from tests.ottavino.house.db.tables import Document

TWICE = DatabaseFunction(name="twice", arguments=("n bigint",), returns="bigint", body="")


class Name(Row):
    """A name, and a rank that a function gives."""

    filename = Document.filename
    rank: Output[float]


def twice(number: Input[int]) -> Call[int]:
    """A number two times."""
    return call(TWICE, int, number)


def ranked(words: str, most: int = 20) -> Select[Name]:
    """What is found."""
    return call(TWICE, Name, words, most)


async def pages(cursor: Cursor) -> Page[Name]:
    """Pages."""
    query = select(Document.id, Document.filename).order_by(Document.created_at.desc())
    await page(query)  # wrong
    await page(query, 20)  # wrong
    await page(query, size="20")  # wrong
    await page(query, size=20, cursor="MjA")  # wrong
    await page(query, size=20, total="yes")  # wrong
    await page(Document, size=20)  # wrong
    await page(insert(), size=20)  # wrong
    (await page(query, size=20)).total  # wrong
    (await page(query, size=20)).rows  # wrong
    (await page(query, size=20)).items[0].filename  # wrong
    page(query, size=20).items  # wrong
    (await page(select(Name), size=20)).items[0].nope  # wrong
    await page(query, size=20, cursor=(await page(query, size=20)).items)  # wrong
    return await page(query, size=20, cursor=cursor)  # wrong


async def functions() -> None:
    """Calls."""
    twice("21")  # wrong
    twice()  # wrong
    twice(Document.filename)  # wrong
    twice(None)  # wrong
    select(Document.id).where(twice(Document.file_size))  # wrong
    select(Document.id).where(twice(Document.file_size) == "1")  # wrong
    (await twice(1)).upper()  # wrong
    ranked(1)  # wrong
    ranked("flute", most="3")  # wrong
    ranked("flute").where(Name.rank > "1")  # wrong
    (await ranked("flute"))[0].nope  # wrong
    (await ranked("flute"))[0].rank.upper()  # wrong
    call("twice", int, 1)  # wrong
    select(Document.id).where(Document.id.is_in(call_set(TWICE, str, 1)))  # wrong
    (await call(TWICE, int, 1, optional=True)) + 1  # wrong


async def hand_written(text: str) -> None:
    """SQL by hand."""
    statement = sql("select {} from {}", Name, Document)
    statement.rows(Document)  # wrong
    statement.rows("filename")  # wrong
    statement.nope()  # wrong
    (await statement.rows(Name))[0].nope  # wrong
    (await statement.rows(Name))[0].rank.upper()  # wrong
    sql(1)  # wrong
    sql()  # wrong
    select(Document.id).where(statement)  # wrong
    select(Document.id).where(sql("{}", 1).value(bool))  # wrong
    select(Document.id).where(sql("length({})", text).value(int) == "1")  # wrong
    objects(Document).where(sql("true"))  # wrong
    sql(f"select {text}")  # wrong for pyright
    sql("select " + text)  # wrong for pyright
    sql("select %s" % text)  # wrong for pyright
    sql("select {}".format(text))  # wrong for pyright
    sql(text)  # wrong for pyright


async def typed() -> UUID:
    """A value of another type."""
    return await twice(1)  # wrong
