"""The publications that a table is in."""

from collections.abc import Iterator

from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.source import string

REALTIME = "supabase_realtime"


def published(draft: Draft) -> Iterator[str]:
    """The publications that send every change of the table."""
    for name in draft.table.publications:
        yield draft.call("Published", *([] if name == REALTIME else [string(name)]))
