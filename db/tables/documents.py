"""The files that users bring."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ottavino import (
    CALLER,
    Col,
    Grant,
    Index,
    NoStatistics,
    OwnSearch,
    Policy,
    Role,
    SearchVector,
    Table,
    Unique,
    bigint,
    choice,
    created_at,
    owner,
    primary_key,
    text,
    updated_at,
)


class DocumentStatus(StrEnum):
    """How far the text has been taken out of the file."""

    PENDING = "pending"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Document(Table, tablename="documents"):
    """A user's file, and the text taken from it."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner(default=CALLER)
    filename: Col[str] = text(min_length=1, max_length=255)
    file_type: Col[str] = text(min_length=1, max_length=127)
    file_size: Col[int] = bigint(minimum=0)
    status: Col[DocumentStatus] = choice(DocumentStatus, default=DocumentStatus.PENDING)
    content: Col[str | None] = text(max_length=1_000_000, default=None)
    created_at: Col[datetime] = created_at()
    updated_at: Col[datetime] = updated_at()

    search = SearchVector("search_vector", filename, content)
    own_search = OwnSearch(search, owner=user_id, newest=(created_at, id))

    database_objects = (
        Policy.owner(user_id),
        Grant(
            to=Role.AUTHENTICATED,
            select=True,
            insert=(user_id, filename, file_type, file_size, content),
            update=(filename,),
            delete=True,
        ),
        Grant.everything(to=Role.SERVICE_ROLE),
        Unique(id, user_id),
        Index(user_id, created_at.desc(), id.desc()),
        Index(status),
        search,
        own_search,
        NoStatistics(filename, content, search),
    )
