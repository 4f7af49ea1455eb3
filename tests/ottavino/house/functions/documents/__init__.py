"""The caller's documents: list and search, read, add, rename, delete."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ottavino.http import Cursor, Function, NotFound, Text
from ottavino.query import Row, delete, insert, select, update
from tests.ottavino.house.db.tables import Document

function = Function()

Filename = Annotated[Text, Field(min_length=1, max_length=255)]


class DocumentRow(Row):
    """A document without its text."""

    id = Document.id
    filename = Document.filename
    file_type = Document.file_type
    file_size = Document.file_size
    status = Document.status
    created_at = Document.created_at
    updated_at = Document.updated_at


class FullDocument(DocumentRow):
    """A document with its text."""

    content = Document.content


@dataclass
class Page:
    """Some documents, and where the next ones begin: None after the last."""

    items: list[DocumentRow]
    next: Cursor | None


class Search(BaseModel):
    """Which documents are listed: those that `q` finds, from `cursor` on."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[Text, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Cursor | None = None


class NewDocument(BaseModel):
    """A document to be added. Its size is that of the text, unless the file was larger."""

    model_config = ConfigDict(extra="forbid")

    filename: Filename
    file_type: Annotated[Text, Field(min_length=1, max_length=127)] = "text/plain"
    file_size: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    content: Annotated[Text, Field(max_length=1_000_000)] | None = None


class Rename(BaseModel):
    """Another name for a document."""

    model_config = ConfigDict(extra="forbid")

    filename: Filename


class NoSuchDocument(NotFound):
    """There is no such document."""


@function.get("/")
async def list_documents(query: Search) -> Page:
    """The newest documents first, all of them or those that the search finds."""
    rows = select(DocumentRow)
    # One more than is shown tells whether there is a next page.
    most = query.limit + 1
    if query.q:
        rows.among(Document.own_search.finds(query.q, most=most, before=query.cursor))
    else:
        rows.order_by(Document.created_at.desc(), Document.id.desc()).limit(most)
        if query.cursor:
            rows.where(query.cursor.before(Document.created_at, Document.id))
    items = await rows
    page = items[: query.limit]
    more = len(items) > len(page)
    return Page(page, Cursor(page[-1].created_at, page[-1].id) if more else None)


@function.get("/{document_id}")
async def get_document(document_id: UUID) -> FullDocument:
    """One document, with its text."""
    document = await select(FullDocument).where(Document.id == document_id).first()
    if document is None:
        raise NoSuchDocument
    return document


@function.post("/", status=201)
async def add_document(body: NewDocument) -> DocumentRow:
    """Add a document of the caller's."""
    size = body.file_size if body.file_size is not None else len((body.content or "").encode())
    document = Document(
        filename=body.filename,
        file_type=body.file_type,
        file_size=size,
        content=body.content,
    )
    return await insert(document).returning(DocumentRow).one()


@function.patch("/{document_id}")
async def rename_document(document_id: UUID, body: Rename) -> DocumentRow:
    """Give a document another name."""
    change = update(Document).set(Document.filename, body.filename)
    document = await change.where(Document.id == document_id).returning(DocumentRow).first()
    if document is None:
        raise NoSuchDocument
    return document


@function.delete("/{document_id}")
async def delete_document(document_id: UUID) -> None:
    """Delete a document, and its chunks with it."""
    deleted = delete(Document).where(Document.id == document_id)
    if not await deleted.returning(Document.id):
        raise NoSuchDocument
