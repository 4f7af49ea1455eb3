"""Children, nested in their parent's row: one query reads both."""

# ruff: noqa: S608  # only names are formatted into the SQL; values are parameters

from collections.abc import Iterable
from typing import Any, Never, TypeVar, overload

from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.constraint import ForeignKey
from ottavino.declare.expression import Expression
from ottavino.declare.generated import column_name
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

Link = tuple[Any, list[tuple[Any, Any]]]
"""The parent's table, and pairs of columns that are equal: the child's and the parent's."""


class Children(Expression[Value]):
    """A list with one item for each child; in PostgreSQL an array of records."""

    def __init__(self, reference: Any, statement: SelectStatement, kind: Any) -> None:
        super().__init__("array({})", statement, type=list[kind], decode=statement.reading.rows)
        self.looked_up = statement.reading.looked_up
        self._statement = statement
        self._reference = reference

    def printed(self, printer: Printer) -> str:
        """The subquery for the children of a row of the outer statement."""
        parent, pairs = self._link(printer)
        statement = self._statement.copied()
        if parent is not statement.table:
            statement.conditions[:0] = [Comparison("{} = {}", *pair) for pair in pairs]
            return f"array({statement.printed(printer)})"
        # In the subquery, the table's name refers to the children, so the parent needs an
        # alias.
        numbered = list(enumerate(pairs, 1))
        statement.conditions[:0] = [
            Comparison(f"{{}} = parent.key{number}", column) for number, (column, _) in numbered
        ]
        keys = [f"{printer.column(key)} as key{number}" for number, (_, key) in numbered]
        rows = f"array({statement.printed(printer)})"
        return f"(select {rows} from (select {', '.join(keys)}) as parent)"

    def _link(self, printer: Printer) -> Link:
        table = self._statement.table
        own = [self._reference] if self._reference is not None else _references(table)
        links = [(_parent_of(each), [(each, _key_of(each))]) for each in own]
        found = [link for link in links if link[0] in printer.tables]
        if not found and self._reference is None:
            found = [link for parent in printer.tables for link in _keys(table, parent)]
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


def _keys(table: Any, parent: Any) -> list[Link]:
    """The links by foreign keys that are declared beside the columns."""
    keys = [each for each in table.database_objects if isinstance(each, ForeignKey)]
    return [
        (parent, [*zip(_columns(table, key.columns), referenced, strict=True)])
        for key in keys
        if key.references == parent.qualified_name()
        for referenced in [_columns(parent, key.referenced)]
    ]


def _columns(table: Any, names: Iterable[Any]) -> list[Any]:
    by_name = {each._meta.db_column_name: each for each in table._meta.columns}
    return [by_name[column_name(name)] for name in names]


def _parent_of(reference: Any) -> Any:
    return reference._foreign_key_meta.resolved_references  # noqa: SLF001  # Piccolo's, as is _meta


def _key_of(reference: Any) -> Any:
    return reference._foreign_key_meta.resolved_target_column  # noqa: SLF001  # likewise
