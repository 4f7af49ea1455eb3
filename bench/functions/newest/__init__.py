"""The caller's twenty newest documents: one query, as every peer answers it."""

from db.query import select
from db.tables import Document
from functions._shared.function import Function
from functions.documents import ROW, DocumentRow

function = Function()


@function.get("/")
async def newest() -> list[DocumentRow]:
    """The newest documents first."""
    newest_first = select(*ROW).order_by(Document.created_at.desc(), Document.id.desc())
    return await newest_first.limit(20).into(DocumentRow)
