"""References to a parent row, and through them the parent's columns."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Self, overload
from uuid import UUID

from typing_extensions import TypeVar

from ottavino.declare.column import Col, Instance, Owner
from ottavino.declare.expression import Operand
from ottavino.declare.readable import Of_co, OfReadables, Other, Readable

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Parent = TypeVar("Parent")
Key = TypeVar("Key", default=UUID)
Value = TypeVar("Value")


class _Columns:
    """The columns of the parent, from Piccolo's foreign key, with the join they need.

    Piccolo copies the parent's columns at each access, so they are cached here.
    """

    def __init__(self, reference: Any) -> None:
        self._reference = reference

    def __getattr__(self, name: str) -> object:
        column = getattr(self._reference, name)
        setattr(self, name, column)
        return column


def _columns(reference: Any) -> Any:
    kept = reference.__dict__.get("_columns")
    # Piccolo copies a reference for each path that leads to it, with its attributes.
    if kept is None or kept[0] is not reference._meta:
        kept = reference.__dict__["_columns"] = (reference._meta, _Columns(reference))
    return kept[1]


class _Reference:
    """A reference with a faster attribute lookup than Piccolo's, which lists all columns
    first.
    """

    if not TYPE_CHECKING:

        def __getattribute__(self, name: str) -> Any:
            if name in {"parent", "maybe"}:
                return object.__getattribute__(self, name)
            return super().__getattribute__(name)


class _Parent:
    """Returns the columns. A property would hide a column of the parent with the same name."""

    def __get__(self, reference: object, owner: type) -> Any:
        return _columns(reference)


class Ref(_Reference, Col[Key, Of_co], Generic[Parent, Key, Of_co]):
    """The key of a row of another table: `shelf_id: Ref[Shelf] = owned_reference(Shelf)`.

    `Ref[Country, str]` has a key that is not a uuid. A query joins through it:
    `DocumentChunk.document_id.parent.filename`.
    """

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[OfReadables]) -> Self: ...
        @overload
        def __get__(self, instance: None, owner: type[Owner]) -> "Ref[Parent, Key, Owner]": ...
        @overload
        def __get__(self, instance: Instance, owner: type) -> Key: ...
        @overload
        def __get__(self, instance: "DataclassInstance", owner: type) -> Self: ...
        def __get__(self, instance: object, owner: type) -> Any: ...
        def _or_null(self) -> "OptionalRef[Parent, Key, Of_co]": ...
        @property
        def parent(self) -> type[Parent]:
            """The columns of the parent. If policies hide the parent, each column is None."""
            ...
    else:
        parent = _Parent()


class OptionalRef(_Reference, Col[Key | None, Of_co], Generic[Parent, Key, Of_co]):
    """The key of a row of another table, or None.

    A query joins through it: `AgentRequest.session_id.maybe(lambda each: each.created_at)`.
    """

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[OfReadables]) -> Self: ...
        @overload
        def __get__(
            self, instance: None, owner: type[Owner]
        ) -> "OptionalRef[Parent, Key, Owner]": ...
        @overload
        def __get__(self, instance: Instance, owner: type) -> Key | None: ...
        @overload
        def __get__(self, instance: "DataclassInstance", owner: type) -> Self: ...
        def __get__(self, instance: object, owner: type) -> Any: ...
        def _or_null(self) -> Self: ...

    def maybe(
        self, pick: Callable[[type[Parent]], Readable[Value, Other]]
    ) -> Operand[Value | None, Other]:
        """A column of the parent; None without a parent."""
        column: Any = pick(_columns(self))
        return column
