"""Columns of other tables, in a value or on the right side, one on each line that is marked."""

from datetime import timedelta
from uuid import uuid4

from ottavino.query import Row, any_of, array_append, case, coalesce, delete, excluded, has_key
from ottavino.query import insert, json_value, length, lower, update, upper
from tests.ottavino.declare.every_column import Every
from tests.ottavino.house.db.tables import AgentRequest, AgentSession, Document, DocumentChunk
from tests.ottavino.house.db.tables import UsageEvent

SOMEONE, NOTHING = uuid4(), timedelta()
document = Document(filename="a.txt", file_type="text/plain", file_size=1)


class ChunkRow(Row):
    """A row of another table."""

    content = DocumentChunk.content


async def compared() -> None:
    """A condition knows the tables of both sides."""
    change = update(Document).set(Document.filename, "a")
    change.where(Document.filename == DocumentChunk.content)  # wrong
    change.where(Document.filename != DocumentChunk.content)  # wrong
    change.where(Document.file_size < DocumentChunk.chunk_index)  # wrong
    change.where(Document.file_size >= DocumentChunk.chunk_index + 1)  # wrong
    change.where(Document.file_size + DocumentChunk.chunk_index > 1)  # wrong
    change.where(1 + DocumentChunk.chunk_index > Document.file_size)  # wrong
    change.where(-DocumentChunk.chunk_index > Document.file_size)  # wrong
    change.where(lower(Document.filename) == lower(DocumentChunk.content))  # wrong
    change.where(upper(DocumentChunk.content) == "A")  # wrong
    change.where(length(DocumentChunk.content) > 1)  # wrong
    change.where(coalesce(Document.content, DocumentChunk.content) == "a")  # wrong
    change.where(coalesce(DocumentChunk.section_title, "") == "a")  # wrong
    change.where((Document.file_size > 1) & (Document.filename == DocumentChunk.content))  # wrong
    change.where(~(Document.filename == DocumentChunk.content))  # wrong
    change.where(Document.created_at - DocumentChunk.created_at == NOTHING)  # wrong
    change.where(case((DocumentChunk.chunk_index > 1, 1), default=2) == 1)  # wrong
    change.where(case((Document.file_size > 1, DocumentChunk.content), default="") == "")  # wrong
    change.where(json_value(AgentRequest.results, "a") == "b")  # wrong
    change.where(has_key(AgentRequest.results, "a"))  # wrong
    change.where(any_of(Every.some_texts) == Document.filename)  # wrong
    change.where(any_of(Every.some_texts) > "a")  # wrong
    change.where(Document.user_id == excluded(UsageEvent.user_id))  # wrong
    change.where(ChunkRow.content == Document.filename)  # wrong
    change.where(AgentRequest.session_id.maybe(lambda each: each.user_id) == SOMEONE)  # wrong
    delete(Document).where(Document.id == DocumentChunk.document_id)  # wrong
    delete(DocumentChunk).where(DocumentChunk.document_id == Document.id)  # wrong
    delete(Document).using(DocumentChunk).where(Document.user_id == UsageEvent.user_id)  # wrong
    delete(AgentRequest).where(AgentRequest.session_id == AgentSession.id)  # wrong


async def assigned() -> None:
    """So does a value that is set, or returned."""
    change = update(Document)
    change.set(Document.filename, DocumentChunk.content)  # wrong
    change.set(Document.filename, lower(DocumentChunk.content))  # wrong
    change.set(Document.content, coalesce(Document.content, DocumentChunk.content))  # wrong
    change.set(Document.filename, Document.filename + DocumentChunk.content)  # wrong
    change.set(Document.file_size, Document.file_size + DocumentChunk.chunk_index)  # wrong
    change.set(Document.file_size, 2 * DocumentChunk.chunk_index)  # wrong
    change.set(Document.file_size, length(DocumentChunk.content))  # wrong
    change.set(Document.filename, case((DocumentChunk.chunk_index > 1, "a"), default="b"))  # wrong
    change.set(Document.user_id, UsageEvent.user_id)  # wrong
    change.set(Document.created_at, DocumentChunk.created_at)  # wrong
    update(UsageEvent).set(UsageEvent.cost, Document.file_size)  # wrong
    update(UsageEvent).set(UsageEvent.cost, UsageEvent.cost * Document.file_size)  # wrong
    update(Every).set(Every.some_texts, array_append(Every.some_texts, Document.filename))  # wrong
    parent = DocumentChunk.document_id.parent
    update(DocumentChunk).set(DocumentChunk.content, parent.filename)  # wrong
    update(Document).using(UsageEvent).set(Document.filename, DocumentChunk.content)  # wrong
    upsert = insert(document).on_conflict(Document.id).do_update()
    upsert.set(Document.filename, DocumentChunk.content)  # wrong
    upsert.set(Document.filename, excluded(DocumentChunk.content))  # wrong
    later = upsert.set(Document.filename, excluded(Document.filename))
    later.where(Document.filename != excluded(DocumentChunk.content))  # wrong
    later.where(DocumentChunk.content != excluded(Document.filename))  # wrong
