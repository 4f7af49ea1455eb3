"""The text of a statement, printed from objects: names quoted, values as parameters.

A printer has the tables of its statement, and collects the joins for columns of parents. The
printer of a subquery also resolves columns of the outer statement.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from string import Formatter
from typing import Any

from piccolo.columns.base import Column
from piccolo.columns.combination import Combination, Or, Where, WhereRaw
from piccolo.querystring import QueryString

from ottavino.declare.column import name_of
from ottavino.declare.condition import Comparison
from ottavino.declare.expression import Expression
from ottavino.declare.order import Order
from ottavino.declare.readable import encoded
from ottavino.query.printed_column import PrintedColumn, printed_column


class Printer:
    """Prints the parts of one statement, or of a subquery in it."""

    def __init__(self, *tables: Any, outer: "Printer | None" = None) -> None:
        self.tables = list(tables)
        self.arguments: list[Any] = [] if outer is None else outer.arguments
        self.joins: dict[str, str] = {}
        self.outer = outer
        self._expressions: dict[int, tuple[Expression[Any], str]] = {}

    def within(self, *tables: Any) -> "Printer":
        """A printer of a subquery, which shares the numbering of parameters."""
        return Printer(*tables, outer=self)

    def text(self, operand: Any) -> str:
        """The SQL of an operand."""
        kind: Any = operand.__class__
        return (_cases.get(kind) or _case_of(kind))(operand, self)

    def texts(self, operands: Iterable[Any], separator: str = ", ") -> str:
        """The SQL of several operands, joined."""
        return separator.join([self.text(each) for each in operands])

    def parameter(self, value: object) -> str:
        """The parameter for a value, which is sent separately from the text."""
        self.arguments.append(value.value if isinstance(value, Enum) else value)
        return f"${len(self.arguments)}"

    def filled(self, template: str, operands: Sequence[Any]) -> str:
        """A template with the SQL of its operands in its braces."""
        first, *pieces = _pieces(template)
        if len(pieces) != len(operands):
            raise TypeError(
                f"The template {template!r} takes {len(pieces)} operands, and was given "
                f"{len(operands)}."
            )
        filled = [self.text(each) + piece for each, piece in zip(operands, pieces, strict=True)]
        return first + "".join(filled)

    def expression(self, expression: Expression[Any]) -> str:
        """An expression, printed once and then reused, since PostgreSQL would treat new
        parameters as another expression.
        """
        known = self._expressions.get(id(expression))
        if known is None:
            # The expression is referenced too, because a new one could get the id of a deleted
            # one.
            known = expression, self.filled(expression.template, expression.operands)
            self._expressions[id(expression)] = known
        return known[1]

    def column(self, column: Any) -> str:
        """A column, qualified by its table or by the alias of its join."""
        printed = printed_column(column)
        scope: Printer | None = self
        while scope is not None:
            if printed.table in scope.tables:
                return scope.reached(printed)
            scope = scope.outer
        read = " and ".join(each.__name__ for each in self.tables)
        raise TypeError(
            f"{printed.table.__name__}.{name_of(column)} is no column of {read}, whose rows "
            "the query is about: reach another table's through a reference, as in "
            "DocumentChunk.document_id.parent.filename, or in a subquery of its own."
        )

    def reached(self, column: PrintedColumn) -> str:
        """A column of one of the tables, or of a parent, which is joined."""
        self.joins.update(column.joins)
        return column.text


class ReturningPrinter(Printer):
    """Prints a `returning` clause: it has no joins, so a parent's column is a subquery."""

    def reached(self, column: PrintedColumn) -> str:
        """A column of one of the tables, or the value of a parent's column."""
        return column.subquery or column.text


@functools.lru_cache(1000)
def _pieces(template: str) -> list[str]:
    """The texts around the braces of a template."""
    pieces = [""]
    for text, field, _, _ in Formatter().parse(template):
        pieces[-1] += text
        if field is not None:
            pieces.append("")
    return pieces


@functools.singledispatch
def printed(operand: Any, printer: Printer) -> str:
    """The SQL of an operand, dispatched by its class; a value becomes a parameter."""
    return printer.parameter(operand)


_cases: dict[type, Callable[[Any, Printer], str]] = {}


def _case_of(kind: type) -> Callable[[Any, Printer], str]:
    case = _cases[kind] = printed.dispatch(kind)
    return case


@printed.register
def _(operand: Column, printer: Printer) -> str:
    return printer.column(operand)


@printed.register(Expression)
def _(operand: Expression[Any], printer: Printer) -> str:
    return printer.expression(operand)


@printed.register(Comparison)
def _(operand: Any, printer: Printer) -> str:
    return printer.filled(operand.template, operand.operands)


@printed.register
def _(operand: QueryString, printer: Printer) -> str:
    return printer.filled(operand.template, operand.args)


@printed.register
def _(operand: WhereRaw, printer: Printer) -> str:
    return printer.text(operand.querystring)


@printed.register
def _(operand: Combination, printer: Printer) -> str:
    word = "or" if isinstance(operand, Or) else "and"
    return f"({printer.text(operand.first)} {word} {printer.text(operand.second)})"


@printed.register
def _(operand: Where, printer: Printer) -> str:
    text = printer.column(operand.column)
    template = operand.operator.template.lower()
    values = ""
    if "{value}" in template:
        values = printer.text(encoded(operand.column, operand.value))
    return template.format(name=text, value=values)


@printed.register
def _(operand: Order, printer: Printer) -> str:
    return printer.text(operand.column) + operand.direction + operand.nulls
