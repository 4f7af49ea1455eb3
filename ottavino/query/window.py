"""What is computed of the rows around each row, which all stay."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from ottavino.declare.expression import Expression, Operand, Order, Readable
from ottavino.query.printer import Printer, printed

Value = TypeVar("Value")

Keys = Readable[Any] | tuple[Readable[Any], ...]
OrderKeys = Readable[Any] | Order | tuple[Readable[Any] | Order, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Which rows are around a row, and in which order."""

    partition_by: Keys = ()
    order_by: OrderKeys = ()


class WindowFunction(Generic[Value]):
    """A function that only means something over a window."""

    def __init__(self, template: str, *operands: object, **result: Any) -> None:
        self._template = template
        self._operands = operands
        self._result = result

    def over(self, *, partition_by: Keys = (), order_by: OrderKeys = ()) -> Expression[Value]:
        """Its value beside each row, among the rows with which it shares the partition."""
        window = Window(partition_by, order_by)
        return Expression(
            f"{self._template} over ({{}})", *self._operands, window, **self._result
        )


def row_number() -> WindowFunction[int]:
    """The place of the row: 1, 2, 3."""
    return WindowFunction("row_number()", type=int)


def rank() -> WindowFunction[int]:
    """The place of the row, which equals share: 1, 1, 3."""
    return WindowFunction("rank()", type=int)


def previous(column: Operand[Value]) -> WindowFunction[Value | None]:
    """The value of the row before it: None in the first."""
    return WindowFunction("lag({})", column, like=column, optional=True)


def following(column: Operand[Value]) -> WindowFunction[Value | None]:
    """The value of the row after it: None in the last."""
    return WindowFunction("lead({})", column, like=column, optional=True)


@printed.register
def _(operand: Window, printer: Printer) -> str:
    clauses = [("partition by", operand.partition_by), ("order by", operand.order_by)]
    texts = [(word, printer.texts(_several(keys))) for word, keys in clauses]
    return " ".join(f"{word} {text}" for word, text in texts if text)


def _several(keys: Any) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", keys) if isinstance(keys, tuple) else (keys,)
