"""The statement of one page: a limited number of a query's rows after a given row."""

# ruff: noqa: S608  # the SQL is put together from statements, and from names made here

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ottavino.declare.expression import Expression
from ottavino.declare.own_search import Found
from ottavino.declare.readable import Readable
from ottavino.query.combined import CombinedStatement
from ottavino.query.cursor import fingerprint
from ottavino.query.page_order import Key, Range, any_of, key_of, ranges
from ottavino.query.printer import Printer
from ottavino.query.reading import Reading, is_of_many
from ottavino.query.select_statement import SelectStatement


class ReadingWithKeys(Reading):
    """The select list of a query, extended by the missing sort keys for the cursor."""

    def __init__(self, reading: Reading, added: Sequence[Any]) -> None:
        super().__init__([*reading.readables, *added])
        self._read = reading
        self._added = added

    def printed(self, printer: Printer) -> str:
        """The select list of the query, whose text may be cached, and the keys."""
        parts = [self._read.printed(printer), *map(printer.text, self._added)]
        return ", ".join(parts)


@dataclass(frozen=True)
class PageStatement:
    """A page of a query: its select list, its sort keys, and the values to begin after."""

    query: SelectStatement | CombinedStatement
    reading: Reading
    keys: tuple[Key, ...]
    after: tuple[Any, ...] | None
    most: int

    @functools.cached_property
    def added(self) -> list[Any]:
        """The sort keys that the query itself does not read."""
        read = {id(each) for each in self.reading.readables}
        return [key.operand for key in self.keys if id(key.operand) not in read]

    @functools.cached_property
    def places(self) -> list[int]:
        """The positions of the keys in a record."""
        read = [*map(id, self.reading.listed), *map(id, self.added)]
        return [read.index(id(key.operand)) for key in self.keys]

    @functools.cached_property
    def order(self) -> str:
        """The fingerprint of the sort keys."""
        table = self.query.table
        printer = Printer(*[] if table is None else [table])
        text = printer.texts(key.order for key in self.keys)
        name = "" if table is None else table.qualified_name()
        if isinstance(self.query, CombinedStatement):
            name += f" {self.query.operator}"
        return fingerprint(f"{name} {text}", printer.arguments)

    @functools.cached_property
    def parts(self) -> list[Range]:
        """The ranges of the rows after the cursor, in their order."""
        return [[]] if self.after is None else ranges(self.keys, self.after)

    @property
    def is_empty(self) -> bool:
        """Whether no row can follow."""
        return not self.parts

    def printed(self, outer: Printer) -> str:
        """The statement in the simplest form for this page."""
        query, found = self.query, self.query.source
        if isinstance(query, CombinedStatement):
            return self._around(outer)
        if isinstance(found, Found) and self._is_sorted_as(found):
            return self._searched(query, found).printed(outer)
        if is_whole(query):
            return self._around(outer)
        first, *others = self.parts
        if others:
            return self._all(query, self.parts, outer)
        return self._part(query, first).printed(outer)

    def _part(self, query: SelectStatement, conditions: Range, *more: Any) -> SelectStatement:
        """The first rows of one range."""
        statement = query.copied()
        statement.reading = ReadingWithKeys(self.reading, [*self.added, *more])
        statement.conditions += conditions
        statement.order = [key.order for key in self.keys]
        statement.limit = self.most
        return statement

    def _is_sorted_as(self, found: Found) -> bool:
        """Whether the search function itself can begin after the row."""
        order = [(id(column), True) for column in found.columns]
        return [(id(key.operand), key.descending) for key in self.keys] == order

    def _searched(self, query: SelectStatement, found: Found) -> SelectStatement:
        statement = self._part(query, [])
        statement.source = found.part(self.most, self.after)
        return statement

    def _all(self, query: SelectStatement, parts: Sequence[Range], outer: Printer) -> str:
        """The first rows of several ranges, each found by one index scan."""
        statements = [
            self._part(query, each, Expression[int](str(number), type=int))
            for number, each in enumerate(parts)
        ]
        texts = [f"({each.printed(outer)})" for each in statements]
        columns = self._names()
        number = f'"{len(columns) + 1}"'
        order = ", ".join([number, *self._order(outer)])
        return (
            f"select {', '.join(columns)} from ({' union all '.join(texts)}) "
            f"as page({', '.join([*columns, number])}) "
            f"order by {order} limit {outer.parameter(self.most)}"
        )

    def _around(self, outer: Printer) -> str:
        """The page of a query whose complete result is needed before sorting."""
        inner = self._whole()
        if not chooses_by_order(inner):
            inner.order = []
        columns = self._names()
        text = f"select * from ({inner.printed(outer)}) as page({', '.join(columns)})"
        if self.after is not None:
            text += f" where {outer.text(any_of(ranges(self._outputs(), self.after)))}"
        order = ", ".join(self._order(outer))
        return f"{text} order by {order} limit {outer.parameter(self.most)}"

    def _whole(self) -> SelectStatement | CombinedStatement:
        """The query, extended by the sort keys."""
        inner = self.query.copied()
        if isinstance(inner, CombinedStatement):
            for each in self.added:
                inner.place(each)
            return inner
        if inner.distinct and self.added:
            raise TypeError(
                "The rows are distinct in what is selected, and sorted by something else: "
                "select what they are sorted by, too."
            )
        inner.reading = ReadingWithKeys(self.reading, self.added)
        return inner

    def _names(self) -> list[str]:
        number = len(self.reading.listed) + len(self.added)
        return [f'"{place}"' for place in range(1, number + 1)]

    def _outputs(self) -> list[Key]:
        """The keys as columns of the outer statement."""
        return [
            Key(_output(place), key.descending, key.nulls_first, key.may_be_null)
            for place, key in zip(self.places, self.keys, strict=True)
        ]

    def _order(self, outer: Printer) -> list[str]:
        return [outer.text(key.order) for key in self._outputs()]


def _output(place: int) -> Expression[Any]:
    return Expression(f'"{place + 1}"')


def is_whole(statement: SelectStatement) -> bool:
    """Whether a condition has to apply to the query's result and not to its table's rows."""
    grouped = statement.groups or statement.having or statement.distinct
    if grouped or chooses_by_order(statement) or statement.reading.is_of_many:
        return True
    return any(map(is_of_many, statement.order))


def chooses_by_order(statement: SelectStatement | CombinedStatement) -> bool:
    """Whether its order determines its set of rows."""
    if statement.limit is not None or statement.offset is not None:
        return True
    return isinstance(statement, SelectStatement) and bool(statement.distinct_on)


def keys_of(statement: SelectStatement | CombinedStatement) -> tuple[Key, ...]:
    """The sort keys, followed by the columns that make the order unique."""
    keys = [key_of(each) for each in _order_of(statement)]
    descending = bool(keys) and keys[-1].descending
    had = {id(key.operand) for key in keys}
    for each in _unique(statement):
        if id(each) not in had:
            key = key_of(each)
            keys.append(Key(each, descending, descending, key.may_be_null))
    if isinstance(statement, CombinedStatement):
        # A column that is never null in the first query may be null in the second.
        keys = [replace(key, may_be_null=True) for key in keys]
    return tuple(keys)


def _order_of(statement: SelectStatement | CombinedStatement) -> Sequence[Any]:
    if not statement.order and isinstance(statement.source, Found):
        return statement.source.order
    return statement.order


def _unique(statement: SelectStatement | CombinedStatement) -> Sequence[Readable[Any]]:
    """Columns that are unique together."""
    if isinstance(statement, CombinedStatement):
        return statement.readables
    if statement.distinct_on:
        return statement.distinct_on
    if statement.groups:
        return statement.groups
    if statement.distinct or statement.table is None or statement.reading.is_one_row:
        return statement.reading.readables
    columns: list[Any] = statement.table._meta.columns
    return [each for each in columns if each._meta.primary_key]
