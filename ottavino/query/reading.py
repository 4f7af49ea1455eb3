"""What a query reads, and what it makes of each row."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from piccolo.columns.combination import Combination, Where

from ottavino.declare.column import Col
from ottavino.declare.condition import Comparison
from ottavino.declare.expression import Expression
from ottavino.declare.order import Order
from ottavino.declare.readable import Readable
from ottavino.query.printed_column import printed_column
from ottavino.query.printer import Printer

Make = Callable[..., Any]


class Reading:
    """Readables in an order, and what takes their values in that order: a tuple without it."""

    def __init__(self, readables: Sequence[Readable[Any]], make: Make | None = None) -> None:
        self.readables = readables
        self.make = make
        self.looked_up = tuple({name: None for each in readables for name in each.looked_up})
        decoders = [(place, each.decode) for place, each in enumerate(readables)]
        self.decoders = [(place, decode) for place, decode in decoders if decode is not None]

    @functools.cached_property
    def table(self) -> Any:
        """The one table whose columns, or whose parents' columns, are read; None for none."""
        tables = {printed_column(column).table for column in columns(self.readables)}
        if len(tables) > 1:
            names = ", ".join(sorted(table.__name__ for table in tables))
            raise TypeError(
                f"A query reads one table, not {names}: reach the others through a reference, "
                "as in DocumentChunk.document_id.parent.filename."
            )
        return tables.pop() if tables else None

    def printed(self, printer: Printer) -> str:
        """The list of a `select` or a `returning`.

        Types that the driver has to look up are those of columns without a value.
        """
        return printer.texts(self.listed)

    @property
    def listed(self) -> Sequence[Readable[Any]]:
        """What is read, and columns without a value."""
        if not self.looked_up:
            return self.readables
        empty = [Expression[Any](f"null::{name}") for name in self.looked_up]
        return [*self.readables, *empty]

    def rows(self, records: Sequence[Any]) -> list[Any]:
        """The rows that the driver's records become."""
        if not records:
            return []
        # Column by column: a row would be taken apart and put together once more.
        columns: list[Sequence[Any]] = list(zip(*records, strict=True))
        if self.looked_up:
            del columns[len(self.readables) :]
        for place, decode in self.decoders:
            columns[place] = [
                None if value is None else decode(value) for value in columns[place]
            ]
        return list(map(self.make, *columns) if self.make else zip(*columns, strict=True))


class KeptReading(Reading):
    """A reading that is declared once. Its text is kept where no value is in it."""

    _text: str | None = None
    _joins: dict[str, str]

    def printed(self, printer: Printer) -> str:
        """The list, and the joins that it needs, which are printed before all others."""
        if self._text is not None:
            printer.joins.update(self._joins)
            return self._text
        text, had = super().printed(printer), len(printer.arguments)
        if had == 0:
            self._text, self._joins = text, dict(printer.joins)
        return text


def columns(operands: Iterable[Any]) -> Iterator[Col[Any]]:
    """The columns that some operands are made of."""
    for each in operands:
        if isinstance(each, Col):
            yield cast("Col[Any]", each)
        else:
            yield from columns(_parts(each))


def _parts(operand: Any) -> Iterable[Any]:
    """What an expression, an order or a condition is made of."""
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
