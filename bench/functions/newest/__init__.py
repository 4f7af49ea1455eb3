"""The caller's twenty newest documents: one query, as every peer answers it."""

from db.tables import Document
from functions.documents import ROW, DocumentRow
from ottavino.http import Function
from ottavino.query import select

function = Function()


@function.get("/")
async def newest() -> list[DocumentRow]:
    """The newest documents first."""
    newest_first = select(*ROW).order_by(Document.created_at.desc(), Document.id.desc())
    return await newest_first.limit(20).into(DocumentRow)
