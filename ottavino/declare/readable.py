"""Values that a query can read: columns and computed values."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Never, Protocol, Self, overload

from typing_extensions import TypeVar

Read_co = TypeVar("Read_co", covariant=True)
Of_co = TypeVar("Of_co", covariant=True, default=Any)
"""The tables of the columns that are read: `Never` without columns, or if the types do not show
them.
"""
Of = TypeVar("Of")
"""The tables of an operand."""
Other = TypeVar("Other", default=Never)
"""The tables of a second operand; a value has none."""


class Readable(Generic[Read_co, Of_co]):
    """A value that a query can read: a column, or a value computed from columns."""

    decode: Callable[[Any], Any] | None = None
    """Converts the driver's value to the Python value, if the two differ."""
    encode: Callable[[Any], Any] | None = None
    """Converts the Python value to the driver's value, if the two differ."""
    looked_up: tuple[str, ...] = ()
    """Additional types that the driver has to look up to read its values."""

    if TYPE_CHECKING:
        # On a `Row`, the class attribute is the readable, and the instance attribute is its
        # value.
        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: "OfReadables", owner: type) -> Read_co: ...
        def __get__(self, instance: object, owner: type) -> Any: ...


class OfReadables:
    """A class whose attributes are readables: a `Row`."""


class Values(Protocol[Read_co]):
    """A collection of values. Text is not one: its characters are not single values."""

    def __contains__(self, value: object, /) -> bool: ...
    def __iter__(self) -> Iterator[Read_co]: ...


class RowsOf(Protocol[Read_co]):
    """A query that gives rows of a type."""

    def _row(self) -> Read_co: ...


def is_readable(value: object) -> bool:
    """Whether it is read from PostgreSQL; any other value is sent as a parameter."""
    return isinstance(value, Readable)


def encoded(readable: object, value: Any) -> Any:
    """A value as the driver takes it, to be stored in a column or compared with a readable."""
    encode: Callable[[Any], Any] | None = getattr(readable, "encode", None)
    if encode is not None and value is not None and not is_readable(value):
        value = encode(value)
    return value


def sql_type(operand: object) -> str:
    """The type that PostgreSQL gives its values; nothing, where that is not declared."""
    like = getattr(operand, "like_of", None)
    return getattr(operand, "column_type", "") if like is None else sql_type(like)
