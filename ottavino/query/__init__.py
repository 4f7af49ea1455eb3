"""Typed queries: Piccolo builds them, and a type checker knows what their rows are.

    rows = await select(Document.id, Document.filename).where(Document.status == READY)

gives `list[tuple[UUID, str]]`. What is not here is Piccolo's: `Document.select()` and its
kin work as its documentation says.
"""

from ottavino.query.aggregates import average, count, greatest, least, total
from ottavino.query.select_query import objects, select
from ottavino.query.write_query import delete, insert, update

__all__ = [
    "average",
    "count",
    "delete",
    "greatest",
    "insert",
    "least",
    "objects",
    "select",
    "total",
    "update",
]
