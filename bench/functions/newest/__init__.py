"""The caller's twenty newest documents: one query, as every peer answers it."""

from ottavino.http import Function
from ottavino.query import select
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.functions.documents import DocumentRow

function = Function()


@function.get("/")
async def newest() -> list[DocumentRow]:
    """The newest documents first."""
    newest_first = select(DocumentRow).order_by(Document.created_at.desc(), Document.id.desc())
    return await newest_first.limit(20)
