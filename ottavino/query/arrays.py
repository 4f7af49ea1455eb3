"""Arrays: conditions on their values, and arrays that are changed."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.expression import Expression, Operand, sql_type
from ottavino.declare.readable import Readable, is_readable

Item = TypeVar("Item")
Arrays = Operand[list[Item]] | Operand[list[Item] | None]


class Items(Generic[Item]):
    """The values of an array, each of which is compared with one value."""

    def __init__(self, word: str, array: Any) -> None:
        self._word = word
        self._array = array

    __hash__ = object.__hash__

    if TYPE_CHECKING:

        def __eq__(self, value: "Item | Readable[Item]") -> Condition: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # a condition, not a bool
        def __ne__(self, value: "Item | Readable[Item]") -> Condition: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise

    else:

        def __eq__(self, value: object) -> Condition:
            return self._compared("=", value)

        def __ne__(self, value: object) -> Condition:
            return self._compared("<>", value)

    def __lt__(self, value: "Item | Readable[Item]") -> Condition:
        return self._compared(">", value)

    def __le__(self, value: "Item | Readable[Item]") -> Condition:
        return self._compared(">=", value)

    def __gt__(self, value: "Item | Readable[Item]") -> Condition:
        return self._compared("<", value)

    def __ge__(self, value: "Item | Readable[Item]") -> Condition:
        return self._compared("<=", value)

    def _compared(self, operator: str, value: Any) -> Condition:
        # PostgreSQL takes an array on the right alone, so the operator is the other way round.
        template = f"{{}} {operator} {self._word}({{}})"
        return Comparison(template, _item(self._array, value), self._array)


def any_of(array: "Arrays[Item]") -> Items[Item]:
    """At least one value of an array: `any_of(Task.tags) == "urgent"`."""
    return Items("any", array)


def all_of(array: "Arrays[Item]") -> Items[Item]:
    """Every value of an array: `all_of(Task.marks) > 3`. It is true of an empty one."""
    return Items("all", array)


def array_append(
    array: "Operand[list[Item]]", value: "Item | Readable[Item]"
) -> Expression[list[Item]]:
    """The array with one more value at its end."""
    return _changed("array_append", array, value)


def array_remove(
    array: "Operand[list[Item]]", value: "Item | Readable[Item]"
) -> Expression[list[Item]]:
    """The array without any value that is equal to this one."""
    return _changed("array_remove", array, value)


def _changed(function: str, array: Operand[Any], value: Any) -> Expression[Any]:
    kind = sql_type(array).removesuffix("[]")
    cast = f"::{kind}" if kind and not isinstance(value, Readable) else ""
    return Expression(f"{function}({{}}, {{}}{cast})", array, _item(array, value), like=array)


def _item(array: Operand[Any], value: Any) -> Any:
    """A value as the driver takes it in an array of its type."""
    if array.encode is not None and not is_readable(value):
        (value,) = array.encode([value])
    return value
