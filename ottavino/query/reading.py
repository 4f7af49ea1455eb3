"""The select list of a query, and the conversion of its records to rows."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from piccolo.columns.combination import Combination, Where

from ottavino.declare.column import Col
from ottavino.declare.condition import Comparison
from ottavino.declare.expression import Expression
from ottavino.declare.order import Order
from ottavino.declare.readable import Readable
from ottavino.query.aggregates import Aggregate
from ottavino.query.moments import moments
from ottavino.query.printed_column import printed_column
from ottavino.query.printer import Printer
from ottavino.query.window import Windowed

Make = Callable[..., Any]


class Reading:
    """A list of readables, and the class of the rows; without a class, rows are tuples."""

    def __init__(self, readables: Sequence[Readable[Any]], make: Make | None = None) -> None:
        self.readables = readables
        self.make = make
        self.looked_up = tuple({name: None for each in readables for name in each.looked_up})
        decoders = [(place, each.decode) for place, each in enumerate(readables)]
        self.decoders = [(place, decode) for place, decode in decoders if decode is not None]

    @functools.cached_property
    def table(self) -> Any:
        """The table whose columns, or whose parents' columns, are read; None without a
        column.
        """
        tables = {printed_column(column).table for column in columns(self.readables)}
        if len(tables) > 1:
            names = ", ".join(sorted(table.__name__ for table in tables))
            raise TypeError(
                f"A query reads one table, not {names}: reach the others through a reference, "
                "as in DocumentChunk.document_id.parent.filename."
            )
        return tables.pop() if tables else None

    @functools.cached_property
    def is_of_many(self) -> bool:
        """Whether a value is computed over several rows, so that a condition would change
        it.
        """
        return any(map(is_of_many, self.readables))

    @functools.cached_property
    def is_one_row(self) -> bool:
        """Whether the query returns a single row unless it is grouped."""
        return any(_has(each, Aggregate) for each in self.readables)

    def printed(self, printer: Printer) -> str:
        """The list of a `select` or a `returning`. For types that the driver has to look up, it
        has additional null columns.
        """
        return printer.texts(self.listed)

    @property
    def listed(self) -> Sequence[Readable[Any]]:
        """The readables, and the additional null columns."""
        if not self.looked_up:
            return self.readables
        empty = [Expression[Any](f"null::{name}") for name in self.looked_up]
        return [*self.readables, *empty]

    def rows(self, records: Sequence[Any], counted: tuple[int, ...] = ()) -> list[Any]:
        """The rows, made of the driver's records. In the columns at the places `counted`,
        moments are whole numbers.
        """
        if not records:
            return []
        # Columns are decoded one by one, because decoding by rows would split and rebuild each
        # record.
        columns: list[Sequence[Any]] = list(zip(*records, strict=True))
        if self.looked_up:
            del columns[len(self.readables) :]
        for place in counted:
            columns[place] = moments(columns[place])
        for place, decode in self.decoders:
            columns[place] = [
                None if value is None else decode(value) for value in columns[place]
            ]
        return list(map(self.make, *columns) if self.make else zip(*columns, strict=True))


class KeptReading(Reading):
    """A list that is declared once. Its text is cached if it has no parameter, for each set of
    tables and for `returning`. The same columns can be read in a subquery of another table,
    where the outer statement has their joins.
    """

    def __init__(self, readables: Sequence[Readable[Any]], make: Make | None = None) -> None:
        super().__init__(readables, make)
        self._kept: dict[tuple[Any, ...], tuple[str, dict[str, str]] | None] = {}
        self._made: dict[tuple[int, ...], Callable[[Sequence[Any]], list[Any]]] = {}

    def printed(self, printer: Printer) -> str:
        """The select list and the joins it needs, printed once for each set of tables."""
        key = (printer.__class__, *printer.tables)
        if key not in self._kept:
            self._kept[key] = self._alone(printer)
        kept = self._kept[key]
        if kept is None:
            return super().printed(printer)
        printer.joins.update(kept[1])
        return kept[0]

    def rows(self, records: Sequence[Any], counted: tuple[int, ...] = ()) -> list[Any]:
        """The rows that the driver's records become, in one pass over them."""
        made = self._made.get(counted)
        if made is None:
            made = self._made[counted] = self._all_rows(counted)
        return made(records)

    def _all_rows(self, counted: tuple[int, ...]) -> Callable[[Sequence[Any]], list[Any]]:
        """A function, generated for these columns, that turns records into rows.

        A loop over the columns would cost more than the rows themselves, as in `dataclass`,
        which writes its constructors out for the same reason.
        """
        names = [f"value_{place}" for place in range(len(self.readables))]
        known = {f"decode_{place}": decode for place, decode in self.decoders}
        values = [
            f"None if value_{place} is None else decode_{place}(value_{place})"
            if f"decode_{place}" in known
            else name
            for place, name in enumerate(names)
        ]
        taken = names + [f"empty_{place}" for place in range(len(self.looked_up))]
        row = f"make({', '.join(values)})" if self.make else f"({', '.join(values)},)"
        record, records = f"({', '.join(taken)},)", "records"
        if counted:
            record = ", ".join([record, *(names[place] for place in counted)])
            columns = [f"moments([each[{place}] for each in records])" for place in counted]
            records = f"zip(records, {', '.join(columns)})"
        text = f"lambda records: [{row} for {record} in {records}]"
        known |= {"make": self.make, "moments": moments}
        made: Any = eval(text, known)  # noqa: S307  # of names from here
        return made

    def _alone(self, around: Printer) -> tuple[str, dict[str, str]] | None:
        """The text and the joins, if they depend on nothing but the tables."""
        printer = around.__class__(*around.tables)
        try:
            text = super().printed(printer)
        except TypeError:
            # A column is of no such table: it may be of one in the statement around it.
            return None
        return None if printer.arguments else (text, printer.joins)


def columns(operands: Iterable[Any]) -> Iterator[Col[Any]]:
    """The columns that some operands are made of."""
    for each in operands:
        if isinstance(each, Col):
            yield cast("Col[Any]", each)
        else:
            yield from columns(_parts(each))


def is_of_many(operand: Any) -> bool:
    """Whether the value is computed over several rows."""
    return _has(operand, Aggregate | Windowed)


def _has(operand: Any, kind: Any) -> bool:
    return isinstance(operand, kind) or any(_has(each, kind) for each in _parts(operand))


def _parts(operand: Any) -> Iterable[Any]:
    """The parts of an expression, an order or a condition."""
    match operand:
        case Expression() | Comparison():
            return cast("Any", operand).operands
        case Order():
            return (operand.column,)
        case Where():
            return (operand.column, operand.value)
        case Combination():
            return (operand.first, operand.second)
        case _:
            return ()
