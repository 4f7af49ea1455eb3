"""References to a parent row, and through them the parent's columns."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from ottavino.declare.column import Col, Readable

Parent = TypeVar("Parent")
Value = TypeVar("Value")


class _Columns:
    """The columns of the parent, from Piccolo's foreign key, with the join they need."""

    def __init__(self, reference: object) -> None:
        self._reference = reference

    def __getattr__(self, name: str) -> object:
        return getattr(self._reference, name)


class _Parent:
    """Gives the columns; a property would not let the parent have a column of its name."""

    def __get__(self, reference: object, owner: type) -> _Columns:
        return _Columns(reference)


class Ref(Col[UUID], Generic[Parent]):
    """The id of a row of another table: `document_id: Ref[Document] = child_of(Document)`.

    A query joins through it: `DocumentChunk.document_id.parent.filename`.
    """

    if TYPE_CHECKING:

        @property
        def parent(self) -> type[Parent]:
            """The columns of the parent. A parent that no policy shows gives None for each."""
            ...
    else:
        parent = _Parent()


class OptionalRef(Col[UUID | None], Generic[Parent]):
    """The id of a row of another table, where there may be none.

    A query joins through it: `AgentRequest.session_id.maybe(lambda each: each.created_at)`.
    """

    def maybe(self, pick: Callable[[type[Parent]], Readable[Value]]) -> Readable[Value | None]:
        """A column of the parent: None where there is no parent."""
        columns: Any = self
        return pick(columns)
