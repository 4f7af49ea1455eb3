"""Children, nested in their parent's row: one query reads both."""

# ruff: noqa: S608  # only names are formatted into the SQL; values are parameters

from typing import Any, Never, TypeVar, overload

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.expression import Expression
from ottavino.declare.readable import Readable
from ottavino.declare.reference import OptionalRef, Ref
from ottavino.declare.table import Table
from ottavino.query.printer import Printer, printed
from ottavino.query.python_type import python_type
from ottavino.query.record_reading import RecordReading
from ottavino.query.row import Row
from ottavino.query.select_statement import SelectStatement
from ottavino.query.window import OrderKeys, several

Value = TypeVar("Value")
SomeRow = TypeVar("SomeRow", bound=Row)

Of = type[Table] | Ref[Any, Any] | OptionalRef[Any, Any]
"""The table of the children, or their reference to the row."""
Conditions = Condition | tuple[Condition, ...]


class Children(Expression[Value]):
    """A list with one item for each child; in PostgreSQL an array of records."""

    def __init__(self, reference: Any, statement: SelectStatement, kind: Any) -> None:
        super().__init__("array({})", statement, type=list[kind], decode=statement.reading.rows)
        self.looked_up = statement.reading.looked_up
        self._statement = statement
        self._reference = reference

    def printed(self, printer: Printer) -> str:
        """The subquery for the children of a row of the outer statement."""
        parent, reference = self._link(printer)
        statement = self._statement.copied()
        if parent is not statement.table:
            linked = Comparison("{} = {}", reference, _key_of(reference))
            statement.conditions.insert(0, linked)
            return f"array({statement.printed(printer)})"
        # In the subquery, the table's name refers to the children, so the parent needs an
        # alias.
        statement.conditions.insert(0, Comparison("{} = parent.key", reference))
        key = printer.column(_key_of(reference))
        rows = f"array({statement.printed(printer)})"
        return f"(select {rows} from (select {key} as key) as parent)"

    def _link(self, printer: Printer) -> tuple[Any, Any]:
        table = self._statement.table
        own = [self._reference] if self._reference is not None else _references(table)
        links = [(_parent_of(each), each) for each in own]
        found = [link for link in links if link[0] in printer.tables]
        if len(found) == 1:
            return found[0]
        raise TypeError(
            f"{table.__name__} has {'several references' if found else 'no reference'} to "
            f"{' or '.join(each.__name__ for each in printer.tables)}, whose rows the query "
            f"reads: children(…) needs exactly one; name it."
        )


@overload
def children(
    of: Of,
    each: type[SomeRow],
    *,
    where: Conditions = (),
    order_by: OrderKeys = (),
    limit: int | None = None,
) -> Expression[list[SomeRow], Never]: ...
@overload
def children(
    of: Of,
    each: Readable[Value],
    *,
    where: Conditions = (),
    order_by: OrderKeys = (),
    limit: int | None = None,
) -> Expression[list[Value], Never]: ...
def children(
    of: Any,
    each: Any,
    *,
    where: Conditions = (),
    order_by: OrderKeys = (),
    limit: int | None = None,
) -> Expression[list[Any]]:
    """The rows that refer to the outer row: each as a `Row`, or one value of each."""
    is_row = isinstance(each, type)
    reading = _of_rows(each) if is_row else _of_values(each)
    table = of if isinstance(of, type) else of._meta.table
    reference = None if isinstance(of, type) else of
    statement = SelectStatement(table, reading)
    statement.conditions.extend(several(where))
    statement.order.extend(several(order_by))
    statement.limit = limit
    return Children(reference, statement, each if is_row else python_type(each))


@printed.register(Children)
def _(operand: Children[Any], printer: Printer) -> str:
    return operand.printed(printer)


def _of_rows(row: type[Row]) -> RecordReading:
    return RecordReading(row.reading.readables, row)


def _of_values(readable: Readable[Any]) -> RecordReading:
    def value(value: object) -> object:
        return value

    return RecordReading([readable], value)


def _references(table: Any) -> list[Any]:
    return table._meta.foreign_key_columns


def _parent_of(reference: Any) -> Any:
    return reference._foreign_key_meta.resolved_references  # noqa: SLF001  # Piccolo's, as is _meta


def _key_of(reference: Any) -> Any:
    return reference._foreign_key_meta.resolved_target_column  # noqa: SLF001  # likewise
