"""The caller's documents: list and search, read, add, rename, delete."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from ottavino.http import Function, NotFound, Text
from ottavino.query import Cursor, Page, Row, delete, insert, page, select, update
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


class Search(BaseModel, extra="forbid"):
    """Which documents are listed: those that `q` finds, from `cursor` on."""

    q: Annotated[Text, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Cursor | None = None


class NewDocument(BaseModel, extra="forbid"):
    """A document to be added. Its size is that of the text, unless the file was larger."""

    filename: Filename
    file_type: Annotated[Text, Field(min_length=1, max_length=127)] = "text/plain"
    file_size: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    content: Annotated[Text, Field(max_length=1_000_000)] | None = None


class Rename(BaseModel, extra="forbid"):
    """Another name for a document."""

    filename: Filename


class NoSuchDocument(NotFound):
    """There is no such document."""


@function.get("/")
async def list_documents(query: Search) -> Page[DocumentRow]:
    """The newest documents first, all of them or those that the search finds."""
    documents = select(DocumentRow).order_by(Document.created_at.desc(), Document.id.desc())
    if query.q:
        documents.among(Document.own_search.finds(query.q))
    return await page(documents, size=query.limit, cursor=query.cursor)


@function.get("/{document_id}")
async def get_document(document_id: UUID) -> FullDocument:
    """One document, with its text."""
    return await select(FullDocument).where(Document.id == document_id).one(NoSuchDocument)


@function.post("/", status=201)
async def add_document(body: NewDocument) -> DocumentRow:
    """Add a document of the caller's."""
    size = body.file_size if body.file_size is not None else len((body.content or "").encode())
    document = Document(
        filename=body.filename, file_type=body.file_type, file_size=size, content=body.content
    )
    return await insert(document).returning(DocumentRow).one()


@function.patch("/{document_id}")
async def rename_document(document_id: UUID, body: Rename) -> DocumentRow:
    """Give a document another name."""
    change = update(Document).set(Document.filename, body.filename)
    renamed = change.where(Document.id == document_id).returning(DocumentRow)
    return await renamed.one(NoSuchDocument)


@function.delete("/{document_id}")
async def delete_document(document_id: UUID) -> None:
    """Delete a document, and its chunks with it."""
    deleted = delete(Document).where(Document.id == document_id)
    await deleted.returning(Document.id).one(NoSuchDocument)
