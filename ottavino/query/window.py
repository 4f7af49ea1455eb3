"""Window functions."""

from typing import Any, Generic, Never, TypeVar, cast

from ottavino.declare.expression import Expression
from ottavino.declare.order import Order
from ottavino.declare.readable import Of, Of_co, Readable

Value = TypeVar("Value")

Keys = Readable[Any] | tuple[Readable[Any], ...]
OrderKeys = Readable[Any] | Order | tuple[Readable[Any] | Order, ...]


class Windowed(Expression[Value, Of_co]):
    """A value that depends on other rows of the window, so conditions have to be applied after
    it.
    """


class WindowFunction(Generic[Value, Of_co]):
    """A function that needs a window."""

    def __init__(self, template: str, *operands: object, **result: Any) -> None:
        self._template = template
        self._operands = operands
        self._result = result

    def over(
        self, *, partition_by: Keys = (), order_by: OrderKeys = ()
    ) -> Expression[Value, Of_co]:
        """The value for each row within its partition."""
        window, keys = windowed(partition_by, order_by)
        return Windowed(f"{self._template} {window}", *self._operands, *keys, **self._result)


def windowed(partition_by: Keys, order_by: OrderKeys) -> tuple[str, list[Any]]:
    """The template of a window, and its operands."""
    clauses = [("partition by", several(partition_by)), ("order by", several(order_by))]
    words = [f"{word} {', '.join(['{}'] * len(keys))}" for word, keys in clauses if keys]
    return f"over ({' '.join(words)})", [key for _, keys in clauses for key in keys]


def row_number() -> WindowFunction[int, Never]:
    """The position of the row: 1, 2, 3."""
    return WindowFunction("row_number()", type=int)


def rank() -> WindowFunction[int, Never]:
    """The position of the row, which is the same for equal rows: 1, 1, 3."""
    return WindowFunction("rank()", type=int)


def previous(column: Readable[Value, Of]) -> WindowFunction[Value | None, Of]:
    """The value of the previous row; None in the first row."""
    return WindowFunction("lag({})", column, like=column, optional=True)


def following(column: Readable[Value, Of]) -> WindowFunction[Value | None, Of]:
    """The value of the next row; None in the last row."""
    return WindowFunction("lead({})", column, like=column, optional=True)


def several(keys: Any) -> tuple[Any, ...]:
    """A single value as a tuple; a tuple is returned unchanged."""
    return cast("tuple[Any, ...]", keys) if isinstance(keys, tuple) else (keys,)
