"""Arrays: conditions on their items, and functions that change them."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from ottavino.declare.comparing import Compared
from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.expression import Expression, Operand
from ottavino.declare.readable import Of, Of_co, Other, Readable, is_readable, sql_type

Item = TypeVar("Item")
Arrays = Operand[list[Item], Of] | Operand[list[Item] | None, Of]


class Items(Generic[Item, Of_co]):
    """The items of an array, each compared with one value."""

    def __init__(self, word: str, array: Any) -> None:
        self._word = word
        self._array = array

    __hash__ = object.__hash__

    if TYPE_CHECKING:
        __eq__: Compared[Item, Of_co]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # a condition, not a bool
        __ne__: Compared[Item, Of_co]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise
        __lt__: Compared[Item, Of_co]
        __le__: Compared[Item, Of_co]
        __gt__: Compared[Item, Of_co]
        __ge__: Compared[Item, Of_co]

    else:

        def __eq__(self, value: object) -> Condition:
            return self._compared("=", value)

        def __ne__(self, value: object) -> Condition:
            return self._compared("<>", value)

        def __lt__(self, value: object) -> Condition:
            return self._compared(">", value)

        def __le__(self, value: object) -> Condition:
            return self._compared(">=", value)

        def __gt__(self, value: object) -> Condition:
            return self._compared("<", value)

        def __ge__(self, value: object) -> Condition:
            return self._compared("<=", value)

    def _compared(self, operator: str, value: Any) -> Condition:
        # PostgreSQL accepts the array only on the right, so the operator is reversed.
        template = f"{{}} {operator} {self._word}({{}})"
        return Comparison(template, _item(self._array, value), self._array)


def any_of(array: "Arrays[Item, Of]") -> Items[Item, Of]:
    """At least one item of an array: `any_of(Task.tags) == "urgent"`."""
    return Items("any", array)


def all_of(array: "Arrays[Item, Of]") -> Items[Item, Of]:
    """Every item of an array: `all_of(Task.marks) > 3`. It is true for an empty array."""
    return Items("all", array)


@overload
def array_append(
    array: "Operand[list[Item], Of]", value: Readable[Item, Other]
) -> Expression[list[Item], Of | Other]: ...
@overload
def array_append(
    array: "Operand[list[Item], Of]", value: Item
) -> Expression[list[Item], Of]: ...
def array_append(array: Any, value: Any) -> Any:
    """The array with one more value at its end."""
    return _changed("array_append", array, value)


@overload
def array_remove(
    array: "Operand[list[Item], Of]", value: Readable[Item, Other]
) -> Expression[list[Item], Of | Other]: ...
@overload
def array_remove(
    array: "Operand[list[Item], Of]", value: Item
) -> Expression[list[Item], Of]: ...
def array_remove(array: Any, value: Any) -> Any:
    """The array without the items that equal a value."""
    return _changed("array_remove", array, value)


def _changed(function: str, array: Operand[Any], value: Any) -> Expression[Any]:
    kind = sql_type(array).removesuffix("[]")
    cast = f"::{kind}" if kind and not isinstance(value, Readable) else ""
    return Expression(f"{function}({{}}, {{}}{cast})", array, _item(array, value), like=array)


def _item(array: Operand[Any], value: Any) -> Any:
    """An item, encoded for the driver like in an array of its type."""
    if array.encode is not None and not is_readable(value):
        (value,) = array.encode([value])
    return value
