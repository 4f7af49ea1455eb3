"""Typed queries: a type checker infers the types of their rows.

    class DocumentRow(Row):
        id = Document.id
        filename = Document.filename

    rows = await select(DocumentRow).where(Document.status == READY)

gives `list[DocumentRow]`. Piccolo's own queries, such as `Document.select()`, work as in its
documentation.
"""

from ottavino.query.aggregates import average, count, greatest, least, total
from ottavino.query.arrays import all_of, any_of, array_append, array_remove
from ottavino.query.children import children
from ottavino.query.cursor import Cursor
from ottavino.query.database_call import Call, Input, call, call_set
from ottavino.query.functions import (
    case,
    coalesce,
    date_trunc,
    exists,
    length,
    lower,
    scalar,
    upper,
)
from ottavino.query.hand_written import sql
from ottavino.query.insert_query import excluded, insert
from ottavino.query.json_access import has_key, json_contains, json_part, json_value
from ottavino.query.output import Output
from ottavino.query.page import CountedPage, Page, page
from ottavino.query.query import NotOneRow
from ottavino.query.row import Row
from ottavino.query.select_query import Select, objects, select
from ottavino.query.window import following, previous, rank, row_number
from ottavino.query.write_query import delete, update

__all__ = [
    "Call",
    "CountedPage",
    "Cursor",
    "Input",
    "NotOneRow",
    "Output",
    "Page",
    "Row",
    "Select",
    "all_of",
    "any_of",
    "array_append",
    "array_remove",
    "average",
    "call",
    "call_set",
    "case",
    "children",
    "coalesce",
    "count",
    "date_trunc",
    "delete",
    "excluded",
    "exists",
    "following",
    "greatest",
    "has_key",
    "insert",
    "json_contains",
    "json_part",
    "json_value",
    "least",
    "length",
    "lower",
    "objects",
    "page",
    "previous",
    "rank",
    "row_number",
    "scalar",
    "select",
    "sql",
    "total",
    "update",
    "upper",
]
