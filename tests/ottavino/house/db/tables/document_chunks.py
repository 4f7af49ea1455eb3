"""The pieces that a document is cut into."""

from datetime import datetime
from uuid import UUID

from ottavino import (
    CALLER,
    Col,
    Grant,
    Index,
    NoStatistics,
    Policy,
    Ref,
    Role,
    Table,
    Unique,
    created_at,
    integer,
    owned_reference,
    owner,
    primary_key,
    text,
    updated_at,
)
from tests.ottavino.house.db.tables.documents import Document


class DocumentChunk(Table, tablename="document_chunks"):
    """A piece of a document's text, in its place. Users read them, the service writes them."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner(default=CALLER)
    document_id: Ref[Document] = owned_reference(Document)
    chunk_index: Col[int] = integer(minimum=0)
    section_title: Col[str | None] = text(max_length=500, default=None)
    content: Col[str] = text(max_length=100_000)
    created_at: Col[datetime] = created_at()
    updated_at: Col[datetime] = updated_at()

    database_objects = (
        Policy.owner(user_id, "select"),
        Grant(to=Role.AUTHENTICATED, select=True),
        Grant.everything(to=Role.SERVICE_ROLE),
        Unique(document_id, chunk_index),
        Index(user_id, created_at.desc()),
        NoStatistics(section_title, content),
    )
