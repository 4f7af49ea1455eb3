"""Arrays: conditions on their values, and arrays that are changed."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.expression import Expression, Operand
from ottavino.declare.readable import Of, Of_co, Other, Readable, is_readable, sql_type

Item = TypeVar("Item")
Arrays = Operand[list[Item], Of] | Operand[list[Item] | None, Of]


class Items(Generic[Item, Of_co]):
    """The values of an array, each of which is compared with one value."""

    def __init__(self, word: str, array: Any) -> None:
        self._word = word
        self._array = array

    __hash__ = object.__hash__

    if TYPE_CHECKING:

        def __eq__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # a condition, not a bool
            self, value: "Item | Readable[Item, Other]"
        ) -> "Condition[Of_co | Other]": ...
        def __ne__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise
            self, value: "Item | Readable[Item, Other]"
        ) -> "Condition[Of_co | Other]": ...

    else:

        def __eq__(self, value: object) -> Condition:
            return self._compared("=", value)

        def __ne__(self, value: object) -> Condition:
            return self._compared("<>", value)

    def __lt__(self, value: "Item | Readable[Item, Other]") -> "Condition[Of_co | Other]":
        return self._compared(">", value)

    def __le__(self, value: "Item | Readable[Item, Other]") -> "Condition[Of_co | Other]":
        return self._compared(">=", value)

    def __gt__(self, value: "Item | Readable[Item, Other]") -> "Condition[Of_co | Other]":
        return self._compared("<", value)

    def __ge__(self, value: "Item | Readable[Item, Other]") -> "Condition[Of_co | Other]":
        return self._compared("<=", value)

    def _compared(self, operator: str, value: Any) -> "Condition[Any]":
        # PostgreSQL takes an array on the right alone, so the operator is the other way round.
        template = f"{{}} {operator} {self._word}({{}})"
        return Comparison(template, _item(self._array, value), self._array)


def any_of(array: "Arrays[Item, Of]") -> Items[Item, Of]:
    """At least one value of an array: `any_of(Task.tags) == "urgent"`."""
    return Items("any", array)


def all_of(array: "Arrays[Item, Of]") -> Items[Item, Of]:
    """Every value of an array: `all_of(Task.marks) > 3`. It is true of an empty one."""
    return Items("all", array)


def array_append(
    array: "Operand[list[Item], Of]", value: "Item | Readable[Item, Other]"
) -> Expression[list[Item], Of | Other]:
    """The array with one more value at its end."""
    return _changed("array_append", array, value)


def array_remove(
    array: "Operand[list[Item], Of]", value: "Item | Readable[Item, Other]"
) -> Expression[list[Item], Of | Other]:
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
