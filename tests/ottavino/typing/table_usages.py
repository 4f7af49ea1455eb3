"""Right uses of columns of several tables: no checker reports anything."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Never, assert_type
from uuid import uuid4

from ottavino import Col, Condition
from ottavino.declare.expression import Expression
from ottavino.query import (
    Row,
    case,
    children,
    coalesce,
    count,
    delete,
    excluded,
    exists,
    greatest,
    insert,
    lower,
    objects,
    row_number,
    scalar,
    select,
    total,
    update,
)
from tests.ottavino.declare.every_column import Every, Task
from tests.ottavino.house.db.tables import (
    AgentRequest,
    AgentSession,
    Document,
    DocumentChunk,
    UsageEvent,
)

SOMEONE, NOW = uuid4(), datetime.now(UTC)
document = Document(filename="a.txt", file_type="text/plain", file_size=1)
chunks = DocumentChunk.document_id == Document.id
parent = DocumentChunk.document_id.parent

# A parent's columns are of its table, like those that no query joins: types see no difference,
# so a query that reads checks its tables when it is printed.
assert_type(parent.file_size > 1, Condition[Document])
assert_type(Document.file_size > 1, Condition[Document])

# Tables of both sides.
assert_type(chunks, Condition[DocumentChunk | Document])
assert_type(Document.filename == "a", Condition[Document])
assert_type(lower(Document.filename) == lower(parent.filename), Condition[Document])
assert_type(count() > Document.file_size, Condition[Document])
assert_type(count() > 1, Condition[Never])
assert_type(
    coalesce(Document.content, DocumentChunk.content), Expression[str, Document | DocumentChunk]
)
assert_type(
    case((Document.file_size > 1, DocumentChunk.content), default=Document.filename),
    Expression[str, Document | DocumentChunk],
)
assert_type(scalar(select(greatest(DocumentChunk.chunk_index))), Expression[int | None, Never])

# Operators.
assert_type(2 * Document.file_size, Expression[int, Document])
assert_type(1 + Document.file_size, Expression[int, Document])
assert_type(10 - Document.file_size, Expression[int, Document])
assert_type(-Document.file_size, Expression[int, Document])
assert_type(-Every.mixed, Expression[int | None, Every])
assert_type(-UsageEvent.cost, Expression[Decimal, UsageEvent])
assert_type(-Every.an_interval, Expression[timedelta, Every])
assert_type(Document.file_size % 2, Expression[int, Document])
assert_type(7 % Every.mixed, Expression[int | None, Every])
assert_type(UsageEvent.cost % 1, Expression[Decimal, UsageEvent])
assert_type(1 / UsageEvent.cost, Expression[Decimal, UsageEvent])
assert_type(1 / Every.a_double, Expression[float, Every])
assert_type(0.5 * Every.a_double, Expression[float, Every])
assert_type(Decimal(2) * UsageEvent.tokens_used, Expression[Decimal, UsageEvent])
assert_type(2 * UsageEvent.cost, Expression[Decimal, UsageEvent])
assert_type(2 * Every.an_interval, Expression[timedelta, Every])
assert_type(timedelta(1) * Every.an_integer, Expression[timedelta, Every])
assert_type(timedelta(1) + Document.created_at, Expression[datetime, Document])
assert_type(NOW - Document.created_at, Expression[timedelta, Document])
assert_type(NOW - Every.an_interval, Expression[datetime, Every])
assert_type(date(2026, 3, 1) - Every.a_date, Expression[int, Every])
assert_type(3 + Every.a_date, Expression[date, Every])
assert_type(Document.filename + " " + Document.file_type, Expression[str, Document])
assert_type("no. " + Document.filename, Expression[str, Document])
assert_type(Document.filename + Document.content, Expression[str | None, Document])
assert_type("a" + lower(Document.filename) == lower(Document.file_type), Condition[Document])
assert_type(
    Document.file_size + DocumentChunk.chunk_index, Expression[int, Document | DocumentChunk]
)
assert_type(UsageEvent.cost * 2 > 1 + UsageEvent.tokens_used, Condition[UsageEvent])
assert_type(total(UsageEvent.cost) / count(), Expression[Decimal | None, UsageEvent])


class Counted(Row):
    """Expressions of one table and of its children."""

    id = Document.id
    doubled = 2 * Document.file_size
    label = Document.filename + " " + Document.file_type
    number = scalar(select(count()).from_table(DocumentChunk).where(chunks))
    chunks = children(DocumentChunk, DocumentChunk.content, where=DocumentChunk.content != "")


def named(column: Col[str], others: Col[str | None]) -> Expression[str]:
    """A function of columns of any table."""
    chosen = case(
        (column == "a", "x"), (column == lower(others), lower(column)), default=column
    )
    return coalesce(others, chosen + column + "a")


async def reading() -> None:
    """Joins, correlated subqueries, children."""
    assert_type((await select(Counted).one()).doubled, int)
    assert_type((await select(Counted).one()).label, str)
    await select(DocumentChunk.id).where(DocumentChunk.content == parent.filename)
    await select(DocumentChunk.id).where(parent.created_at < DocumentChunk.created_at)
    await select(DocumentChunk.id).order_by(lower(parent.filename), parent.file_size.desc())
    await (
        select(parent.status, count())
        .group_by(parent.status)
        .having(greatest(parent.file_size) > count())
    )
    await select(Document.id).where(exists(select(DocumentChunk.id).where(chunks)))
    await select(Document.id).where(
        Document.file_size > scalar(select(greatest(DocumentChunk.chunk_index)).where(chunks))
    )
    await select(Document.id, named(Document.filename, Document.content)).where(
        named(Document.filename, Document.content) == Document.file_type
    )
    await objects(AgentRequest).where(
        AgentRequest.session_id.maybe(lambda each: each.created_at) < AgentRequest.created_at
    )
    place = row_number().over(partition_by=parent.status, order_by=parent.created_at.desc())
    await select(DocumentChunk.id, place).where(DocumentChunk.user_id == parent.user_id)


async def writing() -> None:
    """Tables that are used, subqueries of the outer table's columns, excluded values."""
    change = update(DocumentChunk).using(Document).set(DocumentChunk.content, Document.filename)
    change.set(DocumentChunk.section_title, lower(Document.filename) + DocumentChunk.content)
    change.set(
        DocumentChunk.content,
        case((Document.file_size > 1, DocumentChunk.content), default=Document.filename),
    )
    await change.where(chunks, DocumentChunk.content != Document.filename).returning(
        DocumentChunk.id, Document.filename
    )
    await (
        delete(AgentRequest)
        .using(AgentSession)
        .where(AgentRequest.session_id == AgentSession.id, AgentSession.user_id == SOMEONE)
    )
    counted = scalar(select(count()).from_table(DocumentChunk).where(chunks))
    await (
        update(Document)
        .set(Document.file_size, coalesce(counted, 0))
        .where(exists(select(DocumentChunk.id).where(chunks)), Document.file_size < counted)
    )
    await delete(Document).where(~exists(select(DocumentChunk.id).where(chunks)))
    await update(Task).set(Task.parent_task, Task.number).where(Task.number == Task.parent_task)
    await update(Document).set(Document.filename, named(Document.filename, Document.content))
    upsert = insert(document).on_conflict(Document.id).do_update(Document.filename)
    await upsert.set(
        Document.file_size, 1 + greatest_of(Document.file_size, excluded(Document.file_size))
    ).where(lower(excluded(Document.filename)) != lower(Document.filename))


def greatest_of(one: Expression[int] | Col[int], other: Expression[int]) -> Expression[int]:
    """The greater of two."""
    return case((one > other, one), default=other)
