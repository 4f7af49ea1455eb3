"""Right uses of pages, database functions and SQL by hand: no checker reports anything."""

from decimal import Decimal
from typing import assert_type
from uuid import UUID

from pydantic import BaseModel

from ottavino import DatabaseFunction
from ottavino.query import (
    Call,
    CountedPage,
    Cursor,
    Input,
    Output,
    Page,
    Row,
    Select,
    call,
    call_set,
    count,
    exists,
    lower,
    objects,
    page,
    select,
    sql,
    total,
)
from tests.ottavino.house.db.tables import Document, DocumentChunk, UsageEvent

TWICE = DatabaseFunction(name="twice", arguments=("n bigint",), returns="bigint", body="")


class Name(Row):
    """A name, and what a function gives beside it."""

    filename = Document.filename
    rank: Output[float]
    note: Output[str | None]


class Search(BaseModel):
    """A cursor in a model."""

    cursor: Cursor | None = None


def twice(number: Input[int], times: Input[int] = 2) -> Call[int]:
    """A number so many times."""
    return call(TWICE, int, number, times)


def ranked(words: str, most: int = 20) -> Select[Name]:
    """What is found."""
    return call(TWICE, Name, words, most)


async def pages(search: Search) -> Page[Name]:
    """Pages."""
    query = select(Document.id, Document.content)
    assert_type(await page(query, size=20), Page[tuple[UUID, str | None]])
    assert_type((await page(query, size=20)).items, list[tuple[UUID, str | None]])
    assert_type((await page(query, size=20)).next, Cursor | None)
    counted = await page(query, size=20, cursor=search.cursor, total=True)
    assert_type(counted, CountedPage[tuple[UUID, str | None]])
    assert_type(counted.total, int)
    assert_type(await page(objects(Document), size=3), Page[Document])
    groups = select(UsageEvent.request_type, count()).group_by(UsageEvent.request_type)
    groups.order_by(total(UsageEvent.cost).desc().nulls_last(), UsageEvent.request_type)
    assert_type(len((await page(groups, size=3, total=False)).items), int)
    found = select(Document.filename).among(Document.own_search.finds("flute"))
    assert_type((await page(found, size=1)).items, list[tuple[str]])
    assert_type(await page(ranked("flute").order_by(Name.rank.desc()), size=9), Page[Name])
    return await page(select(Name).order_by(lower(Document.filename)), size=9)


async def functions() -> None:
    """Calls."""
    assert_type(twice(1), Call[int])
    assert_type(await twice(1, times=3), int)
    assert_type(await select(twice(Document.file_size, 3)), list[tuple[int]])
    select(Document.id).where(twice(Document.file_size) > 3).order_by(twice(1).desc())
    select(Document.id).where(Document.file_size == twice(Document.file_size))
    assert_type(await ranked("flute"), list[Name])
    assert_type(await ranked("flute", most=3).first(), Name | None)
    ranked("flute").where(Name.rank > 0.5, Name.note.is_not_null())
    for each in await ranked("flute").limit(3):
        assert_type(each.rank, float)
        assert_type(each.note, str | None)
        assert_type(each.filename, str)
    assert_type(await call(TWICE, Decimal, 1, optional=True), Decimal | None)
    assert_type(await call_set(TWICE, UUID, 1), list[tuple[UUID]])
    select(Document.filename).where(Document.id.is_in(call_set(TWICE, UUID, 1)))
    select(Document.filename).where(exists(ranked("flute")))


async def hand_written(value: str) -> None:
    """SQL by hand."""
    statement = sql("select {} from {} where {} = {}", Name, Document, Document.filename, value)
    assert_type(await statement.rows(Name), list[Name])
    assert_type(await statement.rows(Name).first(), Name | None)
    assert_type(await statement.rows(Name).one(LookupError), Name)
    await sql("update {table} set {column:name} = {value}", table=Document,
              column=Document.filename, value=value)  # fmt: skip
    even = sql("{} % {} = 0", Document.file_size, 2).condition()
    root = sql("sqrt({})", Document.file_size).value(float)
    assert_type(
        await select(root).where(even | (root > 2.0)).order_by(root), list[tuple[float]]
    )
    sql("select {} where {}", select(DocumentChunk.id), even)
