"""Conditions on rows: at run time they are Piccolo's own."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, Never, Protocol

from piccolo.columns.base import Column
from piccolo.columns.combination import CombinableMixin, WhereRaw
from piccolo.querystring import QueryString

from ottavino.declare.readable import Of_co, Other


def _refuse_bool(condition: object) -> bool:
    """Refuse `a == 1 and b == 2`, because Python would silently drop the first half."""
    caller = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001  # five modules of Piccolo test in this way whether there is a condition
    if caller.startswith("piccolo."):
        return True
    column = getattr(condition, "column", None)
    of = f" on {column._meta.name!s}" if isinstance(column, Column) else ""
    raise TypeError(
        f"A condition{of} has no truth value in Python. Combine two with & or |, each in "
        "parentheses: (a == 1) & (b == 2); negate one with ~; write a range as two of them."
    )


def _negated(condition: Any) -> "Comparison":
    return Comparison("not ({})", condition)


CombinableMixin.__bool__ = _refuse_bool  # pyright: ignore[reportAttributeAccessIssue]  # it had none
CombinableMixin.__invert__ = _negated  # pyright: ignore[reportAttributeAccessIssue]  # nor this


class Condition(Generic[Of_co]):
    """A condition on rows of a table, for annotations: `def mine() -> Condition[Note]`. At run
    time it is a condition of Piccolo.
    """

    if TYPE_CHECKING:

        def __and__(self, other: "Condition[Other]") -> "Condition[Of_co | Other]": ...
        def __or__(self, other: "Condition[Other]") -> "Condition[Of_co | Other]": ...
        def __invert__(self) -> "Condition[Of_co]": ...


if TYPE_CHECKING:

    class Comparison(Condition[Never]):
        """A condition of any form: a template, and its operands."""

        def __init__(self, template: str, *operands: object) -> None: ...

else:

    class Comparison(WhereRaw):
        """A condition of any form: a template, and its operands."""

        __slots__ = ("operands", "template")

        def __init__(self, template: str, *operands: object) -> None:
            self.template = template
            self.operands = operands

        @property
        def querystring(self) -> QueryString:
            """The condition as a query string of Piccolo."""
            return _stock(self.template, self.operands)


class Template(Protocol):
    """A text with braces in it, and an operand for each pair of them."""

    template: str
    operands: Iterable[Any]


def _stock(template: str, operands: Iterable[Any]) -> QueryString:
    """A template as a query string of Piccolo, with columns, conditions and values as
    operands.
    """
    return QueryString(template, *map(stock, operands))


def stock(operand: Any) -> Any:
    """A computed value as a query string of Piccolo; any other value unchanged."""
    if hasattr(operand, "template") and hasattr(operand, "operands"):
        return _stock(operand.template, operand.operands)
    return getattr(operand, "querystring", operand)
